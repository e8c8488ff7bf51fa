package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// EnrollDevice enrolls one or many devices.
func (s msgServer) EnrollDevice(ctx context.Context, msg *types.MsgEnrollDevice) (*types.MsgEnrollDeviceResponse, error) {
	fleet, err := s.operatedFleet(ctx, msg.FleetId, msg.Operator)
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
	addresses, err := s.enrollable(ctx, fleet, params, msg.Addresses)
	if err != nil {
		return nil, err
	}
	fleet.DeviceCount += uint32(len(addresses))
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return nil, err
	}
	ids := make([]uint64, 0, len(addresses))
	for _, address := range addresses {
		id, err := s.enroll(ctx, fleet.Id, address, labels)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return &types.MsgEnrollDeviceResponse{DeviceIds: ids}, nil
}

// enrollable decodes the addresses and checks that each can be enrolled in the fleet and is there once.
func (s msgServer) enrollable(ctx context.Context, fleet types.Fleet, params types.Params, addresses []string) ([]sdk.AccAddress, error) {
	if n := uint64(len(addresses)); n < 1 || n > uint64(params.MaxDevicesPerMessage) {
		return nil, types.ErrDeviceCount.Wrapf("expected 1 to %d devices in a message, got %d", params.MaxDevicesPerMessage, n)
	}
	if n := uint64(fleet.DeviceCount) + uint64(len(addresses)); n > uint64(params.MaxDevicesPerFleet) {
		return nil, types.ErrDeviceCount.Wrapf("fleet %d: expected at most %d devices, got %d", fleet.Id, params.MaxDevicesPerFleet, n)
	}
	seen := make(map[string]bool, len(addresses))
	out := make([]sdk.AccAddress, 0, len(addresses))
	for _, a := range addresses {
		address, err := types.ParseDeviceAddress("address", a)
		if err != nil {
			return nil, err
		}
		if err := s.claimable(ctx, address); err != nil {
			return nil, err
		}
		enrolled, err := s.Enrollments.Has(ctx, collections.Join(address, fleet.Id))
		if err != nil {
			return nil, err
		}
		if enrolled || seen[string(address)] {
			return nil, types.ErrAddressInUse.Wrapf("address %s: enrolled in fleet %d", address, fleet.Id)
		}
		seen[string(address)] = true
		out = append(out, address)
	}
	return out, nil
}

func (s msgServer) enroll(ctx context.Context, fleetID uint64, address sdk.AccAddress, labels []string) (uint64, error) {
	id, err := s.NextDeviceID.Next(ctx)
	if err != nil {
		return 0, err
	}
	device := types.Device{Id: id, FleetId: fleetID, Address: address.String(), Standing: types.StandingActive, Labels: labels}
	if err := s.addDevice(ctx, device); err != nil {
		return 0, err
	}
	return id, emit(ctx, &types.EventDeviceEnrolled{DeviceId: id, FleetId: fleetID, Address: device.Address})
}

// ConfirmDevice confirms the signer's enrollment in a fleet.
func (s msgServer) ConfirmDevice(ctx context.Context, msg *types.MsgConfirmDevice) (*types.MsgConfirmDeviceResponse, error) {
	address, err := types.ParseDeviceAddress("address", msg.Address)
	if err != nil {
		return nil, err
	}
	device, err := s.confirmable(ctx, address, msg.FleetId)
	if err != nil {
		return nil, err
	}
	if err := s.Enrollments.Remove(ctx, collections.Join(address, device.FleetId)); err != nil {
		return nil, err
	}
	if err := s.DeviceByAddress.Set(ctx, address, device.Id); err != nil {
		return nil, err
	}
	device.Confirmed = true
	if err := s.Devices.Set(ctx, device.Id, device); err != nil {
		return nil, err
	}
	return &types.MsgConfirmDeviceResponse{DeviceId: device.Id}, emit(ctx, &types.EventDeviceConfirmed{
		DeviceId: device.Id, FleetId: device.FleetId, Address: device.Address,
	})
}

// confirmable returns the pending device that the address is enrolled as in the fleet.
func (s msgServer) confirmable(ctx context.Context, address sdk.AccAddress, fleetID uint64) (types.Device, error) {
	id, err := s.Enrollments.Get(ctx, collections.Join(address, fleetID))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Device{}, s.notEnrolled(ctx, address, fleetID)
	}
	if err != nil {
		return types.Device{}, err
	}
	device, err := s.DeviceByID(ctx, id)
	if err != nil {
		return device, err
	}
	if device.Standing == types.StandingRevoked {
		return device, types.ErrRevoked.Wrapf("device %d", id)
	}
	return device, s.claimable(ctx, address)
}

// notEnrolled says why there is no enrollment to confirm.
func (s msgServer) notEnrolled(ctx context.Context, address sdk.AccAddress, fleetID uint64) error {
	device, err := s.Device(ctx, address)
	switch {
	case err == nil && device.Confirmed && device.FleetId == fleetID:
		return types.ErrAlreadyConfirmed.Wrapf("device %d", device.Id)
	case err == nil || errors.Is(err, types.ErrDeviceNotFound):
		return types.ErrDeviceNotFound.Wrapf("address %s: not enrolled in fleet %d", address, fleetID)
	default:
		return err
	}
}
