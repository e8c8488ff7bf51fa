package circuit

// activate writes the constraints that make wire v the step function of constant + Σ terms. The
// wires after v are the rule's own. Layout and soundness are at type rule.
func (e *emitter) activate(s *step, v wire, constant int64, terms []term) {
	e.query(e.plan.tables.byte, 1, 0, term{v, 1})
	switch r := &s.rule; r.mode {
	case modeClamp:
		e.activateClamp(r, v, constant, terms)
	case modeWide:
		e.activateWide(r, v, constant, terms)
	case modeSteps:
		e.activateSteps(r, v, constant, terms)
	}
}

func (e *emitter) activateClamp(r *rule, v wire, constant int64, terms []term) {
	rest := e.ranged(v+1, r.limbs, -1)
	quotient := append(e.scaled(r, terms), rest...)
	quotient = append(quotient, term{v, pairFactor << r.shift})
	e.query(e.plan.tables.clamp, 1<<r.shift, constant*r.mul+r.add, quotient...)
	e.scratch = quotient
}

func (e *emitter) activateWide(r *rule, v wire, constant int64, terms []term) {
	over := v + wire(r.limbs)
	excess := e.ranged(over+1, r.excess, 1)
	e.product(e.sum(0, term{over, 1}), e.sum(255, term{v, -1}), e.sum(0))
	e.product(e.sum(0, append(excess, term{over, -1})...), e.sum(0, term{v, 1}), e.sum(0))

	least := e.scaled(r, terms)
	for i, limb := range e.ranged(v+1, r.limbs-1, -1) {
		least = append(least, term{limb.wire, -1 << ((i + 1) * e.plan.tables.limbBits)})
	}
	least = append(least, term{v, -1 << r.shift}, term{over, -2 << r.shift})
	for _, limb := range excess {
		least = append(least, term{limb.wire, limb.coeff << r.shift})
	}
	e.query(e.plan.tables.limb, 1, constant*r.mul+r.add, least...)
	e.scratch = least
}

func (e *emitter) activateSteps(r *rule, v wire, constant int64, terms []term) {
	down, up := e.ranged(v+1, r.limbs, -1), e.ranged(v+1+wire(r.limbs), r.limbs, 1)
	e.scratch = append(append(append(e.scratch[:0], terms...), down...), term{v, stepFactor})
	e.query(r.low, 1, constant, e.scratch...)
	e.scratch = append(append(append(e.scratch[:0], terms...), up...), term{v, stepFactor})
	e.query(r.high, 1, constant+1, e.scratch...)
}

// scaled returns mul * Σ terms, in scratch memory.
func (e *emitter) scaled(r *rule, terms []term) []term {
	out := e.scratch[:0]
	for _, x := range terms {
		out = append(out, term{x.wire, x.coeff * r.mul})
	}
	return out
}

// ranged looks n limbs up and returns sign * Σ limb_i * 2^(i*limbBits).
func (e *emitter) ranged(first wire, n int, sign int64) []term {
	out := make([]term, n)
	for i := range out {
		w := first + wire(i)
		e.query(e.plan.tables.limb, 1, 0, term{w, 1})
		out[i] = term{w, sign << (i * e.plan.tables.limbBits)}
	}
	return out
}

// activate sets v and the rule's wires for the accumulator x.
func (w *witness) activate(s *step, v wire, x int64) {
	r, t := &s.rule, &w.plan.tables
	if r.mode == modeSteps {
		y := s.level(x)
		w.setByte(v, y)
		w.split(v+1, r.limbs, x-s.thresholds[y])
		w.split(v+1+wire(r.limbs), r.limbs, s.thresholds[y+1]-1-x)
		w.hit(r.low, y)
		w.hit(r.high, y)
		return
	}
	n := x*r.mul + r.add
	q := n >> r.shift
	y, rest := min(max(q, 0), 255), n-q<<r.shift
	w.setByte(v, y)
	if r.mode == modeClamp {
		w.split(v+1, r.limbs, rest)
		w.hit(t.clamp, q-t.clampLow)
		return
	}
	w.hit(t.limb, rest&(1<<t.limbBits-1))
	w.split(v+1, r.limbs-1, rest>>t.limbBits)
	over := v + wire(r.limbs)
	w.set(over, max(q-255, 0))
	w.split(over+1, r.excess, max(q-255, -q, 0))
}

func (w *witness) setByte(v wire, y int64) {
	w.set(v, y)
	w.hit(w.plan.tables.byte, y)
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
