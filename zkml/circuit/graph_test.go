package circuit_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/assay-chain/assay/zkml/onnx"
)

// graph builds test graphs, one value for each node, from a seed.
type graph struct {
	*onnx.Graph
	rand *rand.Rand
}

func newGraph(seed uint64, t onnx.DType, shape ...int) *graph {
	g := &graph{&onnx.Graph{Name: "test"}, rand.New(rand.NewPCG(seed, 1))}
	g.Values = []onnx.Value{{Name: "input", Type: t, Shape: shape, Scale: 0.05, Zero: g.zero(t)}}
	return g
}

func (g *graph) zero(t onnx.DType) int32 {
	return []int32{t.Min(), t.Max(), t.Min() + g.rand.Int32N(256)}[g.rand.IntN(3)]
}

func (g *graph) dtype() onnx.DType { return onnx.DType(1 + g.rand.IntN(2)) }

// last is the newest value.
func (g *graph) last() onnx.Value { return g.Values[len(g.Values)-1] }

// node appends a node on the given values, the newest if none is given.
func (g *graph) node(n onnx.Node, out onnx.Value, in ...int) *graph {
	if len(in) == 0 {
		in = []int{len(g.Values) - 1}
	}
	n.Name, n.In, n.Out = fmt.Sprintf("node%d", len(g.Nodes)), in, len(g.Values)
	out.Name = fmt.Sprintf("value%d", len(g.Values))
	g.Nodes, g.Values, g.Output = append(g.Nodes, n), append(g.Values, out), n.Out
	return g
}

// linear draws weights, biases and scales for n channels of some products each.
func (g *graph) linear(x, y onnx.Value, n, products int) (w, zero, bias []int32, scale, multiplier []float32) {
	for range n * products {
		w = append(w, g.rand.Int32N(256)-128)
	}
	ws := y.Scale / x.Scale / float32(math.Sqrt(float64(products))) / 40
	for range n {
		s := ws * (0.5 + g.rand.Float32())
		zero, scale = append(zero, 0), append(scale, s)
		bias = append(bias, g.rand.Int32N(4000)-2000)
		multiplier = append(multiplier, onnx.Multiplier(x.Scale, s, y.Scale))
	}
	return w, zero, bias, scale, multiplier
}

func (g *graph) matMul(n int) *graph {
	x, t := g.last(), g.dtype()
	y := onnx.Value{Type: t, Shape: []int{x.Shape[0], n}, Scale: 0.03, Zero: g.zero(t)}
	m := &onnx.MatMul{WeightType: onnx.Int8}
	m.Weights, m.WeightZero, m.Bias, m.WeightScale, m.Multiplier = g.linear(x, y, n, x.Shape[1])
	return g.node(onnx.Node{Op: onnx.OpMatMul, MatMul: m}, y)
}

func (g *graph) conv(channels, group int, w onnx.Window) *graph {
	x, t := g.last(), g.dtype()
	y := onnx.Value{Type: t, Shape: out(w, x.Shape, channels), Scale: 0.04, Zero: g.zero(t)}
	c := &onnx.Conv{Window: w, Group: group, WeightType: onnx.Int8}
	products := x.Shape[1] / group * w.Kernel[0] * w.Kernel[1]
	c.Weights, c.WeightZero, c.Bias, c.WeightScale, c.Multiplier = g.linear(x, y, channels, products)
	return g.node(onnx.Node{Op: onnx.OpConv, Conv: c}, y)
}

func (g *graph) maxPool(w onnx.Window) *graph {
	y := g.last()
	y.Shape = out(w, y.Shape, y.Shape[1])
	return g.node(onnx.Node{Op: onnx.OpMaxPool, MaxPool: &onnx.MaxPool{Window: w}}, y)
}

func (g *graph) table() *graph {
	y, table := g.last(), make([]int32, 256)
	y.Type = g.dtype()
	y.Zero = g.zero(y.Type)
	for i := range table {
		table[i] = y.Type.Min() + g.rand.Int32N(256)
	}
	return g.node(onnx.Node{Op: onnx.OpTable, Table: table}, y)
}

// add adds the newest value and value i, with the scale of the sum.
func (g *graph) add(i int, scale float32) *graph {
	y := g.last()
	y.Scale = scale
	return g.node(onnx.Node{Op: onnx.OpAdd}, y, len(g.Values)-1, i)
}

func (g *graph) addConst() *graph {
	y := g.last()
	c := &onnx.Const{Value: y}
	c.Name, c.Type, c.Scale = "", onnx.Uint8, y.Scale*0.7
	c.Zero = 100
	for range y.Len() {
		c.Data = append(c.Data, g.rand.Int32N(256))
	}
	y.Scale *= 1.3
	return g.node(onnx.Node{Op: onnx.OpAdd, Const: c}, y)
}

