// Package ante lets CheckTx judge proofs before a transaction enters the mempool.
//
// Its decorator belongs at the end of the ante chain, after fees, signatures and sequence numbers: verifying costs
// 1 to 2 ms, so only an enrolled device that signed and can pay may ask for it. What it decides concerns this node's
// mempool alone; execution judges every proof again, or finds the answer that this decorator left in the verifier's
// cache. It never runs in a block, on a recheck or in a simulation.
package ante

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Checker judges the proofs of a transaction; keeper.Keeper is one.
type Checker interface {
	CheckTx(ctx sdk.Context, tx sdk.Tx) error
}

// CheckTxDecorator refuses transactions with bad proofs in CheckTx.
type CheckTxDecorator struct{ checker Checker }

// NewCheckTxDecorator returns a decorator that asks checker.
func NewCheckTxDecorator(checker Checker) CheckTxDecorator { return CheckTxDecorator{checker} }

// AnteHandle implements sdk.AnteDecorator.
func (d CheckTxDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if ctx.IsCheckTx() && !ctx.IsReCheckTx() && !simulate {
		if err := d.checker.CheckTx(ctx, tx); err != nil {
			return ctx, err
		}
	}
	return next(ctx, tx, simulate)
}
