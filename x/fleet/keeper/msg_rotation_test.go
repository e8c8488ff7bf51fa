package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestRotateDeviceKey(t *testing.T) {
	rotate := func(signer string, id uint64, next string) *types.MsgRotateDeviceKey {
		return &types.MsgRotateDeviceKey{Signer: bech(signer), DeviceId: id, NewAddress: bech(next)}
	}
	event := func(proposer string, id uint64, next string) *types.EventDeviceRotationProposed {
		return &types.EventDeviceRotationProposed{DeviceId: id, FleetId: 1, Proposer: bech(proposer), NewAddress: bech(next)}
	}
	short := rotate("alice", idActive, "new")
	short.NewAddress = account("new")[:19].String()
	unsigned := rotate("alice", idActive, "new")
	unsigned.Signer = ""
	runCases(t, []messageCase{
		{
			name: "success: by the device", msg: rotate("active", idActive, "new"), event: event("active", idActive, "new"),
			check: func(t *testing.T, f *fixture) {
				require.Equal(t, bech("active"), f.device(idActive).Address)
				require.NoError(t, f.device(idActive).Usable())
			},
		},
		{name: "success: by the operator", msg: rotate("alice", idActive, "new"), event: event("alice", idActive, "new")},
		{name: "success: suspect, by the operator", msg: rotate("alice", idSuspect, "new"), event: event("alice", idSuspect, "new")},
		{name: "success: to an address that is enrolled", msg: rotate("alice", idActive, "pending"), event: event("alice", idActive, "pending")},
		{name: "failure: suspect, by the device", msg: rotate("suspect", idSuspect, "new"), err: types.ErrSuspect},
		{name: "failure: revoked, by the operator", msg: rotate("alice", idRevoked, "new"), err: types.ErrRevoked},
		{name: "failure: revoked, by the device", msg: rotate("revoked", idRevoked, "new"), err: types.ErrRevoked},
		{name: "failure: pending device", msg: rotate("alice", idPending, "new"), err: types.ErrNotConfirmed},
		{name: "failure: rotation pending", msg: rotate("alice", idRotating, "new"), err: types.ErrRotationPending},
		{name: "failure: by another", msg: rotate("bob", idActive, "new"), err: types.ErrUnauthorized},
		{name: "failure: by the new key", msg: rotate("new", idActive, "new"), err: types.ErrUnauthorized},
		{name: "failure: by a retired key", msg: rotate("rotated old", idRotated, "new"), err: types.ErrUnauthorized},
		{name: "failure: to itself", msg: rotate("active", idActive, "active"), err: types.ErrAddressInUse},
		{name: "failure: to another device", msg: rotate("alice", idActive, "elsewhere"), err: types.ErrAddressInUse},
		{name: "failure: to a retired key of its own", msg: rotate("alice", idRotated, "rotated old"), err: types.ErrAddressRetired},
		{name: "failure: to a removed device", msg: rotate("alice", idActive, "removed"), err: types.ErrAddressRetired},
		{name: "failure: no such device", msg: rotate("alice", 99, "new"), err: types.ErrDeviceNotFound},
		{name: "failure: address of 19 bytes", msg: short, err: types.ErrInvalidAddress},
		{name: "failure: no signer", msg: unsigned, err: types.ErrInvalidAddress},
	})
}

