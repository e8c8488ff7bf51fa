package onnx

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestRequantize(t *testing.T) {
	cases := []struct {
		name       string
		acc        int32
		multiplier float32
		zero       int32
		typ        DType
		want       int32
	}{
		{"success: a tie goes down to even", 1, 0.5, 0, Int8, 0},
		{"success: a tie goes up to even", 3, 0.5, 0, Int8, 2},
		{"success: a negative tie goes up to even", -1, 0.5, 0, Int8, 0},
		{"success: a negative tie goes down to even", -3, 0.5, 0, Int8, -2},
		{"success: ties are even before the zero point is added", 5, 0.5, 1, Uint8, 3},
		{"success: below a tie", 9, 0.49999997, 0, Int8, 4},
		{"success: above a tie", 9, 0.50000006, 0, Int8, 5},
		{"success: clamped below", -1000, 1, 0, Int8, -128},
		{"success: clamped above", 1000, 1, 0, Int8, 127},
		{"success: clamped to uint8", -1, 1, 0, Uint8, 0},
		{"success: the zero point moves the clamp", 200, 1, -100, Int8, 100},
		{"success: the highest without clamping", 254, 0.5, 0, Int8, 127},
		{"success: a tie above the highest", 255, 0.5, 0, Int8, 127},
		{"success: a tie below the lowest goes to it", -257, 0.5, 0, Int8, -128},
		{"success: the accumulator is rounded to single precision", 16777217, 0x1p-18, 0, Int8, 64},
		{"success: the extremes", math.MinInt32, math.MaxFloat32, 127, Int8, -128},
		{"success: the other extremes", math.MaxInt32, math.MaxFloat32, 255, Uint8, 255},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Requantize(c.acc, c.multiplier, c.zero, c.typ); got != c.want {
				t.Errorf("expected %d, got %d", c.want, got)
			}
		})
	}
}

// value makes a value with a scale of 1.
func value(name string, typ DType, zero int32, shape ...int) Value {
	return Value{Name: name, Type: typ, Shape: shape, Scale: 1, Zero: zero}
}

// single is a graph of one node.
func single(n Node, in, out Value) *Graph {
	n.Name, n.In, n.Out = "n", []int{0}, 1
	g := &Graph{Name: "test", Values: []Value{in, out}, Nodes: []Node{n}, Output: 1}
	g.deriveMultipliers()
	return g
}

