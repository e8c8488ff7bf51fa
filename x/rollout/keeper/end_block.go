package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// EndBlock does the work of a block: zones' evidence first, so that a rollout on this chain is judged by it in the same
// block; then the rollouts that are due; then packets; then a look at a few links. Each part takes at most so much from
// its queue as the parameters say, and leaves the rest, oldest first, to the next block.
func (k Keeper) EndBlock(goCtx context.Context) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.loseZones(ctx, params.PacketsPerBlock); err != nil {
		return err
	}
	if err := k.sendEvidence(ctx, params.PacketsPerBlock); err != nil {
		return err
	}
	if err := k.judgeDue(ctx, params.EvaluationsPerBlock); err != nil {
		return err
	}
	if err := k.sendDue(ctx, params.PacketsPerBlock); err != nil {
		return err
	}
	return k.watchLinks(ctx, params.LinksPerBlock)
}
