package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"go.etcd.io/bbolt"
)

var (
	// ErrEntry is returned for an entry that cannot be kept.
	ErrEntry = errors.New("journal entry")
	// ErrDuplicate is returned for an entry whose id the journal has.
	ErrDuplicate = errors.New("journal has the entry")
	// ErrFull is returned where promised entries leave no room for another.
	ErrFull = errors.New("journal is full of promised entries")
	// ErrBusy is returned by Offer where the buffer is full.
	ErrBusy = errors.New("journal is busy")
	// ErrNotFound is returned for an id that the journal does not have, or not any more.
	ErrNotFound = errors.New("journal has no such entry")
	// ErrState is returned for a transition that the entry's state does not allow.
	ErrState = errors.New("journal entry is in another state")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("journal is closed")
	// ErrKey is returned for a key that is malformed, or not the journal's.
	ErrKey = errors.New("journal key")
	// ErrEncrypted is returned by Open without a key for a journal that has one.
	ErrEncrypted = errors.New("journal is encrypted")
	// ErrPlain is returned by Open with a key for a journal that has none.
	ErrPlain = errors.New("journal is not encrypted")
	// ErrLocked is returned by Open where another process has the journal.
	ErrLocked = errors.New("journal is in use by another process")
	// ErrFormat is returned by Open for a journal of another version of this program.
	ErrFormat = errors.New("journal has another format")
	// ErrCorrupt is returned where the file does not read. Open moves such a file aside.
	ErrCorrupt = errors.New("journal is corrupt")
)

// Limits of Options.
const (
	MinBytes             = 1 << 20
	MaxEntries           = 1 << 17 // an entry takes about 200 bytes of memory, and lists are walked
	defaultBytes         = 256 << 20
	defaultEntries       = 10_000
	defaultBufferBytes   = 16 << 20
	defaultBufferEntries = 256
	pruneInterval        = time.Minute
)

// Options of a journal. The zero value is usable.
type Options struct {
	MaxBytes      int64         // of the entries; the file may take twice as much. Default 256 MiB, at least MinBytes
	MaxEntries    int           // default 10,000, at most MaxEntries
	AuditWindow   time.Duration // how long an entry stays after it was settled; 0: until the next look, a minute later at most
	MaxAge        time.Duration // an entry that is not settled by then fails as expired; 0: it may wait for ever
	BufferBytes   int64         // what Offer may have in memory; default 16 MiB
	BufferEntries int           // and how many; default 256
	Key           []byte        // KeyBytes; nil: not encrypted
	Now           func() time.Time
	Logger        *slog.Logger

	unsynced bool // tests that kill nobody
}

