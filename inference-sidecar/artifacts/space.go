package artifacts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// bytes is what the store holds, with downloads under way as whole. The caller holds mu.
func (s *Store) bytes() int64 {
	var n int64
	for _, b := range s.blobs {
		n += b.size
	}
	for _, p := range s.partials {
		n += p.size
	}
	for _, f := range s.flying {
		n += f.artifact.Size
	}
	return n
}

// admit makes room for one more download, or changes nothing. The caller holds mu.
func (s *Store) admit(a Artifact) error {
	if must := s.pinned(); must+a.Size > s.o.Limit {
		return fmt.Errorf("%w: %s: expected at most %d bytes in the store, got %d besides %d that must stay", ErrSpace, a, s.o.Limit, a.Size, must)
	}
	delete(s.partials, a.Digest)
	for s.bytes()+a.Size > s.o.Limit && s.evict(a.Digest) {
	}
	return nil
}

// pinned is what cannot be evicted. The caller holds mu.
func (s *Store) pinned() int64 {
	var n int64
	for digest, b := range s.blobs {
		if s.isRetained(digest) {
			n += b.size
		}
	}
	for _, f := range s.flying {
		n += f.artifact.Size
	}
	return n
}

// evict removes the file that was not used for the longest time: partial ones first, then blobs that nobody retains.
// It says whether there was one. The caller holds mu.
func (s *Store) evict(except [32]byte) bool {
	if digest, ok := oldest(s.partials, func(d [32]byte) bool { return d != except }); ok {
		s.log.Info("evicting a partial file", "sha256", fmt.Sprintf("%x", digest))
		delete(s.partials, digest)
		return remove(s.partialPath(digest)) == nil && remove(s.partialPath(digest)+positionSuffix) == nil
	}
	digest, ok := oldest(s.blobs, func(d [32]byte) bool { return d != except && !s.isRetained(d) })
	if !ok {
		return false
	}
	s.log.Info("evicting a file", "sha256", fmt.Sprintf("%x", digest))
	delete(s.blobs, digest)
	return remove(s.blobPath(digest)) == nil
}

func oldest(files map[[32]byte]*blob, eligible func([32]byte) bool) (digest [32]byte, found bool) {
	for d, b := range files {
		if eligible(d) && (!found || b.used.Before(files[digest].used)) {
			digest, found = d, true
		}
	}
	return digest, found
}

func (s *Store) isRetained(digest [32]byte) bool {
	for _, digests := range s.retained {
		if slices.Contains(digests, digest) {
			return true
		}
	}
	return false
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// free makes sure that the disk has room for n more bytes besides the reserve, evicting if need be.
func (s *Store) free(a Artifact, n int64) error {
	if s.o.Reserve < 0 {
		return nil
	}
	for {
		var st syscall.Statfs_t
		if err := syscall.Statfs(s.dir, &st); err != nil {
			return fmt.Errorf("%w: %w", ErrSpace, err)
		}
		available := int64(st.Bavail) * int64(st.Bsize)
		if available >= n+s.o.Reserve {
			return nil
		}
		s.mu.Lock()
		evicted := s.evict(a.Digest)
		s.mu.Unlock()
		if !evicted {
			return fmt.Errorf("%w: %s: expected %d bytes free on disk besides a reserve of %d, got %d", ErrSpace, a, n, s.o.Reserve, available)
		}
	}
}

// isFull says whether a write failed because the disk, or a quota of it, is full.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
