package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/registry/types"
)

// Version returns the version of an id, of this chain or a mirror, yanked or not. The error is
// ErrVersionNotFound, or says what is wrong with the id.
func (k Keeper) Version(ctx context.Context, id string) (types.Version, error) {
	v, err := types.ParseVersionID(id)
	if err != nil {
		return types.Version{}, err
	}
	return k.version(ctx, v)
}

func (k Keeper) version(ctx context.Context, id types.VersionID) (types.Version, error) {
	v, err := k.Versions.Get(ctx, id.Key())
	return v, found(err, types.ErrVersionNotFound, id.String())
}

// insertVersion stores a new version and its indexes.
func (k Keeper) insertVersion(ctx context.Context, v types.Version) error {
	if err := k.Versions.Set(ctx, v.VersionID().Key(), v); err != nil {
		return err
	}
	if err := k.VersionsByVerifyingKey.Set(ctx, collections.Join(v.VerifyingKeyDigest, v.Id)); err != nil {
		return err
	}
	for _, a := range v.Artifacts {
		if err := k.VersionsByArtifact.Set(ctx, collections.Join(a.Digest, v.Id)); err != nil {
			return err
		}
	}
	return nil
}
