package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestEnrollDevice(t *testing.T) {
	enroll := func(operator string, fleet uint64, addresses ...string) *types.MsgEnrollDevice {
		return &types.MsgEnrollDevice{Operator: bech(operator), FleetId: fleet, Addresses: addresses, Labels: []string{"soc=orin", "line=4"}}
	}
	var many []string
	for i := range types.DefaultParams().MaxDevicesPerMessage + 1 {
		many = append(many, bech(fmt.Sprint("device ", i)))
	}
	badLabels := enroll("alice", 1, bech("x"))
	badLabels.Labels = []string{"Line=4"}
	long := sdk.AccAddress(make([]byte, 32)).String()
	runCases(t, []messageCase{
		{
			name: "success: two", msg: enroll("alice", 1, bech("x"), bech("y")),
			event: &types.EventDeviceEnrolled{DeviceId: 12, FleetId: 1, Address: bech("y")},
			check: func(t *testing.T, f *fixture) {
				require.Equal(t, types.Device{
					Id: 11, FleetId: 1, Address: bech("x"), Standing: types.StandingActive, Labels: []string{"line=4", "soc=orin"},
				}, f.device(11))
				require.ErrorIs(t, f.device(11).Usable(), types.ErrNotConfirmed)
				require.Equal(t, uint32(9), f.fleet(1).DeviceCount)
				got, err := f.k.Device(f.ctx, account("x"))
				require.NoError(t, err)
				require.Equal(t, f.device(11), got)
			},
		},
		{
			name: "success: as many as fit a message", msg: enroll("alice", 1, many[1:]...),
			event: &types.EventDeviceEnrolled{DeviceId: 110, FleetId: 1, Address: many[len(many)-1]},
		},
		{
			name: "success: pending in another fleet", msg: enroll("bob", 2, bech("pending revoked")),
			event: &types.EventDeviceEnrolled{DeviceId: 11, FleetId: 2, Address: bech("pending revoked")},
		},
		{
			name: "success: proposed as another's key", msg: enroll("alice", 1, bech("rotating new")),
			event: &types.EventDeviceEnrolled{DeviceId: 11, FleetId: 1, Address: bech("rotating new")},
		},
		{name: "failure: not the operator", msg: enroll("bob", 1, bech("x")), err: types.ErrUnauthorized},
		{name: "failure: no such fleet", msg: enroll("alice", 3, bech("x")), err: types.ErrFleetNotFound},
		{name: "failure: none", msg: enroll("alice", 1), err: types.ErrDeviceCount},
		{name: "failure: too many", msg: enroll("alice", 1, many...), err: types.ErrDeviceCount},
		{name: "failure: labels", msg: badLabels, err: types.ErrInvalidLabels},
		{name: "failure: address", msg: enroll("alice", 1, bech("x"), "cosmos1x"), err: types.ErrInvalidAddress},
		{name: "failure: address of 32 bytes", msg: enroll("alice", 1, long), err: types.ErrInvalidAddress},
		{name: "failure: twice in the message", msg: enroll("alice", 1, bech("x"), bech("x")), err: types.ErrAddressInUse},
		{name: "failure: twice in the fleet", msg: enroll("alice", 1, bech("x"), bech("pending")), err: types.ErrAddressInUse},
		{name: "failure: confirmed here", msg: enroll("alice", 1, bech("active")), err: types.ErrAddressInUse},
		{name: "failure: confirmed elsewhere", msg: enroll("alice", 1, bech("elsewhere")), err: types.ErrAddressInUse},
		{name: "failure: rotated away", msg: enroll("alice", 1, bech("rotated old")), err: types.ErrAddressRetired},
		{name: "failure: removed", msg: enroll("bob", 2, bech("removed")), err: types.ErrAddressRetired},
	})
}

