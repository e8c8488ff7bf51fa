package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/x/proof/types"
)

// claim is an entry and the device that claims it.
type claim struct {
	device sdk.AccAddress
	entry  types.ProofEntry
}

// admitted is a claim that may be verified, with what the chain knows about it.
type admitted struct {
	claim
	record   types.Device
	key      types.VerifyingKey
	nonceKey []byte
}

// admit makes the checks that need state, in a fixed order: the device, the version, the fleet's policy, the nonce,
// the key. The claim has passed ProofEntry.Validate. Nothing is computed that costs more than reading.
func (k Keeper) admit(ctx context.Context, registry types.RegistryKeeper, c claim) (admitted, error) {
	device, err := k.activeDevice(ctx, c.device)
	if err != nil {
		return admitted{}, err
	}
	version, err := knownVersion(ctx, registry, c.entry.Version)
	if err != nil {
		return admitted{}, err
	}
	if version.Yanked {
		return admitted{}, errorsmod.Wrapf(types.ErrVersionYanked, "%q", version.Id)
	}
	if err := checkOutput(version, c.entry.Output); err != nil {
		return admitted{}, err
	}
	allowed, err := k.fleet.FleetAllows(ctx, device.FleetId, version.Publisher, version.Model)
	if err != nil {
		return admitted{}, errorsmod.Wrapf(types.ErrNotAllowed, "fleet %d: %s", device.FleetId, err)
	}
	if !allowed {
		return admitted{}, errorsmod.Wrapf(types.ErrNotAllowed, "fleet %d: %q", device.FleetId, version.Publisher+"/"+version.Model)
	}
	nonceKey := types.NonceKey(c.device, c.entry.Version, c.entry.Nonce)
	used, err := k.Nonces.Has(ctx, nonceKey)
	if err != nil {
		return admitted{}, err
	}
	if used {
		return admitted{}, errorsmod.Wrapf(types.ErrNonceUsed, "%x", c.entry.Nonce)
	}
	key, err := fittingKey(ctx, registry, version, c.entry)
	if err != nil {
		return admitted{}, err
	}
	return admitted{claim: c, record: device, key: key, nonceKey: nonceKey}, nil
}

// Admissible says whether a claim would be admitted now: nil, or the error that submitting it would give before its
// proof is looked at.
func (k Keeper) Admissible(ctx context.Context, device string, e types.ProofEntry) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	addr, err := types.DeviceAddress(device)
	if err != nil {
		return err
	}
	if err := e.Validate(params); err != nil {
		return err
	}
	_, err = k.admit(ctx, k.registry, claim{addr, e})
	return err
}

// activeDevice returns the device of an address. A suspect device may submit: its proofs are as good as any, and its
// attestations say that it was suspect. A revoked one may not.
func (k Keeper) activeDevice(ctx context.Context, addr sdk.AccAddress) (types.Device, error) {
	device, err := k.fleet.Device(ctx, addr)
	if err != nil {
		return device, errorsmod.Wrapf(types.ErrDeviceUnknown, "%s: %s", addr, err)
	}
	if !device.Confirmed {
		return device, errorsmod.Wrapf(types.ErrDeviceUnconfirmed, "device %d", device.Id)
	}
	switch device.Standing {
	case types.StandingActive, types.StandingSuspect:
		return device, nil
	default:
		return device, errorsmod.Wrapf(types.ErrDeviceRevoked, "device %d", device.Id)
	}
}

func knownVersion(ctx context.Context, registry types.RegistryKeeper, id string) (types.Version, error) {
	version, err := registry.Version(ctx, id)
	if err != nil {
		return version, errorsmod.Wrapf(types.ErrVersionUnknown, "%q: %s", id, err)
	}
	return version, nil
}

// checkOutput checks that an output has the length that the version's signature says.
func checkOutput(v types.Version, output []byte) error {
	if want := types.OutputBytes(v); uint64(len(output)) != want {
		return errorsmod.Wrapf(types.ErrOutputMismatch, "%q: expected %d bytes, got %d", v.Id, want, len(output))
	}
	return nil
}

// fittingKey returns the verifying key of a version, which takes as many public inputs as the entry's statement has:
// the input digest, the output, the context.
func fittingKey(ctx context.Context, registry types.RegistryKeeper, v types.Version, e types.ProofEntry) (types.VerifyingKey, error) {
	key, err := registry.VerifyingKey(ctx, v.VerifyingKeyDigest)
	if err != nil {
		return key, errorsmod.Wrapf(types.ErrKeyUnknown, "%x: %s", v.VerifyingKeyDigest, err)
	}
	if want := 2 + statement.OutputElements(len(e.Output)); uint64(key.PublicInputs) != uint64(want) {
		return key, errorsmod.Wrapf(types.ErrPublicInputs, "expected %d, got %d", want, key.PublicInputs)
	}
	return key, nil
}