func repeated[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func square(kernel, stride, dilation, begin, end int) Window {
	return Window{[2]int{kernel, kernel}, [2]int{stride, stride}, [2]int{dilation, dilation}, [2]int{begin, begin}, [2]int{end, end}}
}

func TestExecutorByHand(t *testing.T) {
	half := value("y", Int8, 0, 1, 2)
	half.Scale = 2
	cases := []struct {
		name     string
		graph    *Graph
		in, want []int8
	}{
		{
			"success: matmul with a bias, ties to even",
			single(Node{Op: OpMatMul, MatMul: &MatMul{
				Weights: []int32{1, 2, 3, -4}, WeightType: Int8, WeightZero: []int32{0, 0},
				WeightScale: []float32{1, 1}, Bias: []int32{0, 1},
			}}, value("x", Int8, 1, 1, 2), half),
			// columns: 1*4+3*1 = 7 and 2*4-4*1+1 = 5; halved: 3.5 and 2.5
			[]int8{5, 2},
			[]int8{4, 2},
		},
		{
			"success: padding stands for the zero point",
			single(Node{Op: OpConv, Conv: &Conv{
				Window: square(2, 1, 1, 1, 0), Group: 1, Weights: []int32{1, 1, 1, 1}, WeightType: Uint8,
				WeightZero: []int32{0}, WeightScale: []float32{1}, Bias: []int32{0},
			}}, value("x", Int8, 10, 1, 1, 2, 2), value("y", Int8, -1, 1, 1, 2, 2)),
			[]int8{11, 12, 13, 14},
			[]int8{0, 2, 3, 9},
		},
		{
			"success: depthwise, weight zero point",
			single(Node{Op: OpConv, Conv: &Conv{
				Window: square(1, 1, 1, 0, 0), Group: 2, Weights: []int32{5, 1}, WeightType: Uint8,
				WeightZero: []int32{3, 3}, WeightScale: []float32{1, 1}, Bias: []int32{0, 100},
			}}, value("x", Int8, 0, 1, 2, 1, 2), value("y", Int8, 0, 1, 2, 1, 2)),
			[]int8{1, 2, 3, 4},
			[]int8{2, 4, 94, 92},
		},
		{
			"success: max pooling, padding never wins",
			single(Node{Op: OpMaxPool, MaxPool: &MaxPool{square(2, 2, 1, 1, 1)}}, value("x", Int8, 0, 1, 1, 2, 2), value("y", Int8, 0, 1, 1, 2, 2)),
			[]int8{-5, -6, -7, -128},
			[]int8{-5, -6, -7, -128},
		},
		{
			"success: transpose",
			single(Node{Op: OpTranspose, Perm: []int{1, 0}}, value("x", Int8, 0, 2, 3), value("y", Int8, 0, 3, 2)),
			[]int8{1, 2, 3, 4, 5, 6},
			[]int8{1, 4, 2, 5, 3, 6},
		},
		{
			"success: reshape",
			single(Node{Op: OpReshape}, value("x", Int8, 0, 2, 3), value("y", Int8, 0, 6)),
			[]int8{1, 2, 3, 4, 5, 6},
			[]int8{1, 2, 3, 4, 5, 6},
		},
		{
			"success: table, lowest element first",
			single(Node{Op: OpTable, Table: append([]int32{7}, repeated(int32(-3), 255)...)}, value("x", Int8, 0, 3), value("y", Int8, 0, 3)),
			[]int8{-128, -127, 127},
			[]int8{7, -3, -3},
		},
		{
			"success: add of a constant, ties to even",
			single(Node{Op: OpAdd, Const: &Const{
				Value: Value{Type: Uint8, Shape: []int{1, 2}, Scale: 0.5, Zero: 128}, Data: []int32{130, 134},
			}}, value("x", Int8, 1, 1, 2), half),
			// (5-1+1)/2 and (5-1+3)/2
			[]int8{5, 5},
			[]int8{2, 4},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.graph.Run(raw(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, raw(c.want)) {
				t.Errorf("expected %v, got %v", raw(c.want), got)
			}
			roundTrip(t, c.graph)
		})
	}
}

func raw(v []int8) []byte {
	out := make([]byte, len(v))
	for i, x := range v {
		out[i] = byte(x)
	}
	return out
}

func TestAddOfValueToItself(t *testing.T) {
	g := single(Node{Op: OpAdd}, value("x", Int8, 0, 2), value("y", Int8, 0, 2))
	g.Nodes[0].In = []int{0, 0}
	got, err := g.Run(raw([]int8{3, -100}))
	if err != nil {
		t.Fatal(err)
	}
	if want := raw([]int8{6, -128}); !bytes.Equal(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
	roundTrip(t, g)
}

// naiveConv is the definition of OpConv, element by element.
func naiveConv(c *Conv, x, y *Value, in []int32) []int32 {
	var out []int32
	per, channels := x.Shape[1]/c.Group, len(c.Bias)
	at := func(ch, row, col int) int64 {
		if row < 0 || col < 0 || row >= x.Shape[2] || col >= x.Shape[3] {
			return 0
		}
		return int64(in[(ch*x.Shape[2]+row)*x.Shape[3]+col] - x.Zero)
	}
	for ch := range channels {
		for pos := range y.Shape[2] * y.Shape[3] {
			acc := int64(c.Bias[ch])
			for k := range per * c.Kernel[0] * c.Kernel[1] {
				i, ky, kx := k/(c.Kernel[0]*c.Kernel[1]), k/c.Kernel[1]%c.Kernel[0], k%c.Kernel[1]
				w := int64(c.Weights[ch*per*c.Kernel[0]*c.Kernel[1]+k] - c.WeightZero[ch])
				row := pos/y.Shape[3]*c.Stride[0] + ky*c.Dilation[0] - c.PadBegin[0]
				col := pos%y.Shape[3]*c.Stride[1] + kx*c.Dilation[1] - c.PadBegin[1]
				acc += w * at(ch/(channels/c.Group)*per+i, row, col)
			}
			out = append(out, Requantize(int32(acc), c.Multiplier[ch], y.Zero, y.Type))
		}
	}
	return out
}

func TestConvAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		group, per, each := 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(3)
		c := &Conv{Group: group, WeightType: Uint8}
		x := value("x", Uint8, r.Int32N(256), 1, group*per, 3+r.IntN(6), 3+r.IntN(6))
		for d := range 2 {
			c.Kernel[d], c.Stride[d], c.Dilation[d] = 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2)
			c.PadBegin[d], c.PadEnd[d] = 2+r.IntN(2), r.IntN(3)
		}
		channels := group * each
		zero := r.Int32N(256)
		for range channels {
			c.WeightZero, c.WeightScale = append(c.WeightZero, zero), append(c.WeightScale, 0.001+r.Float32()/50)
			c.Bias = append(c.Bias, r.Int32N(2000)-1000)
		}
		for range channels * per * c.Kernel[0] * c.Kernel[1] {
			c.Weights = append(c.Weights, r.Int32N(256))
		}
		out, err := c.output(x.Shape)
		if err != nil {
			t.Fatal(err)
		}
		g := single(Node{Op: OpConv, Conv: c}, x, value("y", Int8, r.Int32N(256)-128, 1, channels, out[0], out[1]))
		in := make([]byte, x.Len())
		elements := make([]int32, len(in))
		for i := range in {
			in[i] = byte(r.Int32N(256))
			elements[i] = int32(in[i])
		}
		got, err := g.Run(in)
		if err != nil {
			t.Fatal(err)
		}
		if want := Bytes(naiveConv(c, &g.Values[0], &g.Values[1], elements)); !bytes.Equal(got, want) {
			t.Fatalf("%+v of %v: expected %v, got %v", c, x.Shape, want, got)
		}
	}
}

func TestExecutorIsReusable(t *testing.T) {
	g := mustImport(t, everythingFile())
	e, err := NewExecutor(g)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		in := make([]byte, g.Values[0].Len())
		for i := range in {
			in[i] = byte(r.Uint32())
		}
		got, err := e.Run(in)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := g.Trace(in)
		if err != nil {
			t.Fatal(err)
		}
		if want := Bytes(trace[g.Output]); !bytes.Equal(got, want) {
			t.Fatalf("expected %v, got %v", want, got)
		}
	}
}

func TestExecutorInput(t *testing.T) {
	g := mustImport(t, denseFile())
	for _, c := range []struct {
		name string
		in   []byte
	}{{"failure: too short", make([]byte, 2)}, {"failure: too long", make([]byte, 4)}, {"failure: empty", nil}} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := g.Run(c.in); !errors.Is(err, ErrInput) {
				t.Errorf("expected %v, got %v", ErrInput, err)
			}
		})
	}
}