func TestConfirmDevice(t *testing.T) {
	confirm := func(address string, fleet uint64) *types.MsgConfirmDevice {
		return &types.MsgConfirmDevice{Address: bech(address), FleetId: fleet}
	}
	runCases(t, []messageCase{
		{
			name: "success: the first of two fleets", msg: confirm("pending", 1),
			event: &types.EventDeviceConfirmed{DeviceId: idPending, FleetId: 1, Address: bech("pending")},
			check: func(t *testing.T, f *fixture) {
				require.NoError(t, f.device(idPending).Usable())
				_, err := f.deliver(confirm("pending", 2))
				require.ErrorIs(t, err, types.ErrAddressInUse)
				f.do(&types.MsgRemoveDevice{Operator: bech("bob"), DeviceId: idPendingElsewhere})
				got, err := f.k.Device(f.ctx, account("pending"))
				require.NoError(t, err)
				require.Equal(t, idPending, got.Id)
			},
		},
		{
			name: "success: the second of two fleets", msg: confirm("pending", 2),
			event: &types.EventDeviceConfirmed{DeviceId: idPendingElsewhere, FleetId: 2, Address: bech("pending")},
			check: func(t *testing.T, f *fixture) {
				got, err := f.k.Device(f.ctx, account("pending"))
				require.NoError(t, err)
				require.Equal(t, idPendingElsewhere, got.Id)
			},
		},
		{name: "failure: twice", msg: confirm("active", 1), err: types.ErrAlreadyConfirmed},
		{name: "failure: confirmed in another fleet", msg: confirm("active", 2), err: types.ErrDeviceNotFound},
		{name: "failure: enrolled in another fleet", msg: confirm("pending revoked", 2), err: types.ErrDeviceNotFound},
		{name: "failure: never enrolled", msg: confirm("dave", 1), err: types.ErrDeviceNotFound},
		{name: "failure: revoked while pending", msg: confirm("pending revoked", 1), err: types.ErrRevoked},
		{name: "failure: retired", msg: confirm("rotated old", 1), err: types.ErrAddressRetired},
		{name: "failure: removed", msg: confirm("removed", 1), err: types.ErrAddressRetired},
		{name: "failure: address", msg: &types.MsgConfirmDevice{FleetId: 1}, err: types.ErrInvalidAddress},
	})
}

func TestSetDeviceLabels(t *testing.T) {
	set := func(operator string, id uint64, labels ...string) *types.MsgSetDeviceLabels {
		return &types.MsgSetDeviceLabels{Operator: bech(operator), DeviceId: id, Labels: labels}
	}
	runCases(t, []messageCase{
		{
			name: "success: replaced", msg: set("alice", idActive, "z=1", "a=2"),
			event: &types.EventDeviceLabelsSet{DeviceId: idActive, FleetId: 1, Labels: []string{"a=2", "z=1"}},
			check: func(t *testing.T, f *fixture) {
				require.Equal(t, []uint64{idActive}, f.find(&types.QueryDevicesByFleetRequest{FleetId: 1, Label: "a=2"}))
				require.NotContains(t, f.find(&types.QueryDevicesByFleetRequest{FleetId: 1, Label: "line=4"}), idActive)
			},
		},
		{name: "success: cleared", msg: set("alice", idRevoked), event: &types.EventDeviceLabelsSet{DeviceId: idRevoked, FleetId: 1, Labels: []string{}}},
		{name: "failure: not the operator", msg: set("active", idActive), err: types.ErrUnauthorized},
		{name: "failure: no such device", msg: set("alice", idRemoved), err: types.ErrDeviceNotFound},
		{name: "failure: labels", msg: set("alice", idActive, "=4"), err: types.ErrInvalidLabels},
	})
}

