package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// The endomorphism φ(x, y) = (ωx, y) multiplies by λ on G1: ω³ = 1 in the base field and
// λ² + λ + 1 = 0 in the scalar field.
var (
	omega  = mustFp("2203960485148121921418603742825762020974279258880205651966")
	lambda = mustFr("4407920970296243842393367215006156084916469457145843978461")
)

func mustFp(s string) fp.Element {
	var e fp.Element
	if _, err := e.SetString(s); err != nil {
		panic(err) // a constant of this file
	}
	return e
}

func mustFr(s string) fr.Element {
	var e fr.Element
	if _, err := e.SetString(s); err != nil {
		panic(err) // a constant of this file
	}
	return e
}

// coefficient is a scalar a + bλ. The map from (a, b) to scalars is injective, since the shortest
// vector of the lattice {(a, b) : a + bλ = 0} has 127 bits; so a random coefficient has 128 bits of
// entropy, like a random 128-bit integer, and multiplying with it takes half the doublings.
type coefficient struct {
	a, b uint64
}

func (c coefficient) scalar() fr.Element {
	s, a := fr.NewElement(c.b), fr.NewElement(c.a)
	s.Mul(&s, &lambda).Add(&s, &a)
	return s
}

// digits writes the signed base-2^width digits of v, least significant first, each in
// [-2^(width-1), 2^(width-1)). out has digitCount(width) elements.
func digits(out []int16, v uint64, width int) {
	half, carry := int64(1)<<(width-1), int64(0)
	mask := uint64(1)<<width - 1
	for i := range out {
		d := int64(v&mask) + carry
		v >>= width
		if carry = 0; d >= half {
			d -= 2 * half
			carry = 1
		}
		out[i] = int16(d)
	}
}

// digitCount is the number of digits that any 64-bit value fits: 66 bits, for the sign and a carry.
func digitCount(width int) int { return (66 + width - 1) / width }

// scaleWidth is the window of scaleLanes: 8 multiples of each point, 17 digits for each half.
const scaleWidth = 4

// fewLanes is the number of points below which lanes do not pay: an inversion each step is too dear.
const fewLanes = 16

// scaleAll returns c[i]·p[i] for all i.
func scaleAll(l *lanes, p []bn254.G1Affine, c []coefficient) []bn254.G1Affine {
	if len(p) >= fewLanes {
		return scaleLanes(l, p, c)
	}
	out := make([]bn254.G1Affine, len(p))
	for i := range p {
		s := c[i].scalar()
		out[i] = scale(&p[i], &s)
	}
	return out
}

// scaleLanes does the same by signed windows, all points in lockstep.
func scaleLanes(l *lanes, p []bn254.G1Affine, c []coefficient) []bn254.G1Affine {
	n := len(p)
	var table [1<<(scaleWidth-1) + 1][]bn254.G1Affine // table[k][i] = k·p[i]
	table[1] = p
	for k := 2; k < len(table); k++ {
		table[k] = append([]bn254.G1Affine(nil), table[k-1]...)
		l.add(table[k], p)
	}
	const count = (66 + scaleWidth - 1) / scaleWidth
	da, db := make([][count]int16, n), make([][count]int16, n)
	for i := range c {
		digits(da[i][:], c[i].a, scaleWidth)
		digits(db[i][:], c[i].b, scaleWidth)
	}
	acc, term := make([]bn254.G1Affine, n), make([]bn254.G1Affine, n)
	for w := count - 1; w >= 0; w-- {
		if w < count-1 {
			for range scaleWidth {
				l.double(acc)
			}
		}
		for i := range term {
			term[i] = multiple(table[:], i, da[i][w])
		}
		l.add(acc, term)
		for i := range term {
			term[i] = multiple(table[:], i, db[i][w])
			term[i].X.Mul(&term[i].X, &omega)
		}
		l.add(acc, term)
	}
	return acc
}

// multiple is d·p[i] from the table.
func multiple(table [][]bn254.G1Affine, i int, d int16) bn254.G1Affine {
	var p bn254.G1Affine
	switch {
	case d > 0:
		p = table[d][i]
	case d < 0:
		p.Neg(&table[-d][i])
	}
	return p
}
