package prover_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/prover"
)

// TestVectors proves the ten published vectors of MLPerf Tiny's anomaly detector.
func TestVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("short: makes keys for a circuit of 24,000 constraints")
	}
	c := compiled(t, "ad")
	pk, vk, err := prover.InsecureSetup(c.System)
	require.NoError(t, err)
	equal := 0
	for i := range 10 {
		input, err := os.ReadFile(filepath.Join(data(), "ad", "input", fmt.Sprintf("%d.bin", i)))
		require.NoError(t, err)
		want, err := os.ReadFile(filepath.Join(data(), "ad", "output", fmt.Sprintf("%d.bin", i)))
		require.NoError(t, err)
		result, err := prover.Prove(c, pk, input, binding(fmt.Sprint(i)))
		require.NoError(t, err)
		require.NoError(t, prover.Verify(vk, result.Proof, result.Public))
		require.Len(t, result.Output, len(want))
		for j := range want {
			if result.Output[j] == want[j] {
				equal++
			}
		}
	}
	require.Equal(t, 6400, equal, "output values equal to the published ones")
}
