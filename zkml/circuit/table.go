package circuit

import "github.com/assay-chain/assay/zkml/onnx"

// lookup maps every element through a table of 256 entries. With x and y bytes, y + 256*x is a row
// of the table only for the y of that x.
type lookup struct {
	x, y    *tensor
	entries []int64 // v of the output for v of the input
	rows    *table  // nil where output and input are the same
}

func newTable(p *plan, node *onnx.Node) (layer, error) {
	l := &lookup{x: p.tensors[node.In[0]], y: p.tensors[node.Out], entries: make([]int64, 256)}
	rows, same := make([]int64, 256), true
	lo, hi := int64(l.y.Type.Max()), int64(l.y.Type.Min())
	for v, q := range node.Table {
		l.entries[v] = int64(q) - int64(l.y.Type.Min())
		rows[v] = l.entries[v] + 256*int64(v)
		if x := int64(v) + int64(l.x.Type.Min()); x >= l.x.lo && x <= l.x.hi {
			lo, hi = min(lo, int64(q)), max(hi, int64(q))
			same = same && l.entries[v] == int64(v)
		}
	}
	l.y.lo, l.y.hi = lo, hi
	if !same {
		p.tables.byte.used = true
		l.rows = p.pairs("table", rows)
	}
	return l, nil
}

func (l *lookup) allocate(p *plan) {
	l.y.wires = l.x.wires
	if l.rows != nil {
		l.y.wires = p.take(l.y.Len())
	}
}

func (l *lookup) constrain(e *emitter) {
	if l.rows == nil {
		return
	}
	for i, y := range l.y.wires {
		e.query(e.plan.tables.byte, 1, 0, term{y, 1})
		e.query(l.rows, 1, 0, term{y, 1}, term{l.x.wires[i], 256})
	}
}

func (l *lookup) assign(w *witness) {
	if l.rows == nil {
		return
	}
	for i, y := range l.y.wires {
		x := w.get(l.x.wires[i])
		w.set(y, l.entries[x])
		w.hit(w.plan.tables.byte, l.entries[x])
		w.hit(l.rows, x)
	}
}
