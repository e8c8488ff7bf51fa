package ibc

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Packets to a zone that time out are sent again, later and later, and each attempt is on record with what became of it.
func TestTimeouts(t *testing.T) { eachKind(t, timeouts) }

func timeouts(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2, params: func(p *types.Params) { p.AttemptsKept = 5 }})
	id := w.start()
	for i, delay := range []int{2, 4, 8, 8} {
		p := w.link.hub.one()
		require.NotNil(t, p.body(t).GetAnnounce())
		w.link.hub.timeOut(p)
		at := w.hub.app.LastBlockHeight()
		z := w.zoneOf(id)
		require.Equal(t, at+int64(delay), z.NextSend)
		require.Equal(t, uint32(i+1), z.Retries)
		require.False(t, z.InFlight)
		a := w.attempts(id)[i]
		require.Equal(t, types.OutcomeTimedOut, a.Outcome)
		require.Equal(t, at, a.OutcomeHeight)
		require.Equal(t, p.sequence(), a.Sequence)
		require.Zero(t, a.Code)
		require.Equal(t, types.OutcomeTimedOut, last(emitted[*types.EventAttempt](t, w.hub)).Outcome)
		w.hub.blocks(delay - 1)
		require.Empty(t, w.link.hub.sent())
		w.hub.block()
	}
	require.Empty(t, w.zone.state().Rollout.ZoneRollouts)
	w.link.settle()
	require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase)
	require.Zero(t, w.zoneOf(id).Retries)

	// A command that times out, too. The oldest attempts are dropped.
	w.control(id, types.ActionPause)
	p := w.link.hub.one()
	w.link.hub.timeOut(p)
	w.hub.blocks(retryMin)
	again := w.link.hub.one()
	require.Equal(t, p.data(), again.data())
	require.Equal(t, types.NewAck(types.AckApplied, 3), w.link.hub.relay(again))
	attempts := w.attempts(id)
	require.Len(t, attempts, 5)
	for i, a := range attempts {
		require.Equal(t, uint32(i+4), a.Number)
	}
	require.Equal(t, types.ActionPause, attempts[4].Action)

	// Of a command that was overtaken by another, nothing is sent again.
	w.link.settle()
	w.control(id, types.ActionResume)
	old := w.link.hub.one()
	w.control(id, types.ActionPause)
	require.Equal(t, types.NewAck(types.AckApplied, 5), w.link.hub.relay(w.link.hub.one()))
	w.link.settle()
	w.link.hub.timeOut(old)
	require.Zero(t, w.zoneOf(id).NextSend)
	w.quiet()
}

func last[T any](list []T) T { return list[len(list)-1] }

// Evidence that times out is sent again where nothing later was sent since, with what is known by then.
func TestEvidenceTimeout(t *testing.T) { eachKind(t, evidenceTimeout) }

func evidenceTimeout(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.begin()
	w.report(id, device0, types.DevicePhaseSeen)
	first := w.link.zone.one()
	w.link.zone.timeOut(first)
	progress := func() types.ZoneProgress {
		p, err := w.zone.app.Rollout.ZoneProgress.Get(w.zone.app.context(), w.zoneRollout(id).Number)
		require.NoError(t, err)
		return p
	}
	require.Equal(t, uint32(1), progress().Retries)
	require.Equal(t, w.zone.app.LastBlockHeight()+retryMin, progress().NextEvidence)
	w.zone.blocks(retryMin)
	second := w.link.zone.one()
	require.Equal(t, first.data(), second.data())
	w.report(id, device0, types.DevicePhaseFetched)
	third := w.link.zone.one()
	w.link.zone.timeOut(second) // lost, and overtaken
	require.Zero(t, progress().NextEvidence)
	w.link.zone.timeOut(third)
	w.zone.blocks(2 * retryMin)
	require.Equal(t, types.AckApplied, w.link.zone.relay(w.link.zone.one()).Code)
	require.Zero(t, progress().Retries)
	require.Equal(t, progress().Revision, progress().AckedRevision)
	require.Equal(t, types.Totals{Fetched: 1}, w.rollout(id).Totals)
	w.quiet()
}

