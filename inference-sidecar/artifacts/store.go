package artifacts

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Options configure a store. The zero value is usable: it reads http, https and OCI, and no files.
type Options struct {
	// Limit bounds blobs and partial files together, in bytes; 0 means 8 GiB.
	Limit int64
	// Reserve is what downloads leave free on the disk, in bytes, for state that is smaller and matters more; 0 means
	// 32 MiB, negative nothing.
	Reserve int64
	// Client takes the place of the HTTP client, except for what it does on redirects.
	Client *http.Client
	// FileRoots are the folders below which file URIs are read; none by default.
	FileRoots []string
	// Permit, where set, refuses addresses with an error: of each request, and of each redirect.
	Permit func(*url.URL) error
	// Credential, where set, logs in to registries.
	Credential func(host string) Credential
	// Sources add to or take the place of the sources of URI schemes.
	Sources map[string]Source
	// Rounds is how often all URIs are tried before Fetch gives up; 0 means 10. A round that brought a good part of
	// the artifact is not counted.
	Rounds int
	// Backoff is the pause after the first round, which doubles up to MaxBackoff; 0 means 1 second and 1 minute.
	Backoff, MaxBackoff time.Duration
	// Window and MinRate say when a server is too slow: fewer than MinRate bytes per second over a window. 0 means
	// 30 seconds and 256 bytes per second.
	Window  time.Duration
	MinRate int64
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	set := func(v *int64, to int64) {
		if *v == 0 {
			*v = to
		}
	}
	pause := func(v *time.Duration, to time.Duration) {
		if *v == 0 {
			*v = to
		}
	}
	set(&o.Limit, 8<<30)
	set(&o.Reserve, 32<<20)
	set(&o.MinRate, 256)
	pause(&o.Backoff, time.Second)
	pause(&o.MaxBackoff, time.Minute)
	pause(&o.Window, 30*time.Second)
	if o.Rounds == 0 {
		o.Rounds = 10
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Store is a folder of artifacts. It is safe for use by many goroutines, and one process has it at a time.
//
//	lock                      held while the store is open
//	blobs/sha256/ab/abcd…     whole artifacts, named by their digest
//	partial/abcd…             an artifact that is not whole yet
//	partial/abcd….json        where it came from
type Store struct {
	dir     string
	o       Options
	log     *slog.Logger
	lock    *os.File
	sources map[string]Source
	create  func(path string) (partialFile, error) // os.OpenFile, except in tests
	flights sync.WaitGroup

	mu       sync.Mutex
	blobs    map[[32]byte]*blob
	partials map[[32]byte]*blob // that no download is working on
	flying   map[[32]byte]*flight
	retained map[string][][32]byte
	closed   bool
}

// blob is a file of the store.
type blob struct {
	size int64
	used time.Time
}

const (
	blobFolder    = "blobs/sha256"
	partialFolder = "partial"
	// partialAge is how long a partial file that nobody goes on with is kept.
	partialAge = 7 * 24 * time.Hour
	// touchInterval is how often the time of use of a blob is written to disk at most.
	touchInterval = time.Hour
)

// Open opens the store in a folder, which it makes if need be. Files that do not belong into a store, and partial
// files that are old, are removed.
func Open(dir string, o Options) (*Store, error) {
	s := &Store{
		dir: dir, o: o.withDefaults(), create: createPartial,
		blobs: map[[32]byte]*blob{}, partials: map[[32]byte]*blob{}, flying: map[[32]byte]*flight{}, retained: map[string][][32]byte{},
	}
	s.log = s.o.Logger
	for _, folder := range []string{blobFolder, partialFolder} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, fmt.Errorf("open artifact store: %w", err)
		}
	}
	if err := s.acquire(); err != nil {
		return nil, err
	}
	client := newClient(o.Client, o.Permit)
	http, oci := &httpSource{client, o.Permit}, newOCISource(client, o.Permit, o.Credential)
	s.sources = map[string]Source{"http": http, "https": http, "file": fileSource{o.FileRoots}, "oci": oci, "oci+http": oci}
	for scheme, source := range o.Sources {
		s.sources[scheme] = source
	}
	if err := errors.Join(s.scanBlobs(), s.scanPartials()); err != nil {
		return nil, errors.Join(fmt.Errorf("open artifact store: %w", err), s.lock.Close())
	}
	return s, nil
}

func (s *Store) acquire() error {
	path := filepath.Join(s.dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open artifact store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("%w: lock %q: %w", ErrLocked, path, err), f.Close())
	}
	s.lock = f
	return nil
}

// Close ends downloads, which keep what they have, and gives the folder free.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, f := range s.flying {
		f.cancel(ErrClosed)
	}
	s.mu.Unlock()
	s.flights.Wait()
	return s.lock.Close()
}

// Read returns the artifact's content. The digest is checked again: a file that rotted is removed, so that the next
// Fetch brings it anew, and ErrDigest returned. ErrMissing where it was not fetched.
func (s *Store) Read(a Artifact) ([]byte, error) {
	path := s.blobPath(a.Digest)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		s.forget(a.Digest)
		return nil, fmt.Errorf("%w: %s", ErrMissing, a)
	}
	if err != nil {
		return nil, fmt.Errorf("read artifact: %w", err)
	}
	if info.Size() != a.Size {
		return nil, s.discard(a, fmt.Errorf("%w: %s: expected %d bytes, got %d", ErrDigest, a, a.Size, info.Size()))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read artifact: %w", err)
	}
	if got := sha256.Sum256(data); got != a.Digest {
		return nil, s.discard(a, fmt.Errorf("%w: %s: got sha256 %x", ErrDigest, a, got))
	}
	s.mu.Lock()
	s.touch(a.Digest)
	s.mu.Unlock()
	return data, nil
}

// Has says whether the artifact is in the store, whole as far as its size tells.
func (s *Store) Has(a Artifact) bool {
	info, err := os.Stat(s.blobPath(a.Digest))
	return err == nil && info.Size() == a.Size
}

// discard removes a blob that is not what it should be.
func (s *Store) discard(a Artifact, cause error) error {
	s.log.Warn("removing a file of the store that is not what its name says", "artifact", a.Name, "error", cause)
	s.forget(a.Digest)
	if err := os.Remove(s.blobPath(a.Digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(cause, err)
	}
	return cause
}

func (s *Store) forget(digest [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.blobs, digest)
}

// Retain names the artifacts that may not be evicted, in place of those that an earlier Retain named.
func (s *Store) Retain(digests ...[32]byte) { s.RetainFor("", digests...) }

// RetainFor is Retain for one of several owners, such as models, which do not touch each other's.
func (s *Store) RetainFor(owner string, digests ...[32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(digests) == 0 {
		delete(s.retained, owner)
		return
	}
	s.retained[owner] = slices.Clone(digests)
}

// Usage is how full a store is.
type Usage struct {
	Blobs, Partials int   // files
	Bytes, Limit    int64 // of both
}

// Usage counts what is on disk; a download under way counts as whole.
func (s *Store) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Usage{Blobs: len(s.blobs), Partials: len(s.partials) + len(s.flying), Bytes: s.bytes(), Limit: s.o.Limit}
}

// touch notes that a blob was used. The caller holds mu.
func (s *Store) touch(digest [32]byte) {
	b := s.blobs[digest]
	if b == nil {
		return
	}
	now := s.o.Now()
	if now.Sub(b.used) >= touchInterval {
		// Only the order of eviction after a restart depends on it.
		_ = os.Chtimes(s.blobPath(digest), now, now)
	}
	b.used = now
}
