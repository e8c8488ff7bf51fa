package circuit

import "github.com/assay-chain/assay/zkml/onnx"

// matMul is x[M,K] times constant weights [K,N].
type matMul struct {
	x, y  *tensor
	m     *onnx.MatMul
	k, n  int
	steps []*step // one for each column
}

func newMatMul(p *plan, node *onnx.Node) (layer, error) {
	l := &matMul{x: p.tensors[node.In[0]], y: p.tensors[node.Out], m: node.MatMul}
	l.k, l.n = l.x.Shape[1], l.y.Shape[1]
	channels := channels{p: p, node: node, y: l.y, multiplier: l.m.Multiplier, uses: l.x.Shape[0]}
	for j := range l.n {
		b := newBounds(l.x, int64(l.m.Bias[j]))
		for i := range l.k {
			b.tap(l.weight(i, j), false)
		}
		channels.add(b)
	}
	l.steps = channels.close()
	return l, nil
}

func (l *matMul) weight(i, j int) int64 {
	return int64(l.m.Weights[i*l.n+j]) - int64(l.m.WeightZero[j])
}

func (l *matMul) step(i int) *step { return l.steps[i%l.n] }

func (l *matMul) allocate(p *plan) { p.activate(l.y, l.step) }

func (l *matMul) constrain(e *emitter) {
	terms := make([]term, 0, l.k)
	for i, out := range l.y.wires {
		row, j := l.x.wires[i/l.n*l.k:], i%l.n
		constant := int64(l.m.Bias[j])
		terms = terms[:0]
		for k := range l.k {
			if c := l.weight(k, j); c != 0 {
				terms = append(terms, term{row[k], c})
				constant += c * l.x.offset()
			}
		}
		e.activate(l.steps[j], out, constant, terms)
	}
}

func (l *matMul) assign(w *witness) {
	for i, out := range l.y.wires {
		row, j := l.x.wires[i/l.n*l.k:], i%l.n
		acc := int64(l.m.Bias[j])
		for k := range l.k {
			acc += l.weight(k, j) * (w.get(row[k]) + l.x.offset())
		}
		w.activate(l.steps[j], out, acc)
	}
}
