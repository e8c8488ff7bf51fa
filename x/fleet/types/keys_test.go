package types_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

// The keys are part of what devices verify: they must not change.
func TestStoreKeys(t *testing.T) {
	address := bytes.Repeat([]byte{0xAB}, types.DeviceAddressBytes)
	key, err := types.DeviceByAddressStoreKey(address)
	require.NoError(t, err)
	require.Equal(t, append([]byte{30}, address...), key)

	key, err = types.DeviceStoreKey(258)
	require.NoError(t, err)
	require.Equal(t, []byte{21, 0, 0, 0, 0, 0, 0, 1, 2}, key)

	key, err = types.EnrollmentStoreKey(address, 1)
	require.NoError(t, err)
	require.Equal(t, append(append([]byte{31, types.DeviceAddressBytes}, address...), 0, 0, 0, 0, 0, 0, 0, 1), key)

	for _, short := range [][]byte{nil, address[1:], append([]byte{1}, address...)} {
		_, err = types.DeviceByAddressStoreKey(short)
		require.ErrorIs(t, err, types.ErrInvalidAddress)
		_, err = types.EnrollmentStoreKey(short, 1)
		require.ErrorIs(t, err, types.ErrInvalidAddress)
	}
}
