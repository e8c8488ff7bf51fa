package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const (
	combTeeth   = 8
	combSpacing = 32 // bits between teeth; teeth times spacing covers a scalar
	// maxCombs bounds the points of a key that get a table: 16 KB each. Keys with more use Pippenger's method.
	maxCombs = 16
)

// comb is a table for multiplying a fixed point P (Lim and Lee): entry m is the sum of 2^(32i)·P over the
// bits i of m. A multiplication takes 32 doublings, which many combs share, and 32 additions.
type comb [1 << combTeeth]bn254.G1Affine

func newCombs(points []bn254.G1Affine) []comb {
	var l lanes
	combs, power := make([]comb, len(points)), append([]bn254.G1Affine(nil), points...)
	left, right := make([]bn254.G1Affine, 0, len(points)<<combTeeth), make([]bn254.G1Affine, 0, len(points)<<combTeeth)
	for tooth := range combTeeth {
		left, right = left[:0], right[:0]
		for i := range combs {
			for m := range 1 << tooth {
				left, right = append(left, combs[i][m]), append(right, power[i])
			}
		}
		l.add(left, right)
		for i := range combs {
			copy(combs[i][1<<tooth:], left[i<<tooth:(i+1)<<tooth])
		}
		for range combSpacing {
			l.double(power)
		}
	}
	return combs
}

// combine returns the sum of scalars[i] times the point of combs[i].
func combine(combs []comb, scalars []fr.Element) bn254.G1Affine {
	digits := make([][fr.Bytes]byte, len(scalars))
	for i := range scalars {
		digits[i] = scalars[i].Bytes()
	}
	var acc bn254.G1Jac
	acc.FromAffine(&bn254.G1Affine{})
	for column := combSpacing - 1; column >= 0; column-- {
		acc.DoubleAssign()
		for i := range combs {
			m := 0
			for tooth := range combTeeth {
				bit := tooth*combSpacing + column
				m |= int(digits[i][fr.Bytes-1-bit/8]>>(bit%8)&1) << tooth
			}
			if m != 0 {
				acc.AddMixed(&combs[i][m])
			}
		}
	}
	var sum bn254.G1Affine
	return *sum.FromJacobian(&acc)
}
