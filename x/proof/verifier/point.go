package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
)

// The two most significant bits of a compressed point say what it is; 00 is an uncompressed point,
// which has no place in the canonical form.
const (
	flagMask     byte = 0b11 << 6
	flagInfinity byte = 0b01 << 6
	flagSmallest byte = 0b10 << 6
	flagLargest  byte = 0b11 << 6
)

var (
	curveB = fp.NewElement(3)   // G1: y² = x³ + 3
	twistB = twistCoefficient() // G2: y² = x³ + 3/(9+u)
)

// twistCoefficient derives the coefficient from the generator, which lies on the curve.
func twistCoefficient() bn254.E2 {
	_, _, _, g := bn254.Generators()
	var y2, x3 bn254.E2
	x3.Square(&g.X).Mul(&x3, &g.X)
	y2.Square(&g.Y)
	return *y2.Sub(&y2, &x3)
}

// decodeG1 reads a compressed point of G1. Every point of the curve is in the subgroup: the
// cofactor is 1. The encoding is canonical by construction: each point but infinity has two
// square roots, one per flag (no point of an odd-order group has y = 0).
func decodeG1(p *bn254.G1Affine, b []byte) error {
	flag, x, err := splitFlag(b)
	if err != nil {
		return err
	}
	if flag == flagInfinity {
		p.SetInfinity()
		return nil
	}
	if p.X.SetBytesCanonical(x[:]) != nil {
		return ErrFieldElement
	}
	var y2 fp.Element
	y2.Square(&p.X).Mul(&y2, &p.X).Add(&y2, &curveB)
	if p.Y.Sqrt(&y2) == nil {
		return ErrOffCurve
	}
	if p.Y.LexicographicallyLargest() != (flag == flagLargest) {
		p.Y.Neg(&p.Y)
	}
	return nil
}

// decodeG2 reads a compressed point of G2 and checks that it is in the subgroup of prime order.
func decodeG2(p *bn254.G2Affine, b []byte) error {
	if err := decodeTwist(p, b); err != nil {
		return err
	}
	if !p.IsInSubGroup() {
		return ErrSubgroup
	}
	return nil
}

// decodeTwist reads a compressed point of the twist, which has G2 as a subgroup. As for G1, the
// encoding is canonical by construction: the twist's order is odd too.
func decodeTwist(p *bn254.G2Affine, b []byte) error {
	flag, x1, err := splitFlag(b)
	if err != nil {
		return err
	}
	if flag == flagInfinity {
		p.X.SetZero()
		p.Y.SetZero()
		return nil
	}
	if p.X.A1.SetBytesCanonical(x1[:]) != nil || p.X.A0.SetBytesCanonical(b[fp.Bytes:]) != nil {
		return ErrFieldElement
	}
	var y2, check bn254.E2
	y2.Square(&p.X).Mul(&y2, &p.X).Add(&y2, &twistB)
	p.Y.Sqrt(&y2)
	if !check.Square(&p.Y).Equal(&y2) { // cheaper than a Legendre symbol beforehand
		return ErrOffCurve
	}
	if p.Y.LexicographicallyLargest() != (flag == flagLargest) {
		p.Y.Neg(&p.Y)
	}
	return nil
}

// splitFlag separates the flag from the first coordinate of a compressed point.
func splitFlag(b []byte) (flag byte, x [fp.Bytes]byte, err error) {
	copy(x[:], b)
	flag = x[0] & flagMask
	x[0] &^= flagMask
	switch flag {
	case flagSmallest, flagLargest:
		return flag, x, nil
	case flagInfinity:
		for i, c := range b {
			if i == 0 && c != flagInfinity || i > 0 && c != 0 {
				return 0, x, ErrPointEncoding
			}
		}
		return flag, x, nil
	default:
		return 0, x, ErrPointEncoding
	}
}
