package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// Publisher returns a publisher, or ErrPublisherNotFound.
func (k Keeper) Publisher(ctx context.Context, name string) (types.Publisher, error) {
	p, err := k.Publishers.Get(ctx, name)
	return p, found(err, types.ErrPublisherNotFound, name)
}

// ownedPublisher returns a publisher if it belongs to owner, or ErrUnauthorized.
func (k Keeper) ownedPublisher(ctx context.Context, name, owner string) (types.Publisher, error) {
	p, err := k.Publisher(ctx, name)
	if err != nil {
		return p, err
	}
	if p.Owner != owner {
		return p, errorsmod.Wrapf(types.ErrUnauthorized, "publisher %q: expected owner %s, got %s", name, p.Owner, owner)
	}
	return p, nil
}

// found turns the store's "not found" to the module's error for the record of a name.
func found(err, notFound error, name string) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(notFound, "%q", name)
	}
	return err
}
