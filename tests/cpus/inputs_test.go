package cpus

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/assay-chain/assay/zkml/onnx"
)

const inputsPerModel = 24

// inputs makes raw input tensors of n elements, one after another. The extremes come first: a sum of
// products is largest, and a 16-bit intermediate overflows, at the ends of the range.
func inputs(t onnx.DType, n int) []byte {
	lo, hi := byte(0), byte(255)
	if t == onnx.Int8 {
		lo, hi = 0x80, 0x7f
	}
	patterns := []func(i int) bool{
		func(int) bool { return false },
		func(int) bool { return true },
		func(i int) bool { return i%2 == 0 },
		func(i int) bool { return i%2 == 1 },
		func(i int) bool { return i/2%2 == 0 },
		func(i int) bool { return i/4%2 == 0 },
		func(i int) bool { return i < n/2 },
	}
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	out := make([]byte, 0, inputsPerModel*n)
	for _, high := range patterns {
		for i := range n {
			out = append(out, pick(high(i), lo, hi))
		}
	}
	for k := len(patterns); k < inputsPerModel; k++ {
		for i := range n {
			switch {
			case k == len(patterns): // every value in turn
				out = append(out, byte(i))
			case k < 12: // random ends of the range
				out = append(out, pick(rng.Uint32()&1 == 0, lo, hi))
			default:
				out = append(out, byte(rng.Uint32()))
			}
		}
	}
	return out
}

func pick(high bool, lo, hi byte) byte {
	if high {
		return hi
	}
	return lo
}

// dequantized turns raw quantized inputs into the float32 inputs that a model takes before its
// QuantizeLinear is cut off.
func dequantized(raw []byte, v onnx.Value) []byte {
	var out []byte
	for _, b := range raw {
		x := onnx.Dequantize(v.Type.FromByte(b), v.Scale, v.Zero)
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}
