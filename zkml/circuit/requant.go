package circuit

// activate writes the constraints that make wire v the step function of constant + Σ terms; the
// wires after v hold the limbs. The soundness argument is at type rule.
func (e *emitter) activate(s *step, v wire, constant int64, terms []term) {
	r, t := &s.rule, &e.plan.tables
	limbs := v + 1
	for i := range r.wires() - 1 {
		e.query(t.limb, 1, 0, term{limbs + wire(i), 1})
	}
	e.query(t.byte, 1, 0, term{v, 1})
	e.scratch = e.scratch[:0]
	if r.table {
		low := append(append(e.scratch, terms...), e.limbs(limbs, r.limbs, -1)...)
		e.query(r.low, 1, constant, append(low, term{v, stepFactor})...)
		high := append(append(e.scratch, terms...), e.limbs(limbs+wire(r.limbs), r.limbs, 1)...)
		e.query(r.high, 1, constant+1, append(high, term{v, stepFactor})...)
		e.scratch = high
		return
	}
	for _, x := range terms {
		e.scratch = append(e.scratch, term{x.wire, x.coeff * r.mul})
	}
	e.scratch = append(e.scratch, e.limbs(limbs, r.limbs, -1)...)
	e.scratch = append(e.scratch, term{v, pairFactor << r.shift})
	e.query(t.clamp, 1<<r.shift, constant*r.mul+r.add, e.scratch...)
}

// limbs returns sign * Σ limb_i * 2^(i*limbBits).
func (e *emitter) limbs(first wire, n int, sign int64) []term {
	out := make([]term, n)
	for i := range out {
		out[i] = term{first + wire(i), sign << (i * e.plan.tables.limbBits)}
	}
	return out
}

// activate sets v and its limbs for the accumulator x.
func (w *witness) activate(s *step, v wire, x int64) {
	r, t := &s.rule, &w.plan.tables
	y := s.result(x)
	w.set(v, y)
	w.hit(t.byte, y)
	if r.table {
		w.split(v+1, r.limbs, x-s.thresholds[y])
		w.split(v+1+wire(r.limbs), r.limbs, s.thresholds[y+1]-1-x)
		w.hit(r.low, y)
		w.hit(r.high, y)
		return
	}
	n := x*r.mul + r.add
	q := n >> r.shift
	w.split(v+1, r.limbs, n-q<<r.shift)
	w.hit(t.clamp, q-t.clampLow)
}

// split sets n limbs of x.
func (w *witness) split(first wire, n int, x int64) {
	t := &w.plan.tables
	for i := range n {
		limb := x & (1<<t.limbBits - 1)
		w.set(first+wire(i), limb)
		w.hit(t.limb, limb)
		x >>= t.limbBits
	}
}

// result is v for the accumulator x.
func (s *step) result(x int64) int64 {
	if s.rule.table {
		return s.level(x)
	}
	return s.rule.value(x)
}
