package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestGenesisRoundTrip(t *testing.T) {
	f := newWorld(t)
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Len(t, state.Fleets, 2)
	require.Len(t, state.Devices, 9)
	require.Len(t, state.RetiredAddresses, 2)
	require.Equal(t, uint64(3), state.NextFleetId)
	require.Equal(t, uint64(11), state.NextDeviceId)
	f.requireConsistent()
}

func TestInitGenesisRefuses(t *testing.T) {
	f := newWorld(t)
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	state.Fleets[0].DeviceCount++
	other := newFixture(t)
	before := other.dump()
	require.ErrorIs(t, other.k.InitGenesis(other.ctx, *state), types.ErrInvalidGenesis)
	require.Equal(t, before, other.dump())
}
