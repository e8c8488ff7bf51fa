package keeper_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// BenchmarkVerificationGas measures what the default prices are for: verifying one proof alone, and packing or hashing
// its output. One gas should be about 7 ns of one core of the reference machine, whatever the shape.
func BenchmarkVerificationGas(b *testing.B) {
	for _, shape := range []struct{ inputs, commitments, output int }{
		{3, 0, 31}, {3, 1, 31}, {3, 4, 31}, {10, 1, 248}, {100, 1, 31}, {3, 1, 640}, {3, 1, 16 << 10},
	} {
		b.Run(fmt.Sprintf("inputs=%d/commitments=%d/output=%d", shape.inputs, shape.commitments, shape.output), func(b *testing.B) {
			f, err := verifiertest.NewFixtureWithCommitments(shape.inputs, shape.commitments)
			require.NoError(b, err)
			inputs := verifiertest.Inputs(shape.inputs, 1)
			proof, err := f.Prove(inputs...)
			require.NoError(b, err)
			key, err := verifier.ParseKey(f.Key)
			require.NoError(b, err)
			output := make([]byte, shape.output)
			gas := types.DefaultParams().VerificationGas(uint32(shape.inputs), uint32(shape.commitments), shape.output)
			before := cpuTime(b)
			for b.Loop() {
				_, err := statement.Output(output)
				require.NoError(b, err)
				require.NoError(b, verifier.Check(verifier.Item{Key: key, Inputs: inputs, Proof: proof}))
			}
			cpu := float64(cpuTime(b)-before) / float64(b.N)
			b.ReportMetric(cpu, "cpu-ns/op")
			b.ReportMetric(float64(gas), "gas")
			b.ReportMetric(cpu/float64(gas), "cpu-ns/gas")
		})
	}
}

// cpuTime is the processor time of this process in nanoseconds; unlike elapsed time it does not count what else the
// machine does.
func cpuTime(b *testing.B) int64 {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}
