package artifacts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// content is n bytes of noise, the same for the same n.
func content(n int) []byte {
	rng := rand.New(rand.NewPCG(uint64(n), 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func artifact(data []byte, uris ...string) Artifact {
	return Artifact{Name: "canonical.onnx", MediaType: "application/onnx", Digest: sha256.Sum256(data), Size: int64(len(data)), URIs: uris}
}

// hasty has three rounds without pauses worth the name, and leaves no reserve.
func hasty() Options {
	return Options{Rounds: 3, Backoff: time.Nanosecond, MaxBackoff: time.Nanosecond, Reserve: -1}
}

func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// mustFetch fetches and compares the file and what Read returns.
func mustFetch(t testing.TB, s *Store, a Artifact, want []byte) {
	t.Helper()
	path, err := s.Fetch(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(onDisk, want) {
		t.Fatalf("expected the content in %s, got other bytes: %v", path, err)
	}
	if got, err := s.Read(a); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read: expected the content, got other bytes: %v", err)
	}
	if _, err := os.Stat(s.partialPath(a.Digest)); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("expected no partial file left, got %v", err)
	}
}

// put places a blob as an earlier process would have left it.
func put(t testing.TB, dir string, data []byte, used time.Time) Artifact {
	t.Helper()
	a := artifact(data)
	path := (&Store{dir: dir}).blobPath(a.Digest)
	write(t, path, data)
	if err := os.Chtimes(path, used, used); err != nil {
		t.Fatal(err)
	}
	return a
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestFetchIsAtOnceForWhatIsThere(t *testing.T) {
	dir, data := t.TempDir(), content(1000)
	a := put(t, dir, data, time.Now())
	s := open(t, dir, hasty())
	mustFetch(t, s, a, data) // it has no URI
	a.Size--
	if _, err := s.Fetch(t.Context(), a); !errors.Is(err, ErrDigest) {
		t.Errorf("another size: expected ErrDigest, got %v", err)
	}
	a.Size = 0
	if _, err := s.Fetch(t.Context(), a); !errors.Is(err, ErrFetch) {
		t.Errorf("no size: expected ErrFetch, got %v", err)
	}
}

func TestReadFindsRot(t *testing.T) {
	data := content(5000)
	server := serve(t, data)
	for name, rot := range map[string]func(path string) error{
		"one bit": func(path string) error {
			bad := bytes.Clone(data)
			bad[4000] ^= 1
			return os.WriteFile(path, bad, 0o600)
		},
		"cut":  func(path string) error { return os.Truncate(path, 4999) },
		"gone": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), hasty())
			a := artifact(data, server.URL)
			mustFetch(t, s, a, data)
			if err := rot(s.blobPath(a.Digest)); err != nil {
				t.Fatal(err)
			}
			want := ErrDigest
			if name == "gone" {
				want = ErrMissing
			}
			if _, err := s.Read(a); !errors.Is(err, want) {
				t.Fatalf("expected %v, got %v", want, err)
			}
			if s.Has(a) {
				t.Fatal("expected the rotten file to be removed")
			}
			mustFetch(t, s, a, data)
		})
	}
}

func TestOpenCleansUp(t *testing.T) {
	dir, data := t.TempDir(), content(100)
	kept := put(t, dir, data, time.Now())
	fresh, old := artifact(content(10)), artifact(content(20))
	partial := func(a Artifact) string { return (&Store{dir: dir}).partialPath(a.Digest) }
	for _, a := range []Artifact{fresh, old} {
		write(t, partial(a), []byte("begin"))
		write(t, partial(a)+positionSuffix, []byte("{}"))
	}
	long := time.Now().Add(-partialAge - time.Hour)
	if err := os.Chtimes(partial(old), long, long); err != nil {
		t.Fatal(err)
	}
	junk := []string{
		filepath.Join(dir, blobFolder, "file"),
		filepath.Join(dir, blobFolder, "ab", "not-a-digest"),
		filepath.Join(dir, blobFolder, "00", kept.hex()),
		filepath.Join(dir, partialFolder, "junk"),
		filepath.Join(dir, partialFolder, artifact(content(30)).hex()+positionSuffix),
	}
	for _, path := range junk {
		write(t, path, []byte("junk"))
	}
	if err := os.MkdirAll(filepath.Join(dir, partialFolder, "folder", "in it"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, hasty())
	for _, path := range append(junk, partial(old), partial(old)+positionSuffix, filepath.Join(dir, partialFolder, "folder")) {
		if exists(path) {
			t.Errorf("expected %s to be removed", path)
		}
	}
	for _, path := range []string{s.blobPath(kept.Digest), partial(fresh), partial(fresh) + positionSuffix} {
		if !exists(path) {
			t.Errorf("expected %s to be kept", path)
		}
	}
	if u := s.Usage(); u.Blobs != 1 || u.Partials != 1 || u.Bytes != 105 {
		t.Errorf("expected a blob and a partial file of 105 bytes, got %+v", u)
	}
}

func TestOpenIsExclusive(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, hasty())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, hasty()); !errors.Is(err, ErrLocked) {
		t.Errorf("expected ErrLocked, got %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(t.Context(), artifact(content(1))); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: expected ErrClosed, got %v", err)
	}
	open(t, dir, hasty())
}

