package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

func TestEndBlockPrunes(t *testing.T) {
	s := newSuite(t)
	s.submit(t, 1, 2, 3) // at height 10
	s.ctx = s.ctx.WithBlockHeight(12)
	s.submit(t, 4)
	counters := s.state(t)

	end := func(height int64) sdk.Events {
		s.ctx = s.ctx.WithBlockHeight(height).WithEventManager(sdk.NewEventManager())
		require.NoError(t, s.keeper.EndBlock(s.ctx))
		require.NoError(t, s.state(t).Validate())
		return s.ctx.EventManager().Events()
	}
	ids := func() (ids []uint64) {
		for _, a := range s.state(t).Attestations {
			ids = append(ids, a.Id)
		}
		return ids
	}

	require.Empty(t, end(1_000_000), "0 keeps all for ever")
	s.params(t, func(p *types.Params) { p.RetentionBlocks, p.MaxPrunedPerBlock = 5, 2 })
	require.Empty(t, end(15), "kept for 5 blocks after its own")
	require.Equal(t, []uint64{1, 2, 3, 4}, ids())

	require.Len(t, end(16), 1)
	require.Equal(t, []uint64{3, 4}, ids(), "two to a block, oldest first")
	event, err := sdk.ParseTypedEvent(lastEvent(s.ctx))
	require.NoError(t, err)
	require.Equal(t, &types.EventAttestationsPruned{FirstId: 1, LastId: 2, Count: 2}, event)

	require.Len(t, end(17), 1)
	require.Equal(t, []uint64{4}, ids(), "the fourth is younger")
	require.Len(t, end(18), 1)
	require.Empty(t, ids())
	require.Empty(t, end(19))

	after := s.state(t)
	require.Equal(t, counters.VersionCounters, after.VersionCounters)
	require.Equal(t, counters.DeviceCounters, after.DeviceCounters)
	require.Equal(t, counters.VersionDeviceCounters, after.VersionDeviceCounters)
	require.Equal(t, counters.Nonces, after.Nonces)
	_, err = s.msgs.SubmitProof(s.ctx, s.msg(t, 1))
	require.ErrorIs(t, err, types.ErrNonceUsed, "a pruned attestation's nonce stays used")

	byDevice, err := s.queries.AttestationsByDevice(s.ctx, &types.QueryAttestationsByDeviceRequest{Device: "7"})
	require.NoError(t, err)
	require.Empty(t, byDevice.Attestations)
	byVersion, err := s.queries.AttestationsByVersion(s.ctx, &types.QueryAttestationsByVersionRequest{Version: version})
	require.NoError(t, err)
	require.Empty(t, byVersion.Attestations)
}
