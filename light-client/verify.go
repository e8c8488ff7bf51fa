package lightclient

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/types"
)

// Head is a verified header.
type Head struct {
	Height int64
	Time   time.Time
	// Hash is the header's. AppHash is the root of the state after the block before it.
	Hash, AppHash []byte
}

func headOf(block *types.LightBlock) Head {
	return Head{Height: block.Height, Time: block.Time.UTC(), Hash: block.Hash(), AppHash: block.AppHash}
}

// rules are what headers are verified under.
type rules struct {
	chainID string
	period  time.Duration // of trust
	drift   time.Duration // of the clock
}

func (r rules) expired(block *types.LightBlock, now time.Time) bool {
	return light.HeaderExpired(block.SignedHeader, r.period, now)
}

func (r rules) fromFuture(block *types.LightBlock, now time.Time) bool {
	return !block.Time.Before(now.Add(r.drift))
}

// verifyRoot checks a block against the header that an operator vouches for, and that its validators signed it.
// Errors: ErrTrust.
func (r rules) verifyRoot(t Trust, block *types.LightBlock) error {
	if err := block.ValidateBasic(r.chainID); err != nil {
		return fmt.Errorf("%w: header %d: %w", ErrTrust, t.Height, err)
	}
	if block.Height != t.Height || !bytes.Equal(block.Hash(), t.Hash) {
		return fmt.Errorf("%w: header %d: expected hash %X, got header %d with %X", ErrTrust, t.Height, t.Hash, block.Height, block.Hash())
	}
	if err := block.ValidatorSet.VerifyCommitLight(r.chainID, block.Commit.BlockID, block.Height, block.Commit); err != nil {
		return fmt.Errorf("%w: header %d: %w", ErrTrust, t.Height, err)
	}
	return nil
}

// verifyNext checks that a block follows from a verified one: either the next, or signed by a third of the validators of
// that one and two thirds of its own. Errors: ErrTrustExpired, ErrFutureHeader, errTooFar, ErrHeader.
func (r rules) verifyNext(trusted, next *types.LightBlock, now time.Time) error {
	if err := next.ValidateBasic(r.chainID); err != nil {
		return fmt.Errorf("%w %d: %w", ErrHeader, next.Height, err)
	}
	err := light.Verify(trusted.SignedHeader, trusted.ValidatorSet, next.SignedHeader, next.ValidatorSet, r.period, now, r.drift, light.DefaultTrustLevel)
	return r.explain(err, trusted, next, now)
}

// errTooFar says that too few validators of the verified header signed the next: one between them is needed.
var errTooFar = errors.New("too few of the known validators signed")

func isTooFar(err error) bool { return errors.Is(err, errTooFar) }

// explain gives an error of the light client its sentinel. next may be nil.
func (r rules) explain(err error, trusted, next *types.LightBlock, now time.Time) error {
	var (
		old light.ErrOldHeaderExpired
		far light.ErrNewValSetCantBeTrusted
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &old):
		return fmt.Errorf("%w: header %d of %s, trust period %s, now %s", ErrTrustExpired,
			trusted.Height, trusted.Time.UTC().Format(time.RFC3339), r.period, now.UTC().Format(time.RFC3339))
	case next != nil && r.fromFuture(next, now):
		return fmt.Errorf("%w: header %d of %s, now %s", ErrFutureHeader, next.Height,
			next.Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case errors.As(err, &far):
		return fmt.Errorf("%w: %w: %w", ErrHeader, errTooFar, err)
	}
	return fmt.Errorf("%w: %w", ErrHeader, err)
}
