package ibc

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/rollout/types"
)

// Each part of a zone's policy refuses with its code, writes nothing on the zone, and ends the rollout on the hub.
func TestPolicyRefuses(t *testing.T) {
	w := newWorld(t, options{})
	key := uint32(len(keyOf(t, 0).Key))
	for _, tc := range []struct {
		name string
		rule func(*types.HubRule)
		plan func(*types.Plan)
		code types.AckCode
	}{
		{"failure: source", func(r *types.HubRule) { r.Source = "channel-99" }, nil, types.AckPolicySource},
		{"failure: publisher", func(r *types.HubRule) { r.Publishers = []string{"other"} }, nil, types.AckPolicyModel},
		{"failure: model", func(r *types.HubRule) { r.Models = []string{"acme/other", "other/vibration"} }, nil, types.AckPolicyModel},
		{"failure: key too large", func(r *types.HubRule) { r.MaxKeyBytes = key - 1 }, nil, types.AckPolicySize},
		{"failure: artifacts too large", func(r *types.HubRule) { r.MaxArtifactBytes = 999 }, nil, types.AckPolicySize},
		{"failure: no such fleet", nil, func(p *types.Plan) { p.Targets[0].Fleets = []uint64{98, 99} }, types.AckNoFleet},
		{"failure: no fleet with the labels", nil, func(p *types.Plan) { p.Targets[0].Labels = []string{"site=s1", "site=s2"} }, types.AckNoFleet},
		{"success: a fleet with nothing takes what replaces something", nil, func(p *types.Plan) {
			p.Version, p.Replaces = version2, version1
		}, types.AckAccepted},
		{"success: within all limits", func(r *types.HubRule) {
			r.Models, r.MaxKeyBytes, r.MaxArtifactBytes = []string{model}, key, 1000
		}, nil, types.AckAccepted},
	} {
		w.part(tc.name, func(t *testing.T) {
			w.setPolicy(tc.rule)
			var change []func(*types.Plan)
			if tc.plan != nil {
				change = append(change, tc.plan)
			}
			id := w.start(change...)
			p := w.link.hub.one()
			if tc.code == types.AckAccepted {
				require.Equal(t, tc.code, w.link.hub.relay(p).Code)
				w.control(id, types.ActionAbort)
				w.link.settle()
				return
			}
			var raw []byte
			w.zone.unchanged(func() { raw = w.link.zone.deliver(p) })
			refused := emitted[*types.EventPacketRefused](t, w.zone)
			require.Len(t, refused, 1)
			require.Equal(t, tc.code, refused[0].Code)
			require.NotEmpty(t, refused[0].Reason)
			ack, err := types.DecodeAck(raw)
			require.NoError(t, err)
			require.Equal(t, types.NewAck(tc.code, 0), ack)
			w.link.hub.acknowledge(p, raw)
			answered := emitted[*types.EventZoneAnswered](t, w.hub)
			require.Equal(t, []*types.EventZoneAnswered{{Rollout: id, Zone: w.link.hub.name(), Standing: types.StandingRefused, Code: tc.code}}, answered)
			r := w.rollout(id)
			require.Equal(t, types.PhaseAborted, r.Phase)
			require.Equal(t, types.CauseNoZone, r.Cause)
			require.Equal(t, types.ZoneCounts{Refused: 1, Settled: 1}, r.Zones)
			require.Equal(t, uint32(tc.code), w.zoneOf(id).Code)
			attempts := w.attempts(id)
			require.Len(t, attempts, 1)
			require.Equal(t, types.OutcomeAcknowledged, attempts[0].Outcome)
			require.Equal(t, uint32(tc.code), attempts[0].Code)
			require.Empty(t, w.link.hub.sent())
		})
	}
}

func TestTooManyFleets(t *testing.T) {
	w := newWorld(t, options{params: func(p *types.Params) { p.MaxFleets = 1 }})
	w.start() // selects two by labels
	w.link.zone.refuses(types.AckTooManyFleets, w.link.hub.one())
}

