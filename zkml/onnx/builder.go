package onnx

import (
	"fmt"
	"slices"
)

// params are the quantization parameters of a value. Values that differ in layout only share
// them, so that an input that is first reshaped learns its scale from the later dequantization.
type params struct {
	known bool
	typ   DType
	scale float32
	zero  int32
}

// draft is a value of the graph under construction.
type draft struct {
	shape []int
	*params
}

// builder collects nodes in the order in which they are emitted; node i produces value i+1.
type builder struct {
	values  []draft
	nodes   []Node
	sources [][]string // by node: the ONNX nodes that it stands for
}

// newParams checks and returns known parameters.
func newParams(t DType, scale float32, zero int32) (*params, error) {
	if err := checkType(t, zero); err != nil {
		return nil, err
	}
	if err := checkScale("scale", scale); err != nil {
		return nil, err
	}
	return &params{true, t, scale, zero}, nil
}

// learn sets the parameters of value v, or checks them where they are known.
func (b *builder) learn(v int, scale float32, zero int32) error {
	p := b.values[v].params
	q, err := newParams(p.typ, scale, zero)
	if err != nil {
		return err
	}
	if !p.known {
		*p = *q
	}
	if *p != *q {
		return refuse(ErrQuantization, "expected scale %v and zero point %d as it was quantized with, got %v and %d",
			p.scale, p.zero, scale, zero)
	}
	return nil
}

// emit appends a node with one new value and returns the value.
func (b *builder) emit(n Node, shape []int, p *params, sources []string) (int, error) {
	if err := checkShape(shape, MaxElements); err != nil {
		return 0, err
	}
	if len(b.nodes) >= MaxNodes {
		return 0, refuse(ErrTooLarge, "expected at most %d nodes", MaxNodes)
	}
	n.Out = len(b.values)
	b.values = append(b.values, draft{slices.Clone(shape), p})
	b.nodes = append(b.nodes, n)
	b.sources = append(b.sources, slices.Clone(sources))
	return n.Out, nil
}

// layout is a change that commutes with every element-wise monotone function.
type layout struct {
	op    Op // OpReshape, OpTranspose or OpMaxPool
	shape []int
	perm  []int
	pool  *MaxPool
}

// apply emits the change of value v, unless it changes nothing.
func (b *builder) apply(l layout, v int, sources []string) (int, error) {
	x := b.values[v]
	if l.op == OpReshape {
		for v > 0 && b.nodes[v-1].Op == OpReshape { // the last of a chain says it all
			v = b.nodes[v-1].In[0]
		}
		if slices.Equal(b.values[v].shape, l.shape) {
			return v, nil
		}
	}
	if l.op == OpTranspose && slices.IsSorted(l.perm) {
		return v, nil
	}
	return b.emit(Node{Op: l.op, In: []int{v}, MaxPool: l.pool, Perm: slices.Clone(l.perm)}, l.shape, x.params, sources)
}

// table emits an OpTable of f, or nothing where f changes no element and the parameters stay.
func (b *builder) table(v int, p *params, f func(int32) int32, sources []string) (int, error) {
	x := b.values[v]
	same := *p == *x.params
	entries := make([]int32, 256)
	for i := range entries {
		q := x.typ.Min() + int32(i)
		entries[i] = f(q)
		same = same && entries[i] == q
	}
	if same {
		return v, nil
	}
	return b.emit(Node{Op: OpTable, In: []int{v}, Table: entries}, x.shape, p, sources)
}

// finish returns the graph of all nodes that lead to output, and their sources.
func (b *builder) finish(name string, output int) (*Graph, []Layer, error) {
	index := b.live(output)
	g := &Graph{Name: name}
	var layers []Layer
	for v, d := range b.values {
		if index[v] < 0 {
			continue
		}
		if !d.known {
			return nil, nil, refuse(ErrQuantization, "scale and zero point of the input are not given")
		}
		g.Values = append(g.Values, Value{Name: fmt.Sprintf("v%d", index[v]), Type: d.typ, Shape: d.shape, Scale: d.scale, Zero: d.zero})
		if v == 0 {
			continue
		}
		n := b.nodes[v-1]
		n.In = slices.Clone(n.In)
		for i, in := range n.In {
			n.In[i] = index[in]
		}
		n.Out = index[v]
		n.Name = fmt.Sprintf("%v%d", n.Op, len(g.Nodes))
		g.Nodes = append(g.Nodes, n)
		layers = append(layers, Layer{Node: n.Name, Sources: b.sources[v-1]})
	}
	g.Output = len(g.Nodes)
	g.Values[0].Name = "input"
	if g.Output > 0 {
		g.Values[g.Output].Name = "output"
	}
	g.deriveMultipliers()
	return g, layers, g.Validate()
}

// deriveMultipliers fills in what follows from the scales.
func (g *Graph) deriveMultipliers() {
	for i := range g.Nodes {
		n := &g.Nodes[i]
		x, y := g.Values[n.In[0]].Scale, g.Values[n.Out].Scale
		switch n.Op {
		case OpConv:
			n.Conv.Multiplier = multipliers(x, n.Conv.WeightScale, y)
		case OpMatMul:
			n.MatMul.Multiplier = multipliers(x, n.MatMul.WeightScale, y)
		}
	}
}

func multipliers(x float32, weights []float32, y float32) []float32 {
	out := make([]float32, len(weights))
	for c, w := range weights {
		out[c] = Multiplier(x, w, y)
	}
	return out
}

// live numbers the values that lead to output, the input first; all others are -1.
func (b *builder) live(output int) []int {
	index := make([]int, len(b.values))
	index[0], index[output] = 1, 1
	for v := output; v > 0; v-- {
		if index[v] == 0 {
			continue
		}
		for _, in := range b.nodes[v-1].In {
			index[in] = 1
		}
	}
	next := 0
	for v := range index {
		if index[v] == 0 {
			index[v] = -1
			continue
		}
		index[v] = next
		next++
	}
	return index
}
