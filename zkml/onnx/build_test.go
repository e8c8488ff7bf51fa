package onnx

import (
	"encoding/binary"
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// file is an ONNX file under construction: small models of our own for tests and fuzz seeds.
type file struct{ onnxpb.Model }

func newFile(in, out onnxpb.ValueInfo) *file {
	f := &file{onnxpb.Model{IRVersion: 8, Producer: "test", Opsets: []onnxpb.Opset{{Version: 13}, {Domain: microsoft, Version: 1}}}}
	f.Graph = &onnxpb.Graph{Name: "test", Inputs: []onnxpb.ValueInfo{in}, Outputs: []onnxpb.ValueInfo{out}}
	return f
}

func info(name string, typ int32, dims ...int) onnxpb.ValueInfo {
	v := onnxpb.ValueInfo{Name: name, Type: typ, HasShape: true}
	for _, d := range dims {
		v.Shape = append(v.Shape, onnxpb.Dim{Value: int64(d), HasValue: true})
	}
	return v
}

// node appends a node that is named as its output.
func (f *file) node(op, out string, in []string, attributes ...onnxpb.Attribute) *file {
	n := onnxpb.Node{Name: out, Op: op, Inputs: in, Outputs: []string{out}, Attributes: attributes}
	switch op {
	case "QGemm", "QLinearAdd", "QLinearAveragePool", "QLinearGlobalAveragePool", "QLinearSoftmax":
		n.Domain = microsoft
	}
	f.Graph.Nodes = append(f.Graph.Nodes, n)
	return f
}

func (f *file) tensor(name string, typ int32, dims []int, raw []byte) *file {
	f.Graph.Initializers = append(f.Graph.Initializers, rawTensor(name, typ, dims, raw))
	return f
}

func rawTensor(name string, typ int32, dims []int, raw []byte) onnxpb.Tensor {
	t := onnxpb.Tensor{Name: name, Type: typ, Raw: raw}
	for _, d := range dims {
		t.Dims = append(t.Dims, int64(d))
	}
	return t
}

func (f *file) floats(name string, dims []int, v ...float32) *file {
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return f.tensor(name, onnxpb.Float, dims, raw)
}

func (f *file) int8s(name string, dims []int, v ...int8) *file {
	raw := make([]byte, len(v))
	for i, x := range v {
		raw[i] = byte(x)
	}
	return f.tensor(name, onnxpb.Int8, dims, raw)
}

func (f *file) int32s(name string, dims []int, v ...int32) *file {
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(x))
	}
	return f.tensor(name, onnxpb.Int32, dims, raw)
}

func (f *file) int64s(name string, v ...int64) *file {
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(x))
	}
	return f.tensor(name, onnxpb.Int64, []int{len(v)}, raw)
}

// params adds a scale and an int8 zero point named after prefix.
func (f *file) params(prefix string, scale float32, zero int8) *file {
	return f.floats(prefix+"_s", nil, scale).int8s(prefix+"_z", nil, zero)
}

// dequantize and quantize append the node for tensor in, with the parameters of prefix.
func (f *file) dequantize(in, prefix, out string) *file {
	return f.node("DequantizeLinear", out, []string{in, prefix + "_s", prefix + "_z"})
}

func (f *file) quantize(in, prefix, out string) *file {
	return f.node("QuantizeLinear", out, []string{in, prefix + "_s", prefix + "_z"})
}

func ints(name string, v ...int) onnxpb.Attribute { return attributeInts(name, v...) }

func integer(name string, v int) onnxpb.Attribute { return attributeInt(name, v) }

func real32(name string, v float32) onnxpb.Attribute {
	return onnxpb.Attribute{Name: name, Type: onnxpb.AttrFloat, Float: v}
}

func text(name, v string) onnxpb.Attribute {
	return onnxpb.Attribute{Name: name, Type: onnxpb.AttrString, String: []byte(v)}
}

// quantizedFile has an int8 input "x" and output "y" of the given shapes, with parameters "x"
// (scale 1/2, zero point 1) and "y" (scale 1/4, zero point -128), and "xr", the real numbers of x.
func quantizedFile(in, out []int) *file {
	f := newFile(info("x", onnxpb.Int8, in...), info("y", onnxpb.Int8, out...))
	return f.params("x", 0.5, 1).params("y", 0.25, -128).dequantize("x", "x", "xr")
}

