package lightclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/types"
)

// Snapshot reads the state at one height. It stays valid when the head moves on, for as long as a node keeps that state.
// It is safe for concurrent use.
type Snapshot struct {
	client *Client
	head   Head
	onRead func(store string, key []byte, answer *Answer) // nil: none
}

// Snapshot returns the state that the newest verified header commits to: that after the block before it. It makes no
// request. There is none until an update or a bundle compared the trust period with the unbonding period. Errors: ErrHalted,
// ErrTrustPeriod, ErrNoHead.
func (c *Client) Snapshot(context.Context) (*Snapshot, error) {
	if err := c.halted(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.refused != nil:
		return nil, c.refused
	case c.block == nil:
		return nil, ErrNoHead
	case c.unbonding.Unbonding == 0:
		return nil, fmt.Errorf("%w: not compared yet; expected an update or a bundle first", ErrTrustPeriod)
	}
	return c.snapshotOf(c.block), nil
}

func (c *Client) snapshotOf(block *types.LightBlock) *Snapshot {
	return &Snapshot{client: c, head: headOf(block)}
}

// Height is of the block after which the state is read.
func (s *Snapshot) Height() int64 { return s.head.Height - 1 }

// Time is of the header that commits to the state: that of the block after Height.
func (s *Snapshot) Time() time.Time { return s.head.Time }

// Head is the header that commits to the state.
func (s *Snapshot) Head() Head { return s.head }

// Read returns what a store holds under a key; found is false where it holds nothing, by proof of absence. The value must
// not be changed. Endpoints are asked one after the other until one proves its answer. Errors: ErrUnavailable, ErrProof if
// none did, ErrNotFound if no node has that state any more.
func (s *Snapshot) Read(ctx context.Context, store string, key []byte) (value []byte, found bool, err error) {
	p, err := s.prove(ctx, store, key)
	return p.Value, p.Found, err
}

// Range returns the entries of a store from a key on, in order, below another key, and at most limit of them. It is proven
// that there are no others between: each entry is a neighbour of the one before it. more says that the limit cut it short.
// It makes one request for each entry.
func (s *Snapshot) Range(ctx context.Context, store string, from, below []byte, limit int) (entries []Entry, more bool, err error) {
	for key := from; ; {
		p, err := s.prove(ctx, store, key)
		if err != nil {
			return nil, false, err
		}
		next := p.Right
		if p.Found {
			next = &Entry{Key: key, Value: p.Value}
		}
		if next == nil || bytes.Compare(next.Key, below) >= 0 {
			return entries, false, nil
		}
		if len(entries) == limit {
			return entries, true, nil
		}
		entries = append(entries, *next)
		key = append(bytes.Clone(next.Key), 0)
	}
}

// prove returns what is proven about a key, from the cache or an endpoint.
func (s *Snapshot) prove(ctx context.Context, store string, key []byte) (Proven, error) {
	c := s.client
	if s.onRead == nil {
		if p, ok := c.cache.get(s.head.Height, store, key); ok {
			return p, nil
		}
	}
	if s.Height() < 1 {
		return Proven{}, fmt.Errorf("%w: state at height %d", ErrNotFound, s.Height())
	}
	var failures error
	for _, e := range usable(c.endpoints) {
		p, err := s.proveBy(ctx, e, store, key)
		if err == nil {
			return p, nil
		}
		if ctx.Err() != nil {
			return Proven{}, context.Cause(ctx)
		}
		failures = errors.Join(failures, err)
	}
	if errors.Is(failures, ErrProof) || errors.Is(failures, ErrNotFound) {
		return Proven{}, fmt.Errorf("reading key %X of store %q at height %d: %w", key, store, s.Height(), failures)
	}
	return Proven{}, unavailable(c.endpoints)
}

func (s *Snapshot) proveBy(ctx context.Context, e *endpoint, store string, key []byte) (Proven, error) {
	answer, err := e.query(ctx, store, key, s.Height())
	if err != nil {
		return Proven{}, err
	}
	p, err := VerifyRead(s.head.AppHash, store, key, answer.Proof)
	if err == nil && !bytes.Equal(p.Value, answer.Value) {
		err = fmt.Errorf("%w of key %X in store %q: proves another value than the answer has", ErrProof, key, store)
	}
	if err != nil {
		e.strike(err)
		return Proven{}, fmt.Errorf("%q: %w", e.name, err)
	}
	s.client.cache.put(s.head.Height, store, key, p)
	if s.onRead != nil {
		s.onRead(store, key, answer)
	}
	return p, nil
}
