package onnx

import (
	"errors"
	"reflect"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// forms are files that say something in one of the ways that tools do, and what it becomes.
var forms = []struct {
	name  string
	file  func() *file
	ops   []string
	shape []int // of the output
}{
	{"squeeze by input", func() *file {
		f := quantizedFile([]int{1, 3, 1}, []int{1, 3}).int64s("axes", -1)
		return f.node("Squeeze", "s", []string{"xr", "axes"}).quantize("s", "x", "y")
	}, []string{"reshape"}, []int{1, 3}},
	{"squeeze of all", func() *file {
		f := quantizedFile([]int{1, 3, 1}, []int{3})
		return f.node("Squeeze", "s", []string{"xr"}).quantize("s", "x", "y")
	}, []string{"reshape"}, []int{3}},
	{"unsqueeze by attribute", func() *file {
		f := quantizedFile([]int{2, 3}, []int{1, 2, 1, 3})
		f.Opsets[0].Version = 11
		return f.node("Unsqueeze", "s", []string{"xr"}, ints("axes", 0, 2)).quantize("s", "x", "y")
	}, []string{"reshape"}, []int{1, 2, 1, 3}},
	{"flatten from the first axis", func() *file {
		f := quantizedFile([]int{2, 3}, []int{1, 6})
		return f.node("Flatten", "s", []string{"xr"}, integer("axis", 0)).quantize("s", "x", "y")
	}, []string{"reshape"}, []int{1, 6}},
	{"a shape from a Constant node, on the quantized tensor", func() *file {
		f := quantizedFile([]int{2, 3}, []int{3, 2})
		f.int64s("t", -1, 2)
		shape := f.Graph.Initializers[len(f.Graph.Initializers)-1]
		f.Graph.Initializers = f.Graph.Initializers[:len(f.Graph.Initializers)-1]
		f.node("Constant", "shape", nil, onnxpb.Attribute{Name: "value", Type: onnxpb.AttrTensor, Tensor: &shape})
		return f.node("Reshape", "y", []string{"x", "shape"})
	}, []string{"reshape"}, []int{3, 2}},
	{"reshapes that follow one another", func() *file {
		f := quantizedFile([]int{2, 3}, []int{6, 1}).int64s("a", 6).int64s("b", 6, 1)
		f.node("Reshape", "r1", []string{"xr", "a"}).node("Reshape", "r2", []string{"r1", "b"})
		return f.quantize("r2", "x", "y")
	}, []string{"reshape"}, []int{6, 1}},
	{"layout changes between a layer and its quantization", func() *file {
		f := convFile()
		f.Graph.Nodes = f.Graph.Nodes[:len(f.Graph.Nodes)-1]
		f.node("Relu", "r", []string{"c"}).node("MaxPool", "m", []string{"r"}, ints("kernel_shape", 2, 2))
		return f.node("Transpose", "t", []string{"m"}, ints("perm", 0, 2, 3, 1)).quantize("t", "y", "y")
	}, []string{"conv", "maxpool", "transpose"}, []int{1, 1, 1, 2}},
	{"a product over the last of three axes, with a bias", func() *file {
		f := quantizedFile([]int{1, 2, 3}, []int{1, 2, 2}).params("w", 0.5, 0).floats("b", []int{2}, 1, -1)
		f.int8s("w", []int{1, 3, 2}, 1, 2, 3, 4, 5, 6).dequantize("w", "w", "wr")
		return f.node("MatMul", "m", []string{"xr", "wr"}).node("Add", "a", []string{"m", "b"}).quantize("a", "y", "y")
	}, []string{"reshape", "matmul", "reshape"}, []int{1, 2, 2}},
	{"a product with a vector", func() *file {
		f := quantizedFile([]int{3}, []int{2}).params("w", 0.5, 0)
		f.int8s("w", []int{3, 2}, 1, 2, 3, 4, 5, 6).dequantize("w", "w", "wr")
		return f.node("MatMul", "m", []string{"xr", "wr"}).quantize("m", "y", "y")
	}, []string{"reshape", "matmul", "reshape"}, []int{2}},
	{"a scale for each column", func() *file {
		f := quantizedFile([]int{1, 3}, []int{1, 2}).floats("w_s", []int{2}, 0.5, 0.75).int8s("w_z", []int{2}, 0, 3)
		f.int8s("w", []int{3, 2}, 1, 2, 3, 4, 5, 6).node("DequantizeLinear", "wr", []string{"w", "w_s", "w_z"})
		return f.node("MatMul", "m", []string{"xr", "wr"}).quantize("m", "y", "y")
	}, []string{"matmul"}, []int{1, 2}},
	{"a scale for each row of transposed weights, 8-bit bias", func() *file {
		f := quantizedFile([]int{1, 3}, []int{1, 2}).floats("w_s", []int{2}, 0.5, 0.25).int8s("w_z", []int{2}, 0, 0)
		f.int8s("w", []int{2, 3}, 1, 2, 3, 4, 5, 6).node("DequantizeLinear", "wr", []string{"w", "w_s", "w_z"}, integer("axis", 0))
		f.params("b", 0.25, 3).int8s("b", []int{2}, 40, -50).dequantize("b", "b", "br")
		return f.node("Gemm", "m", []string{"xr", "wr", "br"}, integer("transB", 1)).quantize("m", "y", "y")
	}, []string{"matmul"}, []int{1, 2}},
	{"a Relu that is used before it is quantized", func() *file {
		f := convFile()
		f.Graph.Nodes[2].Inputs[0] = "xp"
		return f.node("Relu", "xp", []string{"xr"})
	}, []string{"table", "conv"}, []int{1, 2, 2, 2}},
	{"QLinearGlobalAveragePool", func() *file {
		f := quantizedFile([]int{1, 2, 3, 3}, []int{1, 2, 1, 1})
		return f.node("QLinearGlobalAveragePool", "y", []string{"x", "x_s", "x_z", "y_s", "y_z"}, integer("channels_last", 0))
	}, []string{"conv"}, []int{1, 2, 1, 1}},
	{"QLinearConv without zero points", func() *file {
		f := newFile(info("x", onnxpb.Uint8, 1, 1, 3, 3), info("y", onnxpb.Uint8, 1, 1, 2, 2))
		f.floats("x_s", nil, 0.5).floats("w_s", nil, 0.25).floats("y_s", nil, 1).tensor("z", onnxpb.Uint8, nil, []byte{0})
		f.tensor("w", onnxpb.Uint8, []int{1, 1, 2, 2}, []byte{1, 2, 3, 4}).int32s("b", []int{1}, 9)
		return f.node("QLinearConv", "y", []string{"x", "x_s", "z", "w", "w_s", "z", "y_s", "z", "b"})
	}, []string{"conv"}, []int{1, 1, 2, 2}},
	{"an identity between two quantizations", func() *file {
		f := denseFile()
		f.Graph.Outputs[0].Name = "y2"
		return f.dequantize("y", "y", "yr").node("Identity", "i", []string{"yr"}).quantize("i", "y", "y2")
	}, []string{"matmul"}, []int{1, 2}},
	{"a constant on the left of an addition", func() *file {
		f := quantizedFile([]int{2, 3}, []int{2, 3}).params("c", 0.75, -5).int8s("c", []int{3}, 1, -2, 100)
		return f.dequantize("c", "c", "cr").node("Add", "a", []string{"cr", "xr"}).quantize("a", "y", "y")
	}, []string{"add"}, []int{2, 3}},
}

func TestForms(t *testing.T) {
	for _, c := range forms {
		t.Run("success: "+c.name, func(t *testing.T) {
			g := mustImport(t, c.file())
			if got := ops(g); !reflect.DeepEqual(got, c.ops) {
				t.Errorf("expected %v, got %v", c.ops, got)
			}
			if got := g.Values[g.Output].Shape; !reflect.DeepEqual(got, c.shape) {
				t.Errorf("output: expected %v, got %v", c.shape, got)
			}
			roundTrip(t, g)
		})
	}
}

func TestBiasInAnotherScale(t *testing.T) {
	f := denseFile()
	for i := range f.Graph.Initializers {
		if f.Graph.Initializers[i].Name == "b_s" { // 1/4 is that of the accumulator
			f.Graph.Initializers[i] = newFile(info("", 0), info("", 0)).floats("b_s", nil, 0.3).Graph.Initializers[0]
		}
	}
	g, r, err := Import(f.Encode(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int32{12, -24}; !reflect.DeepEqual(g.Nodes[0].MatMul.Bias, want) {
		t.Errorf("expected %v, got %v", want, g.Nodes[0].MatMul.Bias)
	}
	if len(r.Changes) != 1 || r.Changes[0].Node != "g" {
		t.Errorf("expected the change to be reported, got %+v", r.Changes)
	}
}

func TestInexactClipIsRefused(t *testing.T) {
	f := convFile()
	f.Graph.Nodes[2].Inputs[0] = "xp"
	f.node("Clip", "xp", []string{"xr", "", "hi"}).floats("hi", nil, 5.9)
	if _, _, err := Import(f.Encode(), Options{}); !errors.Is(err, ErrNotQuantized) {
		t.Errorf("expected %v, got %v", ErrNotQuantized, err)
	}
}

func TestLayoutRefuses(t *testing.T) {
	cases := []struct {
		name string
		file func() *file
	}{
		{"failure: squeeze of more than 1", func() *file {
			return quantizedFile([]int{2, 3}, []int{3}).int64s("a", 0).node("Squeeze", "s", []string{"xr", "a"}).quantize("s", "x", "y")
		}},
		{"failure: unsqueeze twice", func() *file {
			return quantizedFile([]int{2}, []int{2}).int64s("a", 0, 0).node("Unsqueeze", "s", []string{"xr", "a"}).quantize("s", "x", "y")
		}},
		{"failure: flatten beyond the rank", func() *file {
			return quantizedFile([]int{2}, []int{2}).node("Flatten", "s", []string{"xr"}, integer("axis", 2)).quantize("s", "x", "y")
		}},
		{"failure: reshape to another size", func() *file {
			return quantizedFile([]int{2, 3}, []int{5}).int64s("a", 5).node("Reshape", "s", []string{"xr", "a"}).quantize("s", "x", "y")
		}},
		{"failure: reshape that leaves a rest", func() *file {
			return quantizedFile([]int{2, 3}, []int{4}).int64s("a", 4, -1).node("Reshape", "s", []string{"xr", "a"}).quantize("s", "x", "y")
		}},
		{"failure: two open dimensions", func() *file {
			return quantizedFile([]int{2, 3}, []int{6}).int64s("a", -1, -1).node("Reshape", "s", []string{"xr", "a"}).quantize("s", "x", "y")
		}},
		{"failure: permutation of fewer axes", func() *file {
			return quantizedFile([]int{2, 3}, []int{6}).node("Transpose", "s", []string{"xr"}, ints("perm", 0)).quantize("s", "x", "y")
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := Import(c.file().Encode(), Options{}); !errors.Is(err, ErrShape) {
				t.Errorf("expected %v, got %v", ErrShape, err)
			}
		})
	}
}
