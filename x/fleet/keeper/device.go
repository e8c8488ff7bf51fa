package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// Device returns the device that signs with the address: the confirmed one or, if there is none, the pending one
// of the lowest fleet id, whose Confirmed is false. Callers check Device.Usable.
// Errors: types.ErrDeviceNotFound, types.ErrAddressRetired.
func (k Keeper) Device(ctx context.Context, address sdk.AccAddress) (types.Device, error) {
	device, retired, err := k.resolve(ctx, address)
	if err == nil && retired {
		return types.Device{}, types.ErrAddressRetired.Wrapf("address %s: device %d", address, device.Id)
	}
	return device, err
}

// DeviceByID returns the device with the id. Errors: types.ErrDeviceNotFound.
func (k Keeper) DeviceByID(ctx context.Context, id uint64) (types.Device, error) {
	device, err := k.Devices.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return device, types.ErrDeviceNotFound.Wrapf("device %d", id)
	}
	return device, err
}

// resolve returns the device that the address is, was, or is enrolled as, in this order, and whether it was.
// Where the device that the address was is removed, the error is types.ErrAddressRetired.
func (k Keeper) resolve(ctx context.Context, address sdk.AccAddress) (device types.Device, retired bool, err error) {
	id, err := k.DeviceByAddress.Get(ctx, address)
	if err == nil {
		device, err = k.DeviceByID(ctx, id)
		return device, false, err
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return device, false, err
	}
	id, err = k.RetiredAddresses.Get(ctx, address)
	if err == nil {
		device, err = k.DeviceByID(ctx, id)
		if errors.Is(err, types.ErrDeviceNotFound) {
			err = types.ErrAddressRetired.Wrapf("address %s: device %d was removed", address, id)
		}
		return device, true, err
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return device, false, err
	}
	device, err = k.firstEnrollment(ctx, address)
	return device, false, err
}

func (k Keeper) firstEnrollment(ctx context.Context, address sdk.AccAddress) (types.Device, error) {
	it, err := k.Enrollments.Iterate(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint64](address))
	if err != nil {
		return types.Device{}, err
	}
	defer it.Close()
	if !it.Valid() {
		return types.Device{}, types.ErrDeviceNotFound.Wrapf("address %s", address)
	}
	id, err := it.Value()
	if err != nil {
		return types.Device{}, err
	}
	return k.DeviceByID(ctx, id)
}

// operatedDevice returns the device and its fleet if operator is the fleet's operator.
func (k Keeper) operatedDevice(ctx context.Context, id uint64, operator string) (types.Device, types.Fleet, error) {
	device, err := k.DeviceByID(ctx, id)
	if err != nil {
		return device, types.Fleet{}, err
	}
	fleet, err := k.operatedFleet(ctx, device.FleetId, operator)
	return device, fleet, err
}

// addDevice stores a new device and indexes it. The fleet's count is the caller's.
func (k Keeper) addDevice(ctx context.Context, device types.Device) error {
	address, err := types.ParseDeviceAddress("address", device.Address)
	if err != nil {
		return err
	}
	if device.Confirmed {
		err = k.DeviceByAddress.Set(ctx, address, device.Id)
	} else {
		err = k.Enrollments.Set(ctx, collections.Join(address, device.FleetId), device.Id)
	}
	if err != nil {
		return err
	}
	if err := k.DevicesByFleet.Set(ctx, collections.Join(device.FleetId, device.Id)); err != nil {
		return err
	}
	if err := k.indexLabels(ctx, device); err != nil {
		return err
	}
	return k.Devices.Set(ctx, device.Id, device)
}

// deleteDevice removes a device and its indexes, and retires its address if it had confirmed. The fleet's
// count is the caller's.
func (k Keeper) deleteDevice(ctx context.Context, device types.Device) error {
	address, err := types.ParseDeviceAddress("address", device.Address)
	if err != nil {
		return err
	}
	if device.Confirmed {
		err = k.retire(ctx, address, device.Id)
	} else {
		err = k.Enrollments.Remove(ctx, collections.Join(address, device.FleetId))
	}
	if err != nil {
		return err
	}
	if err := k.DevicesByFleet.Remove(ctx, collections.Join(device.FleetId, device.Id)); err != nil {
		return err
	}
	if err := k.unindexLabels(ctx, device); err != nil {
		return err
	}
	return k.Devices.Remove(ctx, device.Id)
}

func (k Keeper) indexLabels(ctx context.Context, device types.Device) error {
	for _, label := range device.Labels {
		if err := k.DevicesByLabel.Set(ctx, collections.Join3(device.FleetId, label, device.Id)); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) unindexLabels(ctx context.Context, device types.Device) error {
	for _, label := range device.Labels {
		if err := k.DevicesByLabel.Remove(ctx, collections.Join3(device.FleetId, label, device.Id)); err != nil {
			return err
		}
	}
	return nil
}
