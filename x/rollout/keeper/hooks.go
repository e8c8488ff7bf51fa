package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Hooks is what other modules tell this one.
type Hooks struct{ k Keeper }

// Hooks returns the hooks of the keeper, for x/registry, x/fleet and x/proof.
func (k Keeper) Hooks() Hooks { return Hooks{k} }

// AfterAttestation counts an attestation of a version that a live rollout brings to the device's fleet. Those of suspect
// devices do not count.
func (h Hooks) AfterAttestation(goCtx context.Context, a types.Attestation) error {
	id, err := types.ParseVersionID(a.Version)
	if err != nil || a.Suspect {
		return nil
	}
	assignment, err := h.k.Assignments.Get(goCtx, collections.Join(a.FleetId, types.ModelOf(id)))
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	z, err := h.k.zoneRollout(goCtx, assignment.Number)
	if err != nil || !z.Live() || z.Version != a.Version {
		return err
	}
	return h.k.countAttestation(sdk.UnwrapSDKContext(goCtx), z, a.FleetId)
}

func (k Keeper) countAttestation(ctx sdk.Context, z types.ZoneRollout, fleet uint64) error {
	f, err := k.ZoneFleets.Get(ctx, collections.Join(z.Number, fleet))
	if err != nil {
		return err
	}
	p, err := k.progress(ctx, z.Number)
	if err != nil {
		return err
	}
	f.Totals.Attestations++
	p.Totals.Attestations++
	if err := k.ZoneFleets.Set(ctx, collections.Join(z.Number, fleet), f); err != nil {
		return err
	}
	return k.touch(ctx, z, &p)
}

// AfterVersionYanked lets the rollouts of the version be judged, which rolls them back.
func (h Hooks) AfterVersionYanked(goCtx context.Context, version string) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	var ids []uint64
	rng := collections.NewPrefixedPairRange[string, uint64](version)
	if err := h.k.LiveByVersion.Walk(ctx, rng, func(key collections.Pair[string, uint64]) (bool, error) {
		ids = append(ids, key.K2())
		return false, nil
	}); err != nil {
		return err
	}
	for _, id := range ids {
		r, err := h.k.rollout(ctx, id)
		if err != nil {
			return err
		}
		if err := h.k.wake(ctx, &r); err != nil {
			return err
		}
		if err := h.k.Rollouts.Set(ctx, id, r); err != nil {
			return err
		}
	}
	return nil
}

// AfterDeviceStanding takes what a device reported out of the totals of live rollouts when it is no longer in good
// standing. A device that is again reports again.
func (h Hooks) AfterDeviceStanding(goCtx context.Context, d types.Device) error {
	if d.Standing == types.DeviceActive {
		return nil
	}
	return h.k.forget(sdk.UnwrapSDKContext(goCtx), d)
}

// AfterDeviceRemoved does the same for a device that is gone.
func (h Hooks) AfterDeviceRemoved(goCtx context.Context, d types.Device) error {
	return h.k.forget(sdk.UnwrapSDKContext(goCtx), d)
}

func (k Keeper) forget(ctx sdk.Context, d types.Device) error {
	var numbers []uint64
	rng := collections.NewPrefixedPairRange[uint64, string](d.FleetId)
	if err := k.Assignments.Walk(ctx, rng, func(_ collections.Pair[uint64, string], a types.Assignment) (bool, error) {
		numbers = append(numbers, a.Number)
		return false, nil
	}); err != nil {
		return err
	}
	for _, number := range numbers {
		if err := k.forgetIn(ctx, number, d.Id); err != nil {
			return err
		}
	}
	return nil
}

// forgetIn takes a device out of one rollout. Its rate window stays, so that a change of standing does not open a new one.
func (k Keeper) forgetIn(ctx sdk.Context, number, device uint64) error {
	z, err := k.zoneRollout(ctx, number)
	if err != nil || !z.Live() {
		return err
	}
	key := collections.Join(number, device)
	before, err := k.deviceState(ctx, key)
	if err != nil || before.Phase == types.DevicePhaseUnspecified {
		return err
	}
	after := types.DeviceState{Fleet: before.Fleet, Height: before.Height, Window: before.Window, Reports: before.Reports}
	if err := k.Devices.Set(ctx, key, after); err != nil {
		return err
	}
	return k.countDevice(ctx, z, before, after)
}
