package cpus

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx"
)

// The graphs of this file are made to break kernels: weights and inputs at the ends of their ranges,
// where two products overflow 16 bits; scales that are powers of two, where every other sum is a tie;
// shapes that reach the pointwise, depthwise, grouped and general kernels and their remainders.

// pairing is an element type of activations with the one of weights that goes with it.
type pairing struct {
	typ            onnx.DType
	low, high      int32 // of weights
	input, weight  int32 // zero points
	output         int32
	inputZeroPoint []int32
}

var pairings = []pairing{
	{onnx.Int8, -128, 127, 5, 0, -7, []int32{-128, 127}},
	{onnx.Uint8, 0, 255, 130, 128, 131, []int32{0, 255}},
}

func (p pairing) value(name string, scale float32, zero int32, shape ...int) onnx.Value {
	return onnx.Value{Name: name, Type: p.typ, Shape: shape, Scale: scale, Zero: zero}
}

// weights fills n weights in one of the modes "random", "ends" (random ends of the range), "low", "high".
func (p pairing) weights(mode string, n int) []int32 {
	rng := rand.New(rand.NewPCG(2, uint64(n)))
	w := make([]int32, n)
	for i := range w {
		switch {
		case mode == "random":
			w[i] = p.low + rng.Int32N(p.high-p.low+1)
		case mode == "low" || mode == "ends" && rng.Uint32()&1 == 0:
			w[i] = p.low
		default:
			w[i] = p.high
		}
	}
	return w
}

// layer is what OpConv and OpMatMul have in common.
type layer struct {
	zero, bias        []int32
	scale, multiplier []float32
}

// layer has one channel with each of the scales in turn; the biases are small and differ.
func (p pairing) layer(channels int, x, y float32, weight []float32) layer {
	var l layer
	for c := range channels {
		w := weight[c%len(weight)]
		l.zero = append(l.zero, p.weight)
		l.bias = append(l.bias, int32(c*37%501)-250)
		l.scale = append(l.scale, w)
		l.multiplier = append(l.multiplier, onnx.Multiplier(x, w, y))
	}
	return l
}

type geometry struct {
	name             string
	in               [3]int // channels, height, width
	out, group       int
	kernel, stride   [2]int
	padBegin, padEnd [2]int
	dilation         [2]int
}

var one = [2]int{1, 1}

var geometries = []geometry{
	{name: "general", in: [3]int{3, 8, 8}, out: 8, group: 1, kernel: [2]int{3, 3}, stride: one, padBegin: one, padEnd: one, dilation: one},
	{name: "strided", in: [3]int{16, 6, 6}, out: 32, group: 1, kernel: [2]int{3, 3}, stride: [2]int{2, 2}, padEnd: one, dilation: one},
	{name: "pointwise", in: [3]int{64, 5, 5}, out: 64, group: 1, kernel: one, stride: one, dilation: one},
	{name: "pointwise-odd", in: [3]int{13, 5, 5}, out: 7, group: 1, kernel: one, stride: one, dilation: one},
	{name: "depthwise-3x3", in: [3]int{16, 7, 7}, out: 16, group: 16, kernel: [2]int{3, 3}, stride: one, padBegin: one, padEnd: one, dilation: one},
	{name: "depthwise-5x5", in: [3]int{32, 9, 9}, out: 32, group: 32, kernel: [2]int{5, 5}, stride: [2]int{2, 2}, padBegin: [2]int{2, 2}, padEnd: [2]int{2, 2}, dilation: one},
	{name: "depthwise-25x5", in: [3]int{64, 25, 5}, out: 64, group: 64, kernel: [2]int{25, 5}, stride: one, dilation: one},
	{name: "depthwise-odd", in: [3]int{5, 7, 7}, out: 5, group: 5, kernel: [2]int{3, 2}, stride: [2]int{1, 2}, padBegin: [2]int{1, 0}, padEnd: [2]int{0, 1}, dilation: one},
	{name: "depthwise-doubled", in: [3]int{4, 6, 6}, out: 8, group: 4, kernel: [2]int{3, 3}, stride: one, padBegin: one, padEnd: one, dilation: one},
	{name: "grouped", in: [3]int{8, 6, 6}, out: 8, group: 2, kernel: [2]int{3, 3}, stride: one, padBegin: one, padEnd: one, dilation: one},
	{name: "dilated", in: [3]int{4, 9, 9}, out: 8, group: 1, kernel: [2]int{3, 3}, stride: one, padBegin: [2]int{2, 2}, padEnd: [2]int{2, 2}, dilation: [2]int{2, 2}},
	{name: "wide-kernel", in: [3]int{1, 49, 10}, out: 64, group: 1, kernel: [2]int{10, 4}, stride: [2]int{2, 2}, padBegin: [2]int{4, 1}, padEnd: [2]int{5, 1}, dilation: one},
}