func TestSetDeviceStanding(t *testing.T) {
	set := func(operator string, id uint64, s types.Standing, reason string) *types.MsgSetDeviceStanding {
		return &types.MsgSetDeviceStanding{Operator: bech(operator), DeviceId: id, Standing: s, Reason: reason}
	}
	event := func(id uint64, old, s types.Standing) *types.EventDeviceStandingSet {
		return &types.EventDeviceStandingSet{DeviceId: id, FleetId: 1, OldStanding: old, Standing: s, Reason: "why"}
	}
	usable := func(id uint64, want error) func(*testing.T, *fixture) {
		return func(t *testing.T, f *fixture) {
			require.ErrorIs(t, f.device(id).Usable(), want)
			require.Equal(t, "why", f.device(id).StandingReason)
		}
	}
	runCases(t, []messageCase{
		{
			name: "success: active to suspect", msg: set("alice", idActive, types.StandingSuspect, "why"),
			event: event(idActive, types.StandingActive, types.StandingSuspect), check: usable(idActive, types.ErrSuspect),
		},
		{
			name: "success: suspect to active", msg: set("alice", idSuspect, types.StandingActive, "why"),
			event: event(idSuspect, types.StandingSuspect, types.StandingActive), check: usable(idSuspect, nil),
		},
		{
			name: "success: suspect to revoked", msg: set("alice", idSuspect, types.StandingRevoked, "why"),
			event: event(idSuspect, types.StandingSuspect, types.StandingRevoked), check: usable(idSuspect, types.ErrRevoked),
		},
		{
			name: "success: a proposed key is dropped", msg: set("alice", idRotating, types.StandingSuspect, "why"),
			event: event(idRotating, types.StandingActive, types.StandingSuspect),
			check: func(t *testing.T, f *fixture) {
				_, err := f.deliver(&types.MsgConfirmDeviceKey{NewAddress: bech("rotating new"), DeviceId: idRotating})
				require.ErrorIs(t, err, types.ErrNoRotation)
			},
		},
		{
			name: "success: a proposed key is kept while active", msg: set("alice", idRotating, types.StandingActive, "why"),
			event: event(idRotating, types.StandingActive, types.StandingActive),
			check: func(t *testing.T, f *fixture) {
				f.do(&types.MsgConfirmDeviceKey{NewAddress: bech("rotating new"), DeviceId: idRotating})
			},
		},
		{name: "failure: revoked is final", msg: set("alice", idRevoked, types.StandingActive, "why"), err: types.ErrRevoked},
		{name: "failure: revoked again", msg: set("alice", idRevoked, types.StandingRevoked, "why"), err: types.ErrRevoked},
		{name: "failure: no standing", msg: set("alice", idActive, types.StandingUnspecified, "why"), err: types.ErrInvalidStanding},
		{name: "failure: unknown standing", msg: set("alice", idActive, 4, "why"), err: types.ErrInvalidStanding},
		{name: "failure: no reason", msg: set("alice", idActive, types.StandingSuspect, ""), err: types.ErrInvalidText},
		{name: "failure: not the operator", msg: set("active", idActive, types.StandingSuspect, "why"), err: types.ErrUnauthorized},
		{name: "failure: the operator of another fleet", msg: set("bob", idActive, types.StandingSuspect, "why"), err: types.ErrUnauthorized},
		{name: "failure: no such device", msg: set("alice", 99, types.StandingSuspect, "why"), err: types.ErrDeviceNotFound},
	})
}

func TestRemoveDevice(t *testing.T) {
	remove := func(operator string, id uint64) *types.MsgRemoveDevice {
		return &types.MsgRemoveDevice{Operator: bech(operator), DeviceId: id}
	}
	runCases(t, []messageCase{
		{
			name: "success: confirmed, its address is retired", msg: remove("alice", idActive),
			event: &types.EventDeviceRemoved{DeviceId: idActive, FleetId: 1, Address: bech("active"), Retired: true},
			check: func(t *testing.T, f *fixture) {
				_, err := f.k.Device(f.ctx, account("active"))
				require.ErrorIs(t, err, types.ErrAddressRetired)
				require.Equal(t, uint32(6), f.fleet(1).DeviceCount)
			},
		},
		{
			name: "success: pending, its address is free", msg: remove("alice", idPendingRevoked),
			event: &types.EventDeviceRemoved{DeviceId: idPendingRevoked, FleetId: 1, Address: bech("pending revoked")},
			check: func(t *testing.T, f *fixture) {
				_, err := f.k.Device(f.ctx, account("pending revoked"))
				require.ErrorIs(t, err, types.ErrDeviceNotFound)
				f.do(&types.MsgEnrollDevice{Operator: bech("alice"), FleetId: 1, Addresses: []string{bech("pending revoked")}})
			},
		},
		{
			name: "success: revoked", msg: remove("alice", idRevoked),
			event: &types.EventDeviceRemoved{DeviceId: idRevoked, FleetId: 1, Address: bech("revoked"), Retired: true},
		},
		{name: "failure: not the operator", msg: remove("bob", idActive), err: types.ErrUnauthorized},
		{name: "failure: the device", msg: remove("active", idActive), err: types.ErrUnauthorized},
		{name: "failure: removed before", msg: remove("alice", idRemoved), err: types.ErrDeviceNotFound},
	})
}
