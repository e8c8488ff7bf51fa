package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
)

// pairs are the arguments of a multi-Miller loop: points p[i] of G1 with points q[i] of G2, and points
// fixedP[i] with the precomputed lines of a fixed point of G2.
type pairs struct {
	p      []bn254.G1Affine
	q      []bn254.G2Affine
	fixedP []bn254.G1Affine
	fixed  []*lines
}

// fix appends a pair with a fixed point of G2.
func (a *pairs) fix(p bn254.G1Affine, l *lines) {
	a.fixedP, a.fixed = append(a.fixedP, p), append(a.fixed, l)
}

// millerLoop computes the optimal ate Miller loop of the product of all pairs, up to factors in a
// proper subfield, which the final exponentiation removes. No p[i] and no q[i] is at infinity; points
// fixedP[i] may be, and count as a factor of one.
//
// It walks all q[i] in lockstep in affine coordinates, sharing one inversion a step and the squarings
// of the accumulator.
//
// The points q[i] lie on the twist, but need not be in the subgroup: the indexes of those that
// are not are returned, and then the product means nothing. This is exact and costs next to nothing,
// where a subgroup check by itself costs a third of a Miller loop. For the loop ends at
// T = [6x+2]Q + π(Q) - π²(Q), and Q is in the subgroup exactly if T + π³(Q) = 0:
//
//   - that equation says η(Q) = 0 for the endomorphism η = 6x+2 + π - π² + π³ of the twist. The norm of
//     η annihilates its kernel; the order r of the subgroup divides it once, and it is prime to
//     the cofactor (TestSubgroupNorm). So η's kernel among the rational points has at most r
//     elements. It holds the subgroup, where π multiplies by the field's characteristic p, since
//     r divides 6x+2 + p - p² + p³; this is the relation behind the optimal ate pairing.
//   - a zero denominator on the way means that ±Q, π(Q) or π²(Q) equals a multiple of Q, up to
//     sign, that it never equals for a point of order r. So such a point is outside as well.
func millerLoop(a pairs) (f bn254.GT, outside []int) {
	w := newWalk(a.p, a.q)
	fix := newEvaluations(a.fixedP)
	f.SetOne()
	for i := len(bn254.LoopCounter) - 2; i >= 0; i-- {
		if i < len(bn254.LoopCounter)-2 {
			f.Square(&f)
		}
		if bit := bn254.LoopCounter[i]; bit == 0 {
			w.double()
		} else {
			w.doubleAndAdd(bit)
			w.multiply(&f, w.second)
			fix.multiply(&f, a.fixed, 1, i)
		}
		w.multiply(&f, w.first)
		fix.multiply(&f, a.fixed, 0, i)
	}
	last := len(bn254.LoopCounter) - 1
	w.addFrobenius()
	w.multiply(&f, w.first)
	w.multiply(&f, w.second)
	fix.multiply(&f, a.fixed, 1, last)
	fix.multiply(&f, a.fixed, 0, last)
	return f, w.outside()
}

// evaluations hold what evaluating a line (λ, λx-y) at points of G1 takes: 1 + λ(-x/y)·w + (λx-y)/y·vw.
type evaluations struct {
	xNegOverY, yInv []fp.Element
}

func newEvaluations(p []bn254.G1Affine) evaluations {
	e := evaluations{xNegOverY: make([]fp.Element, len(p)), yInv: make([]fp.Element, len(p))}
	for i := range p {
		e.yInv[i] = p[i].Y
	}
	invertAll(e.yInv, e.xNegOverY)
	for i := range p {
		e.xNegOverY[i].Mul(&p[i].X, &e.yInv[i]).Neg(&e.xNegOverY[i])
	}
	return e
}

func (e *evaluations) multiply(f *bn254.GT, fixed []*lines, j, i int) {
	for k, l := range fixed {
		e.line(f, k, &l[j][i])
	}
}

// line multiplies f with the line evaluated at point k.
func (e *evaluations) line(f *bn254.GT, k int, l *bn254.LineEvaluationAff) {
	var c3, c4 bn254.E2
	c3.MulByElement(&l.R0, &e.xNegOverY[k])
	c4.MulByElement(&l.R1, &e.yInv[k])
	mulByLine(f, &c3, &c4)
}

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
