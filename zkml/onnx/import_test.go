package onnx

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

func mustImport(t *testing.T, f *file) *Graph {
	t.Helper()
	g, _, err := Import(f.Encode(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// ops lists the operators of a graph.
func ops(g *Graph) (names []string) {
	for i := range g.Nodes {
		names = append(names, g.Nodes[i].Op.String())
	}
	return names
}

func TestImportDense(t *testing.T) {
	g := mustImport(t, denseFile())
	if got := ops(g); !reflect.DeepEqual(got, []string{"matmul"}) {
		t.Fatalf("expected the Relu to be fused, got %v", got)
	}
	if got := g.Nodes[0].MatMul.Multiplier; !reflect.DeepEqual(got, []float32{1, 1}) {
		t.Errorf("multipliers: expected 1, got %v", got)
	}
	// x-1 = 4, 3, 2: 4+9-10+10 = 13 and -8+12+12-20 = -4, which Relu takes to 0
	got, err := g.Run(raw([]int8{5, 4, 3}))
	if err != nil {
		t.Fatal(err)
	}
	if want := raw([]int8{13 - 128, -128}); !bytes.Equal(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
	roundTrip(t, g)
}

// TestImportForms imports the same layer written in different ways.
func TestImportForms(t *testing.T) {
	want := mustImport(t, denseFile())
	qoperator := func(f *file) *file {
		return f.params("x", 0.5, 1).params("w", 0.5, 0).params("y", 0.25, -128).
			int8s("w", []int{3, 2}, 1, -2, 3, 4, -5, 6).int32s("b", []int{2}, 10, -20)
	}
	ends := func() *file { return newFile(info("x", onnxpb.Int8, 1, 3), info("y", onnxpb.Int8, 1, 2)) }
	cases := map[string]func() *file{
		"success: QGemm": func() *file {
			return qoperator(ends()).node("QGemm", "y", []string{"x", "x_s", "x_z", "w", "w_s", "w_z", "b", "y_s", "y_z"})
		},
		"success: transposed weights": func() *file {
			f := qoperator(ends()).int8s("wt", []int{2, 3}, 1, 3, -5, -2, 4, 6)
			return f.node("QGemm", "y", []string{"x", "x_s", "x_z", "wt", "w_s", "w_z", "b", "y_s", "y_z"}, integer("transB", 1))
		},
		"success: MatMul and a float bias": func() *file {
			f := qoperator(ends()).floats("bf", []int{2}, 2.5, -5).dequantize("x", "x", "xr").dequantize("w", "w", "wr")
			return f.node("MatMul", "m", []string{"xr", "wr"}).node("Add", "a", []string{"bf", "m"}).quantize("a", "y", "y")
		},
		"success: weights transposed by a node": func() *file {
			f := qoperator(ends()).int8s("wt", []int{2, 3}, 1, 3, -5, -2, 4, 6).dequantize("x", "x", "xr").dequantize("wt", "w", "wtr")
			f.node("Transpose", "wr", []string{"wtr"}).floats("bf", []int{2}, 2.5, -5)
			return f.node("Gemm", "m", []string{"xr", "wr", "bf"}).quantize("m", "y", "y")
		},
		"success: float weights that the file quantizes": func() *file {
			f := qoperator(ends()).floats("wf", []int{3, 2}, 0.5, -1, 1.5, 2, -2.5, 3).quantize("wf", "w", "wq").dequantize("wq", "w", "wr")
			f.dequantize("x", "x", "xr").floats("bf", []int{2}, 2.5, -5)
			return f.node("Gemm", "m", []string{"xr", "wr", "bf"}).quantize("m", "y", "y")
		},
		"success: nodes in another order": func() *file {
			f := denseFile()
			for i, j := 0, len(f.Graph.Nodes)-1; i < j; i, j = i+1, j-1 {
				f.Graph.Nodes[i], f.Graph.Nodes[j] = f.Graph.Nodes[j], f.Graph.Nodes[i]
			}
			return f
		},
		"success: Identity and initializers among the inputs": func() *file {
			f := qoperator(newFile(info("x", onnxpb.Int8, 1, 3), info("z", onnxpb.Int8, 1, 2)))
			f.Graph.Inputs = append(f.Graph.Inputs, info("w", onnxpb.Int8, 3, 2))
			f.node("QGemm", "y", []string{"x", "x_s", "x_z", "w", "w_s", "w_z", "b", "y_s", "y_z"})
			return f.node("Identity", "z", []string{"y"})
		},
	}
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			if got := mustImport(t, build()); !reflect.DeepEqual(got, want) {
				t.Errorf("expected\n%+v\ngot\n%+v", want, got)
			}
		})
	}
}

func TestImportConv(t *testing.T) {
	g := mustImport(t, convFile())
	c := g.Nodes[0].Conv
	if want := (Window{[2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 1}, [2]int{}}); c.Window != want {
		t.Errorf("window: expected %+v, got %+v", want, c.Window)
	}
	if want := []float32{1, 0.25}; !reflect.DeepEqual(c.Multiplier, want) {
		t.Errorf("multipliers: expected %v, got %v", want, c.Multiplier)
	}
	roundTrip(t, g)
}

func TestImportEverything(t *testing.T) {
	g, r, err := Import(everythingFile().Encode(), Options{Name: "all"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"conv", "table", "add", "add", "maxpool", "conv", "table", "transpose", "reshape", "matmul",
		"reshape", "maxpool", "reshape", "transpose", "matmul", "transpose",
	}
	if got := ops(g); !reflect.DeepEqual(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
	if r.Head == nil || r.Head.Scale != 0.5 || r.Head.Zero != 3 || r.Head.Type != "int8" {
		t.Errorf("head: expected int8 with scale 0.5 and zero point 3, got %+v", r.Head)
	}
	if len(r.Tail) != 2 || r.Tail[0].Op != "DequantizeLinear" || r.Tail[1].Op != "Softmax" || *r.Tail[1].Axis != -1 {
		t.Errorf("tail: expected DequantizeLinear and Softmax, got %+v", r.Tail)
	}
	if len(r.Layers) != len(g.Nodes) || !reflect.DeepEqual(r.Layers[1].Sources, []string{"c", "cl", "cq"}) {
		t.Errorf("layers: expected the clip's table to come from c, cl, cq, got %+v", r.Layers)
	}
	roundTrip(t, g)
}

func TestImportClip(t *testing.T) {
	cases := []struct {
		name   string
		lo, hi float32
		want   []string
		table  func(int32) int32
	}{
		{"success: wider than the type", -1, 63.75, []string{"matmul"}, nil},
		{"success: below only", 1, 1000, []string{"matmul", "table"}, func(q int32) int32 { return max(q, -124) }},
		{"success: above only", -1000, 6, []string{"matmul", "table"}, func(q int32) int32 { return min(q, -104) }},
		{"success: a bound between two elements", 0.3, 6.1, []string{"matmul", "table"}, func(q int32) int32 { return min(max(q, -127), -104) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := denseFile().floats("lo", nil, c.lo).floats("hi", nil, c.hi)
			for i := range f.Graph.Nodes {
				if f.Graph.Nodes[i].Op == "Relu" {
					f.Graph.Nodes[i].Op, f.Graph.Nodes[i].Inputs = "Clip", []string{"g", "lo", "hi"}
				}
			}
			g := mustImport(t, f)
			if got := ops(g); !reflect.DeepEqual(got, c.want) {
				t.Fatalf("expected %v, got %v", c.want, got)
			}
			if c.table != nil {
				for i, got := range g.Nodes[1].Table {
					if want := c.table(int32(i) - 128); got != want {
						t.Errorf("entry for %d: expected %d, got %d", i-128, want, got)
					}
				}
			}
		})
	}
}

func TestImportTable(t *testing.T) {
	f := quantizedFile([]int{1, 4}, []int{1, 4}).quantize("xr", "y", "y")
	g := mustImport(t, f)
	// (q-1)/2 in units of 1/4, lowest at -128
	got, err := g.Run(raw([]int8{-128, 1, 2, 127}))
	if err != nil {
		t.Fatal(err)
	}
	if want := raw([]int8{-128, -128, -126, 124}); !bytes.Equal(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
	roundTrip(t, g)
}

func TestImportFixesTheBatch(t *testing.T) {
	f := denseFile()
	f.Graph.Inputs[0].Shape[0] = onnxpb.Dim{Param: "batch_size"}
	g, r, err := Import(f.Encode(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := mustImport(t, denseFile()); !reflect.DeepEqual(g, want) || r.Batch != "batch_size" {
		t.Errorf("expected batch_size to be fixed at 1, got %q and %v", r.Batch, g.Values[0].Shape)
	}
}

func TestImportRefuses(t *testing.T) {
	cases := []struct {
		name string
		file func() *file
		want error
		text string // must be in the message
	}{
		{"failure: no graph", func() *file { return &file{} }, ErrMalformed, "graph"},
		{"failure: operator set not named", func() *file { f := denseFile(); f.Opsets = f.Opsets[1:]; return f }, ErrMalformed, "operator set"},
		{"failure: external data", func() *file {
			f := denseFile()
			f.tensor("e", onnxpb.Int8, []int{1}, []byte{1})
			f.Graph.Initializers[len(f.Graph.Initializers)-1].External = true
			return f
		}, ErrExternalData, `"e"`},
		{"failure: cycle", func() *file {
			f := denseFile()
			f.Graph.Nodes[3].Inputs[0] = "r"
			return f
		}, ErrCycle, "its own output"},
		{"failure: produced twice", func() *file { return denseFile().node("Relu", "r", []string{"g"}) }, ErrDuplicate, `"r"`},
		{"failure: produces the input", func() *file { return denseFile().node("Relu", "x", []string{"g"}) }, ErrDuplicate, `"x"`},
		{"failure: initializer twice", func() *file { return denseFile().params("x", 1, 0) }, ErrDuplicate, `"x_s"`},
		{"failure: value not produced", func() *file { return denseFile().node("Relu", "q", []string{"nothing"}) }, ErrUndefined, `"nothing"`},
		{"failure: output not produced", func() *file {
			f := denseFile()
			f.Graph.Outputs[0].Name = "nothing"
			return f
		}, ErrUndefined, `"nothing"`},
		{"failure: symbolic dimension", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Shape[1] = onnxpb.Dim{Param: "length"}
			return f
		}, ErrDynamicShape, `"length"`},
		{"failure: dimension not given", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Shape[0] = onnxpb.Dim{}
			return f
		}, ErrDynamicShape, `"x"`},
		{"failure: negative dimension", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Shape[0].Value = -1
			return f
		}, ErrDynamicShape, `"x"`},
		{"failure: no shape", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].HasShape, f.Graph.Inputs[0].Shape = false, nil
			return f
		}, ErrDynamicShape, `"x"`},
		{"failure: huge dimension", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Shape[1].Value = math.MaxInt64
			return f
		}, ErrTooLarge, `"x"`},
		{"failure: huge shape", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Shape[0].Value, f.Graph.Inputs[0].Shape[1].Value = 1<<20, 1<<20
			return f
		}, ErrTooLarge, ""},
		{"failure: two inputs", func() *file {
			f := denseFile()
			f.Graph.Inputs = append(f.Graph.Inputs, info("x2", onnxpb.Int8, 1))
			return f
		}, ErrSignature, "got 2 and 1"},
		{"failure: two outputs", func() *file {
			f := denseFile()
			f.Graph.Outputs = append(f.Graph.Outputs, info("r", onnxpb.Float, 1, 2))
			return f
		}, ErrSignature, "got 1 and 2"},
		{"failure: input of strings", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Type = 8
			return f
		}, ErrSignature, `"x"`},
		{"failure: scale not a number", func() *file { return scaled(float32(math.NaN())) }, ErrScale, "NaN"},
		{"failure: scale infinite", func() *file { return scaled(float32(math.Inf(1))) }, ErrScale, "Inf"},
		{"failure: scale zero", func() *file { return scaled(0) }, ErrScale, "got 0"},
		{"failure: scale negative", func() *file { return scaled(-0.5) }, ErrScale, "got -0.5"},
		{"failure: scale denormal", func() *file { return scaled(1e-40) }, ErrScale, "expected"},
		{"failure: other scale than quantized with", func() *file {
			f := quantizedFile([]int{1, 4}, []int{1, 4}).quantize("xr", "y", "q").dequantize("q", "x", "r")
			return f.quantize("r", "y", "y")
		}, ErrQuantization, "DequantizeLinear \"r\""},
		{"failure: zero point of another type", func() *file {
			f := denseFile().tensor("u", onnxpb.Uint8, nil, []byte{1})
			f.Graph.Nodes[0].Inputs[2] = "u"
			return f
		}, ErrQuantization, `"u"`},
		{"failure: input without scale", func() *file {
			f := newFile(info("x", onnxpb.Int8, 1, 4), info("y", onnxpb.Int8, 4))
			return f.int64s("s", 4).node("Reshape", "y", []string{"x", "s"})
		}, ErrQuantization, "input"},
		{"failure: float layer", func() *file {
			f := newFile(info("x", onnxpb.Float, 1, 2), info("y", onnxpb.Float, 1, 1)).floats("w", []int{2, 1}, 1, 2)
			return f.node("MatMul", "y", []string{"x", "w"})
		}, ErrNotQuantized, `MatMul "y"`},
		{"failure: float weights", func() *file {
			f := quantizedFile([]int{1, 2}, []int{1, 1}).floats("w", []int{2, 1}, 1, 2)
			return f.node("MatMul", "m", []string{"xr", "w"}).quantize("m", "y", "y")
		}, ErrNotQuantized, `"w"`},
		{"failure: two layers without quantization between", func() *file {
			f := convFile()
			f.Graph.Nodes = f.Graph.Nodes[:len(f.Graph.Nodes)-1]
			return f.node("GlobalAveragePool", "p", []string{"c"}).quantize("p", "y", "y")
		}, ErrNotQuantized, `the result of "c"`},
		{"failure: output without quantization", func() *file {
			f := denseFile()
			f.Graph.Outputs[0].Name = "g"
			return f
		}, ErrNotQuantized, `"g"`},
		{"failure: shapes of a product", func() *file {
			f := denseFile()
			f.Graph.Inputs[0].Shape[1].Value = 4
			return f
		}, ErrShape, `Gemm "g"`},
		{"failure: accumulator", func() *file {
			f := denseFile()
			for i := range f.Graph.Initializers {
				if f.Graph.Initializers[i].Name == "b" {
					f.Graph.Initializers[i].Raw = []byte{255, 255, 255, 127, 0, 0, 0, 0}
				}
			}
			return f
		}, ErrOverflow, "matmul0"},
		{"failure: truncated tensor", func() *file { return denseFile().tensor("t", onnxpb.Int32, []int{2}, []byte{1, 2, 3}) }, ErrMalformed, `"t"`},
		{"failure: negative dimension of a constant", func() *file { return denseFile().tensor("t", onnxpb.Int8, []int{-2}, nil) }, ErrTooLarge, `"t"`},
		{"failure: subgraph", func() *file {
			return denseFile().node("If", "i", []string{"g"}, onnxpb.Attribute{Name: "then_branch", Type: onnxpb.AttrGraph})
		}, ErrSubgraph, `If "i"`},
		{"failure: old operator set", func() *file { f := denseFile(); f.Opsets[0].Version = 6; return f }, ErrUnsupported, "got 6"},
		{"failure: no nodes", func() *file {
			f := newFile(info("x", onnxpb.Int8, 1), info("xr", onnxpb.Float, 1)).params("x", 1, 0)
			return f.dequantize("x", "x", "xr")
		}, ErrInvalidGraph, "no layer"},
		{"failure: output does not depend on the input", func() *file {
			f := denseFile()
			f.Graph.Outputs[0].Name = "b"
			return f
		}, ErrNotQuantized, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, r, err := Import(c.file().Encode(), Options{})
			if !errors.Is(err, c.want) || g != nil || r != nil {
				t.Fatalf("expected %v and nothing else, got %v, %v, %v", c.want, g, r, err)
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("expected %q in %q", c.text, err)
			}
		})
	}
}

