package onnx

import "fmt"

// Executor computes a Graph with integers. It owns its buffers and can be used again and again,
// by one goroutine at a time; several executors may share a Graph.
type Executor struct {
	graph  *Graph
	values [][]int32 // by value
	steps  []func()  // by node
}

// NewExecutor validates the graph and prepares buffers for it. The graph must not change afterwards.
func NewExecutor(g *Graph) (*Executor, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	e := &Executor{graph: g, values: make([][]int32, len(g.Values)), steps: make([]func(), len(g.Nodes))}
	for i := range g.Values {
		e.values[i] = make([]int32, g.Values[i].Len())
	}
	for i := range g.Nodes {
		e.steps[i] = e.step(&g.Nodes[i])
	}
	return e, nil
}

// Run computes the output for the input's raw bytes: one byte to an element, row major, int8 as
// two's complement. The result is the caller's.
func (e *Executor) Run(input []byte) ([]byte, error) {
	if err := e.load(input); err != nil {
		return nil, err
	}
	for _, step := range e.steps {
		step()
	}
	return Bytes(e.values[e.graph.Output]), nil
}

// Values returns the elements of all values, indexed as Graph.Values, of the last Run. They are
// the executor's and change with the next Run.
func (e *Executor) Values() [][]int32 { return e.values }

func (e *Executor) load(input []byte) error {
	x := &e.graph.Values[e.graph.Input]
	if len(input) != x.Len() {
		return refuse(ErrInput, "%v %v: expected %d bytes, got %d", x.Type, x.Shape, x.Len(), len(input))
	}
	for i, b := range input {
		e.values[e.graph.Input][i] = x.Type.FromByte(b)
	}
	return nil
}

// FromByte is the element that a raw byte stands for.
func (d DType) FromByte(b byte) int32 {
	if d == Int8 {
		return int32(int8(b))
	}
	return int32(b)
}

// Bytes returns the raw bytes of elements in the range of a DType.
func Bytes(elements []int32) []byte {
	out := make([]byte, len(elements))
	for i, v := range elements {
		out[i] = byte(v)
	}
	return out
}

// Run computes the output for the input's raw bytes; see Executor.Run, which is faster for more
// than one input.
func (g *Graph) Run(input []byte) ([]byte, error) {
	e, err := NewExecutor(g)
	if err != nil {
		return nil, err
	}
	return e.Run(input)
}

// Trace computes all values, indexed as Graph.Values, for the input's raw bytes.
func (g *Graph) Trace(input []byte) ([][]int32, error) {
	e, err := NewExecutor(g)
	if err != nil {
		return nil, err
	}
	if _, err := e.Run(input); err != nil {
		return nil, err
	}
	return e.values, nil
}

func (e *Executor) step(n *Node) func() {
	switch n.Op {
	case OpConv:
		return e.conv(n)
	case OpMatMul:
		return e.matMul(n)
	case OpAdd:
		return e.add(n)
	case OpTable:
		return e.table(n)
	case OpMaxPool:
		return e.maxPool(n)
	case OpReshape:
		in, out := e.values[n.In[0]], e.values[n.Out]
		return func() { copy(out, in) }
	case OpTranspose:
		return e.transpose(n)
	}
	panic(fmt.Sprintf("operator %d passed validation", n.Op))
}

func (e *Executor) add(n *Node) func() {
	g, y := e.graph, &e.graph.Values[n.Out]
	a, b, out := e.values[n.In[0]], []int32(nil), e.values[n.Out]
	left, right := dequantized(&g.Values[n.In[0]]), [256]float32{}
	var rightMin int32
	if n.Const != nil {
		b, right, rightMin = n.Const.Data, dequantized(&n.Const.Value), n.Const.Type.Min()
	} else {
		v := &g.Values[n.In[1]]
		b, right, rightMin = e.values[n.In[1]], dequantized(v), v.Type.Min()
	}
	leftMin := g.Values[n.In[0]].Type.Min()
	return func() {
		for i := range out {
			out[i] = addQuantized(left[a[i]-leftMin], right[b[i]-rightMin], y.Scale, y.Zero, y.Type)
		}
	}
}

// dequantized lists the real numbers of a value's 256 elements, lowest first.
func dequantized(v *Value) (real [256]float32) {
	for i := range real {
		real[i] = Dequantize(v.Type.Min()+int32(i), v.Scale, v.Zero)
	}
	return real
}

func (e *Executor) table(n *Node) func() {
	in, out, least := e.values[n.In[0]], e.values[n.Out], e.graph.Values[n.In[0]].Type.Min()
	return func() {
		for i, v := range in {
			out[i] = n.Table[v-least]
		}
	}
}

func (e *Executor) transpose(n *Node) func() {
	in, out := e.values[n.In[0]], e.values[n.Out]
	from := transposeIndex(e.graph.Values[n.In[0]].Shape, n.Perm)
	return func() {
		for i, j := range from {
			out[i] = in[j]
		}
	}
}

// transposeIndex returns, for every element of the output, its index in the input.
func transposeIndex(shape, perm []int) []int {
	strides := make([]int, len(shape))
	size := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = size
		size *= shape[i]
	}
	from := make([]int, 1, size)
	for _, axis := range perm {
		next := make([]int, 0, size)
		for _, base := range from {
			for k := range shape[axis] {
				next = append(next, base+k*strides[axis])
			}
		}
		from = next
	}
	return from
}

func (e *Executor) matMul(n *Node) func() {
	x, y, m := &e.graph.Values[n.In[0]], &e.graph.Values[n.Out], n.MatMul
	in, out := e.values[n.In[0]], e.values[n.Out]
	columns := len(m.Bias)
	depth := x.Shape[1]
	weights := make([]int32, len(m.Weights)) // [K, N], zero points subtracted
	for i, w := range m.Weights {
		weights[i] = w - m.WeightZero[i%columns]
	}
	acc := make([]int32, columns)
	return func() {
		for row := range x.Shape[0] {
			copy(acc, m.Bias)
			for k, q := range in[row*depth : (row+1)*depth] {
				axpy(acc, weights[k*columns:(k+1)*columns], q-x.Zero)
			}
			for c, a := range acc {
				out[row*columns+c] = Requantize(a, m.Multiplier[c], y.Zero, y.Type)
			}
		}
	}
}

// axpy adds factor*x to acc. Sums may wrap on the way; Validate has shown that the last does not.
func axpy(acc, x []int32, factor int32) {
	if factor == 0 {
		return
	}
	x = x[:len(acc)]
	for i := range acc {
		acc[i] += factor * x[i]
	}
}