// What a zone makes of answers to its evidence that no honest hub gives: it says it again later, and no more than that.
func TestForgedEvidenceAcks(t *testing.T) { eachKind(t, forgedEvidenceAcks) }

func forgedEvidenceAcks(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.begin()
	progress := func() types.ZoneProgress {
		p, err := w.zone.app.Rollout.ZoneProgress.Get(w.zone.app.context(), w.zoneRollout(id).Number)
		require.NoError(t, err)
		return p
	}
	for _, ack := range [][]byte{
		[]byte("garbage"), make([]byte, 32),
		{0x10, 1},
		types.NewAck(types.AckUnknownRollout, 0).Acknowledgement(),
		types.NewAck(types.AckMalformed, math.MaxUint64).Acknowledgement(),
		types.NewAck(99, 0).Acknowledgement(),
	} {
		w.zone.block()
		before := progress()
		w.zone.must(device0, &types.MsgReportPhase{
			Device: w.zone.address(device0), Number: w.zoneRollout(id).Number, Phase: types.DevicePhaseFailed, Code: types.FailureFetch,
		})
		p := w.link.zone.one()
		w.link.hub.forgeAck(p, ack)
		require.Equal(t, before.AckedRevision, progress().AckedRevision)
		require.Equal(t, uint32(1), progress().Retries)
		require.Equal(t, w.zone.app.LastBlockHeight()+retryMin, progress().NextEvidence)
		require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase)
		w.zone.blocks(retryMin)
		again := w.link.zone.one()
		require.Equal(t, p.data(), again.data())
		require.Equal(t, types.AckApplied, w.link.zone.relay(again).Code)
		require.Equal(t, progress().Revision, progress().AckedRevision)
	}

	// A revision of the future is not taken for the zone's own.
	w.report(id, device1, types.DevicePhaseSeen)
	p := w.link.zone.one()
	w.link.hub.forgeAck(p, types.NewAck(types.AckApplied, math.MaxUint64).Acknowledgement())
	require.Equal(t, progress().Revision, progress().AckedRevision)
	w.report(id, device1, types.DevicePhaseFetched)
	require.Equal(t, types.AckApplied, w.link.zone.relay(w.link.zone.one()).Code)
}

// A relayer may bring everything twice; core IBC lets nothing through a second time.
func TestReplay(t *testing.T) { eachKind(t, replay) }

func replay(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	w.start()
	p := w.link.hub.one()
	raw := w.link.zone.deliver(p)
	w.zone.unchanged(func() {
		update := w.link.zone.update()
		proof, at := w.hub.QueryProof(p.commitmentKey())
		w.zone.must(relayer, update, p.recvMsg(proof, at, w.zone.address(relayer)))
	})
	w.link.hub.acknowledge(p, raw)
	w.hub.block() // its look at the rollout
	w.hub.unchanged(func() { w.link.hub.acknowledge(p, raw) })
	require.Len(t, w.link.hub.sent(), 1)
}

// The same announcement under another sequence, as a resend is whose acknowledgement was on its way: it is answered and
// changes nothing.
func TestAnnouncedTwice(t *testing.T) {
	w := newWorld(t, options{})
	id := w.start()
	p := w.link.hub.one()
	require.Equal(t, types.AckAccepted, w.link.hub.relay(p).Code)
	w.link.settle()
	ack := w.link.zone.refuses(types.AckAccepted, w.link.hub.forge(p.data()))
	require.Equal(t, uint64(2), ack.Generation)

	// Neither does one of other fleets and steps: what was accepted stays.
	odd := p.body(t).GetAnnounce()
	odd.Plan.Steps, odd.Plan.Targets[0].Fleets = odd.Plan.Steps[1:], []uint64{1}
	w.link.zone.refuses(types.AckAccepted, w.link.hub.forgeBody(types.NewAnnounce(odd)))
	require.Len(t, w.zoneRollout(id).Steps, 2)

	// One that carries a later state brings it.
	odd = p.body(t).GetAnnounce()
	odd.Action, odd.Generation, odd.Step = types.ActionPause, 9, 0
	ack = w.link.zone.receive(w.link.hub.forgeBody(types.NewAnnounce(odd)))
	require.Equal(t, types.NewAck(types.AckAccepted, 9), ack)
	require.Equal(t, types.PhasePaused, w.zoneRollout(id).Phase)
}

