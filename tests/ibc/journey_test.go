package ibc

import (
	"crypto/sha256"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/statement"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout/types"
)

// prove is a device's proof of the first version, as a version of that id on the zone.
func (w *world) prove(device int, version string) *prooftypes.MsgSubmitProof {
	w.Helper()
	address := w.zone.SenderAccounts[device].SenderAccount.GetAddress()
	nonce := []byte{1}
	var digest fr.Element
	digest.SetUint64(7)
	output := sha256.Sum256(nonce)
	inputs, err := statement.PublicInputs(digest, output[:outputBytes], statement.Binding{
		ChainID: w.zone.ChainID, Device: address, Version: version, Nonce: nonce,
	})
	require.NoError(w, err)
	proof, err := keyOf(w, 0).Prove(inputs...)
	require.NoError(w, err)
	raw := digest.Bytes()
	return &prooftypes.MsgSubmitProof{
		Device: address.String(), Version: version, Nonce: nonce, InputDigest: raw[:], Output: output[:outputBytes], Proof: proof,
	}
}

func causesOf(list []types.Transition) (causes []types.Cause) {
	for _, t := range list {
		causes = append(causes, t.Cause)
	}
	return causes
}

// quiet checks that nothing is under way any more, however long one waits.
func (w *world) quiet() {
	w.Helper()
	w.hub.blocks(2 * retryMax)
	w.zone.blocks(2 * retryMax)
	require.Empty(w, w.link.hub.sent())
	require.Empty(w, w.link.zone.sent())
}

func TestJourney(t *testing.T) { eachKind(t, journey) }

