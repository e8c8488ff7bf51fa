package ibc

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/rollout/types"
)

// turned is the link as seen by a chain that plays the other role too.
func (l *link) turned() *link { return &link{hub: l.zone, zone: l.hub} }

// accept lets a chain accept everything over a link, as a zone.
func (e *end) accept() {
	e.chain.Helper()
	by := e.chain.address(operator)
	e.chain.must(operator, &types.MsgSetZonePolicy{Operator: by, Policy: types.ZonePolicy{Rules: []types.HubRule{{Source: e.name()}}}})
}

// knows is what a hub knows of the zone behind its end of a link.
func (e *end) knows(id uint64) types.ZoneState {
	e.chain.Helper()
	z, err := e.chain.app.Rollout.Zones.Get(e.chain.app.context(), collections.Join(id, e.name()))
	require.NoError(e.chain.TB, err)
	return z
}

func reportOn(zone *end, id uint64, device int, phase types.DevicePhase) {
	zone.chain.Helper()
	m := &types.MsgReportPhase{Device: zone.chain.address(device), Number: zoneRolloutOf(zone.chain, zone.name(), id).Number, Phase: phase}
	if phase == types.DevicePhaseFailed {
		m.Code = types.FailureSelfTest
	}
	zone.chain.must(device, m)
}

// One rollout goes to two zones on chains of their own. The chain in the middle is the hub here.
func TestTwoZones(t *testing.T) { eachKind(t, twoZones) }

func twoZones(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2, chains: 3})
	hub, a, b := w.zone, w.link.turned(), w.otherLink.turned()
	w.publishAll(hub)
	for _, l := range []*link{a, b} {
		w.enrollOn(l.zone.chain)
		l.zone.accept()
	}
	settle := func() {
		t.Helper()
		for range 4 {
			a.settle()
			b.settle()
		}
	}
	plan := w.plan(func(p *types.Plan) {
		p.Steps[1].MinReady = 3
		p.Targets = []types.Target{{Zone: a.hub.name()}, {Zone: b.hub.name()}}
	})
	id := w.startOn(hub, plan)

	// The second zone's announcement is on its way while the first zone is in its canary.
	late := b.hub.one()
	a.settle()
	require.Equal(t, types.PhaseCanary, rolloutOf(hub, id).Phase)
	reportOn(a.zone, id, device0, types.DevicePhaseReady)
	a.settle()
	require.Equal(t, uint32(1), rolloutOf(hub, id).Step)
	require.Empty(t, b.hub.sent(), "nothing more to a zone that has not answered")
	require.Equal(t, types.NewAck(types.AckAccepted, 1), b.hub.relay(late))
	settle()
	require.Equal(t, uint32(1), zoneRolloutOf(b.zone.chain, b.zone.name(), id).Step)
	require.Equal(t, uint64(3), b.hub.knows(id).AckedGeneration)

	// Evidence is summed; neither zone alone has enough.
	reportOn(a.zone, id, device1, types.DevicePhaseReady)
	settle()
	require.Equal(t, types.PhaseCanary, rolloutOf(hub, id).Phase)
	reportOn(b.zone, id, device0, types.DevicePhaseReady)
	settle()
	require.Equal(t, types.PhasePromoted, rolloutOf(hub, id).Phase)
	require.Equal(t, types.Totals{Ready: 3}, rolloutOf(hub, id).Totals)
	require.Equal(t, types.ZoneCounts{Accepted: 2, Settled: 2}, rolloutOf(hub, id).Zones)

	// What a zone has no part in is none of its business.
	plan.Version, plan.Replaces = version2, version1
	alone := plan
	alone.Targets = plan.Targets[:1]
	id = w.startOn(hub, alone)
	settle()
	hub.blocks(2)
	b.hub.refuses(types.AckUnknownRollout, b.zone.forgeBody(types.NewEvidence(&types.Evidence{
		Rollout: id, Revision: 99, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 1,
	})))
	hub.must(publisher, &types.MsgControlRollout{Signer: hub.address(publisher), Id: id, Action: types.ActionAbort})
	settle()

	// One zone stops the next one; it goes on in the other, and its roll-back reaches that one alone.
	id = w.startOn(hub, plan)
	settle()
	number := zoneRolloutOf(a.zone.chain, a.zone.name(), id).Number
	a.zone.chain.must(operator, &types.MsgStopRollout{Operator: a.zone.chain.address(operator), Number: number, Reason: "not here"})
	settle()
	require.Equal(t, types.PhaseCanary, rolloutOf(hub, id).Phase)
	require.Equal(t, types.ZoneCounts{Accepted: 1, Stopped: 1, Settled: 1}, rolloutOf(hub, id).Zones)
	hub.must(publisher, &types.MsgControlRollout{Signer: hub.address(publisher), Id: id, Action: types.ActionRollBack})
	require.Empty(t, a.hub.sent())
	require.Len(t, b.hub.chain.sent, 1)
	settle()
	require.Equal(t, types.PhaseRolledBack, zoneRolloutOf(b.zone.chain, b.zone.name(), id).Phase)
	require.Equal(t, uint32(2), rolloutOf(hub, id).Zones.Settled)
}

// Two chains are hub and zone to each other, over one link, with rollouts of the same id in both directions.
func TestBothRoles(t *testing.T) { eachKind(t, bothRoles) }

func bothRoles(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	back := w.link.turned()
	w.publishAll(w.zone)
	w.enrollOn(w.hub)
	back.zone.accept()
	id := w.start()
	other := w.startOn(w.zone, w.plan(func(p *types.Plan) { p.Targets[0].Zone = back.hub.name() }))
	require.Equal(t, id, other)
	w.link.settle()
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	require.Equal(t, types.PhaseCanary, rolloutOf(w.zone, other).Phase)

	// Each is judged by its own zone's devices.
	w.report(id, device0, types.DevicePhaseReady)
	w.report(id, device1, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, types.PhasePromoted, w.rollout(id).Phase)
	require.Equal(t, types.PhaseCanary, rolloutOf(w.zone, other).Phase)
	require.Zero(t, rolloutOf(w.zone, other).Totals)
	reportOn(back.zone, other, device0, types.DevicePhaseFailed)
	reportOn(back.zone, other, device1, types.DevicePhaseFailed)
	w.link.settle()
	require.Equal(t, types.PhaseRolledBack, rolloutOf(w.zone, other).Phase)
	require.Equal(t, types.PhaseRolledBack, zoneRolloutOf(w.hub, back.zone.name(), other).Phase)
	require.Equal(t, types.PhasePromoted, w.zoneRollout(id).Phase)
	w.quiet()
}

// A block looks at so many links, in turn.
func TestLinksInTurn(t *testing.T) {
	w := newWorld(t, options{chains: 3, params: func(p *types.Params) { p.LinksPerBlock = 1 }})
	plan := w.plan()
	w.start()
	w.link.settle()
	plan.Targets[0].Zone = w.otherLink.hub.name()
	w.startOn(w.other, plan)
	w.otherLink.settle()
	w.link.zone.freeze()
	w.otherLink.zone.freeze()
	w.zone.blocks(3)
	require.Equal(t, types.LinkFrozen, w.link.zone.linkStatus())
	require.Equal(t, types.LinkFrozen, w.otherLink.zone.linkStatus())
	w.zone.unchanged(func() { w.zone.blocks(3) }) // a whole turn
}
