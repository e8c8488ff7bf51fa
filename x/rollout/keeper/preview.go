package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// MayStart says why a signer could not start a plan now, apart from other rollouts that are active; nil if it could.
func (k Keeper) MayStart(ctx context.Context, owner string, plan types.Plan) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := plan.Validate(params); err != nil {
		return err
	}
	_, err = MsgServer{k}.mayStart(sdk.UnwrapSDKContext(ctx), &types.MsgStartRollout{Owner: owner, Plan: plan})
	return err
}

// FirstConflict is the lowest active rollout that may have a fleet of the plan, or 0.
func (k Keeper) FirstConflict(ctx context.Context, plan types.Plan) (uint64, error) {
	return k.firstConflict(ctx, types.Rollout{Id: ^uint64(0), Version: plan.Version}, plan.Targets)
}

// MayReport says why an account could not report about a rollout of this zone now; nil if it could.
func (k Keeper) MayReport(ctx context.Context, device string, z types.ZoneRollout) error {
	if err := reportable(z, types.DevicePhaseSeen); err != nil {
		return err
	}
	_, err := k.reporter(ctx, device, z)
	return err
}

// DeviceStateOf is what the device behind an account has reported about a rollout; empty where it has not.
func (k Keeper) DeviceStateOf(ctx context.Context, number uint64, account string) (types.DeviceState, error) {
	address, err := sdk.AccAddressFromBech32(account)
	if err != nil {
		return types.DeviceState{}, types.ErrDevice.Wrap(err.Error())
	}
	device, err := k.fleets.Device(ctx, address)
	if err != nil {
		return types.DeviceState{}, types.ErrDevice.Wrap(err.Error())
	}
	return k.deviceState(ctx, collections.Join(number, device.Id))
}
