package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/fleet/types"
)

// The codes are an interface: this table only ever grows.
func TestErrorCodes(t *testing.T) {
	for code, err := range map[uint32]error{
		2: types.ErrFleetNotFound, 3: types.ErrDeviceNotFound, 4: types.ErrUnauthorized, 5: types.ErrInvalidAddress,
		6: types.ErrInvalidText, 7: types.ErrInvalidLabels, 8: types.ErrInvalidPolicy, 9: types.ErrInvalidModel,
		10: types.ErrInvalidStanding, 11: types.ErrAddressInUse, 12: types.ErrAddressRetired, 13: types.ErrNotConfirmed,
		14: types.ErrAlreadyConfirmed, 15: types.ErrRevoked, 16: types.ErrSuspect, 17: types.ErrNoTransfer,
		18: types.ErrRotationPending, 19: types.ErrNoRotation, 20: types.ErrDeviceCount, 21: types.ErrInvalidParams,
		22: types.ErrInvalidGenesis,
	} {
		space, got, _ := errorsmod.ABCIInfo(errorsmod.Wrap(err, "wrapped"), false)
		require.Equal(t, types.ModuleName, space)
		require.Equal(t, code, got, "%v", err)
	}
}

func TestUsable(t *testing.T) {
	for _, tc := range []struct {
		name   string
		device types.Device
		err    error
	}{
		{"success: confirmed and active", types.Device{Confirmed: true, Standing: types.StandingActive}, nil},
		{"failure: pending", types.Device{Standing: types.StandingActive}, types.ErrNotConfirmed},
		{"failure: suspect", types.Device{Confirmed: true, Standing: types.StandingSuspect}, types.ErrSuspect},
		{"failure: revoked", types.Device{Confirmed: true, Standing: types.StandingRevoked}, types.ErrRevoked},
		{"failure: no standing", types.Device{Confirmed: true}, types.ErrRevoked},
	} {
		t.Run(tc.name, func(t *testing.T) { require.ErrorIs(t, tc.device.Usable(), tc.err) })
	}
}
