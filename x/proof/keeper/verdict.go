package keeper

import (
	"context"
	"errors"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
)

// verify asks the verifier about an admitted claim. It uses no gas, so that a cached answer costs what a fresh one
// costs; the caller has charged for the work.
func (k Keeper) verify(ctx sdk.Context, a admitted) error {
	inputs, err := k.publicInputs(ctx.ChainID(), a.claim)
	if err != nil {
		return err
	}
	// A verdict is consensus: it must not depend on who stopped waiting for it.
	return verdict(k.engine.Verify(context.WithoutCancel(ctx), verifier.Request{Key: a.key.Key, Inputs: inputs, Proof: a.entry.Proof}))
}

// verdict translates the verifier's answer to a code of this module. Registered keys are well-formed, so whatever is
// not about counts or the proof's validity is about the proof's encoding.
func verdict(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, verifier.ErrRejected):
		return types.ErrProofInvalid
	case errors.Is(err, verifier.ErrCommitmentCount):
		return errorsmod.Wrap(types.ErrProofCommitments, err.Error())
	case errors.Is(err, verifier.ErrInputCount):
		return errorsmod.Wrap(types.ErrPublicInputs, err.Error())
	default:
		return errorsmod.Wrap(types.ErrProofMalformed, err.Error())
	}
}
