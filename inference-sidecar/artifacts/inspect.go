package artifacts

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Inspect counts what the store in a folder holds, whether or not a process has it open. It changes nothing; what does
// not belong into a store is counted too. A folder that is not there holds nothing.
func Inspect(dir string) (Usage, error) {
	var u Usage
	for folder, files := range map[string]*int{blobFolder: &u.Blobs, partialFolder: &u.Partials} {
		err := filepath.WalkDir(filepath.Join(dir, folder), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			u.Bytes += info.Size()
			if filepath.Ext(path) != positionSuffix {
				*files++
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // what goes away meanwhile is not there
			return u, fmt.Errorf("inspect artifact store: %w", err)
		}
	}
	return u, nil
}

// Verify says whether the store in a folder has an artifact whose bytes are those that its digest names. Unlike
// Store.Read it keeps nothing in memory and removes nothing. Errors: ErrMissing, ErrDigest.
func Verify(dir string, a Artifact) error {
	f, err := os.Open((&Store{dir: dir}).blobPath(a.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrMissing, a)
	}
	if err != nil {
		return fmt.Errorf("verify artifact: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("verify artifact: %w", err)
	}
	if n != a.Size {
		return fmt.Errorf("%w: %s: expected %d bytes, got %d", ErrDigest, a, a.Size, n)
	}
	if got := [32]byte(sum.Sum(nil)); got != a.Digest {
		return fmt.Errorf("%w: %s: got sha256 %x", ErrDigest, a, got)
	}
	return nil
}

// Path is where the store in a folder has the artifact of a digest, if it has it.
func Path(dir string, digest [32]byte) string { return (&Store{dir: dir}).blobPath(digest) }

// InUse says whether a process has the store in a folder open. It makes no file.
func InUse(dir string) (bool, error) {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("inspect artifact store: %w", err)
	}
	defer f.Close() // which gives the lock back
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
