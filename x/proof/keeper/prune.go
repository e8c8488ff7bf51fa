package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// EndBlock removes attestations that are older than the retention, oldest first, up to the limit of one block. A
// backlog, as after a lowered retention, is worked off over the following blocks.
func (k Keeper) EndBlock(ctx sdk.Context) error {
	reportVerifier(ctx, k.engine.Stats())
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if params.RetentionBlocks == 0 {
		return nil
	}
	old, err := k.outdated(ctx, params)
	if err != nil || len(old) == 0 {
		return err
	}
	for _, att := range old {
		if err := k.remove(ctx, att); err != nil {
			return err
		}
	}
	countPruned(ctx, len(old))
	return ctx.EventManager().EmitTypedEvent(&types.EventAttestationsPruned{
		FirstId: old[0].Id,
		LastId:  old[len(old)-1].Id,
		Count:   uint64(len(old)),
	})
}

// outdated returns the attestations to remove in this block, by ascending id. Heights ascend with ids, so it stops at
// the first that stays.
func (k Keeper) outdated(ctx sdk.Context, params types.Params) ([]types.Attestation, error) {
	var old []types.Attestation
	err := k.Attestations.Walk(ctx, nil, func(_ uint64, att types.Attestation) (bool, error) {
		age := ctx.BlockHeight() - att.Height // negative where a new chain imported an older one's attestations
		if age <= 0 || uint64(age) <= params.RetentionBlocks || len(old) == int(params.MaxPrunedPerBlock) {
			return true, nil
		}
		old = append(old, att)
		return false, nil
	})
	return old, err
}
