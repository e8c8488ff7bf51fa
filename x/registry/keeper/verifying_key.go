package keeper

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

// minPointBytes is the length of the smallest point in a key: compressed, in G1.
const minPointBytes = 32

// VerifyingKey returns the checked key of a digest, or ErrVerifyingKeyNotFound.
func (k Keeper) VerifyingKey(ctx context.Context, digest []byte) (types.VerifyingKey, error) {
	key, err := k.VerifyingKeys.Get(ctx, digest)
	return key, found(err, types.ErrVerifyingKeyNotFound, types.FormatDigest(digest))
}

// newVerifyingKey checks a key that is not on record yet and returns the record to store, but for who brought it. Gas
// for the check is charged before it.
func (k Keeper) newVerifyingKey(ctx context.Context, digest [types.DigestBytes]byte, key []byte) (types.VerifyingKey, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.VerifyingKey{}, err
	}
	if err := types.ValidateKeySize(key, params); err != nil {
		return types.VerifyingKey{}, err
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(types.KeyCheckGas(len(key)), "check verifying key")
	info, err := k.checkKey(key)
	if err != nil {
		return types.VerifyingKey{}, err
	}
	return types.VerifyingKey{
		Digest:           digest[:],
		Key:              key,
		PublicInputs:     uint32(info.PublicInputs),
		Commitments:      uint32(info.Commitments),
		RegisteredHeight: height(ctx),
	}, nil
}

// inlineKey returns the record of a key that came along with a spec, which must name it, and whether the record has
// still to be stored; a new one lacks who brought it.
func (k Keeper) inlineKey(ctx context.Context, spec types.VersionSpec, key []byte) (record types.VerifyingKey, isNew bool, err error) {
	digest := sha256.Sum256(key)
	if !bytes.Equal(digest[:], spec.VerifyingKeyDigest) {
		return record, false, errorsmod.Wrapf(types.ErrInvalidVerifyingKey, "digest: expected %x, got %x", spec.VerifyingKeyDigest, digest)
	}
	record, err = k.VerifyingKey(ctx, digest[:])
	if !errors.Is(err, types.ErrVerifyingKeyNotFound) {
		return record, false, err
	}
	record, err = k.newVerifyingKey(ctx, digest, key)
	return record, err == nil, err
}

// checkKey runs the key checker. Its reason goes to logs; the code is always the same.
func (k Keeper) checkKey(key []byte) (types.KeyInfo, error) {
	info, err := k.keyChecker.CheckVerifyingKey(key)
	if err != nil {
		return info, types.WithReason(types.ErrInvalidVerifyingKey, err)
	}
	// A key has at least a point for each public input and commitment.
	if most := len(key) / minPointBytes; info.PublicInputs < 0 || info.PublicInputs > most || info.Commitments < 0 || info.Commitments > most {
		return info, errorsmod.Wrapf(types.ErrInvalidVerifyingKey,
			"%d public inputs and %d commitments in %d bytes", info.PublicInputs, info.Commitments, len(key))
	}
	return info, nil
}

// insertVerifyingKey stores a key that newVerifyingKey returned and announces it.
func (k Keeper) insertVerifyingKey(ctx context.Context, key types.VerifyingKey) error {
	if err := k.VerifyingKeys.Set(ctx, key.Digest, key); err != nil {
		return err
	}
	count(ctx, metricKeysRegistered)
	return emit(ctx, &types.EventVerifyingKeyRegistered{
		Digest:       types.FormatDigest(key.Digest),
		PublicInputs: key.PublicInputs,
		Commitments:  key.Commitments,
		Registrant:   key.Registrant,
		Source:       key.Source,
	})
}
