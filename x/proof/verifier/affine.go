package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
)

// lanes does the same group operation on many independent points of G1 at once. In affine
// coordinates an addition costs an inversion, but Montgomery's trick shares one among all lanes, which makes
// it 5 multiplications and a square a lane: about half of a mixed Jacobian addition.
//
// The buffers grow to the largest batch and are reused. A lanes is not safe for concurrent use.
type lanes struct {
	num, den, prefix []fp.Element
}

func (l *lanes) reserve(n int) {
	if cap(l.den) < n {
		l.num, l.den, l.prefix = make([]fp.Element, n), make([]fp.Element, n), make([]fp.Element, n)
	}
	l.num, l.den, l.prefix = l.num[:n], l.den[:n], l.prefix[:n]
}

// add sets p[i] to p[i] + q[i]. All cases are handled: infinity, equal and opposite points.
func (l *lanes) add(p, q []bn254.G1Affine) {
	l.reserve(len(p))
	for i := range p {
		l.den[i].SetZero() // nothing to compute, unless set below
		switch {
		case q[i].IsInfinity():
		case p[i].IsInfinity():
			p[i] = q[i]
		case !p[i].X.Equal(&q[i].X):
			l.den[i].Sub(&q[i].X, &p[i].X)
			l.num[i].Sub(&q[i].Y, &p[i].Y)
		case p[i].Y.Equal(&q[i].Y):
			l.tangent(i, &p[i])
		default:
			p[i].SetInfinity()
		}
	}
	invertAll(l.den, l.prefix)
	for i := range p {
		l.chord(i, &p[i], &q[i].X)
	}
}

// double sets p[i] to 2·p[i].
func (l *lanes) double(p []bn254.G1Affine) {
	l.reserve(len(p))
	for i := range p {
		l.tangent(i, &p[i]) // y = 0 at infinity alone, which leaves the denominator zero
	}
	invertAll(l.den, l.prefix)
	for i := range p {
		x := p[i].X
		l.chord(i, &p[i], &x)
	}
}

// tangent sets the slope of lane i to that of the tangent at p: 3x²/2y.
func (l *lanes) tangent(i int, p *bn254.G1Affine) {
	var x2 fp.Element
	x2.Square(&p.X)
	l.num[i].Double(&x2).Add(&l.num[i], &x2)
	l.den[i].Double(&p.Y)
}

// chord sets p to its sum with a point whose x is qx, given the slope of the line through both.
func (l *lanes) chord(i int, p *bn254.G1Affine, qx *fp.Element) {
	if l.den[i].IsZero() {
		return
	}
	var slope, x, y fp.Element
	slope.Mul(&l.num[i], &l.den[i])
	x.Square(&slope).Sub(&x, &p.X).Sub(&x, qx)
	y.Sub(&p.X, &x).Mul(&y, &slope).Sub(&y, &p.Y)
	p.X, p.Y = x, y
}

// invertAll inverts every element in place with one inversion; zeros stay. scratch has the length of x.
func invertAll(x, scratch []fp.Element) {
	acc := fp.One()
	for i := range x {
		if !x[i].IsZero() {
			scratch[i] = acc
			acc.Mul(&acc, &x[i])
		}
	}
	acc.Inverse(&acc)
	for i := len(x) - 1; i >= 0; i-- {
		if !x[i].IsZero() {
			scratch[i].Mul(&scratch[i], &acc)
			acc.Mul(&acc, &x[i])
			x[i] = scratch[i]
		}
	}
}