// scaled is denseFile with another scale of the input.
func scaled(s float32) *file {
	f := denseFile()
	bits := math.Float32bits(s)
	f.Graph.Initializers[0].Raw = []byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)}
	return f
}

func TestImportRefusesTruncation(t *testing.T) {
	f := everythingFile()
	f.Opsets = f.Opsets[:1] // a file that ends before an operator set that it does not need is whole
	data := f.Encode()
	for n := range data {
		if _, _, err := Import(data[:n], Options{}); err == nil {
			t.Fatalf("expected an error for the first %d of %d bytes", n, len(data))
		}
	}
	if _, _, err := Import(data[:len(data)-1], Options{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("expected %v, got %v", ErrMalformed, err)
	}
}

func TestImportRefusesFunctions(t *testing.T) {
	data := append(denseFile().Encode(), 0xca, 0x01, 0x00) // field 25, an empty message
	if _, _, err := Import(data, Options{}); !errors.Is(err, ErrFunction) {
		t.Errorf("expected %v, got %v", ErrFunction, err)
	}
}

func TestImportRefusesLargeFiles(t *testing.T) {
	if _, _, err := Import(make([]byte, MaxFileBytes+1), Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("expected %v, got %v", ErrTooLarge, err)
	}
	f := denseFile()
	for i := range MaxNodes {
		f.node("Relu", strings.Repeat("r", 1+i%3), []string{"g"})
	}
	if _, _, err := Import(f.Encode(), Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("expected %v, got %v", ErrTooLarge, err)
	}
}

func TestImportNamesAllUnsupported(t *testing.T) {
	f := denseFile()
	f.Graph.Nodes = f.Graph.Nodes[:len(f.Graph.Nodes)-1]
	f.node("Erf", "e", []string{"r"}).node("Sigmoid", "", []string{"e"})
	f.Graph.Nodes[len(f.Graph.Nodes)-1].Outputs[0] = "s"
	f.node("DequantizeLinear", "d", []string{"x", "x_s", "x_z"})
	f.node("Gemm", "g2", []string{"d", "wr"}, real32("alpha", 2)).quantize("s", "y", "y")
	_, _, err := Import(f.Encode(), Options{})
	var u *UnsupportedError
	if !errors.As(err, &u) || !errors.Is(err, ErrUnsupported) {
		t.Fatalf("expected an *UnsupportedError, got %v", err)
	}
	want := []Unsupported{
		{"e", "Erf", "no canonical form"},
		{"s", "Sigmoid", "no canonical form"},
		{"g2", "Gemm", "attribute alpha: expected 1, got 2"},
	}
	if !reflect.DeepEqual(u.Operators, want) {
		t.Errorf("expected %v, got %v", want, u.Operators)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w.Op) {
			t.Errorf("expected %s in %q", w.Op, err)
		}
	}
}