// A fleet whose operator does not want the model takes no part; the others go without it.
func TestSkippedFleet(t *testing.T) {
	w := newWorld(t, options{})
	w.zone.must(operator, &fleettypes.MsgSetFleetPolicy{Operator: w.zone.address(operator), FleetId: 1, Allow: []string{"acme/vibration"}})
	id := w.begin()
	require.Equal(t, uint32(1), w.zoneRollout(id).Fleets)
	require.Equal(t, uint32(1), w.zoneRollout(id).Skipped)
	require.Equal(t, uint32(1), w.zoneOf(id).Skipped)
	w.zone.refused(types.ErrDevice, device0, &types.MsgReportPhase{
		Device: w.zone.address(device0), Number: w.zoneRollout(id).Number, Phase: types.DevicePhaseSeen,
	})
}

// A selection by labels finds fleets of those that the zone trusts, not of whoever gives a fleet the label.
func TestLabelsOfStrangers(t *testing.T) {
	w := newWorld(t, options{})
	by := w.zone.address(stranger)
	w.zone.must(stranger, &fleettypes.MsgCreateFleet{Operator: by, Allow: []string{"*"}, Labels: []string{"site=s1"}})
	id := w.begin(func(p *types.Plan) { p.Targets[0].Labels = []string{"site=s1"} })
	require.Equal(t, uint32(1), w.zoneRollout(id).Fleets)
	require.Zero(t, w.zoneRollout(id).Skipped)
	w.control(id, types.ActionAbort)
	w.link.settle()
	w.zone.must(operator, &types.MsgSetZonePolicy{Operator: w.zone.address(operator), Policy: types.ZonePolicy{
		Rules: []types.HubRule{{Source: w.link.zone.name()}}, FleetOperators: []string{by},
	}})
	id = w.begin(func(p *types.Plan) { p.Targets[0].Labels = []string{"site=s1"} })
	require.Equal(t, uint32(2), w.zoneRollout(id).Fleets)
	w.zone.refused(types.ErrUnauthorized, stranger, &types.MsgSetZonePolicy{Operator: by})
}

// What a device reported does not count any more when its operator finds it suspect, on the hub either.
func TestSuspectDevice(t *testing.T) {
	w := newWorld(t, options{})
	id := w.begin(func(p *types.Plan) { p.Steps[0].MinReady, p.Steps[0].MinAttestations = 1, 1 })
	w.report(id, device0, types.DevicePhaseFailed)
	w.report(id, device0, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, types.Totals{Ready: 1, Failures: 1}, w.rollout(id).Totals)
	w.zone.must(operator, &fleettypes.MsgSetDeviceStanding{
		Operator: w.zone.address(operator), DeviceId: 1, Standing: fleettypes.StandingSuspect, Reason: "stolen",
	})
	w.link.settle()
	require.Zero(t, w.rollout(id).Totals)
	w.zone.refused(types.ErrDevice, device0,
		&types.MsgReportPhase{Device: w.zone.address(device0), Number: w.zoneRollout(id).Number, Phase: types.DevicePhaseSeen})
	w.report(id, device1, types.DevicePhaseReady)
	w.zone.must(device1, w.prove(device1, w.link.zone.name()+":"+version1))
	w.link.settle()
	require.Equal(t, uint32(1), w.rollout(id).Step)
}

// A zone that is promoted to one version takes the next only in its place.
func TestReplaces(t *testing.T) {
	w := newWorld(t, options{})
	id := w.begin()
	w.report(id, device0, types.DevicePhaseReady)
	w.report(id, device1, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, types.PhasePromoted, w.rollout(id).Phase)
	for _, tc := range []struct {
		name string
		plan func(*types.Plan)
		code types.AckCode
	}{
		{"failure: the same version again", func(*types.Plan) {}, types.AckNoFleet},
		{"failure: another version in no one's place", func(p *types.Plan) { p.Version = version2 }, types.AckNoFleet},
		{"success: in its place", func(p *types.Plan) { p.Version, p.Replaces = version2, version1 }, types.AckAccepted},
	} {
		w.part(tc.name, func(t *testing.T) {
			w.start(tc.plan)
			p := w.link.hub.one()
			if !tc.code.IsSuccess() {
				w.link.zone.refuses(tc.code, p)
				w.link.hub.acknowledge(p, types.NewAck(tc.code, 0).Acknowledgement())
				return
			}
			require.Equal(t, tc.code, w.link.hub.relay(p).Code)
		})
	}
}

