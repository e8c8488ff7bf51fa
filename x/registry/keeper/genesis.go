package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// InitGenesis fills an empty store. Every verifying key is checked again, as other modules rely on
// what is in the store.
func (k Keeper) InitGenesis(ctx context.Context, gs types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, gs.Params); err != nil {
		return err
	}
	for _, p := range gs.Publishers {
		if err := k.Publishers.Set(ctx, p.Name, p); err != nil {
			return err
		}
	}
	for _, m := range gs.Models {
		if err := k.Models.Set(ctx, collections.Join(m.Publisher, m.Name), m); err != nil {
			return err
		}
	}
	for _, key := range gs.VerifyingKeys {
		if err := k.importVerifyingKey(ctx, key); err != nil {
			return err
		}
	}
	for _, v := range gs.Versions {
		if err := k.importVersion(ctx, v); err != nil {
			return err
		}
	}
	for _, a := range gs.Aliases {
		if err := k.setAlias(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) importVerifyingKey(ctx context.Context, key types.VerifyingKey) error {
	info, err := k.checkKey(key.Key)
	if err != nil {
		return fmt.Errorf("verifying key %x: %w", key.Digest, err)
	}
	if key.PublicInputs != uint32(info.PublicInputs) || key.Commitments != uint32(info.Commitments) {
		return errorsmod.Wrapf(types.ErrInvalidGenesis, "verifying key %x: expected %d public inputs and %d commitments, got %d and %d",
			key.Digest, info.PublicInputs, info.Commitments, key.PublicInputs, key.Commitments)
	}
	return k.VerifyingKeys.Set(ctx, key.Digest, key)
}

func (k Keeper) importVersion(ctx context.Context, v types.Version) error {
	key, err := k.VerifyingKey(ctx, v.VerifyingKeyDigest)
	if err != nil {
		return err
	}
	if err := fits(v.VersionSpec, key); err != nil {
		return errorsmod.Wrapf(err, "version %q", v.Id)
	}
	return k.insertVersion(ctx, v)
}

// ExportGenesis returns the whole state, each list in the order of its keys.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var gs types.GenesisState
	var err error
	if gs.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Publishers, err = values(ctx, k.Publishers); err != nil {
		return nil, err
	}
	if gs.Models, err = values(ctx, k.Models); err != nil {
		return nil, err
	}
	if gs.VerifyingKeys, err = values(ctx, k.VerifyingKeys); err != nil {
		return nil, err
	}
	if gs.Versions, err = values(ctx, k.Versions); err != nil {
		return nil, err
	}
	gs.Aliases, err = values(ctx, k.Aliases)
	return &gs, err
}

// values returns all values of a map in the order of their keys.
func values[K, V any](ctx context.Context, m collections.Map[K, V]) ([]V, error) {
	it, err := m.Iterate(ctx, nil)
	if err != nil {
		return nil, err
	}
	return it.Values()
}
