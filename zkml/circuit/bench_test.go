package circuit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/circuit"
)

func BenchmarkCompile(b *testing.B) {
	for _, name := range models {
		b.Run(name, func(b *testing.B) {
			g := model(b, name)
			for b.Loop() {
				c, err := circuit.Compile(g)
				require.NoError(b, err)
				b.ReportMetric(float64(c.Stats.Constraints), "constraints")
			}
		})
	}
}