func (g geometry) window() onnx.Window {
	return onnx.Window{Kernel: g.kernel, Stride: g.stride, Dilation: g.dilation, PadBegin: g.padBegin, PadEnd: g.padEnd}
}

func (g geometry) output(axis int) int {
	return (g.in[1+axis]+g.padBegin[axis]+g.padEnd[axis]-g.dilation[axis]*(g.kernel[axis]-1)-1)/g.stride[axis] + 1
}

// Scales whose multipliers are ordinary, or powers of two with a tie in every other accumulator.
var (
	ordinary = []float32{0.0101, 0.0073, 0.0149, 0.0088}
	ties     = []float32{0.5, 0.25, 0.125, 1.5}
)

func convolution(p pairing, g geometry, mode string, zero int32, x, y float32, scales []float32) *onnx.Graph {
	per := g.in[0] / g.group * g.kernel[0] * g.kernel[1]
	l := p.layer(g.out, x, y, scales)
	return &onnx.Graph{Name: "conv", Output: 1, Values: []onnx.Value{
		p.value("input", x, zero, 1, g.in[0], g.in[1], g.in[2]),
		p.value("output", y, p.output, 1, g.out, g.output(0), g.output(1)),
	}, Nodes: []onnx.Node{{Name: "conv0", Op: onnx.OpConv, In: []int{0}, Out: 1, Conv: &onnx.Conv{
		Window: g.window(), Group: g.group, Weights: p.weights(mode, g.out*per), WeightType: p.typ,
		WeightZero: l.zero, WeightScale: l.scale, Bias: l.bias, Multiplier: l.multiplier,
	}}}}
}

func product(p pairing, rows, terms, columns int, mode string, zero int32, x, y float32, scales []float32) *onnx.Graph {
	l := p.layer(columns, x, y, scales)
	return &onnx.Graph{Name: "matmul", Output: 1, Values: []onnx.Value{
		p.value("input", x, zero, rows, terms), p.value("output", y, p.output, rows, columns),
	}, Nodes: []onnx.Node{{Name: "matmul0", Op: onnx.OpMatMul, In: []int{0}, Out: 1, MatMul: &onnx.MatMul{
		Weights: p.weights(mode, terms*columns), WeightType: p.typ,
		WeightZero: l.zero, WeightScale: l.scale, Bias: l.bias, Multiplier: l.multiplier,
	}}}}
}

func linearLayers(t *testing.T) (all []subject) {
	add := func(name string, g *onnx.Graph) { all = append(all, made(t, name, g)) }
	for _, p := range pairings {
		for _, mode := range []string{"random", "ends", "low", "high"} {
			for _, g := range geometries {
				name := fmt.Sprintf("conv/%s/%v/%s", g.name, p.typ, mode)
				add(name, convolution(p, g, mode, p.input, 0.0371, 0.21, ordinary))
			}
			for _, s := range [][3]int{{1, 640, 128}, {1, 8, 128}, {1, 13, 7}, {4, 33, 12}} {
				name := fmt.Sprintf("matmul/%dx%dx%d/%v/%s", s[0], s[1], s[2], p.typ, mode)
				add(name, product(p, s[0], s[1], s[2], mode, p.input, 0.0371, 0.21, ordinary))
			}
		}
		for _, zero := range p.inputZeroPoint {
			for _, g := range geometries {
				add(fmt.Sprintf("conv/%s/%v/zero point %d", g.name, p.typ, zero), convolution(p, g, "ends", zero, 0.0371, 0.21, ordinary))
			}
			add(fmt.Sprintf("matmul/%v/zero point %d", p.typ, zero), product(p, 2, 70, 30, "ends", zero, 0.0371, 0.21, ordinary))
		}
		small := p
		small.low, small.high = p.weight-3, p.weight+3
		for _, g := range geometries {
			add(fmt.Sprintf("conv/%s/%v/ties", g.name, p.typ), convolution(small, g, "random", p.input, 1, 16, ties))
		}
		add(fmt.Sprintf("matmul/%v/ties", p.typ), product(small, 16, 4, 40, "random", p.input, 1, 4, ties))
	}
	return all
}

// pairsInput holds all 65,536 pairs of values: two channels of 256 by 256.
func pairsInput() []byte {
	in := make([]byte, 2<<16)
	for i := range 1 << 16 {
		in[i], in[1<<16+i] = byte(i>>8), byte(i)
	}
	return in
}

