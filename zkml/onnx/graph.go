package onnx

// DType is the element type of a tensor between layers.
type DType uint8

// The element types of the canonical form.
const (
	Int8 DType = iota + 1
	Uint8
)

// Min is the lowest value of the type: -128 or 0.
func (d DType) Min() int32 {
	if d == Int8 {
		return -128
	}
	return 0
}

// Max is the highest value of the type: 127 or 255.
func (d DType) Max() int32 {
	if d == Int8 {
		return 127
	}
	return 255
}

// String returns the name that a manifest uses: "int8" or "uint8".
func (d DType) String() string {
	switch d {
	case Int8:
		return "int8"
	case Uint8:
		return "uint8"
	default:
		return "invalid"
	}
}

// Value is a tensor that flows between nodes. A quantized element q stands for the
// real number Scale * (q - Zero).
type Value struct {
	Name  string
	Type  DType
	Shape []int // static, batch 1 first; row major
	Scale float32
	Zero  int32 // in [Type.Min(), Type.Max()]
}

// Len is the number of elements.
func (v *Value) Len() int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	return n
}

// Op names the arithmetic of a node. This is the whole set of the canonical form:
// everything else is rewritten to it on import, or refused by name.
type Op uint8

// The operators of the canonical form.
const (
	// OpConv is a 2-D convolution with constant weights (ONNX QLinearConv): grouped,
	// depthwise, strided, dilated, padded with the input's zero point.
	// Average pooling is imported as a depthwise convolution with equal weights.
	OpConv Op = iota + 1
	// OpMatMul is x[M,K] times constant weights [K,N] plus bias[N] (ONNX QGemm or QLinearMatMul).
	OpMatMul
	// OpAdd adds two tensors of one shape, or a tensor and a constant (see Node.Const):
	// f32(f32(sa*(a-za)) + f32(sb*(b-zb))) / sy, rounded half to even, plus zy, clamped.
	OpAdd
	// OpTable maps every element through a table of 256 entries: Relu, Clip, Sigmoid, requantization, …
	OpTable
	// OpMaxPool is a 2-D maximum; padding never wins.
	OpMaxPool
	// OpReshape changes the shape and keeps the order of elements.
	OpReshape
	// OpTranspose permutes the axes.
	OpTranspose
)

var opNames = [...]string{"invalid", "conv", "matmul", "add", "table", "maxpool", "reshape", "transpose"}

// String returns the name used in errors, manifests and names of nodes: "conv", "matmul", …
func (op Op) String() string {
	if int(op) < len(opNames) {
		return opNames[op]
	}
	return opNames[0]
}

// Node is one operator. In and Out index Graph.Values.
type Node struct {
	Name string
	Op   Op
	In   []int
	Out  int

	Conv    *Conv    // OpConv
	MatMul  *MatMul  // OpMatMul
	Const   *Const   // OpAdd with one input: the second operand
	Table   []int32  // OpTable: entry i is the output for input value Type.Min()+i; 256 entries
	MaxPool *MaxPool // OpMaxPool
	Perm    []int    // OpTranspose: output axis i is input axis Perm[i]
}

// Window is the geometry of a 2-D sliding window, height before width.
type Window struct {
	Kernel   [2]int
	Stride   [2]int
	Dilation [2]int
	PadBegin [2]int
	PadEnd   [2]int
}

// Conv holds the constants of an OpConv. For output channel c and group g = c / (C_out/Group):
//
//	acc = Bias[c] + Σ (x - x.Zero) * (w - WeightZero[c])     (padding contributes nothing)
//	y   = Requantize(acc, Multiplier[c], y.Zero, y.Type)
type Conv struct {
	Window
	Group       int
	Weights     []int32 // [C_out, C_in/Group, Kernel[0], Kernel[1]], each in the range of WeightType
	WeightType  DType
	WeightZero  []int32   // [C_out], all the same
	WeightScale []float32 // [C_out]
	Bias        []int32   // [C_out], quantized with x.Scale*WeightScale[c] and zero point 0
	Multiplier  []float32 // [C_out]: f32(f32(x.Scale*WeightScale[c]) / y.Scale), as ONNX Runtime computes it
}

// MatMul holds the constants of an OpMatMul; the fields are as in Conv, per output column.
type MatMul struct {
	Weights     []int32 // [K, N]
	WeightType  DType
	WeightZero  []int32   // [N]
	WeightScale []float32 // [N]
	Bias        []int32   // [N]
	Multiplier  []float32 // [N]
}

// Const is a constant quantized tensor, already broadcast to the shape of the node's input.
type Const struct {
	Value
	Data []int32
}

// MaxPool holds the geometry of an OpMaxPool.
type MaxPool struct {
	Window
}

// Graph is a model in the canonical form: nodes in topological order, one input, one output.
// Values[0] is the input, Values[i+1] the output of Nodes[i], the last value the output;
// see Validate for all invariants. A valid Graph is not to be changed once it is shared.
type Graph struct {
	Name   string
	Values []Value
	Nodes  []Node
	Input  int // index into Values
	Output int // index into Values
}
