package verifier

import (
	"encoding/binary"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// trapdoor holds the discrete logarithms of a verifying key's points. With them a test proves anything,
// from points of its choice: at infinity, equal, opposite.
type trapdoor struct {
	alpha, beta, gamma, delta fr.Element
	k                         []fr.Element // of one, the public inputs, the commitments
	base                      fr.Element   // of the commitment keys
	sigma                     []fr.Element // one for each commitment
}

func (t *trapdoor) inputs() int { return len(t.k) - 1 - len(t.sigma) }

// key is the key in gnark's serialization. Commitment i commits to the first public input and to all commitments before it.
func (t *trapdoor) key() []byte {
	b := append(point1(t.alpha), point1(t.beta)...)
	b = append(append(b, point2(t.beta)...), point2(t.gamma)...)
	b = append(append(b, point1(t.delta)...), point2(t.delta)...)
	b = appendUint32(b, len(t.k))
	for _, e := range t.k {
		b = append(b, point1(e)...)
	}
	b = appendUint32(b, len(t.sigma))
	for i := range t.sigma {
		b = binary.BigEndian.AppendUint64(appendUint32(b, 1+i), 1)
		for j := range i {
			b = binary.BigEndian.AppendUint64(b, uint64(1+t.inputs()+j))
		}
	}
	b = appendUint32(b, len(t.sigma))
	for _, s := range t.sigma {
		var sigma fr.Element
		sigma.Mul(&t.base, &s).Neg(&sigma)
		b = append(append(b, point2(t.base)...), point2(sigma)...)
	}
	return b
}

// forge returns a valid proof of the inputs with A = a·G, B = b·G and the commitments d·G. It solves
// a·b = α·β + γ·l + δ·c for C, where l is the sum of the inputs, their values weighted with k, and of d.
func (t *trapdoor) forge(k *Key, inputs []fr.Element, a, b fr.Element, d []fr.Element) Proof {
	p := Proof{a: affine1(a), b: affine2(b)}
	for _, e := range d {
		p.commitments = append(p.commitments, affine1(e))
	}
	values, err := extendInputs(k, &p, inputs)
	if err != nil {
		panic(err) // hashing to a field does not fail
	}
	l := t.k[0]
	for i := range values {
		var term fr.Element
		l.Add(&l, term.Mul(&values[i], &t.k[1+i]))
	}
	for i := range d {
		l.Add(&l, &d[i])
	}
	var c, ab fr.Element
	c.Mul(&a, &b).Sub(&c, ab.Mul(&t.alpha, &t.beta)).Sub(&c, l.Mul(&l, &t.gamma)).Div(&c, &t.delta)
	p.c = affine1(c)
	p.pok = affine1(t.knowledge(values[len(inputs):], d))
	return p
}

// knowledge is the discrete logarithm of the folded proof of knowledge.
func (t *trapdoor) knowledge(values, d []fr.Element) fr.Element {
	r, err := foldCoefficient(values)
	if err != nil {
		panic(err) // hashing to a field does not fail
	}
	var sum fr.Element
	power := fr.One()
	for i := range d {
		var term fr.Element
		sum.Add(&sum, term.Mul(&d[i], &t.sigma[i]).Mul(&term, &power))
		power.Mul(&power, &r)
	}
	return sum
}

func affine1(e fr.Element) bn254.G1Affine {
	_, _, g, _ := bn254.Generators()
	return mulG1(&g, e)
}

func affine2(e fr.Element) bn254.G2Affine {
	_, _, _, g := bn254.Generators()
	var p bn254.G2Affine
	return *p.ScalarMultiplication(&g, e.BigInt(new(big.Int)))
}

func point1(e fr.Element) []byte { p := affine1(e); return appendG1(nil, &p) }
func point2(e fr.Element) []byte { p := affine2(e); return appendG2(nil, &p) }

// twistMul multiplies any point of the twist. ScalarMultiplication is for points of the subgroup alone.
func twistMul(p *bn254.G2Affine, s *big.Int) bn254.G2Affine {
	var jac, acc bn254.G2Jac
	jac.FromAffine(p)
	acc.FromAffine(&bn254.G2Affine{})
	for i := s.BitLen() - 1; i >= 0; i-- {
		acc.DoubleAssign()
		if s.Bit(i) == 1 {
			acc.AddAssign(&jac)
		}
	}
	var out bn254.G2Affine
	return *out.FromJacobian(&acc)
}

// cofactorPrimes are the primes of the twist's cofactor; each divides it once.
var cofactorPrimes = []string{"10069", "5864401", "1875725156269", "197620364512881247228717050342013327560683201906968909"}

// pointOfOrder returns a point of the twist whose order is a prime of the cofactor.
func pointOfOrder(prime *big.Int, seed uint64) bn254.G2Affine {
	rest := new(big.Int).Div(twistOrder(), prime)
	for ; ; seed++ {
		q := outsideG2(seed)
		if p := twistMul(&q, rest); !p.IsInfinity() {
			return p
		}
	}
}

// twistOrder is the number of points of the twist.
func twistOrder() *big.Int {
	n := fr.Modulus()
	for _, s := range cofactorPrimes {
		prime, _ := new(big.Int).SetString(s, 10)
		n.Mul(n, prime)
	}
	return n
}