// channel is a convolution that copies one of two channels and gives it another scale and zero point.
func (p pairing) channel(i, from int, x, y onnx.Value) onnx.Node {
	weights := []int32{p.weight, p.weight}
	weights[from]++
	scale := y.Scale / x.Scale
	return onnx.Node{Name: fmt.Sprintf("channel%d", from), Op: onnx.OpConv, In: []int{0}, Out: i, Conv: &onnx.Conv{
		Window: onnx.Window{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}, Group: 1, Weights: weights, WeightType: p.typ,
		WeightZero: []int32{p.weight}, WeightScale: []float32{scale}, Bias: []int32{x.Zero - y.Zero},
		Multiplier: []float32{onnx.Multiplier(x.Scale, scale, y.Scale)},
	}}
}

// sums are residual additions of every pair of values, of two tensors and of a tensor and a constant.
func sums(t *testing.T) (all []subject) {
	scales := map[string][3]float32{
		"ordinary": {0.0234567, 0.0411111, 0.0501234},
		"ties":     {0.5, 0.25, 1},
		"tenths":   {0.1, 0.1, 0.2},
		"unequal":  {1e-6, 3, 0.02},
	}
	for _, p := range pairings {
		for name, s := range scales {
			in := p.value("input", 1, p.input, 1, 2, 256, 256)
			a, b := p.value("a", s[0], p.input+3, 1, 1, 256, 256), p.value("b", s[1], p.input-9, 1, 1, 256, 256)
			y := p.value("output", s[2], p.output, 1, 1, 256, 256)
			two := &onnx.Graph{Name: "add", Output: 3, Values: []onnx.Value{in, a, b, y}, Nodes: []onnx.Node{
				p.channel(1, 0, in, a), p.channel(2, 1, in, b), {Name: "add0", Op: onnx.OpAdd, In: []int{1, 2}, Out: 3},
			}}
			sub := made(t, fmt.Sprintf("add/%s/%v", name, p.typ), two)
			sub.input = pairsInput()
			all = append(all, sub)

			constant := onnx.Const{Value: b, Data: make([]int32, 1<<16)}
			constant.Name = ""
			for i := range constant.Data {
				constant.Data[i] = p.typ.Min() + int32(i>>8)
			}
			x := a
			x.Name = "input"
			single := &onnx.Graph{Name: "add", Output: 1, Values: []onnx.Value{x, y}, Nodes: []onnx.Node{
				{Name: "add0", Op: onnx.OpAdd, In: []int{0}, Out: 1, Const: &constant},
			}}
			sub = made(t, fmt.Sprintf("add/constant/%s/%v", name, p.typ), single)
			sub.input = pairsInput()[1<<16:]
			all = append(all, sub)
		}
	}
	return all
}

// moves are the operators without arithmetic: tables, maxima, transpositions, reshapes.
func moves(t *testing.T) (all []subject) {
	for _, p := range pairings {
		for _, out := range []onnx.DType{onnx.Int8, onnx.Uint8} {
			table := make([]int32, 256)
			for i := range table {
				table[i] = out.Min() + int32(i*167+13)&255
			}
			y := onnx.Value{Name: "output", Type: out, Shape: []int{1, 4, 8, 8}, Scale: 0.02, Zero: 3}
			g := &onnx.Graph{
				Name: "table", Output: 1, Values: []onnx.Value{p.value("input", 0.1, p.input, 1, 4, 8, 8), y},
				Nodes: []onnx.Node{{Name: "table0", Op: onnx.OpTable, In: []int{0}, Out: 1, Table: table}},
			}
			all = append(all, made(t, fmt.Sprintf("table/%v to %v", p.typ, out), g))
		}
		for _, g := range geometries {
			if g.padBegin[0] >= g.kernel[0] || g.in[0] > 16 {
				continue
			}
			m := &onnx.Graph{Name: "maxpool", Output: 1, Values: []onnx.Value{
				p.value("input", 0.1, p.input, 1, g.in[0], g.in[1], g.in[2]), p.value("output", 0.1, p.input, 1, g.in[0], g.output(0), g.output(1)),
			}, Nodes: []onnx.Node{{Name: "maxpool0", Op: onnx.OpMaxPool, In: []int{0}, Out: 1, MaxPool: &onnx.MaxPool{Window: g.window()}}}}
			all = append(all, made(t, fmt.Sprintf("maxpool/%s/%v", g.name, p.typ), m))
		}
		g := &onnx.Graph{Name: "layout", Output: 2, Values: []onnx.Value{
			p.value("input", 0.1, p.input, 1, 3, 4, 5), p.value("a", 0.1, p.input, 1, 4, 5, 3), p.value("output", 0.1, p.input, 1, 60),
		}, Nodes: []onnx.Node{
			{Name: "transpose0", Op: onnx.OpTranspose, In: []int{0}, Out: 1, Perm: []int{0, 2, 3, 1}},
			{Name: "reshape0", Op: onnx.OpReshape, In: []int{1}, Out: 2},
		}}
		all = append(all, made(t, fmt.Sprintf("transpose, reshape/%v", p.typ), g))
	}
	return all
}
