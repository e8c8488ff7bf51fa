package onnx

import (
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// biasTolerance is how far, relatively, the scale of a quantized bias may be from the product of
// the scales of input and weights, and still be meant to be equal: tools compute one in double
// precision and the other in single.
const biasTolerance = 0x1p-20

// bias quantizes input i with the scale of the accumulator, x*w[c] for each channel c.
func (n *node) bias(i int, x float32, w []float32) ([]int32, error) {
	switch s := n.in(i).(type) {
	case nil:
		return make([]int32, len(w)), nil
	case *constant:
		if s.typ != onnxpb.Float {
			return nil, refuse(ErrUnsupported, "bias %q: expected float, got element type %d", n.name(i), s.typ)
		}
		return n.quantizeBias(i, s.dims, x, w, func(c int) float64 { return float64(s.floats[c]) })
	case *weights:
		if s.typ == onnxpb.Int32 && s.accumulates(x, w) {
			return s.ints, nil
		}
		return n.quantizeBias(i, s.dims, x, w, s.real)
	default:
		return nil, refuse(ErrUnsupported, "bias %q: expected a constant", n.name(i))
	}
}

// accumulates says whether the constant's integers can be added to the accumulator as they are.
func (w *weights) accumulates(x float32, scale []float32) bool {
	if len(w.ints) != len(scale) || len(w.dims) != 1 {
		return false
	}
	for c := range scale {
		k := w.channel(c)
		want := float64(float64(x) * float64(scale[c])) // exact, and never fused
		if w.zero[k] != 0 || math.Abs(float64(w.scale[k])-want) > biasTolerance*want {
			return false
		}
	}
	return true
}

// quantizeBias rounds the bias to the accumulator's scale, and says so in the report.
func (n *node) quantizeBias(i int, dims []int, x float32, w []float32, real func(int) float64) ([]int32, error) {
	size := 1
	for _, d := range dims {
		size *= d
	}
	if size != len(w) {
		return nil, refuse(ErrUnsupported, "bias %q: expected %d elements, got shape %v", n.name(i), len(w), dims)
	}
	out := make([]int32, size)
	for c := range out {
		v := math.RoundToEven(real(c) / (float64(x) * float64(w[c])))
		if !(math.Abs(v) <= math.MaxInt32) {
			return nil, refuse(ErrOverflow, "bias %q: element %d is %v in the scale of the accumulator", n.name(i), c, v)
		}
		out[c] = int32(v)
	}
	n.change("bias %q is rounded to 32-bit integers with the scale of the accumulator", n.name(i))
	return out, nil
}

// int32Bias reads a bias in the scale of the accumulator.
func (n *node) int32Bias(i, channels int) ([]int32, error) {
	if n.in(i) == nil {
		return make([]int32, channels), nil
	}
	c, err := n.constantInput(i)
	if err != nil {
		return nil, err
	}
	if c.typ != onnxpb.Int32 || len(c.ints) != channels {
		return nil, refuse(ErrShape, "bias %q: expected %d 32-bit integers, got element type %d of shape %v", n.name(i), channels, c.typ, c.dims)
	}
	return c.ints, nil
}
