package circuit

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/onnx"
)

// derived is the rule of a requantization on [lo, hi].
func derived(t *testing.T, multiplier float32, zero int32, dtype onnx.DType, lo, hi int64) *step {
	t.Helper()
	out := &onnx.Value{Type: dtype, Zero: zero}
	s := &step{eval: requantization(multiplier, out), lo: lo, hi: hi, magnitude: max(hi, -lo, 1<<9)}
	require.NoError(t, s.derive())
	s.fit(13)
	return s
}

// requireExact compares a rule with the runtime's where either of them steps, one to each side, at
// the ends and at some other points.
func requireExact(t *testing.T, s *step) {
	t.Helper()
	points := []int64{s.lo, s.hi}
	for _, x := range s.thresholds[1:256] {
		points = append(points, x-1, x, x+1)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		points = append(points, s.lo+r.Int64N(s.hi-s.lo+1))
	}
	for _, x := range points {
		if x < s.lo || x > s.hi {
			continue
		}
		require.Equal(t, s.eval(x), s.level(x), "threshold at %d", x)
		if s.rule.mode != modeSteps {
			require.Equal(t, s.eval(x), s.rule.value(x), "linear rule at %d", x)
		}
	}
}

func TestRules(t *testing.T) {
	for _, tc := range []struct {
		name       string
		multiplier float32
		zero       int32
		dtype      onnx.DType
		lo, hi     int64
		mode       mode
	}{
		{"plain", 0.0123, 3, onnx.Int8, -100_000, 100_000, modeClamp},
		{"accumulators beyond 2^24", 1.7e-6, 128, onnx.Uint8, -2_000_000_000, 2_000_000_000, modeSteps},
		{"ties to even", 1.0 / 512, 0, onnx.Int8, -100_000, 100_000, modeSteps},
		{"one", 1, 0, onnx.Int8, -1000, 1000, modeClamp},
		{"a half", 0.5, 0, onnx.Int8, -1000, 1000, modeSteps},
		{"above one", 3.71828, 5, onnx.Int8, -1000, 1000, modeClamp},
		{"above one, products that round to ties", 3.7, 5, onnx.Int8, -1000, 1000, modeSteps},
		{"a jump over all steps", 1e6, 0, onnx.Int8, -10, 10, modeClamp},
		{"constant", 1e-12, 7, onnx.Uint8, -10_000, 10_000, modeClamp},
		{"always highest", 1, 127, onnx.Int8, 5, 10, modeClamp},
		{"always lowest", 1, -128, onnx.Int8, -10, -5, modeClamp},
		{"one point", 0.01, 0, onnx.Uint8, 3000, 3000, modeClamp},
	} {
		t.Run("success: "+tc.name, func(t *testing.T) {
			s := derived(t, tc.multiplier, tc.zero, tc.dtype, tc.lo, tc.hi)
			require.Equal(t, tc.mode, s.rule.mode)
			requireExact(t, s)
		})
	}
	t.Run("success: random multipliers", func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for range 300 {
			m := r.Float32() * []float32{1e-6, 1e-4, 1e-2, 1}[r.IntN(4)]
			hi := int64(1 + r.Int32N(1<<r.IntN(30)))
			requireExact(t, derived(t, m+1e-9, r.Int32N(256)-128, onnx.Int8, -hi/2, hi))
		}
	})
	t.Run("failure: accumulator beyond 32 bits", func(t *testing.T) {
		s := &step{eval: func(int64) int64 { return 0 }, lo: 0, hi: 1 << 31, where: `node "a", channel 3`}
		err := s.derive()
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, `node "a", channel 3`)
	})
}

func TestChoose(t *testing.T) {
	many := derived(t, 0.0123, 3, onnx.Int8, -100_000, 100_000)
	many.count = 50_000
	c := choose([]*step{many})
	require.True(t, c.narrow, "a clamp table pays off for many activations")
	few := derived(t, 0.0123, 3, onnx.Int8, -100_000, 100_000)
	few.count = 10
	c = choose([]*step{few})
	require.False(t, c.narrow, "and does not for few")
	require.Less(t, c.limbBits, 13)
}