func TestImportUnsupportedForms(t *testing.T) {
	pool := func(op string, attributes ...onnxpb.Attribute) func() *file {
		return func() *file {
			f := quantizedFile([]int{1, 2, 5, 5}, []int{1, 2, 3, 3})
			return f.node(op, "p", []string{"xr"}, attributes...).quantize("p", "y", "y")
		}
	}
	kernel, pads := ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1)
	cases := []struct {
		name   string
		file   func() *file
		reason string
	}{
		{"failure: average that leaves out padding", pool("AveragePool", kernel, pads), "padding that is not counted"},
		{"failure: average with windows that leave the input", pool("AveragePool", kernel, ints("strides", 3, 3), integer("ceil_mode", 1)), "ceil_mode"},
		{"failure: unknown auto_pad", pool("AveragePool", kernel, text("auto_pad", "MAYBE")), "auto_pad"},
		{"failure: one-dimensional pooling", func() *file {
			f := quantizedFile([]int{1, 2, 5}, []int{1, 2, 3})
			return f.node("MaxPool", "p", []string{"xr"}, ints("kernel_shape", 3)).quantize("p", "y", "y")
		}, "2 spatial dimensions"},
		{"failure: transposed input", func() *file {
			f := denseFile()
			f.Graph.Nodes[3].Attributes = []onnxpb.Attribute{integer("transA", 1)}
			return f
		}, "transA"},
		{"failure: layer behind a Softmax", func() *file {
			f := quantizedFile([]int{1, 2}, []int{1, 2}).node("Softmax", "s", []string{"xr"}).quantize("s", "y", "q").dequantize("q", "y", "r")
			return f.node("Add", "a", []string{"r", "xr"}).quantize("a", "y", "y")
		}, "tail"},
		{"failure: scales for the channels of an activation", func() *file {
			f := denseFile().floats("xs2", []int{2}, 1, 2).int8s("xz2", []int{2}, 0, 0)
			f.Graph.Nodes[0].Inputs = []string{"x", "xs2", "xz2"}
			return f
		}, "channels of an activation"},
		{"failure: broadcast activation", func() *file {
			f := quantizedFile([]int{1, 2, 2, 2}, []int{1, 2, 2, 2}).node("GlobalAveragePool", "p", []string{"xr"}).quantize("p", "y", "q")
			return f.dequantize("q", "y", "r").node("Add", "a", []string{"r", "xr"}).quantize("a", "y", "y")
		}, "different shapes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Import(c.file().Encode(), Options{})
			var u *UnsupportedError
			if !errors.As(err, &u) || len(u.Operators) != 1 {
				t.Fatalf("expected an *UnsupportedError with one operator, got %v", err)
			}
			if !strings.Contains(u.Operators[0].Reason, c.reason) {
				t.Errorf("expected %q in %q", c.reason, u.Operators[0].Reason)
			}
		})
	}
}

