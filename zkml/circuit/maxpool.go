package circuit

import (
	"fmt"

	"github.com/assay-chain/assay/zkml/onnx"
)

// maxPool is a 2-D maximum. y is the maximum of x_1 … x_n if and only if every y-x_i is in [0, 256)
// and Π (y-x_i) = 0: a product in a field is zero where a factor is. So y is one of the bytes.
type maxPool struct {
	window
	x, y *tensor
}

func newMaxPool(p *plan, node *onnx.Node) (layer, error) {
	l := &maxPool{x: p.tensors[node.In[0]], y: p.tensors[node.Out]}
	var err error
	if l.window, err = newWindow(node.MaxPool.Window, l.x.Value, l.y.Value); err != nil {
		return nil, err
	}
	for i := range l.oh * l.ow {
		taps := 0
		l.each(i/l.ow, i%l.ow, func(int, int) { taps++ })
		if taps == 0 {
			return nil, fmt.Errorf("%w: max pool: a window lies in the padding", ErrUnsupported)
		}
	}
	l.y.lo, l.y.hi = l.x.lo, l.x.hi
	p.tables.byte.used = true
	return l, nil
}

func (l *maxPool) allocate(p *plan) { l.y.wires = p.take(l.y.Len()) }

// taps returns the wires that output element i is the maximum of.
func (l *maxPool) taps(i int) []wire {
	var out []wire
	plane := l.x.wires[i/(l.oh*l.ow)*l.h*l.w:]
	l.each(i/l.ow%l.oh, i%l.ow, func(_, at int) { out = append(out, plane[at]) })
	return out
}

func (l *maxPool) constrain(e *emitter) {
	for i, y := range l.y.wires {
		taps := l.taps(i)
		product := e.sum(1)
		for j, x := range taps {
			e.query(e.plan.tables.byte, 1, 0, term{y, 1}, term{x, -1})
			next := e.sum(0)
			if j < len(taps)-1 {
				next = e.sum(0, term{e.internal(), 1})
			}
			e.product(e.sum(0, term{y, 1}, term{x, -1}), product, next)
			product = next
		}
	}
}

func (l *maxPool) assign(w *witness) {
	for i, y := range l.y.wires {
		taps := l.taps(i)
		greatest := int64(0)
		for _, x := range taps {
			greatest = max(greatest, w.get(x))
		}
		w.set(y, greatest)
		for _, x := range taps {
			w.hit(w.plan.tables.byte, greatest-w.get(x))
		}
	}
}