func TestLimitEvictsTheLeastRecentlyUsed(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	oldest := put(t, dir, content(101), now.Add(-3*time.Hour))
	retained := put(t, dir, content(102), now.Add(-2*time.Hour))
	newest := put(t, dir, content(103), now.Add(-time.Hour))
	data := content(100)
	server := serve(t, data)

	o := hasty()
	o.Limit = 400
	s := open(t, dir, o)
	s.RetainFor("a model", retained.Digest)
	if _, err := s.Read(oldest); err != nil { // used just now, so another is the oldest
		t.Fatal(err)
	}
	mustFetch(t, s, artifact(data, server.URL), data)
	if !s.Has(oldest) || !s.Has(retained) || s.Has(newest) {
		t.Errorf("expected the blob to go that was used last, got %v %v %v", s.Has(oldest), s.Has(retained), s.Has(newest))
	}

	// What is retained by anyone is never in question, and nothing is evicted in vain.
	s.Retain(oldest.Digest)
	big := content(250)
	if _, err := s.Fetch(t.Context(), artifact(big, serve(t, big).URL)); !errors.Is(err, ErrSpace) {
		t.Errorf("expected ErrSpace, got %v", err)
	}
	if u := s.Usage(); u.Blobs != 3 || u.Bytes != 303 {
		t.Errorf("expected nothing to be evicted in vain, got %+v", u)
	}
	s.RetainFor("a model")
	s.Retain()
	mustFetch(t, s, artifact(big, serve(t, big).URL), big)
	if u := s.Usage(); u.Bytes > 400 {
		t.Errorf("expected at most 400 bytes, got %+v", u)
	}
}

func TestLimitEvictsPartialFilesFirst(t *testing.T) {
	dir, data := t.TempDir(), content(100)
	blob := put(t, dir, content(101), time.Now().Add(-time.Hour))
	stale := artifact(content(500))
	path := (&Store{dir: dir}).partialPath(stale.Digest)
	write(t, path, content(90))
	write(t, path+positionSuffix, []byte("{}"))
	o := hasty()
	o.Limit = 250
	s := open(t, dir, o)
	mustFetch(t, s, artifact(data, serve(t, data).URL), data)
	if exists(path) || exists(path+positionSuffix) || !s.Has(blob) {
		t.Error("expected the partial file to go and the blob to stay")
	}
}

func TestCallersShareADownload(t *testing.T) {
	data := content(200 << 10)
	began, finish := make(chan struct{}), make(chan struct{})
	server := handle(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n > 1 {
			t.Errorf("expected one request, got %d", n)
		}
		_, _ = w.Write(data[:100<<10])
		_ = http.NewResponseController(w).Flush()
		close(began)
		<-finish
		_, _ = w.Write(data[100<<10:])
	})
	s := open(t, t.TempDir(), hasty())
	a := artifact(data, server.URL)
	impatient, leave := context.WithCancel(t.Context())
	errs := make(chan error, 9)
	go func() { _, err := s.Fetch(impatient, a); errs <- err }()
	<-began
	for range 8 {
		go func() { _, err := s.Fetch(t.Context(), a); errs <- err }()
	}
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.flying[a.Digest].waiting
	}
	for waiting() < 9 {
		time.Sleep(time.Millisecond)
	}
	leave()
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that left: expected context.Canceled, got %v", err)
	}
	close(finish)
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	mustFetch(t, s, a, data)
}

func TestLastCallerEndsTheDownload(t *testing.T) {
	data := content(300 << 10)
	began := make(chan struct{})
	server := handle(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			_, _ = w.Write(data[:200<<10])
			_ = http.NewResponseController(w).Flush()
			close(began)
			<-r.Context().Done()
			return
		}
		if r.Header.Get("Range") == "" {
			t.Error("expected the second request to go on")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
	dir := t.TempDir()
	s := open(t, dir, hasty())
	a := artifact(data, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	go func() { _, err := s.Fetch(ctx, a); errs <- err }()
	<-began
	for fileSize(s.partialPath(a.Digest)) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Fatalf("expected context.Canceled, got %v", err)
	}
	mustFetch(t, s, a, data) // also while the first one ends
}

func TestCloseEndsDownloads(t *testing.T) {
	began := make(chan struct{})
	server := handle(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		close(began)
		<-r.Context().Done()
	})
	s, err := Open(t.TempDir(), hasty())
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	go func() { _, err := s.Fetch(t.Context(), artifact(content(10), server.URL)); errs <- err }()
	<-began
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-errs; !errors.Is(err, ErrClosed) {
		t.Errorf("expected ErrClosed, got %v", err)
	}
}