func TestConfirmDeviceKey(t *testing.T) {
	confirm := func(next string, id uint64) *types.MsgConfirmDeviceKey {
		return &types.MsgConfirmDeviceKey{NewAddress: bech(next), DeviceId: id}
	}
	runCases(t, []messageCase{
		{
			name: "success: the old key is retired and leads to the device", msg: confirm("rotating new", idRotating),
			event: &types.EventDeviceKeyRotated{DeviceId: idRotating, FleetId: 1, OldAddress: bech("rotating"), Address: bech("rotating new")},
			check: func(t *testing.T, f *fixture) {
				got, err := f.k.Device(f.ctx, account("rotating new"))
				require.NoError(t, err)
				require.Equal(t, types.Device{
					Id: idRotating, FleetId: 1, Address: bech("rotating new"), Standing: types.StandingActive, Confirmed: true, Labels: []string{"line=4"},
				}, got)
				_, err = f.k.Device(f.ctx, account("rotating"))
				require.ErrorIs(t, err, types.ErrAddressRetired)
				old, err := f.query.DeviceByAddress(f.ctx, &types.QueryDeviceByAddressRequest{Address: bech("rotating")})
				require.NoError(t, err)
				require.Equal(t, &types.QueryDeviceByAddressResponse{Device: got, Retired: true}, old)
			},
		},
		{name: "failure: not the proposed key", msg: confirm("new", idRotating), err: types.ErrUnauthorized},
		{name: "failure: the old key", msg: confirm("rotating", idRotating), err: types.ErrUnauthorized},
		{name: "failure: nothing proposed", msg: confirm("active", idActive), err: types.ErrNoRotation},
		{name: "failure: no such device", msg: confirm("rotating new", 99), err: types.ErrDeviceNotFound},
		{name: "failure: no address", msg: &types.MsgConfirmDeviceKey{DeviceId: idRotating}, err: types.ErrInvalidAddress},
	})
}

// A proposal reserves nothing: when the address becomes a device of its own first, the rotation cannot be confirmed.
func TestConfirmDeviceKeyTaken(t *testing.T) {
	f := newWorld(t)
	f.do(
		&types.MsgEnrollDevice{Operator: bech("bob"), FleetId: 2, Addresses: []string{bech("rotating new")}},
		&types.MsgConfirmDevice{Address: bech("rotating new"), FleetId: 2},
	)
	before := f.dump()
	_, err := f.deliver(&types.MsgConfirmDeviceKey{NewAddress: bech("rotating new"), DeviceId: idRotating})
	require.ErrorIs(t, err, types.ErrAddressInUse)
	require.Equal(t, before, f.dump())
	f.requireConsistent()
}

func TestCancelRotation(t *testing.T) {
	cancel := func(signer string, id uint64) *types.MsgCancelRotation {
		return &types.MsgCancelRotation{Signer: bech(signer), DeviceId: id}
	}
	event := &types.EventDeviceRotationCancelled{DeviceId: idRotating, FleetId: 1, NewAddress: bech("rotating new")}
	gone := func(t *testing.T, f *fixture) { require.Empty(t, f.device(idRotating).PendingAddress) }
	runCases(t, []messageCase{
		{name: "success: by the operator", msg: cancel("alice", idRotating), event: event, check: gone},
		{name: "success: by the device", msg: cancel("rotating", idRotating), event: event, check: gone},
		{name: "success: by the proposed key", msg: cancel("rotating new", idRotating), event: event, check: gone},
		{name: "failure: by another", msg: cancel("active", idRotating), err: types.ErrUnauthorized},
		{name: "failure: nothing proposed", msg: cancel("alice", idActive), err: types.ErrNoRotation},
		{name: "failure: no such device", msg: cancel("alice", 99), err: types.ErrDeviceNotFound},
		{name: "failure: no signer", msg: &types.MsgCancelRotation{DeviceId: idRotating}, err: types.ErrInvalidAddress},
	})
}

// Whoever holds the key of a suspect device cannot keep the operator from replacing it.
func TestCancelRotationSuspect(t *testing.T) {
	f := newWorld(t)
	f.do(&types.MsgRotateDeviceKey{Signer: bech("alice"), DeviceId: idSuspect, NewAddress: bech("new")})
	before := f.dump()
	_, err := f.deliver(&types.MsgCancelRotation{Signer: bech("suspect"), DeviceId: idSuspect})
	require.ErrorIs(t, err, types.ErrSuspect)
	require.Equal(t, before, f.dump())
	f.do(&types.MsgConfirmDeviceKey{NewAddress: bech("new"), DeviceId: idSuspect})
	require.ErrorIs(t, f.device(idSuspect).Usable(), types.ErrSuspect)
	require.Equal(t, bech("new"), f.device(idSuspect).Address)
}
