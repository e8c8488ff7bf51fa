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
	old := device.Standing
	device.Standing, device.StandingReason = msg.Standing, msg.Reason
	// A key that was proposed while the device was trusted may be the thief's; the operator proposes anew.
	if device.Standing != types.StandingActive {
		if err := dropRotation(ctx, &device); err != nil {
			return nil, err
		}
	}
	if err := s.Devices.Set(ctx, device.Id, device); err != nil {
		return nil, err
	}
	return &types.MsgSetDeviceStandingResponse{}, emit(ctx, &types.EventDeviceStandingSet{
		DeviceId: device.Id, FleetId: device.FleetId, OldStanding: old, Standing: device.Standing, Reason: device.StandingReason,
	})
}

// RemoveDevice removes a device.
func (s msgServer) RemoveDevice(ctx context.Context, msg *types.MsgRemoveDevice) (*types.MsgRemoveDeviceResponse, error) {
	device, fleet, err := s.operatedDevice(ctx, msg.DeviceId, msg.Operator)
	if err != nil {
		return nil, err
	}
	if err := s.deleteDevice(ctx, device); err != nil {
		return nil, err
	}
	fleet.DeviceCount--
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return nil, err
	}
	return &types.MsgRemoveDeviceResponse{}, emit(ctx, &types.EventDeviceRemoved{
		DeviceId: device.Id, FleetId: device.FleetId, Address: device.Address, Retired: device.Confirmed,
	})
}
