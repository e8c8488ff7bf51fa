package lightclient

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/cometbft/cometbft/light/provider"
	"github.com/cometbft/cometbft/types"
)

// source is an endpoint as CometBFT's light client sees it, for one round of verification. It keeps the error that the light
// client must not see, for that takes a wrapped error as malevolence.
type source struct {
	*endpoint
	chainID string
	// report takes evidence on its way to the endpoint.
	report func(to string, evidence *types.LightClientAttackEvidence, err error)

	mu   sync.Mutex
	last *types.LightBlock // the latest that was fetched: the light client asks for it again
	err  error             // of the latest request
	// hashes are those of headers that were given, of the latest heights.
	hashes map[int64][]byte
}

var _ provider.Provider = (*source)(nil)

func (s *source) ChainID() string { return s.chainID }

func (s *source) String() string { return s.name }

func (s *source) LightBlock(ctx context.Context, height int64) (*types.LightBlock, error) {
	if height == 0 {
		tip, err := s.tip(ctx)
		if err != nil {
			return nil, s.translate(ctx, err)
		}
		height = tip
	}
	if block := s.recent(height); block != nil {
		return block, nil
	}
	block, err := s.lightBlock(ctx, s.chainID, height)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.err = block, nil
	if s.hashes == nil || len(s.hashes) > 64 {
		s.hashes = make(map[int64][]byte)
	}
	s.hashes[height] = block.Hash()
	return block, nil
}

func (s *source) recent(height int64) *types.LightBlock {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.last.Height == height {
		return s.last
	}
	return nil
}

// translate keeps the error and returns one that CometBFT's light client compares with.
func (s *source) translate(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	switch {
	case errors.Is(err, ErrResponse):
		return provider.ErrBadLightBlock{Reason: err}
	case errors.Is(err, ErrNotFound):
		return provider.ErrLightBlockNotFound
	}
	return provider.ErrNoResponse
}

// failure is the error of the latest request, if it failed.
func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// contradicts says whether the endpoint gave another header of the block's height.
func (s *source) contradicts(block *types.LightBlock) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	hash, ok := s.hashes[block.Height]
	return ok && !bytes.Equal(hash, block.Hash())
}

func (s *source) ReportEvidence(ctx context.Context, evidence types.Evidence) error {
	err := s.do(ctx, func(ctx context.Context) error { return s.remote.ReportEvidence(ctx, evidence) })
	if attack, ok := evidence.(*types.LightClientAttackEvidence); ok && s.report != nil {
		s.report(s.name, attack, err)
	}
	return err
}

// hashAt returns the hash of the header that the endpoint gave of a height; nil if it gave none.
func (s *source) hashAt(height int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hashes[height]
}
