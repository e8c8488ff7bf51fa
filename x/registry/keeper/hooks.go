package keeper

import (
	"context"
	"errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// hooks holds the hooks that all copies of a keeper share: none until they are set.
type hooks struct{ set types.RegistryHooks }

// SetHooks sets what is told of yanks, for this keeper and every copy of it. It is called once, before
// the first block; it panics on nil and where hooks are set, which only broken wiring can cause.
func (k Keeper) SetHooks(h types.RegistryHooks) {
	if h == nil || k.hooks.set != nil {
		panic(errors.New("registry keeper: expected hooks, and expected them once"))
	}
	k.hooks.set = h
}

func (h *hooks) afterVersionYanked(ctx context.Context, id string) error {
	if h.set == nil {
		return nil
	}
	return h.set.AfterVersionYanked(ctx, id)
}
