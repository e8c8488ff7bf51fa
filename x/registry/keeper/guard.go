package keeper

import (
	"context"
	"errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// guard holds the guard that all copies of a keeper share: none until it is set.
type guard struct{ set types.PublishGuard }

// SetPublishGuard sets who is asked before something is published, for this keeper and every copy of it. It is called once,
// before the first block; it panics on nil and where a guard is set, which only broken wiring can cause.
func (k Keeper) SetPublishGuard(g types.PublishGuard) {
	if g == nil || k.guard.set != nil {
		panic(errors.New("registry keeper: expected a publish guard, and expected it once"))
	}
	k.guard.set = g
}

func (g *guard) allowPublish(ctx context.Context, publisher, model, number, owner string) error {
	if g.set == nil {
		return nil
	}
	return g.set.AllowPublish(ctx, publisher, model, number, owner)
}
