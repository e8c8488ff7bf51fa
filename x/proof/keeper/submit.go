package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// gasDescriptor names the charge where gas runs out.
const gasDescriptor = "proof verification"

// submit takes a claim through all steps and returns the number of the new attestation. The claim has passed
// ProofEntry.Validate. Hooks may refuse what is written already, so the caller gives it a branch of the state, and throws
// the branch away where it returns an error.
func (k Keeper) submit(ctx sdk.Context, params types.Params, c claim) (uint64, error) {
	a, err := k.admit(ctx, k.registry, c)
	if err != nil {
		return 0, err
	}
	ctx.GasMeter().ConsumeGas(verificationGas(params, a), gasDescriptor)
	if err := k.verify(ctx, a); err != nil {
		return 0, err
	}
	return k.record(ctx, params, a)
}

func verificationGas(p types.Params, a admitted) uint64 {
	return p.VerificationGas(a.key.PublicInputs, a.key.Commitments, len(a.entry.Output))
}
