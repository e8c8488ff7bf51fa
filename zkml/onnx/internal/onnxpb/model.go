// Package onnxpb reads and writes the part of the ONNX protobuf schema that a quantized model
// needs, on top of protowire.
//
// It trusts nothing: lengths and counts are bounded before anything is allocated, subgraphs and
// functions are noted and never entered, and what a model cannot need is skipped. Byte slices of
// a decoded model alias the input. Encoding is deterministic: fields in ascending order, defaults
// left out, tensors as raw data. It is not a general ONNX library and knows no operator.
package onnxpb

// Element types of tensors (TensorProto.DataType).
const (
	Float = 1
	Uint8 = 2
	Int8  = 3
	Int32 = 6
	Int64 = 7
)

// Attribute types (AttributeProto.AttributeType).
const (
	AttrFloat  = 1
	AttrInt    = 2
	AttrString = 3
	AttrTensor = 4
	AttrGraph  = 5
	AttrInts   = 7
	AttrGraphs = 10
)

// Model is an ONNX ModelProto.
type Model struct {
	IRVersion int64
	Producer  string
	Opsets    []Opset
	Graph     *Graph // nil if the file has none
	Functions int    // how many functions the file defines; they are not decoded
}

// Opset names an operator set that the model uses.
type Opset struct {
	Domain  string
	Version int64
}

// Graph is an ONNX GraphProto.
type Graph struct {
	Name         string
	Nodes        []Node
	Initializers []Tensor
	Sparse       int // how many sparse initializers there are; they are not decoded
	Inputs       []ValueInfo
	Outputs      []ValueInfo
	Values       []ValueInfo
	Annotations  []Annotation
}

// Node is an ONNX NodeProto.
type Node struct {
	Inputs     []string
	Outputs    []string
	Name       string
	Op         string
	Domain     string
	Attributes []Attribute
}

// Attribute is an ONNX AttributeProto. Graphs are noted by Type and are not decoded.
type Attribute struct {
	Name   string
	Type   int32
	Float  float32
	Int    int64
	String []byte
	Tensor *Tensor
	Ints   []int64
}

// Tensor is an ONNX TensorProto. At most one of the data fields is in use.
type Tensor struct {
	Name     string
	Type     int32
	Dims     []int64
	Raw      []byte
	Floats   []float32
	Int32s   []int32
	Int64s   []int64
	External bool
}

// ValueInfo is the name, element type and shape of a graph's input, output or inner value.
type ValueInfo struct {
	Name     string
	Type     int32 // 0 where it is not a tensor
	HasShape bool
	Shape    []Dim
}

// Dim is one dimension: a value, or a symbol, or neither.
type Dim struct {
	Value    int64
	HasValue bool
	Param    string
}

// Annotation attaches quantization parameters, by the names of their tensors, to a tensor.
type Annotation struct {
	Tensor string
	Scale  string // key SCALE_TENSOR
	Zero   string // key ZERO_POINT_TENSOR
}
