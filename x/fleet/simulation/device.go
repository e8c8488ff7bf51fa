package simulation

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

func anyDevice(types.Device) bool   { return true }
func unrevoked(d types.Device) bool { return d.Standing != types.StandingRevoked }
func rotating(d types.Device) bool  { return d.PendingAddress != "" }
func rotatable(d types.Device) bool { return d.Confirmed && unrevoked(d) && !rotating(d) }

// MsgEnrollDeviceFactory enrolls one to three accounts.
func MsgEnrollDeviceFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgEnrollDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgEnrollDevice) {
		p := params(ctx, k, reporter)
		fleet := pickFleet(ctx, k, data, reporter, func(f types.Fleet) bool { return f.DeviceCount < p.MaxDevicesPerFleet })
		room := min(p.MaxDevicesPerFleet-fleet.DeviceCount, p.MaxDevicesPerMessage, 3)
		unique := simsx.UniqueAccounts()
		notEnrolled := simsx.SimAccountFilterFn(func(a simsx.SimAccount) bool {
			enrolled, _ := k.Enrollments.Has(ctx, collections.Join(a.Address, fleet.Id))
			return !enrolled
		})
		var addresses []string
		for range data.Rand().IntInRange(1, int(room)+1) {
			addresses = append(addresses, freeAccount(ctx, k, data, reporter, unique, notEnrolled).AddressBech32)
		}
		return signers(data.GetAccount(reporter, fleet.Operator)), &types.MsgEnrollDevice{
			Operator: fleet.Operator, FleetId: fleet.Id, Addresses: addresses, Labels: randomLabels(data, p),
		}
	}
}

// MsgConfirmDeviceFactory confirms a pending device.
func MsgConfirmDeviceFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgConfirmDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgConfirmDevice) {
		device := pickDevice(ctx, k, data, reporter, func(d types.Device) bool {
			return !d.Confirmed && unrevoked(d) && isFree(ctx, k, d.Address)
		})
		return signers(data.GetAccount(reporter, device.Address)), &types.MsgConfirmDevice{Address: device.Address, FleetId: device.FleetId}
	}
}

// MsgSetDeviceLabelsFactory changes a device's labels.
func MsgSetDeviceLabelsFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetDeviceLabels] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetDeviceLabels) {
		device := pickDevice(ctx, k, data, reporter, anyDevice)
		from := operator(ctx, k, data, reporter, device.FleetId)
		return signers(from), &types.MsgSetDeviceLabels{
			Operator: from.AddressBech32, DeviceId: device.Id, Labels: randomLabels(data, params(ctx, k, reporter)),
		}
	}
}

// MsgSetDeviceStandingFactory changes a device's standing, seldom to revoked.
func MsgSetDeviceStandingFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetDeviceStanding] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetDeviceStanding) {
		device := pickDevice(ctx, k, data, reporter, unrevoked)
		from := operator(ctx, k, data, reporter, device.FleetId)
		standing := oneOf(data, reporter, []types.Standing{
			types.StandingActive, types.StandingActive, types.StandingActive, types.StandingSuspect, types.StandingSuspect, types.StandingRevoked,
		}, nil)
		return signers(from), &types.MsgSetDeviceStanding{
			Operator: from.AddressBech32, DeviceId: device.Id, Standing: standing,
			Reason: randomText(data, params(ctx, k, reporter).MaxReasonBytes),
		}
	}
}

// MsgRotateDeviceKeyFactory proposes a key, by the operator or by an active device.
func MsgRotateDeviceKeyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRotateDeviceKey] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRotateDeviceKey) {
		device := pickDevice(ctx, k, data, reporter, rotatable)
		from := operator(ctx, k, data, reporter, device.FleetId)
		if device.Standing == types.StandingActive && data.Rand().Bool() {
			from = data.GetAccount(reporter, device.Address)
		}
		next := freeAccount(ctx, k, data, reporter)
		return signers(from), &types.MsgRotateDeviceKey{Signer: from.AddressBech32, DeviceId: device.Id, NewAddress: next.AddressBech32}
	}
}

// MsgConfirmDeviceKeyFactory confirms a proposed key.
func MsgConfirmDeviceKeyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgConfirmDeviceKey] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgConfirmDeviceKey) {
		device := pickDevice(ctx, k, data, reporter, func(d types.Device) bool {
			return rotating(d) && isFree(ctx, k, d.PendingAddress)
		})
		return signers(data.GetAccount(reporter, device.PendingAddress)), &types.MsgConfirmDeviceKey{
			NewAddress: device.PendingAddress, DeviceId: device.Id,
		}
	}
}

// MsgCancelRotationFactory withdraws a proposed key.
func MsgCancelRotationFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCancelRotation] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCancelRotation) {
		device := pickDevice(ctx, k, data, reporter, rotating)
		from := operator(ctx, k, data, reporter, device.FleetId)
		if data.Rand().Bool() {
			from = data.GetAccount(reporter, device.PendingAddress)
		}
		return signers(from), &types.MsgCancelRotation{Signer: from.AddressBech32, DeviceId: device.Id}
	}
}

// MsgRemoveDeviceFactory removes a device.
func MsgRemoveDeviceFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRemoveDevice] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRemoveDevice) {
		device := pickDevice(ctx, k, data, reporter, anyDevice)
		from := operator(ctx, k, data, reporter, device.FleetId)
		return signers(from), &types.MsgRemoveDevice{Operator: from.AddressBech32, DeviceId: device.Id}
	}
}

// isFree says whether the address is no device and never was.
func isFree(ctx context.Context, k keeper.Keeper, bech32 string) bool {
	address, err := types.ParseDeviceAddress("address", bech32)
	if err != nil {
		return false
	}
	inUse, _ := k.DeviceByAddress.Has(ctx, address)
	retired, _ := k.RetiredAddresses.Has(ctx, address)
	return !inUse && !retired
}
