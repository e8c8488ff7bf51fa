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