func TestImportPooling(t *testing.T) {
	cases := []struct {
		name       string
		op         string
		attributes []onnxpb.Attribute
		want       Window
	}{
		{"success: counted padding", "AveragePool", []onnxpb.Attribute{ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1), integer("count_include_pad", 1)}, square(3, 1, 1, 1, 1)},
		{"success: ceil_mode adds a window", "MaxPool", []onnxpb.Attribute{ints("kernel_shape", 2, 2), ints("strides", 2, 2), integer("ceil_mode", 1)}, square(2, 2, 1, 0, 1)},
		{"success: ceil_mode leaves out a window in the padding", "MaxPool", []onnxpb.Attribute{ints("kernel_shape", 2, 2), ints("strides", 4, 4), ints("pads", 0, 0, 1, 1), integer("ceil_mode", 1)}, square(2, 4, 1, 0, 1)},
		{"success: same, upper", "MaxPool", []onnxpb.Attribute{ints("kernel_shape", 2, 2), text("auto_pad", "SAME_UPPER")}, square(2, 1, 1, 0, 1)},
		{"success: same, lower", "MaxPool", []onnxpb.Attribute{ints("kernel_shape", 2, 2), text("auto_pad", "SAME_LOWER")}, square(2, 1, 1, 1, 0)},
		{"success: valid", "MaxPool", []onnxpb.Attribute{ints("kernel_shape", 2, 2), text("auto_pad", "VALID")}, square(2, 1, 1, 0, 0)},
		{"success: global", "GlobalAveragePool", nil, square(5, 1, 1, 0, 0)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := quantizedFile([]int{1, 2, 5, 5}, []int{1, 2, 3, 3})
			g := mustImport(t, f.node(c.op, "p", []string{"xr"}, c.attributes...).quantize("p", "y", "y"))
			var got Window
			if n := g.Nodes[0]; n.Op == OpMaxPool {
				got = n.MaxPool.Window
			} else {
				got = n.Conv.Window
				if want := 1 / float32(got.Kernel[0]*got.Kernel[1]); n.Conv.WeightScale[0] != want || n.Conv.Group != 2 {
					t.Errorf("expected scale %v and 2 groups, got %v and %d", want, n.Conv.WeightScale[0], n.Conv.Group)
				}
			}
			if got != c.want {
				t.Errorf("expected %+v, got %+v", c.want, got)
			}
			roundTrip(t, g)
		})
	}
}
