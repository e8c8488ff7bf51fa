package onnx

import (
	"fmt"
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// biasTolerance is how far, relatively, the scale of a quantized bias may be from the product of
// the scales of input and weights, and still be meant to be equal: tools compute one in double
// precision and the other in single.
const biasTolerance = 0x1p-20

// dequantizedWeights is the dequantized constant that input i is.
func (n *node) dequantizedWeights(i int) (*weights, error) {
	switch s := n.in(i).(type) {
	case *weights:
		if s.dtype() == 0 {
			return nil, refuse(ErrUnsupported, "weights %q: expected int8 or uint8, got element type %d", n.name(i), s.typ)
		}
		return s, nil
	case *constant:
		return nil, refuse(ErrNotQuantized, "weights %q", n.name(i))
	default:
		return nil, refuse(ErrUnsupported, "weights %q: expected a constant", n.name(i))
	}
}

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
func (b *weights) accumulates(x float32, w []float32) bool {
	if len(b.ints) != len(w) || len(b.dims) != 1 {
		return false
	}
	for c := range w {
		k := b.channel(c)
		want := float64(x) * float64(w[c])
		if b.zero[k] != 0 || math.Abs(float64(b.scale[k])-want) > biasTolerance*want {
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

func (n *node) change(format string, args ...any) {
	n.report.Changes = append(n.report.Changes, Change{n.label(), fmt.Sprintf(format, args...)})
}

func conv(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.dequantizedWeights(1)
	if err != nil {
		return nil, err
	}
	c, shape, err := n.convolution(x, w)
	if err != nil {
		return nil, err
	}
	if c.Bias, err = n.bias(2, n.values[x].scale, c.WeightScale); err != nil {
		return nil, err
	}
	return pending(&Node{Op: OpConv, In: []int{x}, Conv: c}, shape, n.label()), nil
}

// convolution is the OpConv of value x with weights w, without bias, and the shape of its result.
func (n *node) convolution(x int, w *weights) (*Conv, []int, error) {
	in := n.values[x].shape
	if len(w.dims) != 4 || len(in) != 4 {
		return nil, nil, refuse(ErrUnsupported, "expected 2 spatial dimensions, got input %v and weights %v", in, w.dims)
	}
	window, err := n.window([]int{w.dims[2], w.dims[3]}, in)
	if err != nil {
		return nil, nil, err
	}
	group := n.int("group", 1)
	if group < 1 || group > int64(in[1]) || int64(w.dims[1])*group != int64(in[1]) || int64(w.dims[0])%group != 0 {
		return nil, nil, refuse(ErrShape, "%d groups of input %v and weights %v", group, in, w.dims)
	}
	out, err := window.output(in)
	if err != nil {
		return nil, nil, err
	}
	scale, zero, err := w.perChannel(0, w.dims[0])
	if err != nil {
		return nil, nil, err
	}
	c := &Conv{Window: window, Group: int(group), Weights: w.ints, WeightType: w.dtype(), WeightZero: zero, WeightScale: scale}
	return c, []int{in[0], w.dims[0], out[0], out[1]}, nil
}

// qlinear reads the inputs that QLinearConv, QLinearMatMul and QGemm share: x, its scale and zero
// point, the weights, theirs. axis is the one along which weights may have several scales.
func (n *node) qlinear(axis int64) (int, *weights, error) {
	x, err := n.value(0)
	if err != nil {
		return 0, nil, err
	}
	p, err := n.quantization(1, 2, n.values[x].typ)
	if err != nil {
		return 0, nil, err
	}
	if err := n.learn(x, p.scale, p.zero); err != nil {
		return 0, nil, err
	}
	w, err := n.scaled(3, 4, 5, axis)
	if err == nil && w.dtype() == 0 {
		err = refuse(ErrUnsupported, "weights %q: expected int8 or uint8, got element type %d", n.name(3), w.typ)
	}
	return x, w, err
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

// store quantizes r at once, with the scale and zero point of a QOperator; t is the type of the
// elements where there is no zero point.
func (n *node) store(r *real, scale, zero int, t DType) (any, error) {
	if n.in(zero) != nil {
		t = 0 // the zero point says it
	}
	p, err := n.quantization(scale, zero, t)
	if err != nil {
		return nil, err
	}
	r.sources = nil
	v, err := n.quantized(r, p, n.label())
	return &activation{v}, err
}

func qlinearConv(n *node) (any, error) {
	x, w, err := n.qlinear(0)
	if err != nil {
		return nil, err
	}
	c, shape, err := n.convolution(x, w)
	if err != nil {
		return nil, err
	}
	if c.Bias, err = n.int32Bias(8, len(c.WeightScale)); err != nil {
		return nil, err
	}
	return n.store(pending(&Node{Op: OpConv, In: []int{x}, Conv: c}, shape, ""), 6, 7, n.values[x].typ)
}

// matrix is the OpMatMul of value x with weights w, [K, N], or [N, K] if transposed; without bias.
// The result has the shape of x but for its last dimension.
func (n *node) matrix(x int, w *weights, transpose bool) (*real, error) {
	if transpose {
		if err := n.derive(w.len()); err != nil {
			return nil, err
		}
		c, err := w.constant.transposed([]int{1, 0})
		if err != nil {
			return nil, err
		}
		w = &weights{c, w.scale, w.zero, w.axis}
		if w.axis >= 0 {
			w.axis = 1 - w.axis
		}
	}
	in := n.values[x].shape
	depth, columns := w.dims[0], w.dims[1]
	if in[len(in)-1] != depth {
		return nil, refuse(ErrShape, "input %v and weights %v", in, w.dims)
	}
	scale, zero, err := w.perChannel(1, columns)
	if err != nil {
		return nil, err
	}
	rows := 1
	for _, d := range in[:len(in)-1] {
		rows *= d
	}
	flat, err := n.apply(layout{op: OpReshape, shape: []int{rows, depth}}, x, []string{n.label()})
	if err != nil {
		return nil, err
	}
	m := &MatMul{Weights: w.ints, WeightType: w.dtype(), WeightZero: zero, WeightScale: scale, Bias: make([]int32, columns)}
	r := pending(&Node{Op: OpMatMul, In: []int{flat}, MatMul: m}, []int{rows, columns}, n.label())
	if len(in) != 2 {
		shape := append(append([]int{}, in[:len(in)-1]...), columns)
		r.after, r.shape = []layout{{op: OpReshape, shape: shape}}, shape
	}
	return r, nil
}

// flatWeights drops leading dimensions of 1 from weights of a matrix product.
func flatWeights(w *weights) (*weights, error) {
	for len(w.dims) > 2 && w.dims[0] == 1 && w.axis != 0 {
		w = &weights{w.reshaped(w.dims[1:]), w.scale, w.zero, max(w.axis-1, -1)}
	}
	if len(w.dims) != 2 {
		return nil, refuse(ErrUnsupported, "weights: expected a matrix, got shape %v", w.dims)
	}
	return w, nil
}

func matMul(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.dequantizedWeights(1)
	if err != nil {
		return nil, err
	}
	if w, err = flatWeights(w); err != nil {
		return nil, err
	}
	return n.matrix(x, w, false)
}

func qlinearMatMul(n *node) (any, error) {
	x, w, err := n.qlinear(-1)
	if err != nil {
		return nil, err
	}
	if w, err = flatWeights(w); err != nil {
		return nil, err
	}
	r, err := n.matrix(x, w, false)
	if err != nil {
		return nil, err
	}
	return n.store(r, 6, 7, n.values[x].typ)
}

// gemmForm checks the attributes and ranks of Gemm and QGemm.
func (n *node) gemmForm(x int, w *weights) (transB bool, err error) {
	if err := n.expectInt("transA", 0); err != nil {
		return false, err
	}
	for _, a := range []string{"alpha", "beta"} {
		if v := n.float(a, 1); v != 1 {
			return false, refuse(ErrUnsupported, "attribute %s: expected 1, got %v", a, v)
		}
	}
	if len(n.values[x].shape) != 2 || len(w.dims) != 2 {
		return false, refuse(ErrShape, "expected two matrices, got %v and %v", n.values[x].shape, w.dims)
	}
	return n.int("transB", 0) != 0, nil
}

func gemm(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.dequantizedWeights(1)
	if err != nil {
		return nil, err
	}
	transB, err := n.gemmForm(x, w)
	if err != nil {
		return nil, err
	}
	r, err := n.matrix(x, w, transB)
	if err != nil {
		return nil, err
	}
	m := r.node.MatMul
	m.Bias, err = n.bias(2, n.values[x].scale, m.WeightScale)
	return r, err
}

func qgemm(n *node) (any, error) {
	axis := int64(1)
	if n.int("transB", 0) != 0 {
		axis = 0
	}
	x, w, err := n.qlinear(axis)
	if err != nil {
		return nil, err
	}
	transB, err := n.gemmForm(x, w)
	if err != nil {
		return nil, err
	}
	r, err := n.matrix(x, w, transB)
	if err != nil {
		return nil, err
	}
	if r.node.MatMul.Bias, err = n.int32Bias(6, len(r.node.MatMul.Bias)); err != nil {
		return nil, err
	}
	if n.in(7) == nil {
		return nil, refuse(ErrUnsupported, "float output")
	}
	return n.store(r, 7, 8, n.values[x].typ)
}
