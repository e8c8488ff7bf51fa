package keeper

import (
	"context"
	"crypto/sha256"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// record stores the attestation of a verified claim, marks its nonce, counts it, emits its event and then tells the hooks,
// which may still refuse it.
func (k Keeper) record(ctx sdk.Context, params types.Params, a admitted) (uint64, error) {
	id, err := k.NextAttestationID.Next(ctx)
	if err != nil {
		return 0, err
	}
	att := newAttestation(ctx, params, id, a)
	if err := k.insert(ctx, att); err != nil {
		return 0, err
	}
	if err := k.Nonces.Set(ctx, a.nonceKey, id); err != nil {
		return 0, err
	}
	if err := k.count(ctx, att); err != nil {
		return 0, err
	}
	if err := ctx.EventManager().EmitTypedEvent(&types.EventProofAccepted{
		AttestationId: id,
		Device:        att.Device,
		Version:       att.Version,
		Nonce:         att.Nonce,
		FleetId:       att.FleetId,
		Suspect:       att.Suspect,
	}); err != nil {
		return 0, err
	}
	return id, k.hooks.afterAttestation(ctx, att)
}

func newAttestation(ctx sdk.Context, params types.Params, id uint64, a admitted) types.Attestation {
	att := types.Attestation{
		Id:          id,
		Device:      a.device.String(),
		DeviceId:    a.record.Id,
		FleetId:     a.record.FleetId,
		Suspect:     a.record.Standing == types.StandingSuspect,
		Version:     a.entry.Version,
		Nonce:       a.entry.Nonce,
		InputDigest: a.entry.InputDigest,
		OutputSize:  uint32(len(a.entry.Output)), // bounded by max_output_bytes
		KeyDigest:   a.key.Digest,
		Height:      ctx.BlockHeight(),
		Time:        ctx.BlockTime(),
	}
	if att.OutputSize <= params.MaxStoredOutputBytes {
		att.Output = a.entry.Output
	} else {
		digest := sha256.Sum256(a.entry.Output)
		att.OutputSHA256 = digest[:]
	}
	return att
}

// insert stores an attestation under its number and in the indexes.
func (k Keeper) insert(ctx context.Context, att types.Attestation) error {
	if err := k.Attestations.Set(ctx, att.Id, att); err != nil {
		return err
	}
	if err := k.AttestationsByDevice.Set(ctx, collections.Join(att.DeviceId, att.Id)); err != nil {
		return err
	}
	return k.AttestationsByVersion.Set(ctx, collections.Join(att.Version, att.Id))
}

// remove takes an attestation out again. Its nonce stays used and its counters stay as they are.
func (k Keeper) remove(ctx context.Context, att types.Attestation) error {
	if err := k.Attestations.Remove(ctx, att.Id); err != nil {
		return err
	}
	if err := k.AttestationsByDevice.Remove(ctx, collections.Join(att.DeviceId, att.Id)); err != nil {
		return err
	}
	return k.AttestationsByVersion.Remove(ctx, collections.Join(att.Version, att.Id))
}

// count adds an attestation to the totals of its version, of its device, and of both together.
func (k Keeper) count(ctx context.Context, att types.Attestation) error {
	if err := addTo(ctx, k.VersionCounters, att.Version, att); err != nil {
		return err
	}
	if err := addTo(ctx, k.DeviceCounters, att.DeviceId, att); err != nil {
		return err
	}
	return addTo(ctx, k.VersionDeviceCounters, collections.Join(att.Version, att.DeviceId), att)
}

func addTo[K any](ctx context.Context, m collections.Map[K, types.Counter], key K, att types.Attestation) error {
	c, err := counterOf(ctx, m, key)
	if err != nil {
		return err
	}
	return m.Set(ctx, key, c.Add(att.Height, att.Suspect))
}

// counterOf returns the total under a key, zero where nothing was counted.
func counterOf[K any](ctx context.Context, m collections.Map[K, types.Counter], key K) (types.Counter, error) {
	c, err := m.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Counter{}, nil
	}
	return c, err
}
