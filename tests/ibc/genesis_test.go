package ibc

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"

	"github.com/assay-chain/assay/x/rollout/types"
)

// restart exports the chain and goes on with a new application that starts from the export. The first block of the new
// one and the next block of the old one have to leave the same state.
func (c *chain) restart() {
	c.Helper()
	require.Empty(c.TB, c.app.txs)
	exported, err := c.app.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(c.TB, err)
	created, _ := newApp(nil)()
	fresh, ok := created.(*testingApp)
	require.True(c.TB, ok)
	baseapp.SetChainID(c.ChainID)(fresh.BaseApp)
	_, err = fresh.InitChain(&abci.RequestInitChain{
		ChainId: c.ChainID, Time: c.LatestCommittedHeader.GetTime(), AppStateBytes: exported.AppState, InitialHeight: exported.Height,
	})
	require.NoError(c.TB, err)

	old := *c
	old.app.watch = nil
	c.Coordinator.UpdateTimeForChain(c.TestChain)
	_, err = old.app.FinalizeBlock(&abci.RequestFinalizeBlock{
		Height: c.ProposedHeader.Height, Time: c.ProposedHeader.Time, NextValidatorsHash: c.NextVals.Hash(),
	})
	require.NoError(c.TB, err)
	_, err = old.app.Commit()
	require.NoError(c.TB, err)

	fresh.watch = c.watch
	c.app, c.App = fresh, fresh
	c.block()
	require.Equal(c.TB, old.state(), c.state())
}

// Both chains are exported in the middle of rollouts, with packets under way in both directions, and go on from that.
func TestExport(t *testing.T) { eachKind(t, export) }

func export(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	w.enrollOn(w.hub)
	id := w.begin(func(p *types.Plan) {
		p.Targets = append(p.Targets, types.Target{Zone: types.LocalZone, Fleets: []uint64{1}})
		p.Steps[0].DeadlineBlocks, p.Steps[0].OnDeadline = 1000, types.OnDeadlinePause
	})
	waiting := w.start(func(p *types.Plan) { p.Version, p.Wait = version2, true })
	w.report(id, device0, types.DevicePhaseSeen)
	w.report(id, device2, types.DevicePhaseFailed)
	w.report(id, device2, types.DevicePhaseSeen)
	w.hub.must(device0, &types.MsgReportPhase{Device: w.hub.address(device0), Number: 1, Phase: types.DevicePhaseFetched})
	w.control(id, types.ActionPause)

	// State alone: what is imported is exported again.
	for _, c := range []*chain{w.hub, w.zone} {
		want := c.state().Rollout
		created, _ := newApp(nil)()
		fresh, ok := created.(*testingApp)
		require.True(t, ok)
		ctx := fresh.NewNextBlockContext(c.ProposedHeader)
		require.NoError(t, fresh.Rollout.InitGenesis(ctx, want))
		got, err := fresh.Rollout.ExportGenesis(ctx)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}

	w.hub.restart()
	w.zone.restart()
	command, evidence := w.link.hub.sent(), w.link.zone.sent()
	require.Len(t, command, 1)
	require.NotEmpty(t, evidence)
	require.Equal(t, types.AckApplied, w.link.hub.relay(command[0]).Code)
	for _, p := range evidence {
		require.Equal(t, types.AckApplied, w.link.zone.relay(p).Code)
	}
	w.link.settle()
	require.Equal(t, types.PhasePaused, w.zoneRollout(id).Phase)
	require.Equal(t, types.Totals{Seen: 2, Fetched: 1, Failures: 1}, w.rollout(id).Totals)

	w.hub.restart()
	w.control(id, types.ActionResume)
	w.link.settle()
	w.report(id, device0, types.DevicePhaseReady)
	w.report(id, device1, types.DevicePhaseReady)
	w.zone.restart()
	w.link.settle()
	require.Equal(t, types.PhasePromoted, w.rollout(id).Phase)
	require.Equal(t, types.PhasePromoted, w.zoneRollout(id).Phase)

	// The one that waited has nothing to replace, and is refused.
	require.Equal(t, types.PhaseAborted, w.rollout(waiting).Phase)
	require.Equal(t, uint32(types.AckNoFleet), w.zoneOf(waiting).Code)
	w.hub.restart()
	w.quiet()
}