// denseFile is y = relu(x W + b) in QDQ form: x i8[1,3], W i8[3,2] with a scale of 1/2.
func denseFile() *file {
	f := quantizedFile([]int{1, 3}, []int{1, 2})
	f.int8s("w", []int{3, 2}, 1, -2, 3, 4, -5, 6).params("w", 0.5, 0).dequantize("w", "w", "wr")
	f.int32s("b", []int{2}, 10, -20).floats("b_s", nil, 0.25).int32s("b_z", nil, 0).dequantize("b", "b", "br")
	return f.node("Gemm", "g", []string{"xr", "wr", "br"}).node("Relu", "r", []string{"g"}).quantize("r", "y", "y")
}

// convFile has a strided, padded convolution, x i8[1,2,4,4], in QDQ form with per-channel scales.
func convFile() *file {
	f := quantizedFile([]int{1, 2, 4, 4}, []int{1, 2, 2, 2})
	var w []int8
	for i := range 2 * 2 * 3 * 3 {
		w = append(w, int8(i*7%23-11))
	}
	f.int8s("w", []int{2, 2, 3, 3}, w...).floats("w_s", []int{2}, 0.5, 0.125).int8s("w_z", []int{2}, 0, 0)
	f.node("DequantizeLinear", "wr", []string{"w", "w_s", "w_z"}, integer("axis", 0))
	return f.node("Conv", "c", []string{"xr", "wr"}, ints("strides", 2, 2), ints("pads", 1, 1, 0, 0)).quantize("c", "y", "y")
}

// everythingFile has every operator of the canonical form: x f32[1,2,4,4] to a Softmax over 3.
func everythingFile() *file {
	f := newFile(info("x", onnxpb.Float, 1, 2, 4, 4), info("y", onnxpb.Float, 1, 3))
	f.params("a", 0.5, 3).params("b", 0.25, -100).params("w", 0.125, 0)
	f.int8s("k", []int{2, 1, 3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3, -4, -5, -6, -7, -8, -9).dequantize("k", "w", "kr")
	f.int8s("m", []int{3, 4}, 1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12).dequantize("m", "w", "mr")
	f.int8s("s", []int{2, 1, 1}, 17, -17).dequantize("s", "b", "sr")
	f.quantize("x", "a", "xq").dequantize("xq", "a", "xr")
	f.node("Conv", "c", []string{"xr", "kr"}, ints("pads", 1, 1, 1, 1), integer("group", 2))
	f.node("Clip", "cl", []string{"c", "lo", "hi"}).floats("lo", nil, -3).floats("hi", nil, 6)
	f.quantize("cl", "b", "cq").dequantize("cq", "b", "cr")
	f.node("Add", "a1", []string{"cr", "xr"}).quantize("a1", "a", "aq").dequantize("aq", "a", "ar")
	f.node("Add", "a2", []string{"ar", "sr"}).quantize("a2", "b", "a2q").dequantize("a2q", "b", "a2r")
	f.node("MaxPool", "p", []string{"a2r"}, ints("kernel_shape", 2, 2), ints("strides", 2, 2), ints("pads", 1, 1, 1, 1))
	f.node("AveragePool", "v", []string{"p"}, ints("kernel_shape", 2, 2), ints("strides", 1, 1)).quantize("v", "a", "vq")
	f.dequantize("vq", "a", "vr").node("GlobalAveragePool", "ga", []string{"vr"}).quantize("ga", "b", "gq")
	f.node("QuantizeLinear", "vb", []string{"vr", "b_s", "b_z"}).dequantize("vb", "b", "vbr")
	f.node("Transpose", "t", []string{"vbr"}, ints("perm", 0, 2, 3, 1)).int64s("shape", 0, -1)
	f.int64s("axes", 2).node("Flatten", "fl", []string{"t"}).int64s("half", 2, 4)
	f.node("Reshape", "h", []string{"fl", "half"}).node("Gemm", "g", []string{"h", "mr"}, integer("transB", 1))
	f.quantize("g", "a", "g1").dequantize("g1", "a", "g2")
	f.node("Reshape", "g3", []string{"g2", "sixth"}).int64s("sixth", 1, 6, 1, 1)
	f.node("MaxPool", "g4", []string{"g3"}, ints("kernel_shape", 1, 1)).int64s("three", 2, 3)
	f.node("Reshape", "g5", []string{"g4", "three"}).node("Transpose", "g6", []string{"g5"})
	f.node("MatMul", "z", []string{"g6", "nr"}).int8s("n", []int{2, 1}, 3, -4).dequantize("n", "w", "nr")
	f.quantize("z", "b", "zq").dequantize("zq", "b", "zr").node("Transpose", "zt", []string{"zr"})
	return f.node("Softmax", "y", []string{"zt"})
}
