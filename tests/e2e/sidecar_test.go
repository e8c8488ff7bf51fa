//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/tests/load"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// TestSidecars takes releases to two real sidecars while programs ask them all the time. One proves by itself, the other
// has a pool of provers over NATS, of which one is killed in the middle. The second device's runtime computes the third
// release wrongly. In the end the zone is gone, a sidecar is killed, and serves again at once.
func TestSidecars(t *testing.T) {
	t.Parallel()
	runtime := requireRuntime(t)
	made := newReleases(t)
	r := startRollouts(t, pairOptions{zoneValidators: 2}, 600, 1)
	made.publish(r)

	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("a secret between the device and its provers"), 0o600))
	nats := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1))
	local := r.newDevice("local")
	pooled := r.newDevice("pooled", "ASSAY_SIDECAR_PROVING_MODE=pool", "ASSAY_SIDECAR_PROVING_NATS_LISTEN="+nats,
		"ASSAY_SIDECAR_PROVING_NATS_TOKEN_FILE="+token,
		"ASSAY_SIDECAR_RUNTIME_LIBRARY="+faultyRuntime(t), "ASSAY_FAULTY_RUNTIME="+runtime, "ASSAY_FAULTY_MODEL="+filepath.Join(made.dirs[2], "canonical.onnx"))
	worker := func(name string) *exec.Cmd {
		dir := t.TempDir()
		return launch(t, filepath.Join(dir, name+".log"), builtBinary(t, "assay"), "prover", "--nats", "nats://"+nats, "--token-file", token, "--dir", dir, "--memory", "1GiB")
	}
	first := worker("prover-1")
	defer end(first, syscall.SIGTERM)
	local.start()
	pooled.start()

	// The fleet's other device, of the fixture, reports nothing: two are enough.
	steps := func(attestations ...uint64) []rollouttypes.Step {
		weights := []uint32{10, 50, 100}[3-len(attestations):]
		out := rollouttypes.Weights(weights, rollouttypes.Step{MinReady: 2, MaxFailureShare: rollouttypes.FullShare, BakeBlocks: 3})
		for i, n := range attestations {
			out[i].MinAttestations = n
		}
		return out
	}
	r.awaitHub(r.begin("acme/vibration@1.0.0", "", steps(0)...), ended(rollouttypes.PhasePromoted))
	local.ready()
	pooled.ready()

	versions := map[string]string{}
	for i, dir := range made.dirs {
		versions[fmt.Sprintf("%s:acme/vibration@1.%d.0", r.channel.zone, i)] = dir
	}
	sample, err := os.ReadFile(filepath.Join("..", "..", "models", "vibration", "samples", "ball.bin"))
	require.NoError(t, err)
	run, err := load.New(load.Options{
		Sockets: []string{local.socket(), pooled.socket()}, Model: "vibration", Input: sample, Versions: versions,
		Workers: 2, Callers: 40, Pause: 10 * time.Millisecond,
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	finished := make(chan struct{})
	go func() { run.Run(ctx); close(finished) }()

	second := r.begin("acme/vibration@1.1.0", "acme/vibration@1.0.0", steps(1, 4, 6)...)
	r.awaitHub(second, func(h rollouttypes.Rollout) bool { return h.Totals.Attestations >= 1 })
	end(first, syscall.SIGKILL) // perhaps in the middle of a proof
	next := worker("prover-2")
	defer end(next, syscall.SIGTERM)
	done := r.awaitHub(second, ended(rollouttypes.PhasePromoted))
	require.GreaterOrEqual(t, done.Totals.Attestations, uint64(6), "three of each device")

	third := r.begin("acme/vibration@1.2.0", "acme/vibration@1.1.0", failFast(steps(0, 0, 0))...)
	back := r.awaitHub(third, ended(rollouttypes.PhaseRolledBack))
	require.Equal(t, rollouttypes.CauseFailures, back.Cause)
	require.EqualValues(t, 1, back.Totals.Failures)
	models := pooled.status()["models"].([]any)
	require.Contains(t, models[0].(map[string]any)["last_failure"], "self-test")

	stop()
	<-finished
	result := run.Result()
	t.Logf("%d requests, mean %s, slowest %s", result.Requests, result.Mean, result.Slowest)
	require.NotZero(t, result.Requests)
	require.Zero(t, result.Failed+result.Wrong, "%q", result.Errors)
	broken, err := load.Allowed(t.Context(), r.zone.nodes[0].conn(t), r.zoneWorld.fleet, r.channel.zone+":acme/vibration", result.Counts)
	require.NoError(t, err)
	require.Empty(t, broken)
	r.reconcile()

	for _, nd := range r.zone.nodes {
		nd.stop(syscall.SIGTERM)
	}
	local.stop(syscall.SIGKILL)
	local.start()
	local.ready()
	status, err := local.get("/v2/models/vibration/versions/1.1.0/ready")
	require.NoError(t, err)
	require.Equal(t, 200, status)
	require.NotEmpty(t, local.status()["chain"].(map[string]any)["error"], "the cause is in the status")
}

// failFast rolls back at the first device that fails.
func failFast(steps []rollouttypes.Step) []rollouttypes.Step {
	for i := range steps {
		steps[i].MaxFailures, steps[i].MaxFailureShare = 0, 0
	}
	return steps
}

// faultyRuntime builds a runtime that computes one model wrongly.
func faultyRuntime(t testing.TB) string {
	t.Helper()
	out, err := exec.Command(filepath.Join("..", "faulty", "build.sh")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	path, err := filepath.Abs(filepath.Join("..", "..", "build", "faulty", "libonnxruntime.so.1"))
	require.NoError(t, err)
	return path
}
