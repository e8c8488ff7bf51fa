package keeper

import (
	"context"

	"github.com/assay-chain/assay/x/fleet/types"
)

// SetDeviceLabels replaces a device's labels.
func (s msgServer) SetDeviceLabels(ctx context.Context, msg *types.MsgSetDeviceLabels) (*types.MsgSetDeviceLabelsResponse, error) {
	device, _, err := s.operatedDevice(ctx, msg.DeviceId, msg.Operator)
	if err != nil {
		return nil, err
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	labels, err := types.NormalizeLabels(msg.Labels, params)
	if err != nil {
		return nil, err
	}
	if err := s.unindexLabels(ctx, device); err != nil {
		return nil, err
	}
	device.Labels = labels
	if err := s.indexLabels(ctx, device); err != nil {
		return nil, err
	}
	if err := s.Devices.Set(ctx, device.Id, device); err != nil {
		return nil, err
	}
	return &types.MsgSetDeviceLabelsResponse{}, emit(ctx, &types.EventDeviceLabelsSet{
		DeviceId: device.Id, FleetId: device.FleetId, Labels: device.Labels,
	})
}

// SetDeviceStanding sets a device's standing.
func (s msgServer) SetDeviceStanding(ctx context.Context, msg *types.MsgSetDeviceStanding) (*types.MsgSetDeviceStandingResponse, error) {
	if err := types.ValidateStanding(msg.Standing); err != nil {
		return nil, err
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateText("reason", msg.Reason, 1, params.MaxReasonBytes); err != nil {
		return nil, err
	}
	device, _, err := s.operatedDevice(ctx, msg.DeviceId, msg.Operator)
	if err != nil {
		return nil, err
	}
	if device.Standing == types.StandingRevoked {
		return nil, types.ErrRevoked.Wrapf("device %d", device.Id)
	}
	return &types.MsgSetDeviceStandingResponse{}, atomically(ctx, func(ctx context.Context) error {
		return s.setStanding(ctx, device, msg.Standing, msg.Reason)
	})
}

// setStanding stores a standing, announces it and, where it is another than before, tells the hooks.
func (s msgServer) setStanding(ctx context.Context, device types.Device, standing types.Standing, reason string) error {
	old := device.Standing
	device.Standing, device.StandingReason = standing, reason
	// A key that was proposed while the device was trusted may be the thief's; the operator proposes anew.
	if device.Standing != types.StandingActive {
		if err := dropRotation(ctx, &device); err != nil {
			return err
		}
	}
	if err := s.Devices.Set(ctx, device.Id, device); err != nil {
		return err
	}
	if err := emit(ctx, &types.EventDeviceStandingSet{
		DeviceId: device.Id, FleetId: device.FleetId, OldStanding: old, Standing: device.Standing, Reason: device.StandingReason,
	}); err != nil {
		return err
	}
	if device.Standing == old {
		return nil
	}
	return s.hooks.afterDeviceStanding(ctx, device)
}

// RemoveDevice removes a device.
func (s msgServer) RemoveDevice(ctx context.Context, msg *types.MsgRemoveDevice) (*types.MsgRemoveDeviceResponse, error) {
	device, fleet, err := s.operatedDevice(ctx, msg.DeviceId, msg.Operator)
	if err != nil {
		return nil, err
	}
	fleet.DeviceCount--
	return &types.MsgRemoveDeviceResponse{}, atomically(ctx, func(ctx context.Context) error {
		return s.removeDevice(ctx, device, fleet)
	})
}

// removeDevice stores the fleet without the device, announces it and tells the hooks.
func (s msgServer) removeDevice(ctx context.Context, device types.Device, fleet types.Fleet) error {
	if err := s.deleteDevice(ctx, device); err != nil {
		return err
	}
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return err
	}
	if err := emit(ctx, &types.EventDeviceRemoved{
		DeviceId: device.Id, FleetId: device.FleetId, Address: device.Address, Retired: device.Confirmed,
	}); err != nil {
		return err
	}
	return s.hooks.afterDeviceRemoved(ctx, device)
}
