package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// RotateDeviceKey proposes a new key for a device.
func (s msgServer) RotateDeviceKey(ctx context.Context, msg *types.MsgRotateDeviceKey) (*types.MsgRotateDeviceKeyResponse, error) {
	signer, err := types.ParseAddress("signer", msg.Signer)
	if err != nil {
		return nil, err
	}
	next, err := types.ParseDeviceAddress("new address", msg.NewAddress)
	if err != nil {
		return nil, err
	}
	device, err := s.rotatable(ctx, msg.DeviceId, signer)
	if err != nil {
		return nil, err
	}
	if err := s.claimable(ctx, next); err != nil {
		return nil, err
	}
	device.PendingAddress = next.String()
	if err := s.Devices.Set(ctx, device.Id, device); err != nil {
		return nil, err
	}
	return &types.MsgRotateDeviceKeyResponse{}, emit(ctx, &types.EventDeviceRotationProposed{
		DeviceId: device.Id, FleetId: device.FleetId, Proposer: signer.String(), NewAddress: device.PendingAddress,
	})
}

// rotatable returns the device if the signer may propose a key for it now.
func (s msgServer) rotatable(ctx context.Context, id uint64, signer sdk.AccAddress) (types.Device, error) {
	device, fleet, err := s.deviceWithFleet(ctx, id)
	if err != nil {
		return device, err
	}
	byOperator := signer.String() == fleet.Operator
	switch {
	case !byOperator && signer.String() != device.Address:
		return device, types.ErrUnauthorized.Wrapf("device %d: expected operator %s or device %s, got %s",
			id, fleet.Operator, device.Address, signer)
	case !device.Confirmed:
		return device, types.ErrNotConfirmed.Wrapf("device %d", id)
	case device.Standing == types.StandingRevoked:
		return device, types.ErrRevoked.Wrapf("device %d", id)
	case device.Standing == types.StandingSuspect && !byOperator:
		return device, types.ErrSuspect.Wrapf("device %d: only the operator may propose a key", id)
	case device.PendingAddress != "":
		return device, types.ErrRotationPending.Wrapf("device %d: to %s", id, device.PendingAddress)
	}
	return device, nil
}

// ConfirmDeviceKey makes the signer the device's key.
func (s msgServer) ConfirmDeviceKey(ctx context.Context, msg *types.MsgConfirmDeviceKey) (*types.MsgConfirmDeviceKeyResponse, error) {
	next, err := types.ParseDeviceAddress("new address", msg.NewAddress)
	if err != nil {
		return nil, err
	}
	device, err := s.DeviceByID(ctx, msg.DeviceId)
	if err != nil {
		return nil, err
	}
	if device.PendingAddress == "" {
		return nil, types.ErrNoRotation.Wrapf("device %d", device.Id)
	}
	if next.String() != device.PendingAddress {
		return nil, types.ErrUnauthorized.Wrapf("device %d: expected proposed key %s, got %s", device.Id, device.PendingAddress, next)
	}
	// A proposal reserves nothing, so the address may have become a device in the meantime.
	if err := s.claimable(ctx, next); err != nil {
		return nil, err
	}
	old := device.Address
	if err := s.replaceKey(ctx, device, next); err != nil {
		return nil, err
	}
	return &types.MsgConfirmDeviceKeyResponse{}, emit(ctx, &types.EventDeviceKeyRotated{
		DeviceId: device.Id, FleetId: device.FleetId, OldAddress: old, Address: next.String(),
	})
}

func (s msgServer) replaceKey(ctx context.Context, device types.Device, next sdk.AccAddress) error {
	old, err := types.ParseDeviceAddress("address", device.Address)
	if err != nil {
		return err
	}
	if err := s.retire(ctx, old, device.Id); err != nil {
		return err
	}
	if err := s.DeviceByAddress.Set(ctx, next, device.Id); err != nil {
		return err
	}
	device.Address, device.PendingAddress = next.String(), ""
	return s.Devices.Set(ctx, device.Id, device)
}

// CancelRotation withdraws a proposed key.
func (s msgServer) CancelRotation(ctx context.Context, msg *types.MsgCancelRotation) (*types.MsgCancelRotationResponse, error) {
	signer, err := types.ParseAddress("signer", msg.Signer)
	if err != nil {
		return nil, err
	}
	device, fleet, err := s.deviceWithFleet(ctx, msg.DeviceId)
	if err != nil {
		return nil, err
	}
	if device.PendingAddress == "" {
		return nil, types.ErrNoRotation.Wrapf("device %d", device.Id)
	}
	if err := cancellable(device, fleet, signer.String()); err != nil {
		return nil, err
	}
	if err := dropRotation(ctx, &device); err != nil {
		return nil, err
	}
	return &types.MsgCancelRotationResponse{}, s.Devices.Set(ctx, device.Id, device)
}

// cancellable checks that who may withdraw the device's proposed key. A suspect device may not: whoever holds
// its key could keep the operator from replacing it.
func cancellable(device types.Device, fleet types.Fleet, who string) error {
	if who == fleet.Operator || who == device.PendingAddress {
		return nil
	}
	if who != device.Address {
		return types.ErrUnauthorized.Wrapf("device %d: expected operator %s, device %s or proposed key %s, got %s",
			device.Id, fleet.Operator, device.Address, device.PendingAddress, who)
	}
	if device.Standing == types.StandingSuspect {
		return types.ErrSuspect.Wrapf("device %d: only the operator or the proposed key may cancel", device.Id)
	}
	return nil
}

// dropRotation clears a proposed key, if there is one, without storing the device.
func dropRotation(ctx context.Context, device *types.Device) error {
	if device.PendingAddress == "" {
		return nil
	}
	dropped := device.PendingAddress
	device.PendingAddress = ""
	return emit(ctx, &types.EventDeviceRotationCancelled{DeviceId: device.Id, FleetId: device.FleetId, NewAddress: dropped})
}

func (s msgServer) deviceWithFleet(ctx context.Context, id uint64) (types.Device, types.Fleet, error) {
	device, err := s.DeviceByID(ctx, id)
	if err != nil {
		return device, types.Fleet{}, err
	}
	fleet, err := s.Fleet(ctx, device.FleetId)
	return device, fleet, err
}
