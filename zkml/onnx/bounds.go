package onnx

// linear is the view that OpConv and OpMatMul share: per output channel, a row of weights.
type linear struct {
	channels   int
	rows       func(channel int, visit func(weight int32))
	weightType DType
	weightZero []int32
	scale      []float32
	bias       []int32
	multiplier []float32
}

// linear returns the view of a node, or false for other operators. The node must be valid.
func (n *Node) linear() (linear, bool) {
	switch n.Op {
	case OpConv:
		c := n.Conv
		per := len(c.Weights) / len(c.Bias)
		return linear{len(c.Bias), func(ch int, visit func(int32)) {
			for _, w := range c.Weights[ch*per : (ch+1)*per] {
				visit(w)
			}
		}, c.WeightType, c.WeightZero, c.WeightScale, c.Bias, c.Multiplier}, true
	case OpMatMul:
		m := n.MatMul
		cols := len(m.Bias)
		return linear{cols, func(ch int, visit func(int32)) {
			for i := ch; i < len(m.Weights); i += cols {
				visit(m.Weights[i])
			}
		}, m.WeightType, m.WeightZero, m.WeightScale, m.Bias, m.Multiplier}, true
	}
	return linear{}, false
}

// AccumulatorRange returns bounds of the accumulator, bias included, of an output channel (OpConv)
// or column (OpMatMul) for every input of the right type. Of any other node it is 0, 0. The bounds
// are reached where the window does not touch padding; padding can only narrow them.
func (g *Graph) AccumulatorRange(node, channel int) (lo, hi int64) {
	n := &g.Nodes[node]
	l, ok := n.linear()
	if !ok {
		return 0, 0
	}
	x := &g.Values[n.In[0]]
	below, above := int64(x.Type.Min()-x.Zero), int64(x.Type.Max()-x.Zero)
	lo, hi = int64(l.bias[channel]), int64(l.bias[channel])
	zero := l.weightZero[channel]
	l.rows(channel, func(weight int32) {
		if w := int64(weight - zero); w >= 0 {
			lo, hi = lo+w*below, hi+w*above
		} else {
			lo, hi = lo+w*above, hi+w*below
		}
	})
	return lo, hi
}

// Channels is the number of output channels (OpConv) or columns (OpMatMul) of a node, else 0.
func (g *Graph) Channels(node int) int {
	l, _ := g.Nodes[node].linear()
	return l.channels
}

// MACs is the number of multiplications with a weight in one inference.
func (g *Graph) MACs() int64 {
	var sum int64
	for i := range g.Nodes {
		sum += g.macs(i)
	}
	return sum
}

func (g *Graph) macs(node int) int64 {
	n := &g.Nodes[node]
	switch n.Op {
	case OpConv:
		return int64(g.Values[n.Out].Len()) * int64(len(n.Conv.Weights)/len(n.Conv.Bias))
	case OpMatMul:
		return int64(g.Values[n.In[0]].Shape[0]) * int64(len(n.MatMul.Weights))
	}
	return 0
}
