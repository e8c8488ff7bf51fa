package artifacts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// fullFile is a file on a disk that has so many bytes left.
type fullFile struct {
	partialFile
	left *int
}

func (f fullFile) Write(p []byte) (int, error) {
	n := min(len(p), *f.left)
	written, err := f.partialFile.Write(p[:n])
	*f.left -= written
	if err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Path: "partial", Err: syscall.ENOSPC}
	}
	return written, err
}

func TestFullDiskInjected(t *testing.T) {
	data := content(200 << 10)
	server := serve(t, data)
	t.Run("failure: nothing to evict", func(t *testing.T) {
		s := open(t, t.TempDir(), hasty())
		kept := put(t, s.dir, content(50), time.Now())
		left := 100 << 10
		s.create = func(path string) (partialFile, error) {
			f, err := createPartial(path)
			return fullFile{f, &left}, err
		}
		a := artifact(data, server.URL)
		if _, err := s.Fetch(t.Context(), a); !errors.Is(err, ErrSpace) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("expected ErrSpace and its cause, got %v", err)
		}
		if exists(s.partialPath(a.Digest)) || exists(s.partialPath(a.Digest)+positionSuffix) {
			t.Error("expected the partial file to be removed")
		}
		if !s.Has(kept) {
			t.Error("expected the other file to be left alone")
		}
		left = 1 << 30
		mustFetch(t, s, a, data)
	})
	t.Run("success: after evicting", func(t *testing.T) {
		dir := t.TempDir()
		victim := put(t, dir, content(150<<10), time.Now())
		s := open(t, dir, hasty())
		left := 100 << 10
		s.create = func(path string) (partialFile, error) {
			f, err := createPartial(path)
			return roomier{fullFile{f, &left}, s.blobPath(victim.Digest), &left}, err
		}
		mustFetch(t, s, artifact(data, server.URL), data)
		if s.Has(victim) {
			t.Error("expected the other file to be evicted")
		}
	})
}

// roomier has more space once a file is gone.
type roomier struct {
	fullFile
	path string
	left *int
}

func (r roomier) Write(p []byte) (int, error) {
	if !exists(r.path) {
		*r.left = 1 << 30
	}
	return r.fullFile.Write(p)
}

// smallDisk mounts a file system of so many bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 1<<20)
	write(t, filepath.Join(disk, "others"), content(500<<10)) // of other programs
	dir := filepath.Join(disk, "store")
	kept := put(t, dir, content(100<<10), time.Now())
	big, small := content(600<<10), content(200<<10)
	s := open(t, dir, hasty())
	s.Retain(kept.Digest)
	a := artifact(big, serve(t, big).URL)
	if _, err := s.Fetch(t.Context(), a); !errors.Is(err, ErrSpace) {
		t.Fatalf("expected ErrSpace, got %v", err)
	}
	if exists(s.partialPath(a.Digest)) || !s.Has(kept) {
		t.Error("expected the partial file to go, and the other to stay")
	}
	mustFetch(t, s, artifact(small, serve(t, small).URL), small)
	if err := os.Remove(filepath.Join(disk, "others")); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, s, a, big)
}

func TestReserveIsLeftFree(t *testing.T) {
	disk := smallDisk(t, 1<<20)
	data := content(600 << 10)
	a := artifact(data, serve(t, data).URL)
	dir := filepath.Join(disk, "store")
	victim := put(t, dir, content(300<<10), time.Now())
	o := hasty()
	o.Reserve = 200 << 10
	s := open(t, dir, o)
	s.Retain(victim.Digest)
	if _, err := s.Fetch(t.Context(), a); !errors.Is(err, ErrSpace) {
		t.Fatalf("expected ErrSpace, got %v", err)
	}
	if exists(s.partialPath(a.Digest)) {
		t.Error("expected no partial file")
	}
	s.Retain()
	mustFetch(t, s, a, data)
	if s.Has(victim) {
		t.Error("expected the other file to be evicted")
	}
}
