package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// hooks holds the hooks that all copies of a keeper share: none until they are set.
type hooks struct{ set types.FleetHooks }

// SetHooks sets what is told of devices, for this keeper and every copy of it. It is called once, before the first
// block; it panics on nil and where hooks are set, which is broken wiring.
func (k Keeper) SetHooks(h types.FleetHooks) {
	if h == nil || k.hooks.set != nil {
		panic("fleet: expected hooks, and expected them once")
	}
	k.hooks.set = h
}

func (h *hooks) afterDeviceStanding(ctx context.Context, device types.Device) error {
	if h.set == nil {
		return nil
	}
	return h.set.AfterDeviceStanding(ctx, device)
}

func (h *hooks) afterDeviceRemoved(ctx context.Context, device types.Device) error {
	if h.set == nil || !device.Confirmed {
		return nil
	}
	return h.set.AfterDeviceRemoved(ctx, device)
}

// atomically gives do a branch of the state and of the events, and keeps what it did there if it returns nil.
func atomically(ctx context.Context, do func(context.Context) error) error {
	branch, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	if err := do(branch); err != nil {
		return err
	}
	write()
	return nil
}
