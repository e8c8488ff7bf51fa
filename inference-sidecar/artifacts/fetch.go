package artifacts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

// flight is a download that one or more callers of Fetch wait for.
type flight struct {
	artifact Artifact
	done     chan struct{}
	err      error // once done
	cancel   context.CancelCauseFunc
	waiting  int  // callers
	left     bool // by all of them
}

// Fetch returns the path of the artifact in the store: at once if it is there, else after it was downloaded. The file
// must not be changed, and stays for as long as it is retained. Callers that want one artifact share one download,
// which goes on until the last of them has gone. Errors: ErrFetch after Options.Rounds rounds through all URIs,
// ErrDigest where one of them gave other content, ErrSpace, or the cause of the context.
func (s *Store) Fetch(ctx context.Context, a Artifact) (string, error) {
	if err := a.validate(); err != nil {
		return "", err
	}
	for {
		f, err := s.join(a)
		if err != nil {
			return "", err
		}
		if f == nil {
			return s.blobPath(a.Digest), nil
		}
		select {
		case <-f.done:
			s.leave(f)
			if f.left || f.err == nil { // it ended for want of callers, or look whether the size is right
				continue
			}
			return "", f.err
		case <-ctx.Done():
			s.leave(f)
			return "", context.Cause(ctx)
		}
	}
}

// join returns the download of an artifact, or nil where it is in the store.
func (s *Store) join(a Artifact) (*flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if f := s.flying[a.Digest]; f != nil {
		f.waiting++
		return f, nil
	}
	if b := s.blobs[a.Digest]; b != nil {
		if info, err := os.Stat(s.blobPath(a.Digest)); err == nil && info.Size() == b.size {
			if b.size != a.Size {
				return nil, fmt.Errorf("%w: %s: size: expected %d bytes, got %d", ErrDigest, a, a.Size, b.size)
			}
			s.touch(a.Digest)
			return nil, nil
		}
		delete(s.blobs, a.Digest)
	}
	if err := s.admit(a); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	f := &flight{artifact: a, done: make(chan struct{}), cancel: cancel, waiting: 1}
	s.flying[a.Digest] = f
	s.flights.Go(func() { s.land(f, s.rounds(ctx, a)) })
	return f, nil
}

func (s *Store) leave(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	select {
	case <-f.done:
	default:
		if f.waiting == 0 {
			f.left = true
			f.cancel(context.Canceled)
		}
	}
}

// land ends a download: what it left on disk is known from then on.
func (s *Store) land(f *flight, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := f.artifact.Digest
	delete(s.flying, digest)
	if err == nil {
		s.blobs[digest] = &blob{size: f.artifact.Size, used: s.o.Now()}
	} else if info, statErr := os.Stat(s.partialPath(digest)); statErr == nil {
		s.partials[digest] = &blob{size: info.Size(), used: s.o.Now()}
	}
	f.err = err
	f.cancel(nil)
	close(f.done)
}

// rounds tries all URIs in order, again and again with pauses in between. A round that brought the download a good part
// further than it ever was is not counted, so that a bad network takes long rather than fails.
func (s *Store) rounds(ctx context.Context, a Artifact) error {
	pause, best := s.o.Backoff, fileSize(s.partialPath(a.Digest))
	for round := 1; ; round++ {
		final, err := s.round(ctx, a)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if size := fileSize(s.partialPath(a.Digest)); size-best >= max(min(a.Size/16, 1<<20), 1) {
			round, pause, best = 0, s.o.Backoff, size
		}
		if final || round >= s.o.Rounds {
			return err
		}
		s.log.Info("artifact not fetched yet", "artifact", a.Name, "round", round, "pause", pause, "error", err)
		if err := sleep(ctx, jitter(pause)); err != nil {
			return err
		}
		pause = min(2*pause, s.o.MaxBackoff)
	}
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// round tries each URI once, and says whether another round is of no use. The error is ErrSpace, or ErrDigest where
// any URI gave other content, or ErrFetch.
func (s *Store) round(ctx context.Context, a Artifact) (final bool, err error) {
	if len(a.URIs) == 0 {
		return true, fmt.Errorf("%w: %s: expected at least 1 uri, got none", ErrFetch, a)
	}
	var errs []error
	final = true
	for _, uri := range a.URIs {
		err := s.download(ctx, a, uri)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrSpace) {
			return true, err
		}
		final = final && errors.Is(err, ErrURI)
		errs = append(errs, fmt.Errorf("%s: %w", uri, err))
	}
	if err = errors.Join(errs...); errors.Is(err, ErrDigest) {
		return final, fmt.Errorf("%s: %w", a, err)
	}
	return final, fmt.Errorf("%w: %s: %w", ErrFetch, a, err)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// jitter spreads devices that began together: three quarters of the pause, to five quarters.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}
