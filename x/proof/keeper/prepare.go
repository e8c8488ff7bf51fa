package keeper

import (
	"context"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// PrepareBlock hands the proofs of a block's transactions to the verifier, which verifies them together, so that the
// message handlers find the answers. It takes claims that would be admitted as things stand before the block, no more
// of a transaction than its gas limit can pay for, no more of the block than its gas limit can pay for, and at most
// max_prepared_per_block. Whatever it leaves out is verified alone, with the same outcome.
//
// It changes no state, uses no gas, emits no event, and never panics: it is an optimization, so whatever goes wrong is
// counted as metric prepare_failed and left to execution, which judges every proof by itself. The app calls it from its
// PreBlocker; transactions that could not be decoded are nil or left out.
func (k Keeper) PrepareBlock(ctx sdk.Context, txs []sdk.Tx) {
	defer func() {
		if r := recover(); r != nil {
			countPrepareFailure("panic")
			ctx.Logger().Error("preparing proofs", "module", types.ModuleName, "panic", r)
		}
	}()
	params, err := k.Params.Get(unmetered(ctx))
	if err != nil {
		countPrepareFailure("params")
		return
	}
	s := newScan(ctx, k, params)
	for _, tx := range txs {
		if s.full {
			break
		}
		if tx != nil {
			s.addTx(tx)
		}
	}
	if len(s.requests) == 0 {
		return
	}
	if _, err := k.engine.Prepare(context.WithoutCancel(ctx), s.requests); err != nil {
		countPrepareFailure("verifier")
		return
	}
	countPrepared(len(s.requests))
}

// unmetered returns a context to read with: what is written through it is lost, and reading is free.
func unmetered(ctx sdk.Context) sdk.Context {
	discarded, _ := ctx.CacheContext()
	return discarded.WithGasMeter(storetypes.NewInfiniteGasMeter())
}