func (g *graph) reshape(shape ...int) *graph {
	y := g.last()
	y.Shape = shape
	return g.node(onnx.Node{Op: onnx.OpReshape}, y)
}

func (g *graph) transpose(perm ...int) *graph {
	y, shape := g.last(), []int{}
	for _, p := range perm {
		shape = append(shape, y.Shape[p])
	}
	y.Shape = shape
	return g.node(onnx.Node{Op: onnx.OpTranspose, Perm: perm}, y)
}

// window is a square window.
func window(kernel, stride, dilation, begin, end int) onnx.Window {
	two := func(n int) [2]int { return [2]int{n, n} }
	return onnx.Window{Kernel: two(kernel), Stride: two(stride), Dilation: two(dilation), PadBegin: two(begin), PadEnd: two(end)}
}

func out(w onnx.Window, shape []int, channels int) []int {
	side := func(i int) int {
		return (shape[2+i]+w.PadBegin[i]+w.PadEnd[i]-w.Dilation[i]*(w.Kernel[i]-1)-1)/w.Stride[i] + 1
	}
	return []int{1, channels, side(0), side(1)}
}

// multiplier gives all channels of the newest matMul one multiplier.
func (g *graph) multiplier(m float32) *graph {
	n := &g.Nodes[len(g.Nodes)-1]
	x, y := &g.Values[n.In[0]], &g.Values[n.Out]
	x.Scale, y.Scale = 1, 1
	for i := range n.MatMul.Multiplier {
		n.MatMul.WeightScale[i], n.MatMul.Multiplier[i] = m, m
	}
	return g
}

// cases are graphs with every operator, and every way to prove one.
func cases() []struct {
	name  string
	graph *onnx.Graph
} {
	return []struct {
		name  string
		graph *onnx.Graph
	}{
		{"matmul int8", newGraph(1, onnx.Int8, 1, 9).matMul(5).Graph},
		{"matmul uint8", newGraph(2, onnx.Uint8, 3, 4).matMul(5).matMul(2).Graph},
		{"matmul ties", newGraph(3, onnx.Int8, 1, 6).matMul(4).multiplier(1.0 / 256).Graph},
		{"matmul multiplier above one", newGraph(4, onnx.Uint8, 1, 6).matMul(4).multiplier(3.7).Graph},
		{"matmul tiny multiplier", newGraph(5, onnx.Int8, 1, 6).matMul(4).multiplier(1e-9).Graph},
		{"matmul clamp table", newGraph(5, onnx.Int8, 40, 9).matMul(40).Graph},
		{"matmul hashed output", newGraph(6, onnx.Int8, 1, 3).matMul(250).Graph},
		{"conv", newGraph(7, onnx.Int8, 1, 2, 5, 4).conv(3, 1, window(3, 1, 1, 0, 0)).Graph},
		{"conv padded strided", newGraph(8, onnx.Uint8, 1, 2, 7, 6).conv(4, 2, window(3, 2, 1, 0, 1)).Graph},
		{"conv depthwise dilated", newGraph(9, onnx.Int8, 1, 3, 6, 6).conv(3, 3, window(2, 1, 2, 1, 1)).Graph},
		{"table", newGraph(10, onnx.Int8, 1, 20).table().table().Graph},
		{"add", newGraph(11, onnx.Int8, 1, 8).matMul(8).add(0, 0.061).Graph},
		{"add to itself", newGraph(30, onnx.Int8, 1, 4).add(0, 0.0713).Graph},
		{"add ties", newGraph(12, onnx.Uint8, 1, 8).add(0, 0.1).Graph},
		{"add constant", newGraph(13, onnx.Int8, 1, 6).addConst().Graph},
		{"max pool", newGraph(14, onnx.Int8, 1, 2, 4, 5).maxPool(window(2, 2, 1, 0, 1)).Graph},
		{"max pool overlapping", newGraph(15, onnx.Uint8, 1, 1, 4, 4).maxPool(window(3, 1, 1, 1, 1)).Graph},
		{"reshape", newGraph(16, onnx.Int8, 1, 6).reshape(2, 3).Graph},
		{"transpose", newGraph(17, onnx.Uint8, 2, 3, 4).transpose(2, 0, 1).Graph},
		{"everything", everything(18)},
	}
}

// everything has every operator once.
func everything(seed uint64) *onnx.Graph {
	g := newGraph(seed, onnx.Int8, 1, 2, 6, 6).conv(4, 1, window(3, 1, 1, 1, 1)).table()
	return g.add(1, 0.055).maxPool(window(2, 2, 1, 0, 0)).transpose(0, 2, 3, 1).addConst().reshape(1, 36).matMul(5).Graph
}
