package circuit

import "github.com/assay-chain/assay/zkml/onnx"

// reshape passes the wires of its input on, in the same or another order. It has no constraints.
type reshape struct {
	x, y  *tensor
	order []int // output element i is input element order[i]; nil for the same order
}

func newReshape(p *plan, node *onnx.Node) (layer, error) {
	l := &reshape{x: p.tensors[node.In[0]], y: p.tensors[node.Out]}
	l.y.lo, l.y.hi = l.x.lo, l.x.hi
	return l, nil
}

func (l *reshape) allocate(*plan) {
	if l.order == nil {
		l.y.wires = l.x.wires
		return
	}
	l.y.wires = make([]wire, len(l.order))
	for i, from := range l.order {
		l.y.wires[i] = l.x.wires[from]
	}
}

func (l *reshape) constrain(*emitter) {}

func (l *reshape) assign(*witness) {}
