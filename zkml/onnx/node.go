package onnx

import (
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// node is an ONNX node on its way into the graph.
type node struct {
	*importer
	pb *onnxpb.Node
}

// operators lists what can be imported, by operator type with its domain. A handler returns the
// state of the node's output.
var operators map[string]func(*node) (any, error)

func init() {
	operators = map[string]func(*node) (any, error){
		"QuantizeLinear": quantizeLinear, "com.microsoft.QuantizeLinear": quantizeLinear,
		"DequantizeLinear": dequantizeLinear, "com.microsoft.DequantizeLinear": dequantizeLinear,
		"Conv": conv, "QLinearConv": qlinearConv,
		"MatMul": matMul, "Gemm": gemm, "QLinearMatMul": qlinearMatMul, "com.microsoft.QGemm": qgemm,
		"Add": add, "com.microsoft.QLinearAdd": qlinearAdd,
		"Relu": relu, "Clip": clip,
		"AveragePool": averagePool, "com.microsoft.QLinearAveragePool": qlinearAveragePool,
		"GlobalAveragePool": globalAveragePool, "com.microsoft.QLinearGlobalAveragePool": qlinearGlobalAveragePool,
		"MaxPool": maxPool,
		"Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
		"Transpose": transpose, "Identity": identity, "Constant": constantNode,
		"Softmax": softmax, "com.microsoft.QLinearSoftmax": softmax,
	}
}

func (n *node) label() string { return label(n.pb) }

// in is the state of input i, or nil where it is left out.
func (n *node) in(i int) any {
	if i >= len(n.pb.Inputs) || n.pb.Inputs[i] == "" {
		return nil
	}
	return n.states[n.pb.Inputs[i]]
}

// name is the name of input i for errors.
func (n *node) name(i int) string {
	if i >= len(n.pb.Inputs) {
		return ""
	}
	return n.pb.Inputs[i]
}

func (n *node) attribute(name string) *onnxpb.Attribute {
	for i := range n.pb.Attributes {
		if n.pb.Attributes[i].Name == name {
			return &n.pb.Attributes[i]
		}
	}
	return nil
}

func (n *node) int(name string, otherwise int64) int64 {
	if a := n.attribute(name); a != nil {
		return a.Int
	}
	return otherwise
}

func (n *node) float(name string, otherwise float32) float32 {
	if a := n.attribute(name); a != nil {
		return a.Float
	}
	return otherwise
}

func (n *node) string(name string) string {
	if a := n.attribute(name); a != nil {
		return string(a.String)
	}
	return ""
}

// expectInt refuses an attribute of another value than the only one supported.
func (n *node) expectInt(name string, want int64) error {
	if got := n.int(name, want); got != want {
		return refuse(ErrUnsupported, "attribute %s: expected %d, got %d", name, want, got)
	}
	return nil
}

// value is the quantized tensor that input i is, or is the real numbers of.
func (n *node) value(i int) (int, error) {
	switch s := n.in(i).(type) {
	case *activation:
		return s.value, nil
	case *real:
		return n.settle(s)
	case nil:
		return 0, refuse(ErrMalformed, "input %d is missing", i)
	case *tail:
		return 0, refuse(ErrUnsupported, "follows a Softmax, which only the tail may have")
	default:
		return 0, refuse(ErrNotQuantized, "input %d, %q", i, n.name(i))
	}
}

// constantInput is the constant that input i is.
func (n *node) constantInput(i int) (*constant, error) {
	if c, ok := n.in(i).(*constant); ok {
		return c, nil
	}
	return nil, refuse(ErrUnsupported, "input %d, %q: expected a constant", i, n.name(i))
}

// scales reads the scale tensor at input i.
func (n *node) scales(i int) ([]float32, error) {
	c, err := n.constantInput(i)
	if err != nil {
		return nil, err
	}
	if c.typ != onnxpb.Float || len(c.dims) > 1 || len(c.floats) == 0 {
		return nil, refuse(ErrUnsupported, "scale %q: expected a float scalar or vector, got type %d of shape %v", n.name(i), c.typ, c.dims)
	}
	for _, s := range c.floats {
		if err := checkScale("scale "+n.name(i), s); err != nil {
			return nil, err
		}
	}
	return c.floats, nil
}

// zeros reads the zero points at input i for count scales and elements of type typ, where typ is
// not 0. It also returns their element type. Left out, they are 0.
func (n *node) zeros(i, count int, typ int32) ([]int32, int32, error) {
	if n.in(i) == nil {
		return make([]int32, count), typ, nil
	}
	c, err := n.constantInput(i)
	if err != nil {
		return nil, 0, err
	}
	if typ != 0 && c.typ != typ {
		return nil, 0, refuse(ErrQuantization, "zero point %q: expected element type %d, got %d", n.name(i), typ, c.typ)
	}
	if len(c.ints) != count || len(c.dims) > 1 || c.typ == onnxpb.Int64 {
		return nil, 0, refuse(ErrQuantization, "zero point %q: expected %d integers, got type %d of shape %v", n.name(i), count, c.typ, c.dims)
	}
	return c.ints, c.typ, nil
}

// quantization reads one scale and zero point for the elements of a tensor. t is their type, or 0
// where the zero point says it.
func (n *node) quantization(scale, zero int, t DType) (*params, error) {
	s, err := n.scales(scale)
	if err != nil {
		return nil, err
	}
	if len(s) != 1 {
		return nil, refuse(ErrUnsupported, "a scale for each of %d channels of an activation", len(s))
	}
	z, typ, err := n.zeros(zero, 1, onnxType(t))
	if err != nil {
		return nil, err
	}
	if typ == 0 {
		typ = onnxpb.Uint8 // ONNX's default
		if to := n.int("output_dtype", 0); to != 0 {
			typ = int32(min(to, math.MaxInt32))
		}
	}
	if dtypeOf(typ) == 0 {
		return nil, refuse(ErrUnsupported, "quantized element type: expected int8 or uint8, got %d", typ)
	}
	return newParams(dtypeOf(typ), s[0], z[0])
}

func onnxType(t DType) int32 {
	switch t {
	case Int8:
		return onnxpb.Int8
	case Uint8:
		return onnxpb.Uint8
	}
	return 0
}

// scaled reads the quantization of a constant: input i, with scales and zero points. axis is the
// one that the node names for several scales.
func (n *node) scaled(i, scale, zero int, axis int64) (*weights, error) {
	c, err := n.constantInput(i)
	if err != nil {
		return nil, err
	}
	if c.dtype() == 0 && c.typ != onnxpb.Int32 {
		return nil, refuse(ErrUnsupported, "constant %q: expected int8, uint8 or int32, got element type %d", n.name(i), c.typ)
	}
	s, err := n.scales(scale)
	if err != nil {
		return nil, err
	}
	z, _, err := n.zeros(zero, len(s), c.typ)
	if err != nil {
		return nil, err
	}
	a, err := axisOf(c.dims, axis, len(s))
	return &weights{c, s, z, a}, err
}

// axisOf checks the axis along which count scales lie, and returns -1 for a single scale.
func axisOf(dims []int, axis int64, count int) (int, error) {
	if count == 1 {
		return -1, nil
	}
	if len(dims) == 1 {
		axis = 0
	}
	if axis < 0 {
		axis += int64(len(dims))
	}
	if axis < 0 || axis >= int64(len(dims)) || dims[axis] != count {
		return 0, refuse(ErrShape, "%d scales along axis %d of %v", count, axis, dims)
	}
	return int(axis), nil
}

// shape is the shape of input i.
func (n *node) shape(i int) ([]int, bool) {
	switch s := n.in(i).(type) {
	case *activation:
		return n.values[s.value].shape, true
	case *real:
		return s.shape, true
	case *head:
		return s.shape, true
	case *tail:
		return s.shape, true
	case *constant:
		return s.dims, true
	case *weights:
		return s.dims, true
	}
	return nil, false
}
