package circuit

import (
	"sort"

	"github.com/assay-chain/assay/zkml/onnx"
)

// step is a monotone function from an integer in [lo, hi] to v in [0, 255]: the exact rule of the
// runtime, which the integer rules of rule.go have to equal everywhere.
type step struct {
	eval   func(x int64) int64 // non-decreasing, result in [0, 255]
	lo, hi int64
	// magnitude bounds the size of every coefficient, constant and value of the accumulator, so that
	// a rule's products with them stay integers of 63 bits.
	magnitude int64
	where     string // layer and channel of the first use, for errors
	count     int    // uses, in activations

	thresholds []int64 // see solve: thresholds[v] is the least x in [lo, hi] with eval(x) >= v, or hi+1
	rule       rule
}

// requantization is ONNX Runtime's rule for a channel, as the reference executor has it.
func requantization(multiplier float32, out *onnx.Value) func(int64) int64 {
	return func(acc int64) int64 {
		return int64(onnx.Requantize(int32(acc), multiplier, out.Zero, out.Type) - out.Type.Min())
	}
}

// solve finds the points where the function steps, by bisection of the real rule: it is monotone,
// so equality at these at most 255 points is equality on the whole range.
func (s *step) solve() {
	s.thresholds = make([]int64, 257)
	s.thresholds[0], s.thresholds[256] = s.lo, s.hi+1
	for v := 1; v < 256; v++ {
		from := s.thresholds[v-1]
		n := int(s.hi + 1 - from)
		s.thresholds[v] = from + int64(sort.Search(n, func(i int) bool {
			return s.eval(from+int64(i)) >= int64(v)
		}))
	}
}
