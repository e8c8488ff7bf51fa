package artifacts

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

const chunkBytes = 64 << 10

// download makes one attempt with one URI, going on where a partial file ends. If that file turns out not to be a
// beginning of the artifact, it begins anew once.
func (s *Store) download(ctx context.Context, a Artifact, uri string) error {
	resumed, err := s.attempt(ctx, a, uri)
	if err != nil && resumed && ctx.Err() == nil && (errors.Is(err, ErrRestart) || errors.Is(err, ErrDigest)) {
		s.log.Debug("beginning anew", "artifact", a.Name, "uri", uri, "error", err)
		if err := s.dropPartial(a.Digest); err != nil {
			return err
		}
		_, err = s.attempt(ctx, a, uri)
	}
	return err
}

// attempt is download without a second chance; resumed says whether there was a partial file to go on with.
func (s *Store) attempt(ctx context.Context, a Artifact, uri string) (resumed bool, err error) {
	p, err := s.openPartial(a, uri)
	if err != nil {
		return false, err
	}
	defer p.close()
	resumed = p.size > 0
	if err := s.free(a, a.Size-p.size); err != nil {
		return resumed, errors.Join(err, s.dropPartial(a.Digest))
	}
	ctx, dog := watch(ctx, s.o.Window, max(1, int64(s.o.Window.Seconds()*float64(s.o.MinRate))))
	defer dog.stop()
	err = s.receive(ctx, p, dog)
	if err != nil && errors.Is(context.Cause(ctx), errSlow) {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	if err == nil {
		err = s.commit(p)
	}
	if errors.Is(err, ErrDigest) || errors.Is(err, ErrSpace) {
		err = errors.Join(err, s.dropPartial(a.Digest))
	}
	return resumed, err
}

// receive streams the missing part into the partial file and checks the whole.
func (s *Store) receive(ctx context.Context, p *partial, dog *watchdog) error {
	stream, err := s.open(ctx, p.uri, p.artifact, p.position())
	if err != nil {
		return err
	}
	defer stream.Close()
	sum, err := p.begin(stream, dog)
	if err != nil {
		return err
	}
	if err := s.copy(p, stream, sum, dog); err != nil {
		return err
	}
	if got := [32]byte(sum.Sum(nil)); got != p.artifact.Digest {
		return fmt.Errorf("%w: got sha256 %x", ErrDigest, got)
	}
	return nil
}

// copy reads to the end of the stream, which must be the artifact's, and not a byte more than one beyond it.
func (s *Store) copy(p *partial, from io.Reader, sum hash.Hash, dog *watchdog) error {
	buffer := make([]byte, chunkBytes)
	for {
		n, err := from.Read(buffer[:min(chunkBytes, p.artifact.Size-p.size+1)])
		_, _ = dog.Write(buffer[:n])
		if p.size+int64(n) > p.artifact.Size {
			return fmt.Errorf("%w: size: expected %d bytes, got more", ErrDigest, p.artifact.Size)
		}
		sum.Write(buffer[:n])
		if err := s.write(p, buffer[:n]); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF) && p.size == p.artifact.Size:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("expected %d bytes, got an end after %d: %w", p.artifact.Size, p.size, io.ErrUnexpectedEOF)
		case err != nil:
			return err
		}
	}
}

// write appends to the partial file. Where the disk is full it evicts what nobody retains, and tries again.
func (s *Store) write(p *partial, data []byte) error {
	for len(data) > 0 {
		n, err := p.file.Write(data)
		p.size += int64(n)
		data = data[n:]
		if err == nil {
			continue
		}
		if !isFull(err) {
			return fmt.Errorf("write partial file: %w", err)
		}
		s.mu.Lock()
		evicted := s.evict(p.artifact.Digest)
		s.mu.Unlock()
		if !evicted {
			return fmt.Errorf("%w: %w", ErrSpace, err)
		}
	}
	return nil
}

// commit makes a partial file that was checked a blob, so that a crash leaves the one or the other.
func (s *Store) commit(p *partial) error {
	if err := p.file.Sync(); err != nil {
		if isFull(err) {
			return fmt.Errorf("%w: %w", ErrSpace, err)
		}
		return fmt.Errorf("sync partial file: %w", err)
	}
	path := s.blobPath(p.artifact.Digest)
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fullOr(err)
	}
	if err := os.Rename(p.path, path); err != nil {
		return fullOr(err)
	}
	return errors.Join(syncFolder(folder), syncFolder(filepath.Dir(folder)), remove(p.path+positionSuffix))
}

func fullOr(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %w", ErrSpace, err)
	}
	return err
}

func (s *Store) dropPartial(digest [32]byte) error {
	path := s.partialPath(digest)
	return errors.Join(remove(path), remove(path+positionSuffix))
}