func TestReordering(t *testing.T) { eachKind(t, reordering) }

func reordering(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.start()
	announce := w.link.hub.one()

	// A command for a rollout that the zone has not heard of.
	w.link.zone.refuses(types.AckUnknownRollout, w.link.hub.forgeBody(types.NewCommand(
		&types.Command{Rollout: id, Action: types.ActionAdvance, Generation: 2})))

	// Evidence overtakes the announcement's acknowledgement, and so does the command that it causes.
	raw := w.link.zone.deliver(announce)
	require.Equal(t, types.AckApplied, w.link.zone.relay(w.link.zone.one()).Code)
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	require.Equal(t, types.AckApplied, w.link.hub.relay(w.link.hub.one()).Code)
	before := w.zoneOf(id)
	require.Equal(t, uint64(2), before.AckedGeneration)
	w.link.hub.acknowledge(announce, raw)
	require.Equal(t, before.AckedGeneration, w.zoneOf(id).AckedGeneration, "an older answer does not set back")
	require.Equal(t, types.StandingAccepted, w.zoneOf(id).Standing)
	for _, a := range w.attempts(id) {
		require.Equal(t, types.OutcomeAcknowledged, a.Outcome)
	}
	w.link.settle()

	// A later generation arrives before an earlier one, which is ignored then.
	w.control(id, types.ActionPause)
	pause := w.link.hub.one()
	w.control(id, types.ActionResume)
	resume := w.link.hub.one()
	require.Equal(t, types.NewAck(types.AckApplied, 4), w.link.zone.receive(resume))
	w.link.zone.sent()
	w.zone.block()
	w.link.zone.sent()
	require.Equal(t, uint64(4), w.link.zone.refuses(types.AckStale, pause).Generation)
	w.link.zone.refuses(types.AckStale, w.link.hub.forge(resume.data()))
	w.link.hub.acknowledge(pause, types.NewAck(types.AckStale, 4).Acknowledgement())
	require.Equal(t, uint64(4), w.zoneOf(id).AckedGeneration)
	require.True(t, w.zoneOf(id).InFlight, "the answer to an older packet is not the latest one's")
	w.link.hub.acknowledge(resume, types.NewAck(types.AckApplied, 4).Acknowledgement())
	require.Equal(t, uint64(4), w.zoneOf(id).AckedGeneration)
	require.False(t, w.zoneOf(id).InFlight)
	w.quiet()

	// Old evidence arrives after new.
	w.report(id, device0, types.DevicePhaseSeen)
	old := w.link.zone.one()
	w.report(id, device0, types.DevicePhaseFetched)
	late := w.link.zone.one()
	require.Equal(t, types.AckApplied, w.link.zone.relay(late).Code)
	ack := w.link.hub.refuses(types.AckStale, old)
	require.Equal(t, w.zoneOf(id).Revision, ack.Generation)
	require.Equal(t, types.Totals{Fetched: 1}, w.rollout(id).Totals)
	w.link.zone.acknowledge(old, ack.Acknowledgement())
	w.quiet()

	var last uint64
	for _, tr := range w.zone.state().Rollout.ZoneTransitions {
		require.GreaterOrEqual(t, tr.Generation, last)
		last = tr.Generation
	}
}

// What a hub makes of answers that no honest zone gives.
func TestForgedAcks(t *testing.T) { eachKind(t, forgedAcks) }

