package verifier

import "github.com/consensys/gnark-crypto/ecc/bn254"

// mulByLine multiplies f with 1 + (c3 + c4·v)w, the value of a line. The tower is that of gnark-crypto: w² = v, v³ = 9+u.
//
// With f = A + Bw the product is A + Bsv + (B + As)w for s = c3 + c4·v. It takes the ten multiplications
// of gnark-crypto's MulBy34, and a third fewer additions and copies.
func mulByLine(f *bn254.GT, c3, c4 *bn254.E2) {
	var sum bn254.E2
	sum.Add(c3, c4)
	as, bs := mulBy01(&f.C0, c3, c4, &sum), mulBy01(&f.C1, c3, c4, &sum)
	f.C1.B0.Add(&f.C1.B0, &as.B0)
	f.C1.B1.Add(&f.C1.B1, &as.B1)
	f.C1.B2.Add(&f.C1.B2, &as.B2)
	bs.B2.MulByNonResidue(&bs.B2) // times v
	f.C0.B0.Add(&f.C0.B0, &bs.B2)
	f.C0.B1.Add(&f.C0.B1, &bs.B0)
	f.C0.B2.Add(&f.C0.B2, &bs.B1)
}

// mulBy01 returns z·(c0 + c1·v); sum is c0 + c1.
func mulBy01(z *bn254.E6, c0, c1, sum *bn254.E2) (r bn254.E6) {
	var a, b, t bn254.E2
	a.Mul(&z.B0, c0)
	b.Mul(&z.B1, c1)
	r.B0.Mul(&z.B2, c1)
	r.B0.MulByNonResidue(&r.B0).Add(&r.B0, &a)
	r.B2.Mul(&z.B2, c0)
	r.B2.Add(&r.B2, &b)
	t.Add(&z.B0, &z.B1)
	r.B1.Mul(&t, sum).Sub(&r.B1, &a).Sub(&r.B1, &b)
	return r
}
