package journal

import (
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Inspect says whether Open would find a whole journal at path under this key (nil: plain), and how many entries it
// has. It changes nothing, and reads no entry. A file that is not there is an error of the file system. Errors:
// ErrLocked, ErrCorrupt, ErrFormat, ErrKey, ErrEncrypted, ErrPlain.
func Inspect(path string, key []byte) (entries int, err error) {
	seal, err := newSealer(key)
	if err != nil {
		return 0, fmt.Errorf("inspect journal %q: %w", path, err)
	}
	if info, err := os.Stat(path); err != nil {
		return 0, fmt.Errorf("inspect journal: %w", err)
	} else if info.Size() == 0 { // of a crash at its making, which Open gets over
		return 0, nil
	}
	if _, err := os.Stat(path + brokenSuffix); err == nil {
		return 0, fmt.Errorf("inspect journal %q: %w: found so while it was in use", path, ErrCorrupt)
	}
	j := &Journal{path: path, seal: seal}
	if err := guard(func() (err error) { entries, err = j.inspect(); return err }); err != nil {
		return 0, fmt.Errorf("inspect journal %q: %w", path, classify(err))
	}
	return entries, nil
}

func (j *Journal) inspect() (entries int, err error) {
	db, err := bbolt.Open(j.path, 0o600, &bbolt.Options{Timeout: lockTimeout, ReadOnly: true, NoStatistics: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := wholeFile(db); err != nil {
		return 0, err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		if err := j.check(tx); err != nil {
			return err
		}
		return tx.Bucket(standingsBucket).ForEach(func(_, _ []byte) error { entries++; return nil })
	})
	return entries, err
}
