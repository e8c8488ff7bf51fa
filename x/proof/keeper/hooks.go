package keeper

import (
	"context"
	"errors"

	"github.com/assay-chain/assay/x/proof/types"
)

// hooks holds the hooks that all copies of a keeper share: none until they are set.
type hooks struct{ set types.AttestationHooks }

// SetHooks sets what is told of attestations, for this keeper and every copy of it. It is called once, before the first
// block; it panics on nil and where hooks are set, which only broken wiring can cause.
func (k Keeper) SetHooks(h types.AttestationHooks) {
	if h == nil || k.hooks.set != nil {
		panic(errors.New("x/proof: expected hooks, and expected them once"))
	}
	k.hooks.set = h
}

func (h *hooks) afterAttestation(ctx context.Context, att types.Attestation) error {
	if h.set == nil {
		return nil
	}
	return h.set.AfterAttestation(ctx, att)
}
