package simulation

import (
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
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgEnrollDevice) {
		p := s.params()
		fleet := s.fleet(func(f types.Fleet) bool { return f.DeviceCount < p.MaxDevicesPerFleet })
		notEnrolled := simsx.SimAccountFilterFn(func(a simsx.SimAccount) bool {
			enrolled, err := k.Enrollments.Has(s.ctx, collections.Join(a.Address, fleet.Id))
			s.check(err)
			return !enrolled
		})
		room := min(p.MaxDevicesPerFleet-fleet.DeviceCount, p.MaxDevicesPerMessage, 3)
		unique := simsx.UniqueAccounts()
		var addresses []string
		for range s.data.Rand().IntInRange(1, int(room)+1) {
			addresses = append(addresses, s.free(unique, notEnrolled).AddressBech32)
		}
		return s.named(fleet.Operator), &types.MsgEnrollDevice{
			Operator: fleet.Operator, FleetId: fleet.Id, Addresses: addresses, Labels: s.labels(),
		}
	})
}

// MsgConfirmDeviceFactory confirms a pending device.
func MsgConfirmDeviceFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgConfirmDevice] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgConfirmDevice) {
		device, _ := s.device(func(d types.Device) bool { return !d.Confirmed && unrevoked(d) })
		from := s.named(device.Address)
		if !s.isFree(from.Address) {
			s.skip("confirmed another enrollment")
		}
		return from, &types.MsgConfirmDevice{Address: device.Address, FleetId: device.FleetId}
	})
}

// MsgSetDeviceLabelsFactory changes a device's labels.
func MsgSetDeviceLabelsFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetDeviceLabels] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgSetDeviceLabels) {
		device, operator := s.device(anyDevice)
		return operator, &types.MsgSetDeviceLabels{Operator: operator.AddressBech32, DeviceId: device.Id, Labels: s.labels()}
	})
}

// MsgSetDeviceStandingFactory changes a device's standing, seldom to revoked.
func MsgSetDeviceStandingFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetDeviceStanding] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgSetDeviceStanding) {
		device, operator := s.device(unrevoked)
		standing := types.StandingRevoked
		if s.data.Rand().Intn(6) > 0 {
			standing = oneOf(s, types.StandingActive, types.StandingActive, types.StandingSuspect)
		}
		return operator, &types.MsgSetDeviceStanding{
			Operator: operator.AddressBech32, DeviceId: device.Id, Standing: standing, Reason: s.text(s.params().MaxReasonBytes),
		}
	})
}

// MsgRotateDeviceKeyFactory proposes a key, by the operator or by an active device.
func MsgRotateDeviceKeyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRotateDeviceKey] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgRotateDeviceKey) {
		device, from := s.device(rotatable)
		if device.Standing == types.StandingActive && s.data.Rand().Bool() {
			from = s.named(device.Address)
		}
		return from, &types.MsgRotateDeviceKey{Signer: from.AddressBech32, DeviceId: device.Id, NewAddress: s.free().AddressBech32}
	})
}

// MsgConfirmDeviceKeyFactory confirms a proposed key.
func MsgConfirmDeviceKeyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgConfirmDeviceKey] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgConfirmDeviceKey) {
		device, _ := s.device(rotating)
		from := s.named(device.PendingAddress)
		if !s.isFree(from.Address) {
			s.skip("the proposed key became a device")
		}
		return from, &types.MsgConfirmDeviceKey{NewAddress: device.PendingAddress, DeviceId: device.Id}
	})
}

// MsgCancelRotationFactory withdraws a proposed key.
func MsgCancelRotationFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCancelRotation] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgCancelRotation) {
		device, from := s.device(rotating)
		if s.data.Rand().Bool() {
			from = s.named(device.PendingAddress)
		}
		return from, &types.MsgCancelRotation{Signer: from.AddressBech32, DeviceId: device.Id}
	})
}

// MsgRemoveDeviceFactory removes a device.
func MsgRemoveDeviceFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRemoveDevice] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgRemoveDevice) {
		device, operator := s.device(anyDevice)
		return operator, &types.MsgRemoveDevice{Operator: operator.AddressBech32, DeviceId: device.Id}
	})
}