func forgedAcks(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	sentinel := make([]byte, 32) // as long as the error of core IBC in v2
	for _, tc := range []struct {
		name     string
		ack      []byte
		standing types.Standing
		code     types.AckCode
	}{
		{"failure: garbage", []byte("garbage"), types.StandingAnnounced, types.AckInternal},
		{"failure: an error of core IBC", []byte(`{"error":"ABCI code: 1: error handling packet: see events for details"}`), types.StandingAnnounced, types.AckInternal},
		{"failure: 32 bytes", sentinel, types.StandingAnnounced, types.AckInternal},
		{"failure: no code", []byte{0x10, 1}, types.StandingAnnounced, types.AckInternal},
		{"failure: an unknown field", append(types.NewAck(types.AckAccepted, 1).Acknowledgement(), 0x18, 1), types.StandingAnnounced, types.AckInternal},
		{"failure: another encoding", []byte{0x08, 0x81, 0x00, 0x10, 1}, types.StandingAnnounced, types.AckInternal},
		{"failure: a success of the future", types.NewAck(12, 1).Acknowledgement(), types.StandingAnnounced, 12},
		{"failure: a refusal of the future", types.NewAck(99, 1).Acknowledgement(), types.StandingRefused, 99},
		{"failure: applied", types.NewAck(types.AckApplied, 1).Acknowledgement(), types.StandingAnnounced, types.AckApplied},
		{"failure: stale", types.NewAck(types.AckStale, 5).Acknowledgement(), types.StandingAnnounced, types.AckStale},
		{"failure: unknown rollout", types.NewAck(types.AckUnknownRollout, 0).Acknowledgement(), types.StandingRefused, types.AckUnknownRollout},
		{"failure: negative code", types.NewAck(-1, 0).Acknowledgement(), types.StandingAnnounced, types.AckInternal},
		{"success: stopped at once", types.NewAck(types.AckStopped, 1).Acknowledgement(), types.StandingStopped, types.AckStopped},
		{"success: a generation of the future", types.NewAck(types.AckAccepted, math.MaxUint64).Acknowledgement(), types.StandingAccepted, types.AckAccepted},
	} {
		w.part(tc.name, func(t *testing.T) {
			id := w.start()
			w.link.zone.forgeAck(w.link.hub.one(), tc.ack)
			z := w.zoneOf(id)
			require.Equal(t, tc.standing, z.Standing)
			require.Equal(t, uint32(tc.code), z.Code)
			require.LessOrEqual(t, z.AckedGeneration, w.rollout(id).Generation)
			require.Equal(t, tc.standing.Out(), w.rollout(id).Phase.Ended())
			require.Equal(t, uint32(tc.code), w.attempts(id)[0].Code)
			if tc.standing == types.StandingAnnounced { // asked again, with back-off
				require.Equal(t, w.hub.app.LastBlockHeight()+retryMin, z.NextSend)
				w.hub.blocks(retryMin)
				w.link.settle()
				require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase)
				w.control(id, types.ActionAbort)
				w.link.settle()
			}
		})
	}
}

// A zone that says that it has what it was not sent is not believed: it gets the next command still.
func TestAckOfTheFuture(t *testing.T) {
	w := newWorld(t, options{})
	id := w.start()
	w.link.zone.forgeAck(w.link.hub.one(), types.NewAck(types.AckAccepted, 50).Acknowledgement())
	require.Equal(t, uint64(1), w.zoneOf(id).AckedGeneration)
	command := w.link.hub.one()
	require.Equal(t, uint64(2), command.body(t).GetCommand().Generation)

	// It refuses commands for reasons of its own: it is asked again and again, more and more seldom, and no one else waits.
	for i, delay := range []int{2, 4, 8, 8} {
		w.link.zone.forgeAck(command, types.NewAck(types.AckMalformed, 0).Acknowledgement())
		require.Equal(t, uint32(i+1), w.zoneOf(id).Retries)
		w.hub.blocks(delay)
		command = w.link.hub.one()
	}
	require.Equal(t, types.StandingAccepted, w.zoneOf(id).Standing)
	w.control(id, types.ActionAbort)
	require.Zero(t, w.rollout(id).Zones.Settled)
}
