package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

func address(b byte) string {
	addr := make(sdk.AccAddress, types.DeviceAddressBytes)
	addr[0] = b
	return addr.String()
}

// state is a valid one: two fleets, a confirmed device with a proposed key, a pending one in each fleet.
func state() types.GenesisState {
	device := func(id, fleet uint64, addr byte) types.Device {
		return types.Device{Id: id, FleetId: fleet, Address: address(addr), Standing: types.StandingActive, Labels: []string{"a=1", "b=2"}}
	}
	rotating := device(2, 1, 20)
	rotating.Confirmed, rotating.PendingAddress = true, address(21)
	return types.GenesisState{
		Params: types.DefaultParams(),
		Fleets: []types.Fleet{
			{Id: 1, Operator: address(1), PendingOperator: address(2), Description: "one", Allow: []string{"acme", "globex"}, DeviceCount: 2},
			{Id: 4, Operator: address(1), DeviceCount: 1},
		},
		Devices:          []types.Device{rotating, device(5, 1, 30), device(6, 4, 30)},
		RetiredAddresses: []types.RetiredAddress{{Address: address(40), DeviceId: 2}, {Address: address(41), DeviceId: 3}},
		NextFleetId:      5, NextDeviceId: 7,
	}
}

func TestGenesisValidate(t *testing.T) {
	long := sdk.AccAddress(make([]byte, 32)).String()
	for _, tc := range []struct {
		name   string
		change func(g *types.GenesisState)
		err    error
	}{
		{name: "success", change: func(*types.GenesisState) {}},
		{name: "success: default", change: func(g *types.GenesisState) { *g = *types.DefaultGenesis() }},
		{name: "success: limits below what is stored", change: func(g *types.GenesisState) {
			g.Params.MaxLabels, g.Params.MaxAllowEntries, g.Params.MaxDevicesPerFleet = 1, 1, 1
		}},
		{name: "failure: params", change: func(g *types.GenesisState) { g.Params.MaxLabels = 0 }, err: types.ErrInvalidParams},
		{name: "failure: next fleet id", change: func(g *types.GenesisState) { g.NextFleetId = 4 }, err: types.ErrInvalidGenesis},
		{name: "failure: no next fleet id", change: func(g *types.GenesisState) { *g = *types.DefaultGenesis(); g.NextFleetId = 0 }, err: types.ErrInvalidGenesis},
		{name: "failure: next device id", change: func(g *types.GenesisState) { g.NextDeviceId = 6 }, err: types.ErrInvalidGenesis},
		{name: "failure: no next device id", change: func(g *types.GenesisState) { *g = *types.DefaultGenesis(); g.NextDeviceId = 0 }, err: types.ErrInvalidGenesis},
		{name: "failure: fleet 0", change: func(g *types.GenesisState) { g.Fleets[0].Id = 0 }, err: types.ErrInvalidGenesis},
		{name: "failure: fleets out of order", change: func(g *types.GenesisState) { g.Fleets[0].Id = 4 }, err: types.ErrInvalidGenesis},
		{name: "failure: operator", change: func(g *types.GenesisState) { g.Fleets[0].Operator = "" }, err: types.ErrInvalidAddress},
		{name: "failure: operator in upper case", change: func(g *types.GenesisState) { g.Fleets[0].Operator = strings.ToUpper(address(1)) }, err: types.ErrInvalidAddress},
		{name: "failure: pending operator", change: func(g *types.GenesisState) { g.Fleets[0].PendingOperator = "x" }, err: types.ErrInvalidAddress},
		{name: "failure: description", change: func(g *types.GenesisState) { g.Fleets[0].Description = "\x00" }, err: types.ErrInvalidText},
		{name: "success: allow-list of another chain", change: func(g *types.GenesisState) { g.Fleets[0].Allow = []string{"acme", "channel-7:acme/wear"} }},
		{name: "failure: allow-list, source", change: func(g *types.GenesisState) { g.Fleets[0].Allow = []string{"channel-07:acme"} }, err: types.ErrInvalidPolicy},
		{name: "failure: allow-list out of order", change: func(g *types.GenesisState) { g.Fleets[0].Allow = []string{"globex", "acme"} }, err: types.ErrInvalidPolicy},
		{name: "failure: allow-list", change: func(g *types.GenesisState) { g.Fleets[0].Allow = []string{"-"} }, err: types.ErrInvalidPolicy},
		{name: "failure: fleet labels", change: func(g *types.GenesisState) { g.Fleets[0].Labels = []string{"a"} }, err: types.ErrInvalidLabels},
		{name: "failure: device count", change: func(g *types.GenesisState) { g.Fleets[1].DeviceCount = 0 }, err: types.ErrInvalidGenesis},
		{name: "failure: devices out of order", change: func(g *types.GenesisState) { g.Devices[1].Id = 2 }, err: types.ErrInvalidGenesis},
		{name: "failure: device address", change: func(g *types.GenesisState) { g.Devices[1].Address = "" }, err: types.ErrInvalidAddress},
		{name: "failure: device address of 32 bytes", change: func(g *types.GenesisState) { g.Devices[1].Address = long }, err: types.ErrInvalidAddress},
		{name: "failure: device in no fleet", change: func(g *types.GenesisState) { g.Devices[1].FleetId = 2 }, err: types.ErrInvalidGenesis},
		{name: "failure: standing", change: func(g *types.GenesisState) { g.Devices[1].Standing = 0 }, err: types.ErrInvalidStanding},
		{name: "failure: reason", change: func(g *types.GenesisState) { g.Devices[1].StandingReason = "\xff" }, err: types.ErrInvalidText},
		{name: "failure: labels out of order", change: func(g *types.GenesisState) { g.Devices[1].Labels = []string{"b=2", "a=1"} }, err: types.ErrInvalidLabels},
		{name: "failure: proposed key of a pending device", change: func(g *types.GenesisState) { g.Devices[1].PendingAddress = address(9) }, err: types.ErrNotConfirmed},
		{name: "failure: proposed key of a revoked device", change: func(g *types.GenesisState) { g.Devices[0].Standing = types.StandingRevoked }, err: types.ErrRevoked},
		{name: "failure: proposed key", change: func(g *types.GenesisState) { g.Devices[0].PendingAddress = long }, err: types.ErrInvalidAddress},
		{name: "failure: enrolled twice in a fleet", change: func(g *types.GenesisState) {
			g.Devices[2].FleetId, g.Fleets[0].DeviceCount, g.Fleets[1].DeviceCount = 1, 3, 0
		}, err: types.ErrInvalidGenesis},
		{name: "failure: two devices of one address", change: func(g *types.GenesisState) {
			g.Devices[1].Confirmed, g.Devices[2].Confirmed = true, true
		}, err: types.ErrInvalidGenesis},
		{name: "failure: a device of a retired address", change: func(g *types.GenesisState) { g.RetiredAddresses[0].Address = address(20) }, err: types.ErrInvalidGenesis},
		{name: "failure: retired out of order", change: func(g *types.GenesisState) { g.RetiredAddresses[1].Address = address(39) }, err: types.ErrInvalidGenesis},
		{name: "failure: retired twice", change: func(g *types.GenesisState) { g.RetiredAddresses[1].Address = address(40) }, err: types.ErrInvalidGenesis},
		{name: "failure: retired of device 0", change: func(g *types.GenesisState) { g.RetiredAddresses[1].DeviceId = 0 }, err: types.ErrInvalidGenesis},
		{name: "failure: retired of a device to come", change: func(g *types.GenesisState) { g.RetiredAddresses[1].DeviceId = 7 }, err: types.ErrInvalidGenesis},
		{name: "failure: retired address", change: func(g *types.GenesisState) { g.RetiredAddresses[1].Address = "x" }, err: types.ErrInvalidAddress},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := state()
			tc.change(&g)
			require.ErrorIs(t, g.Validate(), tc.err)
		})
	}
}