func journey(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.start(func(p *types.Plan) { p.Steps[1].MinAttestations = 1 })

	// The announcement leaves with the block of the start.
	p := w.link.hub.one()
	a := p.body(t).GetAnnounce()
	require.NotNil(t, a)
	require.Equal(t, uint64(1), a.Generation)
	require.Equal(t, types.ActionUnspecified, a.Action)
	require.Equal(t, keyOf(t, 0).Key, a.VerifyingKey)
	require.Equal(t, types.PhasePending, w.rollout(id).Phase)

	raw := w.link.zone.deliver(p)
	ack, err := types.DecodeAck(raw)
	require.NoError(t, err)
	require.Equal(t, types.NewAck(types.AckAccepted, 1), ack)
	mirror := w.link.zone.name() + ":" + version1
	z := w.zoneRollout(id)
	require.Equal(t, mirror, z.Version)
	require.Equal(t, types.StandingAccepted, z.Standing)
	require.Equal(t, types.PhasePending, z.Phase)
	require.Equal(t, uint32(2), z.Fleets)
	d := w.directive(1)
	require.Equal(t, mirror, d.Candidate)
	require.Zero(t, d.Weight)

	// The command for the first step leaves with the block of the acknowledgement.
	w.link.hub.acknowledge(p, raw)
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	w.link.settle()
	require.Equal(t, uint32(10), w.directive(1).Weight)
	require.Equal(t, uint64(2), w.zoneOf(id).AckedGeneration)

	for _, phase := range []types.DevicePhase{types.DevicePhaseSeen, types.DevicePhaseFetched, types.DevicePhaseChecked, types.DevicePhaseReady} {
		require.Zero(t, w.rollout(id).Step)
		w.report(id, device0, phase)
		w.link.settle()
	}
	require.Equal(t, uint32(1), w.rollout(id).Step)
	require.Equal(t, uint32(1), w.zoneRollout(id).Step)
	require.Equal(t, uint32(100), w.directive(2).Weight)

	// The second step needs an attestation besides.
	w.report(id, device0, types.DevicePhaseServing)
	w.report(id, device2, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	w.zone.must(device0, w.prove(device0, mirror))
	w.link.settle()
	r := w.rollout(id)
	require.Equal(t, types.PhasePromoted, r.Phase)
	require.Equal(t, types.Totals{Ready: 1, Serving: 1, Attestations: 1}, r.Totals)
	require.Equal(t, types.ZoneCounts{Accepted: 1, Settled: 1}, r.Zones)
	z = w.zoneRollout(id)
	require.Equal(t, types.PhasePromoted, z.Phase)
	require.Equal(t, uint32(2), z.Step)
	require.Equal(t, mirror, w.directive(1).Version)
	require.Empty(t, w.directive(1).Candidate)
	require.Equal(t, []types.Cause{types.CauseStarted, types.CauseZoneAccepted, types.CauseEvidence, types.CauseEvidence},
		causesOf(w.hub.state().Rollout.Transitions))
	for i, tr := range w.hub.state().Rollout.Transitions {
		require.Equal(t, uint64(i+1), tr.Generation)
	}
	for _, tr := range w.zone.state().Rollout.ZoneTransitions {
		require.Equal(t, types.CauseCommand, tr.Cause)
	}
	w.quiet()

	// The next version takes the place of the first, by the publisher's word only.
	w.zone.refused(types.ErrEnded, device0, &types.MsgReportPhase{Device: w.zone.address(device0), Number: z.Number, Phase: types.DevicePhaseSeen})
	next := w.begin(func(p *types.Plan) { p.Version, p.Replaces = version2, version1 })
	d = w.directive(1)
	require.Equal(t, mirror, d.Version)
	require.Equal(t, w.link.zone.name()+":"+version2, d.Candidate)
	w.report(next, device0, types.DevicePhaseReady)
	w.report(next, device1, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, types.PhasePromoted, w.rollout(next).Phase)
	require.Equal(t, w.link.zone.name()+":"+version2, w.directive(2).Version)
	w.quiet()
}

func TestEndings(t *testing.T) {
	for _, tc := range []struct {
		name  string
		plan  func(*types.Plan)
		act   func(*world, uint64)
		phase types.Phase
		cause types.Cause
	}{
		{"success: rolled back by failures", nil, func(w *world, id uint64) {
			w.report(id, device0, types.DevicePhaseFailed)
			w.link.settle()
			require.Equal(w, types.PhaseCanary, w.rollout(id).Phase) // one may fail
			w.report(id, device2, types.DevicePhaseFailed)
			w.link.settle()
			require.Equal(w, types.FailureSelfTest, w.zoneOf(id).Fleets[1].LastFailure)
		}, types.PhaseRolledBack, types.CauseFailures},
		{"success: rolled back by the share of failures", func(p *types.Plan) { p.Steps[0].MaxFailureShare = 4999 }, func(w *world, id uint64) {
			w.report(id, device1, types.DevicePhaseSeen)
			w.report(id, device0, types.DevicePhaseFailed)
		}, types.PhaseRolledBack, types.CauseFailures},
		{
			"success: rolled back by the publisher", nil, func(w *world, id uint64) { w.control(id, types.ActionRollBack) },
			types.PhaseRolledBack, types.CausePublisher,
		},
		{"success: aborted", nil, func(w *world, id uint64) { w.control(id, types.ActionAbort) }, types.PhaseAborted, types.CausePublisher},
		{"success: aborted by governance", nil, func(w *world, id uint64) {
			require.NoError(w, w.hub.execute(&types.MsgControlRollout{Signer: w.hub.app.Rollout.Authority(), Id: id, Action: types.ActionAbort}))
		}, types.PhaseAborted, types.CauseGovernance},
		{"success: yanked", nil, func(w *world, id uint64) {
			w.hub.must(publisher, &registrytypes.MsgYankVersion{Owner: w.hub.address(publisher), Version: version1, Reason: "wrong labels"})
		}, types.PhaseRolledBack, types.CauseYanked},
		{"success: rolled back at the deadline", func(p *types.Plan) {
			p.Steps[0].DeadlineBlocks, p.Steps[0].OnDeadline = 20, types.OnDeadlineRollBack
		}, func(w *world, id uint64) { w.hub.blocks(20) }, types.PhaseRolledBack, types.CauseDeadline},
		{"success: stopped by the zone's operator", nil, func(w *world, id uint64) {
			w.zone.must(operator, &types.MsgStopRollout{Operator: w.zone.address(operator), Number: w.zoneRollout(id).Number, Reason: "smoke"})
		}, types.PhaseAborted, types.CauseNoZone},
		{"success: stopped by the zone's governance", nil, func(w *world, id uint64) {
			require.NoError(w, w.zone.execute(&types.MsgStopRollout{Operator: w.zone.app.Rollout.Authority(), Number: w.zoneRollout(id).Number}))
			require.Equal(w, types.CauseGovernance, w.zoneRollout(id).Cause)
		}, types.PhaseAborted, types.CauseNoZone},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, options{})
			var plan []func(*types.Plan)
			if tc.plan != nil {
				plan = append(plan, tc.plan)
			}
			id := w.begin(plan...)
			tc.act(w, id)
			w.link.settle()
			r := w.rollout(id)
			require.Equal(t, tc.phase, r.Phase)
			require.Equal(t, tc.cause, r.Cause)
			require.Equal(t, uint32(1), r.Zones.Settled)
			require.True(t, w.zoneRollout(id).Phase.Ended())
			require.Empty(t, w.directive(1).Version)
			require.Empty(t, w.directive(1).Candidate)
			w.quiet()
			w.hub.refused(types.ErrEnded, publisher, &types.MsgControlRollout{Signer: w.hub.address(publisher), Id: id, Action: types.ActionRollBack})
			w.zone.refused(types.ErrEnded, operator, &types.MsgStopRollout{Operator: w.zone.address(operator), Number: w.zoneRollout(id).Number})
		})
	}
}

