//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// TestRollout takes a version from the hub to devices of a zone and evidence back, and a second one back again.
func TestRollout(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"rly", "hermes"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := startRollouts(t, pairOptions{relayer: kind}, 600, 2)
			r.model("traffic", 2)
			testRollout(t, r)
			r.reconcile()
		})
	}
}

func testRollout(t *testing.T, r *rollouts) {
	steps := canary()
	steps[0].MinAttestations = 1
	first := r.begin("acme/traffic@1.0.0", "", steps...)
	z := r.awaitZone(first, zoneIn(rollouttypes.PhaseCanary))
	mirror := r.channel.zone + ":acme/traffic@1.0.0"
	require.Equal(t, mirror, z.Version)

	r.report(0, z.Number, rollouttypes.DevicePhaseReady, 0)
	r.zoneWorld.version = mirror
	r.zone.must(r.zone.nodes[0], r.zoneWorld.devices[0], txOptions{granter: r.zoneWorld.operator.addr}, r.zoneWorld.proof(r.zoneWorld.devices[0], 1))
	done := r.awaitHub(first, ended(rollouttypes.PhasePromoted))
	require.EqualValues(t, 1, done.Totals.Attestations)
	require.EqualValues(t, 1, done.Totals.Ready)
	require.Equal(t, mirror, r.directive().Version)

	second := r.begin("acme/traffic@1.1.0", "acme/traffic@1.0.0", canary()...)
	z = r.awaitZone(second, zoneIn(rollouttypes.PhaseCanary))
	require.Equal(t, r.channel.zone+":acme/traffic@1.1.0", r.directive().Candidate)
	r.report(1, z.Number, rollouttypes.DevicePhaseFailed, rollouttypes.FailureSelfTest)
	r.awaitHub(second, ended(rollouttypes.PhaseRolledBack))
	d := r.directive()
	require.Equal(t, mirror, d.Version)
	require.Empty(t, d.Candidate)
}

// directive is what the fleet's devices may run of the model.
func (r *rollouts) directive() rollouttypes.Directive {
	r.t.Helper()
	res, err := r.onZone().Directive(context.Background(), &rollouttypes.QueryDirectiveRequest{Fleet: r.zoneWorld.fleet, Model: r.channel.zone + ":acme/traffic"})
	require.NoError(r.t, err)
	return res.Directive
}

// TestRolloutFaults moves rollouts while relayers, a validator and a whole zone are gone, and packets time out.
func TestRolloutFaults(t *testing.T) {
	t.Parallel()
	const timeout = 20 // seconds, far less than the zone will be down
	r := startRollouts(t, pairOptions{zoneValidators: 4}, timeout, 3)
	wave := 0
	// started begins a few rollouts, each of a model of its own.
	started := func() (ids []uint64) {
		wave++
		for i := range 3 {
			name := fmt.Sprintf("model-%d-%d", wave, i)
			r.model(name, 1)
			ids = append(ids, r.begin("acme/"+name+"@1.0.0", "", canary()...))
		}
		return ids
	}
	// finish promotes the first, rolls the second back by a failure, and aborts the third.
	finish := func(ids []uint64) {
		t.Helper()
		r.report(0, r.awaitZone(ids[0], zoneIn(rollouttypes.PhaseCanary)).Number, rollouttypes.DevicePhaseReady, 0)
		r.report(1, r.awaitZone(ids[1], zoneIn(rollouttypes.PhaseCanary)).Number, rollouttypes.DevicePhaseFailed, rollouttypes.FailureLoad)
		r.awaitHub(ids[0], ended(rollouttypes.PhasePromoted))
		r.awaitHub(ids[1], ended(rollouttypes.PhaseRolledBack))
		r.control(ids[2], rollouttypes.ActionAbort)
		r.awaitHub(ids[2], ended(rollouttypes.PhaseAborted))
	}

	t.Log("the relayer is killed in the middle")
	ids := started()
	for _, id := range ids {
		r.awaitHub(id, func(h rollouttypes.Rollout) bool { return h.Phase == rollouttypes.PhaseCanary })
	}
	r.control(ids[1], rollouttypes.ActionPause)
	r.relayer.kill() // with packets and acknowledgements under way
	r.control(ids[1], rollouttypes.ActionResume)
	r.control(ids[2], rollouttypes.ActionPause)
	r.relayer.start()
	r.awaitZone(ids[2], zoneIn(rollouttypes.PhasePaused))
	r.control(ids[2], rollouttypes.ActionResume)
	finish(ids)

	t.Log("a validator of the zone is killed")
	ids = started()
	r.zone.nodes[3].stop(syscall.SIGKILL)
	finish(ids)
	r.zone.nodes[3].start(t)

	t.Log("the zone is down for 200 blocks of the hub")
	ids = started()
	r.awaitZone(ids[2], zoneIn(rollouttypes.PhaseCanary))
	for _, nd := range r.zone.nodes {
		nd.stop(syscall.SIGTERM)
	}
	late := started()
	r.control(ids[2], rollouttypes.ActionPause)
	height, err := r.hub.nodes[0].height(context.Background())
	require.NoError(t, err)
	r.hub.waitHeight(r.hub.nodes[0], height+200)
	for _, nd := range r.zone.nodes {
		nd.start(t)
	}
	r.awaitZone(ids[2], zoneIn(rollouttypes.PhasePaused))
	finish(ids)
	finish(late)
	require.NotZero(t, r.timedOut(late[0]), "no packet timed out")

	if hermesInstalled() {
		t.Log("both relayers at once")
		both := r.newRelayer("hermes", relayerBinary(t, "hermes"))
		r.publisher.known, r.zoneWorld.operator.known = false, false // their accounts have paid for its keys
		both.start()
		ids = started()
		finish(ids)
		both.stop()
	} else {
		t.Log("Hermes is not installed (scripts/hermes.sh): not tried with both relayers at once")
	}
	r.reconcile()
}

// timedOut is how many packets of a rollout timed out.
func (r *rollouts) timedOut(id uint64) (n int) {
	r.t.Helper()
	res, err := r.onHub().Attempts(context.Background(), &rollouttypes.QueryAttemptsRequest{Id: id, Zone: r.channel.hub})
	require.NoError(r.t, err)
	for _, a := range res.Attempts {
		if a.Outcome == rollouttypes.OutcomeTimedOut {
			n++
		}
	}
	return n
}

// BenchmarkRolloutLatency measures from the commit of a command on the hub to its receipt on the zone, through rly, in
// block intervals of the zone: 50 packets, the distribution as metrics.
func BenchmarkRolloutLatency(b *testing.B) {
	r := startRollouts(b, pairOptions{}, 600, 1)
	r.model("traffic", 1)
	id := r.begin("acme/traffic@1.0.0", "", canary()...)
	r.awaitZone(id, zoneIn(rollouttypes.PhaseCanary))
	for i := range 50 {
		action, phase := rollouttypes.ActionPause, rollouttypes.PhasePaused
		if i%2 == 1 {
			action, phase = rollouttypes.ActionResume, rollouttypes.PhaseCanary
		}
		r.control(id, action)
		r.awaitZone(id, zoneIn(phase))
	}
	intervals := r.latencies(id, 50)
	for _, q := range []struct {
		name string
		at   int
	}{{"min", 0}, {"median", 25}, {"p90", 45}, {"max", 49}} {
		b.ReportMetric(intervals[q.at], q.name+"-intervals")
	}
	b.ReportMetric(0, "ns/op")
	b.Logf("block intervals from commit on the hub to receipt on the zone: %.2f", intervals)
}
