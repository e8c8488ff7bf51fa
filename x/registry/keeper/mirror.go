package keeper

import (
	"context"
	"errors"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// MirrorVersion puts a version of another chain on record, which that chain sent over IBC: under the id that it has
// there, qualified with the source, so that it cannot be taken for a version of this chain or from another source. The
// spec has to be within today's parameters of this chain, and the key is checked like one that an account registers, at
// the same price in gas. The caller answers for the source: that the version came through it.
//
// A mirror that is on record with an equal spec is returned as it is. Then nothing is written or emitted, and neither
// the key nor today's parameters matter.
//
// State and events stay as they are where it returns an error. Errors: ErrInvalidName, ErrInvalidNumber and, for an id
// that is qualified already, ErrInvalidVersionID; ErrVersionConflict for an id that is on record with another spec; what
// VersionSpec.Validate returns; ErrInvalidVerifyingKey for a key that is not the spec's, or is not good; ErrLimit for one
// that is too long; ErrPublicInputs for one that does not fit the outputs.
func (k Keeper) MirrorVersion(
	ctx context.Context, source string, id types.VersionID, spec types.VersionSpec, key []byte,
) (types.Version, error) {
	mirror, err := mirrorID(source, id)
	if err != nil {
		return types.Version{}, err
	}
	known, err := k.version(ctx, mirror)
	switch {
	case err == nil && !known.VersionSpec.Equal(&spec):
		return types.Version{}, errorsmod.Wrapf(types.ErrVersionConflict, "%q", mirror)
	case !errors.Is(err, types.ErrVersionNotFound):
		return known, err
	}
	var v types.Version
	err = atomically(ctx, func(ctx context.Context) error {
		v, err = k.addMirror(ctx, mirror, spec, key)
		return err
	})
	if err != nil {
		return types.Version{}, err
	}
	count(ctx, metricVersionsMirrored)
	return v, nil
}

// mirrorID is the id of a mirror on this chain.
func mirrorID(source string, id types.VersionID) (types.VersionID, error) {
	if id.IsMirror() {
		return id, errorsmod.Wrapf(types.ErrInvalidVersionID, "%q: expected an id without a source", id)
	}
	if err := id.Validate(); err != nil {
		return id, err
	}
	return id.Qualify(source), types.ValidateSource(source)
}

// addMirror checks a new mirror, cheap things first, and stores it.
func (k Keeper) addMirror(ctx context.Context, id types.VersionID, spec types.VersionSpec, key []byte) (types.Version, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.Version{}, err
	}
	if err := spec.Validate(params); err != nil {
		return types.Version{}, err
	}
	record, isNew, err := k.inlineKey(ctx, spec, key)
	if err != nil {
		return types.Version{}, err
	}
	if err := fits(spec, record); err != nil {
		return types.Version{}, err
	}
	if isNew {
		record.Source = id.Source
		if err := k.insertVerifyingKey(ctx, record); err != nil {
			return types.Version{}, err
		}
	}
	v := types.NewVersion(id, spec, height(ctx))
	if err := k.insertVersion(ctx, v); err != nil {
		return types.Version{}, err
	}
	return v, emit(ctx, &types.EventVersionMirrored{
		Version:            v.Id,
		Source:             v.Source,
		Publisher:          v.Publisher,
		Model:              v.Model,
		Number:             v.Number,
		VerifyingKeyDigest: types.FormatDigest(v.VerifyingKeyDigest),
	})
}
