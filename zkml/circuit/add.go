package circuit

import (
	"fmt"
	"math"

	"github.com/assay-chain/assay/zkml/onnx"
)

// addition is the runtime's sum of two quantized tensors, in plain IEEE float:
// clamp(round_half_even(f32(f32(sa*(a-za)) + f32(sb*(b-zb))) / sy) + zy).
type addition struct{ a, b, y *onnx.Value }

// value is v of the output for v of both inputs.
func (s addition) value(a, b int64) int64 {
	x := onnx.Dequantize(int32(a)+s.a.Type.Min(), s.a.Scale, s.a.Zero)
	y := onnx.Dequantize(int32(b)+s.b.Type.Min(), s.b.Scale, s.b.Zero)
	return int64(onnx.Quantize(float32(x+y), s.y.Scale, s.y.Zero, s.y.Type) - s.y.Type.Min())
}

func newAdd(p *plan, node *onnx.Node) (layer, error) {
	if node.Const != nil {
		return newAddConst(p, node)
	}
	l := &add{a: p.tensors[node.In[0]], b: p.tensors[node.In[1]], y: p.tensors[node.Out]}
	l.addition = addition{l.a.Value, l.b.Value, l.y.Value}
	values := l.values()
	low := int64(l.y.Type.Min())
	l.y.lo, l.y.hi = values.least+low, values.most+low
	if r, ma, mb, ok := values.linear(); ok {
		l.ma, l.mb = ma, mb
		l.rule = &step{rule: r, count: l.y.Len()}
		p.steps = append(p.steps, l.rule)
		return l, nil
	}
	rows := make([]int64, 1<<16)
	for i := range rows {
		rows[i] = l.value(int64(i&255), int64(i>>8)) + int64(i)<<8
	}
	p.tables.byte.used = true
	l.rows = p.pairs("sum", rows)
	return l, nil
}

// add is the sum of two tensors: the linear rule on ma*a + mb*b where one equals the runtime on all
// pairs, else a table of 65,536 rows y + 256*a + 65536*b, which is sound as a, b and y are bytes.
type add struct {
	addition
	a, b, y *tensor
	rule    *step // its rule is given and its function is not used
	ma, mb  int64
	rows    *table
}

// sums are the results for all pairs in range.
type sums struct {
	addition
	a0, a1, b0, b1 int64
	least, most    int64
	of             []int64
}

func (l *add) values() *sums {
	s := &sums{addition: l.addition, least: 255}
	s.a0, s.a1 = l.a.lo-int64(l.a.Type.Min()), l.a.hi-int64(l.a.Type.Min())
	s.b0, s.b1 = l.b.lo-int64(l.b.Type.Min()), l.b.hi-int64(l.b.Type.Min())
	for a := s.a0; a <= s.a1; a++ {
		for b := s.b0; b <= s.b1; b++ {
			v := s.value(a, b)
			s.least, s.most = min(s.least, v), max(s.most, v)
			s.of = append(s.of, v)
		}
	}
	return s
}

// linear looks for ma, mb and an addend that give every one of the sums.
func (s *sums) linear() (r rule, ma, mb int64, ok bool) {
	for shift := 12; shift <= 30; shift += 2 {
		unit := math.Ldexp(1, shift)
		fa, fb := float64(s.a.Scale)/float64(s.y.Scale)*unit, float64(s.b.Scale)/float64(s.y.Scale)*unit
		if fa > 1<<40 || fb > 1<<40 {
			break
		}
		ma, mb = int64(math.Round(fa)), int64(math.Round(fb))
		least, most := int64(math.MinInt64/2), int64(math.MaxInt64/2)
		i := 0
		for a := s.a0; a <= s.a1; a++ {
			for b := s.b0; b <= s.b1; b++ {
				v, x := s.of[i], ma*a+mb*b
				i++
				if v > 0 {
					least = max(least, v<<shift-x)
				}
				if v < 255 {
					most = min(most, (v+1)<<shift-1-x)
				}
			}
		}
		if least > most {
			continue
		}
		if least == math.MinInt64/2 {
			least = most
		}
		r = rule{mode: modeClamp, mul: 1, add: least, shift: shift}
		r.qmin = (ma*s.a0 + mb*s.b0 + r.add) >> shift
		r.qmax = (ma*s.a1 + mb*s.b1 + r.add) >> shift
		if max(r.qmax, -r.qmin) <= maxQuotient {
			return r, ma, mb, true
		}
	}
	return rule{}, 0, 0, false
}

func (l *add) allocate(p *plan) {
	if l.rows != nil {
		l.y.wires = p.take(l.y.Len())
		return
	}
	p.activate(l.y, func(int) *step { return l.rule })
}

func (l *add) constrain(e *emitter) {
	for i, y := range l.y.wires {
		a, b := l.a.wires[i], l.b.wires[i]
		if l.rows != nil {
			e.query(e.plan.tables.byte, 1, 0, term{y, 1})
			e.query(l.rows, 1, 0, term{y, 1}, term{a, 256}, term{b, 1 << 16})
			continue
		}
		e.activate(l.rule, y, 0, []term{{a, l.ma}, {b, l.mb}})
	}
}

func (l *add) assign(w *witness) {
	for i, y := range l.y.wires {
		a, b := w.get(l.a.wires[i]), w.get(l.b.wires[i])
		if l.rows != nil {
			v := l.value(a, b)
			w.set(y, v)
			w.hit(w.plan.tables.byte, v)
			w.hit(l.rows, a+b<<8)
			continue
		}
		w.activate(l.rule, y, l.ma*a+l.mb*b)
	}
}

// addConst adds a constant tensor: for each of its values a step function of the one variable.
type addConst struct {
	x, y  *tensor
	steps []*step // one for each element
}

type addConstKey struct {
	node  *onnx.Node
	value int32
}

func newAddConst(p *plan, node *onnx.Node) (layer, error) {
	l := &addConst{x: p.tensors[node.In[0]], y: p.tensors[node.Out]}
	c := node.Const
	sum := addition{l.x.Value, &c.Value, l.y.Value}
	low := int64(l.x.Type.Min())
	x := bounds{lo: l.x.lo - low, hi: l.x.hi - low, magnitude: 1 << 9}
	lo, hi := int64(255), int64(0)
	for _, q := range c.Data {
		v := int64(q) - int64(c.Type.Min())
		eval := func(x int64) int64 { return sum.value(x, v) }
		s := p.step(addConstKey{node, q}, eval, x, 1, fmt.Sprintf("node %q, constant %d", node.Name, q))
		l.steps = append(l.steps, s)
		lo, hi = min(lo, eval(x.lo)), max(hi, eval(x.hi))
	}
	l.y.lo, l.y.hi = lo+int64(l.y.Type.Min()), hi+int64(l.y.Type.Min())
	return l, nil
}

func (l *addConst) allocate(p *plan) { p.activate(l.y, func(i int) *step { return l.steps[i] }) }

func (l *addConst) constrain(e *emitter) {
	for i, y := range l.y.wires {
		e.activate(l.steps[i], y, 0, []term{{l.x.wires[i], 1}})
	}
}

func (l *addConst) assign(w *witness) {
	for i, y := range l.y.wires {
		w.activate(l.steps[i], y, w.get(l.x.wires[i]))
	}
}
