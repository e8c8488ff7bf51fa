//go:build linux && !race

package verifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
)

// peakLimit is what a process that verifies a batch of 100 proofs may take at its peak.
const peakLimit = 42 << 20

// TestPeakMemory runs this test binary again, as a process that parses a key, verifies a batch of
// 100 proofs from bytes and does nothing else, and reads the process's high-water mark of resident
// memory (VmHWM in /proc/self/status). The race detector multiplies memory, so it has no such test. The mark includes the Go runtime and all the test binary's packages, gnark's
// prover among them; the child prints it before the batch as well.
func TestPeakMemory(t *testing.T) {
	const variable = "ASSAY_VERIFIER_PEAK_MEMORY"
	if path := os.Getenv(variable); path != "" {
		verifyStored(t, path)
		return
	}
	requests := requests(t, 100)
	b, err := json.Marshal(requests)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "requests.json")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	cmd := exec.Command(os.Args[0], "-test.run", "^TestPeakMemory$")
	cmd.Env = append(os.Environ(), variable+"="+path)
	out, err := cmd.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	var before, after int
	_, err = fmt.Sscanf(string(out), "peak %d %d", &before, &after)
	require.NoErrorf(t, err, "%s", out)
	t.Logf("peak resident memory: %.1f MB, %.1f MB of it before the batch", float64(after)/1e6, float64(before)/1e6)
	require.LessOrEqual(t, after, peakLimit)
}

func verifyStored(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var requests []verifier.Request
	require.NoError(t, json.Unmarshal(b, &requests))
	items := make([]verifier.Item, len(requests))
	k, err := verifier.ParseKey(requests[0].Key)
	require.NoError(t, err)
	for i, r := range requests {
		items[i] = verifier.Item{Key: k, Inputs: r.Inputs, Proof: r.Proof}
	}
	before := peakResident(t)
	errs, err := verifier.VerifyBatchContext(context.Background(), items, 1)
	require.NoError(t, err)
	for _, err := range errs {
		require.NoError(t, err)
	}
	fmt.Printf("peak %d %d\n", before, peakResident(t))
}

// peakResident is the high-water mark of this process's resident memory, in bytes.
func peakResident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for line := range strings.Lines(string(b)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatal("expected VmHWM in /proc/self/status, got none")
	return 0
}
