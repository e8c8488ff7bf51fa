package onnx

import "math"

// Every product and quotient below is converted to float32 at once, so that no compiler may fuse
// it with a following addition: the results are those of IEEE single precision on every CPU.

// Requantize maps an accumulator to the output type: the nearest integer, ties to even, of
// float32(acc)*multiplier, plus zero, clamped to the range of t. multiplier must be positive.
func Requantize(acc int32, multiplier float32, zero int32, t DType) int32 {
	return quantizeRounded(float32(float32(acc)*multiplier), zero, t)
}

// Quantize maps a real number to the type: the nearest integer, ties to even, of x/scale, plus
// zero, clamped (ONNX QuantizeLinear).
func Quantize(x, scale float32, zero int32, t DType) int32 {
	return quantizeRounded(float32(x/scale), zero, t)
}

// Dequantize is scale * (q - zero) (ONNX DequantizeLinear).
func Dequantize(q int32, scale float32, zero int32) float32 {
	return float32(float32(q-zero) * scale)
}

// quantizeRounded clamps before it rounds, which gives the same value and cannot overflow.
// NaN, which no checked scale can make, gives the lowest value.
func quantizeRounded(x float32, zero int32, t DType) int32 {
	lo, hi := t.Min()-zero, t.Max()-zero
	switch {
	case x >= float32(hi):
		return t.Max()
	case x > float32(lo):
		return int32(math.RoundToEven(float64(x))) + zero
	default:
		return t.Min()
	}
}

// Multiplier is the factor of a requantization, computed as ONNX Runtime does:
// float32(float32(x*w)/y) for the scales of input, weights and output.
func Multiplier(x, w, y float32) float32 {
	return float32(float32(x*w) / y)
}

// addQuantized is OpAdd for one pair of dequantized operands.
func addQuantized(a, b, scale float32, zero int32, t DType) int32 {
	return Quantize(float32(a+b), scale, zero, t)
}

// Scales are bounded so that no product of two and no dequantized sum leaves the range of normal
// single-precision numbers, outside of which CPUs may differ.
const (
	MinScale = 0x1p-60
	MaxScale = 0x1p60

	smallestNormal = 0x1p-126
)

// checkScale refuses a scale out of bounds, which NaN is too.
func checkScale(what string, s float32) error {
	if !(s >= MinScale && s <= MaxScale) {
		return refuse(ErrScale, "%s: expected %v to %v, got %v", what, float32(MinScale), float32(MaxScale), s)
	}
	return nil
}

// checkMultiplier refuses a quotient of scales that is not a normal number.
func checkMultiplier(channel int, m float32) error {
	if !(m >= smallestNormal && m <= math.MaxFloat32) {
		return refuse(ErrScale, "channel %d: multiplier: expected a normal number, got %v", channel, m)
	}
	return nil
}