// A zone that is busy is asked again, and accepts when the other rollout is out of the way. An honest hub does not ask
// for what it has under way itself, so the other one is forged.
func TestBusy(t *testing.T) {
	w := newWorld(t, options{})
	w.start()
	first := w.link.hub.one()
	odd := first.body(t).GetAnnounce()
	odd.Rollout = 77
	require.Equal(t, types.AckAccepted, w.link.zone.receive(w.link.hub.forgeBody(types.NewAnnounce(odd))).Code)
	w.link.zone.sent() // evidence that the hub would not know what to do with

	w.link.zone.refuses(types.AckBusy, first)
	w.link.hub.acknowledge(first, types.NewAck(types.AckBusy, 0).Acknowledgement())
	id := w.rollout(1).Id
	require.Equal(t, types.PhasePending, w.rollout(id).Phase)
	require.Equal(t, types.StandingAnnounced, w.zoneOf(id).Standing)
	require.Equal(t, w.hub.app.LastBlockHeight()+retryMin, w.zoneOf(id).NextSend)
	w.hub.blocks(retryMin - 1)
	require.Empty(t, w.link.hub.sent())
	w.hub.block()
	second := w.link.hub.one()
	require.Equal(t, first.data(), second.data())

	require.Equal(t, types.AckApplied, w.link.zone.receive(w.link.hub.forgeBody(types.NewCommand(
		&types.Command{Rollout: 77, Action: types.ActionAbort, Generation: 2}))).Code)
	w.link.zone.sent()
	require.Equal(t, types.AckAccepted, w.link.hub.relay(second).Code)
	w.link.settle()
	require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase)
	attempts := w.attempts(id)
	require.Equal(t, uint32(types.AckBusy), attempts[0].Code)
	require.Equal(t, uint32(types.AckAccepted), attempts[1].Code)
	require.Zero(t, w.zoneOf(id).Retries)
}

func TestWaiting(t *testing.T) {
	w := newWorld(t, options{params: func(p *types.Params) { p.MaxWaiting = 1 }})
	first := w.begin()
	m := &types.MsgStartRollout{Owner: w.hub.address(publisher), Plan: w.plan(func(p *types.Plan) { p.Version = version2 })}
	w.hub.refused(types.ErrActiveRollout, publisher, m)
	require.Contains(t, w.hub.send(publisher, m).Log, "rollout 1 ", "the first is named")

	// The selections of the two do not overlap where both name other fleets; labels may select any.
	m.Plan.Targets[0] = types.Target{Zone: w.link.hub.name(), Fleets: []uint64{2}}
	w.hub.refused(types.ErrActiveRollout, publisher, m)

	m.Plan = w.plan(func(p *types.Plan) { p.Version, p.Wait = version2, true })
	second := w.startOn(w.hub, m.Plan)
	require.Equal(t, first, w.rollout(second).WaitsFor)
	require.Empty(t, w.link.hub.sent())
	w.hub.refused(types.ErrLimit, publisher, m)
	w.hub.refused(types.ErrWrongPhase, publisher, &types.MsgControlRollout{Signer: m.Owner, Id: second, Action: types.ActionPause})

	// It is announced when the zone knows that the first has ended, not before.
	w.control(first, types.ActionAbort)
	w.hub.blocks(3)
	require.Equal(t, first, w.rollout(second).WaitsFor)
	sent := w.link.hub.sent()
	require.Len(t, sent, 1)
	require.Equal(t, first, sent[0].body(t).GetCommand().Rollout)
	w.link.hub.relay(sent[0])
	require.Zero(t, w.rollout(second).WaitsFor)
	w.link.settle()
	require.Equal(t, types.PhaseCanary, w.rollout(second).Phase)
	require.Equal(t, w.link.zone.name()+":"+version2, w.directive(1).Candidate)

	// One that is withdrawn while it waits was never told to anyone.
	m.Plan.Version = version1
	third := w.startOn(w.hub, m.Plan)
	require.Equal(t, second, w.rollout(third).WaitsFor)
	w.control(third, types.ActionAbort)
	require.Equal(t, types.ZoneCounts{Announced: 1, Settled: 1}, w.rollout(third).Zones)
	require.Zero(t, w.rollout(third).WaitsFor)
	w.control(second, types.ActionRollBack)
	w.link.settle()
	w.quiet()
	require.Empty(t, w.attempts(third))
}

