package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"
	"unique"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	fileFormat = "1"
	// maxAside bounds the damaged files that are kept.
	maxAside    = 4
	lockTimeout = time.Second
)

var (
	metaBucket = []byte("meta")
	formatKey  = []byte("format")
	sealKey    = []byte("seal")
	canaryKey  = []byte("canary")
	canary     = []byte("assay journal")
)

// Open opens the journal at path, or makes one. A file that does not read is moved aside: see Damage.
// A wrong key is ErrKey, a missing one ErrEncrypted, one too many ErrPlain; the file is left alone then.
func Open(path string, o Options) (*Journal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(o.Key)
	if err != nil {
		return nil, fmt.Errorf("open journal %q: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{
		options: o, path: path, seal: seal,
		intake: make(chan *change, maxBatch), closing: make(chan struct{}), stopped: make(chan struct{}), changed: make(chan struct{}),
	}
	err = j.open()
	if errors.Is(err, ErrCorrupt) {
		cause := err
		if err = j.moveAside(cause); err == nil {
			err = j.open()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open journal %q: %w", path, err)
	}
	go j.run()
	return j, nil
}

func (j *Journal) open() error {
	if _, err := os.Stat(j.path + brokenSuffix); err == nil {
		return fmt.Errorf("%w: found so while it was in use", ErrCorrupt)
	}
	j.index, j.totals, j.seq = newIndex(), Totals{}, 0
	var db *bbolt.DB
	err := guard(func() (err error) {
		db, err = bbolt.Open(j.path, 0o600, &bbolt.Options{
			Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, MaxSize: int(2*j.options.MaxBytes) + 16<<20, NoStatistics: true, NoSync: j.options.unsynced,
		})
		return err
	})
	if err != nil {
		return classify(err)
	}
	if err := guard(func() error { return j.load(db) }); err != nil {
		return errors.Join(classify(err), guard(db.Close))
	}
	j.db = db
	return nil
}

// classify tells damage from everything else.
func classify(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrInvalidMapping):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// load checks that the file is a journal under this key, and makes the index.
func (j *Journal) load(db *bbolt.DB) error {
	if err := wholeFile(db); err != nil {
		return err
	}
	fresh := true
	if err := db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func([]byte, *bbolt.Bucket) error { fresh = false; return nil })
	}); err != nil {
		return err
	}
	if fresh {
		return j.initialize(db)
	}
	var damaged [][]byte
	err := db.View(func(tx *bbolt.Tx) (err error) {
		if err := j.check(tx); err != nil {
			return err
		}
		damaged, err = j.loadIndex(tx)
		return err
	})
	if err != nil || len(damaged) == 0 {
		return err
	}
	j.options.Logger.Error("journal entries are damaged and dropped", "path", j.path, "entries", len(damaged))
	j.totals.Corrupt += uint64(len(damaged))
	return db.Update(func(tx *bbolt.Tx) error {
		for _, k := range damaged {
			if err := errors.Join(tx.Bucket(entriesBucket).Delete(k), tx.Bucket(standingsBucket).Delete(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

// wholeFile refuses a file that was cut: to read past its end would be a fault.
func wholeFile(db *bbolt.DB) error {
	info, err := os.Stat(db.Path())
	if err != nil {
		return err
	}
	return db.View(func(tx *bbolt.Tx) error {
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: expected %d bytes, got %d", ErrCorrupt, tx.Size(), info.Size())
		}
		return nil
	})
}

func (j *Journal) initialize(db *bbolt.DB) error {
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{metaBucket, entriesBucket, standingsBucket} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		return errors.Join(
			meta.Put(formatKey, []byte(fileFormat)),
			meta.Put(sealKey, []byte(j.seal.name())),
			meta.Put(canaryKey, j.seal.seal(place(metaBucket, canaryKey), canary)))
	})
}

func (j *Journal) check(tx *bbolt.Tx) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil || tx.Bucket(entriesBucket) == nil || tx.Bucket(standingsBucket) == nil {
		return fmt.Errorf("%w: expected a journal, got another file", ErrFormat)
	}
	if f := meta.Get(formatKey); string(f) != fileFormat {
		return fmt.Errorf("%w: expected %q, got %q", ErrFormat, fileFormat, f)
	}
	switch name := string(meta.Get(sealKey)); {
	case name == sealEncrypted && j.seal.name() == sealPlain:
		return fmt.Errorf("%w: give its key", ErrEncrypted)
	case name == sealPlain && j.seal.name() == sealEncrypted:
		return fmt.Errorf("%w: open it without a key, or move it away to start an encrypted one", ErrPlain)
	case name != j.seal.name():
		return fmt.Errorf("%w: expected seal %q, got %q", ErrFormat, j.seal.name(), name)
	}
	got, err := j.seal.open(place(metaBucket, canaryKey), meta.Get(canaryKey))
	if err != nil || !bytes.Equal(got, canary) {
		if j.seal.name() == sealPlain {
			return fmt.Errorf("%w: meta", ErrCorrupt)
		}
		return fmt.Errorf("%w: it is not the journal's", ErrKey)
	}
	return nil
}

// loadIndex walks all pages but those inside of values. It returns the keys of entries that are not whole.
func (j *Journal) loadIndex(tx *bbolt.Tx) (damaged [][]byte, err error) {
	entries := tx.Bucket(entriesBucket)
	err = tx.Bucket(standingsBucket).ForEach(func(k, sealed []byte) error {
		seq, id, err := parseKey(k)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		s, err := openStanding(j.seal, k, sealed)
		sealedEntry := entries.Get(k)
		if err != nil || s.id != id || sealedEntry == nil || j.index.find(id) != nil {
			damaged = append(damaged, bytes.Clone(k))
			return nil
		}
		j.index.add(&item{
			id: id, seq: seq, version: unique.Make(s.version), size: int64(len(sealedEntry)) + entryOverhead,
			state: s.state, requested: s.requested, attempts: s.attempts, time: s.time, settled: s.settled,
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return damaged, entries.ForEach(func(k, _ []byte) error {
		_, id, err := parseKey(k)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if j.index.find(id) == nil && !slices.ContainsFunc(damaged, func(d []byte) bool { return bytes.Equal(d, k) }) {
			damaged = append(damaged, bytes.Clone(k))
		}
		return nil
	})
}

// moveAside renames a damaged file, keeping the latest maxAside of them.
func (j *Journal) moveAside(cause error) error {
	to := fmt.Sprintf("%s.corrupt-%s", j.path, j.options.Now().UTC().Format("20060102T150405.000000000Z"))
	if err := os.Rename(j.path, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(j.path + brokenSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	j.damage = to
	j.options.Logger.Error("journal does not read: moved aside, a fresh one is started", "path", j.path, "kept", to, "err", cause)
	kept, err := filepath.Glob(j.path + ".corrupt-*")
	if err != nil {
		return err
	}
	slices.Sort(kept)
	for len(kept) > maxAside {
		if err := os.Remove(kept[0]); err != nil {
			return err
		}
		kept = kept[1:]
	}
	return nil
}

// brokenSuffix names the file that says that a journal was found corrupt while it was in use.
const brokenSuffix = ".broken"

// access runs one transaction. Where the file turns out to be corrupt, the journal is broken from then on, and is
// marked so that the next Open moves it aside.
func (j *Journal) access(f func(*bbolt.DB) error) error {
	j.mu.Lock()
	db, broken := j.db, j.broken
	j.mu.Unlock()
	if broken != nil {
		return broken
	}
	if db == nil {
		return ErrClosed
	}
	err := guard(func() error { return f(db) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if errors.Is(err, ErrCorrupt) {
		j.mu.Lock()
		j.broken = err
		j.mu.Unlock()
		j.options.Logger.Error("journal is corrupt: nothing is recorded until the next start", "path", j.path, "err", err)
		if err := os.WriteFile(j.path+brokenSuffix, []byte(err.Error()+"\n"), 0o600); err != nil {
			j.options.Logger.Error("corrupt journal is not marked", "path", j.path, "err", err)
		}
	}
	return err
}

// guard turns what bbolt does on a damaged file into an error: it panics, or reads past the end of the mapped file.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, x)
		}
	}()
	return f()
}