func TestPause(t *testing.T) {
	w := newWorld(t, options{})
	id := w.begin()
	w.control(id, types.ActionPause)
	w.link.settle()
	require.Equal(t, types.PhasePaused, w.zoneRollout(id).Phase)
	require.Equal(t, uint32(10), w.directive(1).Weight, "a pause keeps the weight")
	w.report(id, device0, types.DevicePhaseReady)
	w.link.settle()
	require.Zero(t, w.rollout(id).Step, "a pause does not advance")
	require.Equal(t, uint64(1), w.rollout(id).Totals.Ready, "evidence goes on")
	w.hub.refused(types.ErrWrongPhase, publisher, &types.MsgControlRollout{Signer: w.hub.address(publisher), Id: id, Action: types.ActionPause})
	w.hub.refused(types.ErrUnauthorized, stranger, &types.MsgControlRollout{Signer: w.hub.address(stranger), Id: id, Action: types.ActionResume})
	w.hub.refused(types.ErrInvalidAction, publisher, &types.MsgControlRollout{Signer: w.hub.address(publisher), Id: id, Action: types.ActionAdvance})
	w.control(id, types.ActionResume)
	w.link.settle()
	require.Equal(t, uint32(1), w.zoneRollout(id).Step, "what was there counts at once")
	require.Equal(t, uint64(5), w.zoneRollout(id).Generation)
}

func TestPauseAtDeadline(t *testing.T) {
	w := newWorld(t, options{})
	id := w.begin(func(p *types.Plan) { p.Steps[0].DeadlineBlocks, p.Steps[0].OnDeadline = 20, types.OnDeadlinePause })
	entered := w.rollout(id).StepHeight
	w.hub.blocks(int(entered + 20 - w.hub.app.LastBlockHeight() - 1))
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	w.hub.block()
	r := w.rollout(id)
	require.Equal(t, types.PhasePaused, r.Phase)
	require.Equal(t, types.CauseDeadline, r.Cause)
	require.Equal(t, entered+20, r.PhaseHeight)
	w.link.settle()
	require.Equal(t, types.PhasePaused, w.zoneRollout(id).Phase)
	w.control(id, types.ActionResume) // the clock starts again
	require.Equal(t, w.hub.app.LastBlockHeight(), w.rollout(id).StepHeight)
	w.report(id, device0, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, uint32(1), w.rollout(id).Step)
}

func TestAbortBeforeTheAnswer(t *testing.T) {
	t.Run("success: the zone had accepted", func(t *testing.T) {
		w := newWorld(t, options{})
		id := w.start()
		p := w.link.hub.one()
		w.control(id, types.ActionAbort)
		require.Empty(t, w.link.hub.sent(), "a command makes no sense to a zone that has not answered")
		require.Zero(t, w.rollout(id).Zones.Settled)
		require.Equal(t, types.AckAccepted, w.link.hub.relay(p).Code)
		w.link.settle()
		require.Equal(t, types.PhaseAborted, w.zoneRollout(id).Phase)
		require.Equal(t, uint32(1), w.rollout(id).Zones.Settled)
		w.quiet()
	})
	t.Run("success: the announcement timed out", func(t *testing.T) {
		w := newWorld(t, options{})
		id := w.start()
		p := w.link.hub.one()
		w.control(id, types.ActionAbort)
		w.link.hub.timeOut(p)
		require.Equal(t, uint32(1), w.rollout(id).Zones.Settled)
		w.quiet()
		require.Empty(t, w.zone.state().Rollout.ZoneRollouts)
	})
}