func TestHold(t *testing.T) {
	hold := func(r *types.HubRule) { r.Hold = true }
	decide := func(w *world, id uint64, accept bool) *types.MsgDecideRollout {
		return &types.MsgDecideRollout{Operator: w.zone.address(operator), Number: w.zoneRollout(id).Number, Accept: accept, Reason: "looked at"}
	}
	held := func(t *testing.T) (*world, uint64) {
		w := newWorld(t, options{rule: hold})
		id := w.start()
		w.link.settle()
		require.Equal(t, types.PhasePending, w.rollout(id).Phase)
		require.Equal(t, types.ZoneCounts{Held: 1}, w.rollout(id).Zones)
		require.Equal(t, types.StandingHeld, w.zoneRollout(id).Standing)
		_, err := w.zone.app.Rollout.Directive(w.zone.app.context(), 1, w.link.zone.name()+":"+model)
		require.ErrorIs(t, err, types.ErrAssignmentNotFound)
		return w, id
	}
	t.Run("success: accept", func(t *testing.T) {
		w, id := held(t)
		w.zone.refused(types.ErrWrongPhase, device0,
			&types.MsgReportPhase{Device: w.zone.address(device0), Number: w.zoneRollout(id).Number, Phase: types.DevicePhaseSeen})
		m := decide(w, id, true)
		m.Operator = w.zone.address(stranger)
		w.zone.refused(types.ErrUnauthorized, stranger, m)
		w.zone.must(operator, decide(w, id, true))
		w.link.settle()
		require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase)
		require.Equal(t, uint32(10), w.directive(1).Weight)
		require.Equal(t, types.StandingAccepted, w.zoneOf(id).Standing)
		w.zone.refused(types.ErrNotHeld, operator, decide(w, id, false))
	})
	t.Run("success: refuse", func(t *testing.T) {
		w, id := held(t)
		w.zone.must(operator, decide(w, id, false))
		w.link.settle()
		require.Equal(t, types.StandingRefused, w.zoneOf(id).Standing)
		require.Equal(t, types.PhaseAborted, w.rollout(id).Phase)
		require.Equal(t, types.CauseNoZone, w.rollout(id).Cause)
		w.quiet()
		w.zone.refused(types.ErrNotHeld, operator, decide(w, id, true))
	})
	t.Run("success: withdrawn while held", func(t *testing.T) {
		w, id := held(t)
		w.control(id, types.ActionAbort)
		w.link.settle()
		require.Equal(t, types.PhaseAborted, w.zoneRollout(id).Phase)
		require.Equal(t, uint32(1), w.rollout(id).Zones.Settled)
		w.zone.refused(types.ErrEnded, operator, decide(w, id, true))
		w.quiet()
	})
	t.Run("success: stopped while held", func(t *testing.T) {
		w, id := held(t)
		w.zone.must(operator, &types.MsgStopRollout{Operator: w.zone.address(operator), Number: w.zoneRollout(id).Number})
		w.link.settle()
		require.Equal(t, types.StandingStopped, w.zoneOf(id).Standing)
		require.Equal(t, types.PhaseAborted, w.rollout(id).Phase)
		w.quiet()
	})
	t.Run("success: accepted when the others have moved on", func(t *testing.T) {
		w := newWorld(t, options{rule: hold})
		w.enrollOn(w.hub)
		id := w.start(func(p *types.Plan) {
			p.Targets = append(p.Targets, types.Target{Zone: types.LocalZone, Fleets: []uint64{1}})
		})
		w.link.settle()
		w.hub.must(device0, &types.MsgReportPhase{Device: w.hub.address(device0), Number: 1, Phase: types.DevicePhaseReady})
		w.hub.blocks(2)
		w.link.settle()
		require.Equal(t, uint32(1), w.rollout(id).Step)
		require.Equal(t, types.StandingHeld, w.zoneRollout(id).Standing)
		require.Equal(t, uint32(1), w.zoneRollout(id).Step)
		w.zone.must(operator, decide(w, id, true))
		require.Equal(t, uint32(100), w.directive(1).Weight)
		w.link.settle()
		require.Equal(t, types.ZoneCounts{Accepted: 2}, w.rollout(id).Zones)
	})
}

