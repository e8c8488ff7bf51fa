package artifacts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// fileSource reads regular files below its roots. Symbolic links that lead out of a root are refused (os.Root).
type fileSource struct {
	roots []string
}

// Open implements Source.
func (s fileSource) Open(_ context.Context, u *url.URL, a Artifact, from Position) (*Stream, error) {
	if u.Host != "" && u.Host != "localhost" {
		return nil, fmt.Errorf("%w: %q: expected a file of this device", ErrURI, u)
	}
	if !filepath.IsAbs(u.Path) {
		return nil, fmt.Errorf("%w: %q: expected an absolute path", ErrURI, u)
	}
	for _, root := range s.roots {
		rel, err := filepath.Rel(root, filepath.Clean(u.Path))
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		f, err := openRegular(root, rel, a.Size)
		if err != nil {
			return nil, fmt.Errorf("open %q: %w", u.Path, err)
		}
		if _, err := f.Seek(from.Offset, io.SeekStart); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return &Stream{ReadCloser: f, Offset: from.Offset}, nil
	}
	return nil, fmt.Errorf("%w: %q: expected a path below one of %q", ErrURI, u, s.roots)
}

// openRegular looks before it opens, because opening can be an act of its own, and again after, because it may have
// been replaced meanwhile; O_NONBLOCK keeps a pipe from blocking in between.
func openRegular(root, rel string, size int64) (*os.File, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.Stat(rel)
	if err != nil {
		return nil, err
	}
	if err := checkRegular(info, size); err != nil {
		return nil, err
	}
	f, err := r.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = checkRegular(info, size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func checkRegular(info os.FileInfo, size int64) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: expected a regular file, got mode %s", ErrURI, info.Mode())
	}
	if info.Size() != size {
		return fmt.Errorf("%w: size: expected %d bytes, got %d", ErrDigest, size, info.Size())
	}
	return nil
}
