package relay

import (
	"context"
	"errors"

	cmtmath "github.com/cometbft/cometbft/libs/math"
	"github.com/cometbft/cometbft/types"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

// lightBlocks fetches header, commit and validators of a height.
type lightBlocks interface {
	LightBlock(ctx context.Context, height int64) (*types.LightBlock, error)
}

// headerPath returns headers that lead a client from the trusted height to the target. One is enough while
// validators with more than the trust level of the power that the client trusts have signed the target; where
// the validators changed too much for that, the way is halved until each step is small enough.
func headerPath(ctx context.Context, blocks lightBlocks, trusted, target int64, level cmtmath.Fraction) ([]*ibctm.Header, error) {
	// What a client trusts after header h are the validators of h+1: their hash is in header h.
	next, err := blocks.LightBlock(ctx, trusted+1)
	if err != nil {
		return nil, err
	}
	end, err := blocks.LightBlock(ctx, target)
	if err != nil {
		return nil, err
	}
	enough, err := reaches(next.ValidatorSet, trusted, end, level)
	if err != nil {
		return nil, err
	}
	if enough {
		h, err := newHeader(trusted, next.ValidatorSet, end)
		return []*ibctm.Header{h}, err
	}
	middle := trusted + (target-trusted)/2
	first, err := headerPath(ctx, blocks, trusted, middle, level)
	if err != nil {
		return nil, err
	}
	second, err := headerPath(ctx, blocks, middle, target, level)
	return append(first, second...), err
}

// reaches says whether a client that trusts validators after the trusted height accepts the block in one step.
// An adjacent block needs no trust level: the trusted header names its validators.
func reaches(validators *types.ValidatorSet, trusted int64, block *types.LightBlock, level cmtmath.Fraction) (bool, error) {
	if block.Height == trusted+1 {
		return true, nil
	}
	err := validators.VerifyCommitLightTrusting(block.ChainID, block.Commit, level)
	var tooFew types.ErrNotEnoughVotingPowerSigned
	if errors.As(err, &tooFew) {
		return false, nil
	}
	return err == nil, err
}

// newHeader is the message that the light client takes.
func newHeader(trusted int64, validators *types.ValidatorSet, block *types.LightBlock) (*ibctm.Header, error) {
	trustedSet, err := validators.ToProto()
	if err != nil {
		return nil, err
	}
	set, err := block.ValidatorSet.ToProto()
	if err != nil {
		return nil, err
	}
	return &ibctm.Header{
		SignedHeader:      block.SignedHeader.ToProto(),
		ValidatorSet:      set,
		TrustedHeight:     clienttypes.NewHeight(clienttypes.ParseChainID(block.ChainID), uint64(trusted)),
		TrustedValidators: trustedSet,
	}, nil
}
