package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/registry/types"
)

// Model returns a model, or ErrModelNotFound.
func (k Keeper) Model(ctx context.Context, publisher, name string) (types.Model, error) {
	m, err := k.Models.Get(ctx, collections.Join(publisher, name))
	return m, found(err, types.ErrModelNotFound, publisher+"/"+name)
}

// ownedModel returns a model if its publisher belongs to owner.
func (k Keeper) ownedModel(ctx context.Context, publisher, name, owner string) (types.Model, error) {
	if _, err := k.ownedPublisher(ctx, publisher, owner); err != nil {
		return types.Model{}, err
	}
	return k.Model(ctx, publisher, name)
}

// CheckModelOwner checks that a model of this chain is on record and belongs to an account. Errors:
// ErrPublisherNotFound, also for a qualified publisher, whose mirrors nobody owns; ErrUnauthorized;
// ErrModelNotFound.
func (k Keeper) CheckModelOwner(ctx context.Context, publisher, model, address string) error {
	_, err := k.ownedModel(ctx, publisher, model, address)
	return err
}
