package lightclient

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cometbft/cometbft/types"
)

// Apply verifies a bundle from the newest verified header on and takes it over: its last header is the head then, and its
// reads are what a snapshot has, also after a restart and without any endpoint. A bundle that ends at the head adds its reads.
// Errors leave the client as it was: ErrHalted, ErrBundle, ErrBundleGap, ErrTrustExpired, ErrTrustPeriod, ErrFutureHeader,
// ErrHeader, ErrProof, ErrStore.
func (c *Client) Apply(b *Bundle) (Head, error) {
	c.updating.Lock()
	defer c.updating.Unlock()
	if err := c.halted(); err != nil {
		return Head{}, err
	}
	if err := b.validate(); err != nil {
		return Head{}, err
	}
	if b.ChainID != c.config.ChainID {
		return Head{}, fmt.Errorf("%w: chain: expected %q, got %q", ErrBundle, c.config.ChainID, b.ChainID)
	}
	if err := c.verifyBundle(b); err != nil {
		return Head{}, err
	}
	reads, err := b.verifyReads()
	if err != nil {
		return Head{}, err
	}
	if size := b.cost(reads); size > c.config.CacheBytes {
		return Head{}, fmt.Errorf("%w: expected reads of at most %d bytes, which the cache holds, got %d", ErrBundle, c.config.CacheBytes, size)
	}
	known, err := c.rules.unbondingIn(b, reads, c.unbonding)
	if err != nil {
		return Head{}, err
	}
	if err := c.keepBundle(b, known); err != nil {
		return Head{}, err
	}
	b.remember(c.cache, reads)
	return headOf(c.newest()), nil
}

// verifyBundle checks the bundle's headers from the head on.
func (c *Client) verifyBundle(b *Bundle) error {
	head, newest := c.newest(), b.newest()
	if newest.Height < head.Height {
		return fmt.Errorf("%w: expected headers up to %d or more, got up to %d", ErrBundle, head.Height, newest.Height)
	}
	i := slices.IndexFunc(b.Blocks, func(block *types.LightBlock) bool { return block.Height >= head.Height })
	blocks := b.Blocks[i:]
	if blocks[0].Height == head.Height {
		if got := blocks[0].Hash(); string(got) != string(head.Hash()) {
			return fmt.Errorf("%w: header %d: expected %X, which is verified, got %X", ErrBundle, head.Height, head.Hash(), got)
		}
		blocks = blocks[1:]
	}
	return c.rules.verifyChain(head, blocks, c.config.Now())
}

// keepBundle writes a verified bundle to the store and moves the head: the reads first, for they count under their header alone.
func (c *Client) keepBundle(b *Bundle, known unbondingRecord) error {
	kept := &Bundle{ChainID: b.ChainID, Blocks: []*types.LightBlock{b.newest()}, Reads: b.Reads}
	raw, err := kept.Encode()
	if err != nil {
		return err
	}
	if err := c.headers.setBundle(raw, known); err != nil {
		return err
	}
	moved := b.newest().Height > c.newest().Height
	if moved {
		if err := c.adopt(b.newest()); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unbonding, c.refused = known, nil
	if moved {
		c.confirmed = 0
	}
	return nil
}

// restoreReads takes up the reads of the bundle that was applied last, if the head is still its header.
func (c *Client) restoreReads() error {
	raw, err := c.headers.db.Get([]byte(keyBundle))
	if err != nil {
		return fmt.Errorf("%w: reading %q: %w", ErrStore, keyBundle, err)
	}
	if raw == nil {
		return nil
	}
	b, err := DecodeBundle(raw)
	if err == nil && string(b.newest().Hash()) == string(c.block.Hash()) {
		var reads []Proven
		if reads, err = b.verifyReads(); err == nil {
			b.remember(c.cache, reads)
		}
	}
	if err != nil { // it can be applied again, and must not keep the client from opening
		c.config.Logger.Warn("reads of the latest bundle dropped", "cause", err)
	}
	return nil
}

// MakeBundle returns a bundle for a device whose newest verified header is from: the headers from that one to the head of
// this client, and what read reads. Errors are those of Update and of reads.
func (c *Client) MakeBundle(ctx context.Context, from Trust, read func(context.Context, *Snapshot) error) (*Bundle, error) {
	c.updating.Lock()
	defer c.updating.Unlock()
	if err := c.halted(); err != nil {
		return nil, err
	}
	head := c.newest()
	root, err := c.fetchRoot(ctx, from)
	if err != nil {
		return nil, err
	}
	trace, err := c.trace(ctx, root, head)
	if err != nil {
		return nil, err
	}
	s := c.snapshotOf(head)
	reads := make(map[string]BundleRead)
	s.onRead = func(store string, key []byte, answer *Answer) {
		reads[cacheKey(0, store, key)] = BundleRead{Store: store, Key: slices.Clone(key), Proof: answer.Proof}
	}
	if _, err := s.unbonding(ctx); err != nil {
		return nil, err
	}
	if err := read(ctx, s); err != nil {
		return nil, err
	}
	b := &Bundle{ChainID: c.config.ChainID, Blocks: trace}
	for _, r := range reads {
		b.Reads = append(b.Reads, r)
	}
	slices.SortFunc(b.Reads, compareReads)
	return b, b.validate()
}

// trace returns headers from one to another, both included, of which each follows from the one before it: as few as bisection
// finds.
func (c *Client) trace(ctx context.Context, from, to *types.LightBlock) ([]*types.LightBlock, error) {
	out := []*types.LightBlock{from}
	if to.Height < from.Height {
		return nil, fmt.Errorf("%w: expected one of a height up to %d, got %d", ErrTrust, to.Height, from.Height)
	}
	if to.Height == from.Height {
		return out, c.rules.verifyChain(from, nil, c.config.Now())
	}
	ahead := []*types.LightBlock{to}
	for len(ahead) > 0 {
		verified, next := out[len(out)-1], ahead[len(ahead)-1]
		err := c.rules.verifyNext(verified, next, c.config.Now())
		switch {
		case err == nil:
			if len(out) == MaxBundleBlocks {
				return nil, fmt.Errorf("%w: expected at most %d headers from %d to %d", ErrBundle, MaxBundleBlocks, from.Height, to.Height)
			}
			out, ahead = append(out, next), ahead[:len(ahead)-1]
		case isTooFar(err) && next.Height > verified.Height+1:
			between, err := c.fetch(ctx, verified.Height+(next.Height-verified.Height)/2)
			if err != nil {
				return nil, err
			}
			ahead = append(ahead, between)
		default:
			return nil, err
		}
	}
	return out, nil
}

// fetch returns a block that is not verified from the first endpoint that has it.
func (c *Client) fetch(ctx context.Context, height int64) (*types.LightBlock, error) {
	var failures error
	for _, e := range usable(c.endpoints) {
		block, err := e.lightBlock(ctx, c.config.ChainID, height)
		if err == nil {
			return block, nil
		}
		failures = errors.Join(failures, err)
	}
	if failures == nil {
		return nil, unavailable(c.endpoints)
	}
	return nil, failures
}