func (o Options) withDefaults() (Options, error) {
	set := func(v *int64, otherwise int64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	entries, buffered := int64(o.MaxEntries), int64(o.BufferEntries)
	set(&o.MaxBytes, defaultBytes)
	set(&entries, defaultEntries)
	set(&o.BufferBytes, defaultBufferBytes)
	set(&buffered, defaultBufferEntries)
	if o.MaxBytes < MinBytes {
		return o, fmt.Errorf("journal: max bytes: expected at least %d, got %d", MinBytes, o.MaxBytes)
	}
	if entries < 1 || entries > MaxEntries {
		return o, fmt.Errorf("journal: max entries: expected 1 to %d, got %d", MaxEntries, entries)
	}
	if o.BufferBytes < 0 || buffered < 0 || o.MaxAge < 0 || o.AuditWindow < 0 {
		return o, fmt.Errorf("journal: buffer, window and age: expected none below 0, got %d bytes, %d entries, %s, %s",
			o.BufferBytes, buffered, o.AuditWindow, o.MaxAge)
	}
	o.MaxEntries, o.BufferEntries = int(entries), int(buffered)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// Journal is an open journal. Its methods may be called from many goroutines. One process has it at a time.
type Journal struct {
	options Options
	path    string
	damage  string
	db      *bbolt.DB
	seal    sealer

	intake   chan *change
	buffered atomic.Int64 // bytes that Offer has in memory
	offered  atomic.Int64 // and entries
	closing  chan struct{}
	stopped  chan struct{}
	once     sync.Once

	mu      sync.Mutex // index, changed, totals, broken
	index   index
	seq     uint64        // of the latest append
	changed chan struct{} // closed and replaced at each change
	totals  Totals
	broken  error // the file turned out to be corrupt
}

// Damage says where a file that did not read was moved to when the journal was opened; "" if there was none.
func (j *Journal) Damage() string { return j.damage }

// Append puts an entry into the journal and returns when it is on disk. The caller may reuse the entry's buffers then.
// A zero time is set to now. Where ctx ends first the entry may or may not get there.
func (j *Journal) Append(ctx context.Context, e Entry) error {
	c, err := j.appending(e)
	if err != nil {
		return err
	}
	return j.do(ctx, c)
}

// Offer hands an entry over without waiting for the disk. ErrBusy means that the buffer was full and the entry
// is dropped. The caller may reuse the entry's buffers when Offer returns.
func (j *Journal) Offer(e Entry) error {
	n := int64(len(e.Input) + len(e.Output))
	entries, bytes := j.offered.Add(1), j.buffered.Add(n)
	free := func() {
		j.offered.Add(-1)
		j.buffered.Add(-n)
	}
	if entries > int64(j.options.BufferEntries) || bytes > j.options.BufferBytes {
		free()
		return j.busy()
	}
	c, err := j.appending(e)
	if err != nil {
		free()
		return err
	}
	c.settle = func(err error) {
		free()
		if err != nil {
			j.count(func(t *Totals) { t.DroppedWrite++ })
			j.options.Logger.Warn("offered entry is dropped", "id", e.ID.String(), "version", e.Version, "err", err)
		}
	}
	select {
	case <-j.closing:
		free()
		return ErrClosed
	default:
	}
	select {
	case j.intake <- c:
		return nil
	default:
		free()
		return j.busy()
	}
}

func (j *Journal) busy() error {
	j.count(func(t *Totals) { t.DroppedBusy++ })
	return ErrBusy
}

// Done settles a Proved entry with the number of its attestation.
func (j *Journal) Done(ctx context.Context, id ID, o Outcome) error {
	if o.Attestation == 0 {
		return fmt.Errorf("%w %s: attestation: expected a number from 1", ErrEntry, id)
	}
	return j.transition(ctx, id, []State{Proved}, func(s *standing) {
		s.state, s.attestation, s.proof, s.reason = Submitted, o.Attestation, Proof{}, ""
	})
}

// Outcome is how an entry ended well.
type Outcome struct {
	Attestation uint64 // from 1
}

// Proved keeps the proof of an entry until it is submitted.
func (j *Journal) Proved(ctx context.Context, id ID, p Proof) error {
	if len(p.Proof) == 0 || len(p.Proof) > MaxProofBytes || len(p.InputDigest) != inputDigestBytes {
		return fmt.Errorf("%w %s: proof: expected 1 to %d bytes and a digest of %d, got %d and %d",
			ErrEntry, id, MaxProofBytes, inputDigestBytes, len(p.Proof), len(p.InputDigest))
	}
	return j.transition(ctx, id, []State{Pending}, func(s *standing) {
		s.state, s.proof, s.reason = Proved, p, ""
	})
}

// Fail settles an entry for good.
func (j *Journal) Fail(ctx context.Context, id ID, reason error) error {
	return j.transition(ctx, id, []State{Pending, Proved}, func(s *standing) {
		s.state, s.proof, s.reason = Failed, Proof{}, text(reason, "unknown")
	})
}

// Retry gives back an entry that Next handed out, after an attempt that came to nothing. Next hands it out again
// when due has come.
func (j *Journal) Retry(ctx context.Context, id ID, cause error, due time.Time) error {
	c := j.transitioning(id, []State{Pending}, func(s *standing) {
		s.attempts++
		s.reason = text(cause, "")
	})
	c.due = due
	return j.do(ctx, c)
}

// Release gives back an entry that Next handed out, as if it had not. Next hands it out again when due has come. It does
// not touch the disk.
func (j *Journal) Release(id ID, due time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if it := j.index.find(id); it != nil && it.leased {
		j.index.release(it, due)
		j.notify()
	}
}

// Hold keeps Next from handing out entries of a version until a time, or any entry with the version "". The zero time
// ends a hold. It does not touch the disk.
func (j *Journal) Hold(version string, until time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.options.Now()
	maps.DeleteFunc(j.index.holds, func(_ unique.Handle[string], t time.Time) bool { return !t.After(now) })
	delete(j.index.holds, unique.Make(version))
	if until.After(now) {
		j.index.holds[unique.Make(version)] = until
	}
	j.notify()
}

func (j *Journal) transition(ctx context.Context, id ID, from []State, to func(*standing)) error {
	return j.do(ctx, j.transitioning(id, from, to))
}

// do hands a change to the writer and waits until it is on disk.
func (j *Journal) do(ctx context.Context, c *change) error {
	done := make(chan error, 1)
	c.settle = func(err error) { done <- err }
	select {
	case j.intake <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-j.closing:
		return ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-j.stopped:
	}
	select { // the last commit may have had it
	case err := <-done:
		return err
	default:
		return ErrClosed
	}
}

// Close writes what was handed over, and closes the file. Entries that were handed out are pending again.
func (j *Journal) Close() error {
	j.once.Do(func() { close(j.closing) })
	<-j.stopped
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.db == nil {
		return nil
	}
	db := j.db
	j.db = nil
	return guard(db.Close)
}

// notify tells everybody who waits that something changed. The caller holds mu.
func (j *Journal) notify() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// Changed returns a channel that is closed at the next change of any entry.
func (j *Journal) Changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.changed
}

func (j *Journal) count(add func(*Totals)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	add(&j.totals)
}
