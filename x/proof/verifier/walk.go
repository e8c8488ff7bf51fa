package verifier

import "github.com/consensys/gnark-crypto/ecc/bn254"

// walk is the state of many Miller loops: the multiple t[i] of q[i], and the lines of the last step.
type walk struct {
	evaluations
	q, t          []bn254.G2Affine
	first, second []bn254.LineEvaluationAff
	den, prefix   []bn254.E2
	degenerate    []bool // met a zero denominator
}

func newWalk(p []bn254.G1Affine, q []bn254.G2Affine) *walk {
	n := len(p)
	return &walk{
		evaluations: newEvaluations(p),
		q:           q, t: append([]bn254.G2Affine(nil), q...),
		first: make([]bn254.LineEvaluationAff, n), second: make([]bn254.LineEvaluationAff, n),
		den: make([]bn254.E2, n), prefix: make([]bn254.E2, n),
		degenerate: make([]bool, n),
	}
}

func (w *walk) multiply(f *bn254.GT, l []bn254.LineEvaluationAff) {
	for i := range l {
		w.line(f, i, &l[i])
	}
}

// invert inverts all denominators with one inversion and marks the lanes whose denominator is zero.
func (w *walk) invert() {
	var acc bn254.E2
	acc.SetOne()
	for i := range w.den {
		if w.den[i].IsZero() {
			w.degenerate[i] = true
			w.den[i].SetOne()
		}
		w.prefix[i] = acc
		acc.Mul(&acc, &w.den[i])
	}
	acc.Inverse(&acc)
	for i := len(w.den) - 1; i >= 0; i-- {
		w.prefix[i].Mul(&w.prefix[i], &acc)
		acc.Mul(&acc, &w.den[i])
		w.den[i] = w.prefix[i]
	}
}

// double sets t to 2t, with the tangent as first line.
func (w *walk) double() {
	for i := range w.t {
		w.den[i].Double(&w.t[i].Y)
	}
	w.invert()
	for i := range w.t {
		var slope, x2 bn254.E2
		x2.Square(&w.t[i].X)
		slope.Double(&x2).Add(&slope, &x2).Mul(&slope, &w.den[i])
		step(&w.t[i], &w.first[i], &slope, &w.t[i].X)
	}
}

// doubleAndAdd sets t to 2t + q, or 2t - q for a negative bit, as (t ± q) + t: the first line passes
// through t and ±q, the second through t and t ± q.
// See Eisenträger, Lauter and Montgomery, https://eprint.iacr.org/2003/257, for both slopes from one inversion.
func (w *walk) doubleAndAdd(bit int8) {
	type partial struct{ a, b, a2, u bn254.E2 }
	parts := make([]partial, len(w.t))
	for i := range w.t {
		t, q, s := &w.t[i], &w.q[i], &parts[i]
		s.a.Sub(&t.X, &q.X)
		if bit > 0 {
			s.b.Sub(&t.Y, &q.Y)
		} else {
			s.b.Add(&t.Y, &q.Y)
		}
		s.a2.Square(&s.a)
		var m bn254.E2
		m.Double(&t.X).Add(&m, &q.X).Mul(&m, &s.a2)
		s.u.Square(&s.b).Sub(&s.u, &m)
		w.den[i].Mul(&s.a, &s.u)
	}
	w.invert()
	for i := range w.t {
		t, s := &w.t[i], &parts[i]
		var slope1, slope2, x3, m bn254.E2
		slope1.Mul(&s.u, &w.den[i]).Mul(&slope1, &s.b)                     // b/a
		x3.Square(&slope1).Sub(&x3, &t.X).Sub(&x3, &w.q[i].X)              // of t ± q
		m.Mul(&s.a, &w.den[i]).Mul(&m, &s.a2).Mul(&m, slope2.Double(&t.Y)) // 2y·a²/u
		slope2.Add(&slope1, &m).Neg(&slope2)                               // of the line through t and t ± q
		w.first[i].R0 = slope1
		w.first[i].R1.Mul(&slope1, &t.X).Sub(&w.first[i].R1, &t.Y)
		step(t, &w.second[i], &slope2, &x3)
	}
}

// addFrobenius adds π(q), then -π²(q).
func (w *walk) addFrobenius() {
	for i := range w.t {
		pi := frobenius(&w.q[i])
		w.chord(i, &pi)
	}
	w.invert()
	for i := range w.t {
		pi := frobenius(&w.q[i])
		w.add(i, &pi, &w.first[i])
		pi2 := frobenius(&pi)
		pi2.Neg(&pi2)
		w.chord(i, &pi2)
	}
	w.invert()
	for i := range w.t {
		pi := frobenius(&w.q[i])
		pi2 := frobenius(&pi)
		pi2.Neg(&pi2)
		w.add(i, &pi2, &w.second[i])
	}
}

func (w *walk) chord(i int, q *bn254.G2Affine) { w.den[i].Sub(&q.X, &w.t[i].X) }

func (w *walk) add(i int, q *bn254.G2Affine, l *bn254.LineEvaluationAff) {
	var slope bn254.E2
	slope.Sub(&q.Y, &w.t[i].Y).Mul(&slope, &w.den[i])
	step(&w.t[i], l, &slope, &q.X)
}

// outside lists the lanes whose q is not in the subgroup. It holds after addFrobenius.
func (w *walk) outside() []int {
	var out []int
	for i := range w.t {
		pi := frobenius(&w.q[i])
		pi2 := frobenius(&pi)
		pi3 := frobenius(&pi2)
		pi3.Neg(&pi3)
		if w.degenerate[i] || !w.t[i].Equal(&pi3) {
			out = append(out, i)
		}
	}
	return out
}

// step writes the line through t with the given slope, and sets t to its sum with the point on that
// line whose x is qx.
func step(t *bn254.G2Affine, l *bn254.LineEvaluationAff, slope, qx *bn254.E2) {
	l.R0 = *slope
	l.R1.Mul(slope, &t.X).Sub(&l.R1, &t.Y)
	var x, y bn254.E2
	x.Square(slope).Sub(&x, &t.X).Sub(&x, qx)
	y.Sub(&t.X, &x).Mul(&y, slope).Sub(&y, &t.Y)
	t.X, t.Y = x, y
}

// frobenius is the endomorphism π of the twist that the Frobenius of the curve induces.
func frobenius(q *bn254.G2Affine) bn254.G2Affine {
	var p bn254.G2Affine
	p.X.Conjugate(&q.X).MulByNonResidue1Power2(&p.X)
	p.Y.Conjugate(&q.Y).MulByNonResidue1Power3(&p.Y)
	return p
}
