package keeper

import (
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/assay-chain/assay/x/proof/types"
)

// maxChecked is how many proofs of a transaction CheckTx verifies: some 20 ms. What it refuses has paid nothing, so its work
// is kept small; what it leaves to the block is paid for, and costs less there.
const maxChecked = 16

// CheckTx judges the proofs of a transaction that asks to enter the mempool, and leaves the answers in the verifier's
// cache, where the block that includes the transaction finds them. It returns the error that the first bad claim would
// get in a block.
//
// It looks at the first max_proofs_per_msg claims of the transaction's own messages (nested ones may lack a grant, so
// their sender may not speak for the device), verifies the first maxChecked of them, and does no work that the rest of
// the transaction's gas limit would not pay for. Only an enrolled device that signed gets this far, since fees and signatures were checked before.
//
// A transaction that holds other messages beside proofs may change, before its proofs are reached, what admission
// reads; then admission is left to the block.
func (k Keeper) CheckTx(ctx sdk.Context, tx sdk.Tx) error {
	msgs := tx.GetMsgs()
	if !holdsProofs(msgs) {
		return nil
	}
	budget := ctx.GasMeter().GasRemaining()
	ctx = unmetered(ctx)
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	list, err := k.checkAdmission(ctx, params, msgs)
	if err != nil {
		countVerdict(ctx, pathCheckTx, err)
		return err
	}
	for _, a := range list[:min(len(list), maxChecked)] {
		price := verificationGas(params, a)
		if price > budget {
			return errorsmod.Wrapf(sdkerrors.ErrOutOfGas, "proof verification: expected a gas limit that leaves %d, got %d", price, budget)
		}
		budget -= price
		err := k.verify(ctx, a)
		countVerdict(ctx, pathCheckTx, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// checkAdmission returns the claims to verify.
func (k Keeper) checkAdmission(ctx sdk.Context, params types.Params, msgs []sdk.Msg) ([]admitted, error) {
	onlyProofs := true
	for _, msg := range msgs {
		p, ok := msg.(proofMsg)
		if !ok {
			onlyProofs = false
		} else if err := p.Validate(params); err != nil {
			return nil, err
		}
	}
	list := claims(msgs, 0, params)
	list = list[:min(len(list), int(params.MaxProofsPerMsg))]
	seen := make(map[string]struct{}, len(list))
	out := make([]admitted, 0, len(list))
	for _, c := range list {
		a, err := k.admit(ctx, k.registry, c)
		if _, dup := seen[string(a.nonceKey)]; err == nil && dup {
			err = errorsmod.Wrapf(types.ErrNonceUsed, "%x", c.entry.Nonce)
		}
		switch {
		case err == nil:
			seen[string(a.nonceKey)] = struct{}{}
			out = append(out, a)
		case onlyProofs:
			return nil, err
		}
	}
	return out, nil
}

// proofMsg is a message that carries proofs.
type proofMsg interface{ Validate(types.Params) error }

var (
	_ proofMsg = (*types.MsgSubmitProof)(nil)
	_ proofMsg = (*types.MsgSubmitProofs)(nil)
)

func holdsProofs(msgs []sdk.Msg) bool {
	return slices.ContainsFunc(msgs, func(msg sdk.Msg) bool { _, ok := msg.(proofMsg); return ok })
}