// The chain where a rollout is started may be a zone of it too.
func TestLocalZone(t *testing.T) {
	w := newWorld(t, options{})
	w.enrollOn(w.hub)
	id := w.start(func(p *types.Plan) {
		p.Targets = append(p.Targets, types.Target{Zone: types.LocalZone, Fleets: []uint64{1}})
	})
	local := zoneRolloutOf(w.hub, types.LocalZone, id)
	require.Equal(t, version1, local.Version, "a version of this chain is no mirror")
	require.Equal(t, types.StandingAccepted, local.Standing)
	w.hub.block()
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase, "the first zone is enough")
	require.Equal(t, types.PhaseCanary, zoneRolloutOf(w.hub, types.LocalZone, id).Phase)
	w.hub.must(device0, &types.MsgReportPhase{Device: w.hub.address(device0), Number: local.Number, Phase: types.DevicePhaseReady})
	w.hub.blocks(2)
	require.Equal(t, uint32(1), w.rollout(id).Step)
	w.link.settle()
	require.Equal(t, uint32(1), w.zoneRollout(id).Step, "a zone that comes late is where the others are")
	w.report(id, device1, types.DevicePhaseReady)
	w.link.settle()
	w.hub.block()
	require.Equal(t, types.PhasePromoted, w.rollout(id).Phase, "evidence is summed over zones")
	w.link.settle()
	require.Equal(t, types.PhasePromoted, w.zoneRollout(id).Phase)
	require.Equal(t, types.PhasePromoted, zoneRolloutOf(w.hub, types.LocalZone, id).Phase)
	require.Equal(t, types.ZoneCounts{Accepted: 2, Settled: 2}, w.rollout(id).Zones)
	w.quiet()

	// What the local zone refuses ends the rollout as any zone's word does.
	again := w.startOn(w.hub, w.plan(func(p *types.Plan) { p.Targets = []types.Target{{Zone: types.LocalZone, Fleets: []uint64{99}}} }))
	w.hub.block()
	require.Equal(t, types.PhaseAborted, w.rollout(again).Phase)
	require.Equal(t, types.CauseNoZone, w.rollout(again).Cause)
}

func TestWhoMayStart(t *testing.T) {
	w := newWorld(t, options{})
	refuse := func(want *errorsmod.Error, change func(*types.MsgStartRollout)) {
		t.Helper()
		m := &types.MsgStartRollout{Owner: w.hub.address(publisher), Plan: w.plan()}
		account := publisher
		change(m)
		if m.Owner == w.hub.address(stranger) {
			account = stranger
		}
		w.hub.refused(want, account, m)
	}
	refuse(types.ErrUnauthorized, func(m *types.MsgStartRollout) { m.Owner = w.hub.address(stranger) })
	refuse(types.ErrVersion, func(m *types.MsgStartRollout) { m.Plan.Version = "acme/vibration@9.0.0" })
	refuse(types.ErrLink, func(m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = "channel-99" })
	refuse(types.ErrLink, func(m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = "07-tendermint-99" })
	refuse(types.ErrLink, func(m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = w.link.hub.ClientID }) // no counterparty in v2
	refuse(types.ErrInvalidZone, func(m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = "transfer" })
	refuse(types.ErrNoDecider, func(m *types.MsgStartRollout) { m.Plan.Steps[0].Decider = "council" })
	refuse(types.ErrContributors, func(m *types.MsgStartRollout) { m.Plan.Steps[0].MinContributors = 1 })
	require.Empty(t, w.link.hub.sent())
	w.hub.must(publisher, &registrytypes.MsgYankVersion{Owner: w.hub.address(publisher), Version: version1, Reason: "bad"})
	refuse(types.ErrVersion, func(*types.MsgStartRollout) {})
}
