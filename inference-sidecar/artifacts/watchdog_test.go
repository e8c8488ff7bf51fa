package artifacts

import (
	"context"
	"errors"
	"io"
	"net/url"
	"testing"
	"testing/synctest"
	"time"
)

// paced is a source that sends bytes with a pause before each piece.
type paced struct {
	data  []byte
	piece int
	pause time.Duration
}

func (p paced) Open(ctx context.Context, _ *url.URL, _ Artifact, from Position) (*Stream, error) {
	return &Stream{ReadCloser: &pacedReader{ctx, p, p.data[from.Offset:]}, Offset: from.Offset}, nil
}

type pacedReader struct {
	ctx  context.Context
	pace paced
	left []byte
}

func (r *pacedReader) Read(b []byte) (int, error) {
	if err := sleep(r.ctx, r.pace.pause); err != nil {
		return 0, err
	}
	n := copy(b[:min(len(b), r.pace.piece)], r.left)
	r.left = r.left[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *pacedReader) Close() error { return nil }

func TestSlowServers(t *testing.T) {
	data := content(100 << 10)
	for name, tt := range map[string]struct {
		source paced
		want   error
		took   time.Duration // at least
	}{
		"success: slow, for longer than any window": {paced{data, 4 << 10, 10 * time.Second}, nil, 200 * time.Second},
		"failure: stalled":                          {paced{data, 4 << 10, 365 * 24 * time.Hour}, errSlow, 3 * 30 * time.Second},
		"failure: a byte each second":               {paced{data, 1, time.Second}, errSlow, 3 * 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := hasty()
				o.Sources = map[string]Source{"slow": tt.source}
				s := open(t, t.TempDir(), o)
				start := time.Now()
				_, err := s.Fetch(t.Context(), artifact(data, "slow:x"))
				if !errors.Is(err, tt.want) || tt.want != nil && !errors.Is(err, ErrFetch) {
					t.Errorf("expected %v, got %v", tt.want, err)
				}
				if got := time.Since(start); got < tt.took || got > time.Hour {
					t.Errorf("expected %s or a little more, got %s", tt.took, got)
				}
			})
		})
	}
}

// A bad network that brings a part of the artifact now and then gets there, and a dead one costs a bounded time.
func TestRoundsGoOnForAsLongAsTheyBringSomething(t *testing.T) {
	data := content(1 << 20)
	synctest.Test(t, func(t *testing.T) {
		source := &breaking{data: data, each: 1 << 16}
		s := open(t, t.TempDir(), Options{Sources: map[string]Source{"net": source}})
		mustFetch(t, s, artifact(data, "net:x"), data)
		if source.opened != 16 {
			t.Errorf("expected 16 attempts, got %d", source.opened)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		source := &breaking{data: data}
		s := open(t, t.TempDir(), Options{Sources: map[string]Source{"net": source}})
		start := time.Now()
		if _, err := s.Fetch(t.Context(), artifact(data, "net:x")); !errors.Is(err, ErrFetch) {
			t.Errorf("expected ErrFetch, got %v", err)
		}
		if took := time.Since(start); source.opened != 10 || took < 3*time.Minute || took > 6*time.Minute {
			t.Errorf("expected 10 attempts in about 4 minutes, got %d in %s", source.opened, took)
		}
	})
}

// breaking is a source that sends so many bytes, then breaks off.
type breaking struct {
	data   []byte
	each   int
	opened int
}

func (s *breaking) Open(_ context.Context, _ *url.URL, _ Artifact, from Position) (*Stream, error) {
	s.opened++
	rest := s.data[from.Offset:]
	if len(rest) <= s.each {
		return &Stream{ReadCloser: io.NopCloser(&cut{rest, io.EOF}), Offset: from.Offset}, nil
	}
	return &Stream{ReadCloser: io.NopCloser(&cut{rest[:s.each], errBroken}), Offset: from.Offset}, nil
}

var errBroken = errors.New("connection reset")

type cut struct {
	left []byte
	end  error
}

func (c *cut) Read(b []byte) (int, error) {
	if len(c.left) == 0 {
		return 0, c.end
	}
	n := copy(b, c.left)
	c.left = c.left[n:]
	return n, nil
}