// A command that crosses the operator's stop is answered with it, and does not undo it.
func TestStopCrossesCommand(t *testing.T) {
	eachKind(t, func(t *testing.T, isV2 bool) {
		w := newWorld(t, options{isV2: isV2})
		id := w.begin()
		w.control(id, types.ActionPause)
		p := w.link.hub.one()
		w.zone.must(operator, &types.MsgStopRollout{Operator: w.zone.address(operator), Number: w.zoneRollout(id).Number, Reason: "smoke"})
		var raw []byte
		w.zone.sent = nil
		w.zone.unchanged(func() { raw = w.link.zone.deliver(p) })
		ack, err := types.DecodeAck(raw)
		require.NoError(t, err)
		require.Equal(t, types.NewAck(types.AckStopped, 2), ack)
		w.link.hub.acknowledge(p, raw) // the evidence that says so is lost
		require.Equal(t, types.StandingStopped, w.zoneOf(id).Standing)
		require.Equal(t, types.CauseNoZone, w.rollout(id).Cause)
		w.zone.refused(types.ErrUnauthorized, stranger, &types.MsgStopRollout{Operator: w.zone.address(stranger), Number: 1})
	})
}

// council is a decider that votes as it is told.
type council struct {
	vote  types.Vote
	err   error
	asked int
}

func (c *council) Exists(_ context.Context, name string) bool { return name == "council" }

func (c *council) DecideStep(_ context.Context, _ string, _ types.Rollout) (types.Vote, error) {
	c.asked++
	return c.vote, c.err
}

func TestDecider(t *testing.T) {
	for _, tc := range []struct {
		name  string
		vote  types.Vote
		err   error
		phase types.Phase
		step  uint32
	}{
		{"success: approves", types.VoteYes, nil, types.PhaseCanary, 1},
		{"success: rejects", types.VoteNo, nil, types.PhaseRolledBack, 0},
		{"success: waits", types.VoteWait, nil, types.PhaseCanary, 0},
		{"failure: an error is a wait", types.VoteNo, errors.New("out of gas"), types.PhaseCanary, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &council{}
			w := newWorld(t, options{decider: c})
			w.hub.refused(types.ErrNoDecider, publisher, &types.MsgStartRollout{
				Owner: w.hub.address(publisher), Plan: w.plan(func(p *types.Plan) { p.Steps[0].Decider = "nobody" }),
			})
			id := w.begin(func(p *types.Plan) { p.Steps[0].Decider = "council" })
			w.hub.blocks(2 * types.VoteInterval)
			require.Zero(t, c.asked, "asked only when all else is there")
			c.vote, c.err = tc.vote, tc.err
			w.report(id, device0, types.DevicePhaseReady)
			w.link.hub.deliver(w.link.zone.one())
			require.Equal(t, 1, c.asked)
			r := w.rollout(id)
			require.Equal(t, tc.phase, r.Phase)
			require.Equal(t, tc.step, r.Step)
			if tc.phase == types.PhaseRolledBack {
				require.Equal(t, types.CauseVote, r.Cause)
			}
			if tc.phase != types.PhaseCanary || tc.step != 0 {
				return
			}
			w.hub.blocks(types.VoteInterval - 1)
			require.Equal(t, 1, c.asked)
			c.vote, c.err = types.VoteYes, nil
			w.hub.block()
			require.Equal(t, 2, c.asked)
			require.Equal(t, uint32(1), w.rollout(id).Step)
			w.link.settle()
			require.Equal(t, uint32(1), w.zoneRollout(id).Step)
		})
	}
}
