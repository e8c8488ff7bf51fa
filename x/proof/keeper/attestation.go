package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/proof/types"
)

// Attestation returns an attestation, or ErrAttestationUnknown, also where it was pruned.
func (k Keeper) Attestation(ctx context.Context, id uint64) (types.Attestation, error) {
	att, err := k.Attestations.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return att, errorsmod.Wrapf(types.ErrAttestationUnknown, "%d", id)
	}
	return att, err
}
