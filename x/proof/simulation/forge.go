package simulation

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"math/rand"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// publicInputs of the simulated key: an input digest, an output of one element, a context.
const publicInputs = 3

// trapdoor holds what a setup has to forget: the discrete logarithms of a verifying key's points. With it a proof of
// any statement takes a few multiplications, and no circuit.
type trapdoor struct {
	alpha, beta, gamma, delta fr.Element
	k                         [publicInputs + 1]fr.Element
}

func newTrapdoor() trapdoor {
	var t trapdoor
	for i, e := range []*fr.Element{&t.alpha, &t.beta, &t.gamma, &t.delta, &t.k[0], &t.k[1], &t.k[2], &t.k[3]} {
		sum := sha256.Sum256([]byte{'a', 's', 's', 'a', 'y', byte(i)})
		e.SetBytes(sum[:])
	}
	return t
}

// UnsafeKey returns a verifying key of three public inputs and no commitments, always the same, in gnark's
// serialization. UnsafeProve forges proofs under it.
func UnsafeKey() []byte {
	t := newTrapdoor()
	key := append(point1(t.alpha), point1(t.beta)...)
	key = append(append(key, point2(t.beta)...), point2(t.gamma)...)
	key = append(append(key, point1(t.delta)...), point2(t.delta)...)
	key = binary.BigEndian.AppendUint32(key, publicInputs+1)
	for _, e := range t.k {
		key = append(key, point1(e)...)
	}
	key = binary.BigEndian.AppendUint32(key, 0)  // committed public inputs
	return binary.BigEndian.AppendUint32(key, 0) // commitment keys
}

// UnsafeProve returns a valid proof of any three public inputs under UnsafeKey. It picks A = a·G and B = b·G, and solves
// a·b = α·β + γ·(k₀ + Σ kᵢ·xᵢ) + δ·c for C = c·G.
func UnsafeProve(r *rand.Rand, inputs []fr.Element) []byte {
	t := newTrapdoor()
	a, b := fr.NewElement(r.Uint64()|1), fr.NewElement(r.Uint64()|1)
	sum := t.k[0]
	for i, x := range inputs {
		var term fr.Element
		sum.Add(&sum, term.Mul(&x, &t.k[i+1]))
	}
	var c, ab fr.Element
	c.Mul(&a, &b).Sub(&c, ab.Mul(&t.alpha, &t.beta)).Sub(&c, sum.Mul(&sum, &t.gamma)).Div(&c, &t.delta)
	proof := append(append(point1(a), point2(b)...), point1(c)...)
	proof = binary.BigEndian.AppendUint32(proof, 0)
	return append(proof, point1(fr.Element{})...) // no commitments to know
}

func point1(e fr.Element) []byte {
	_, _, g, _ := bn254.Generators()
	var p bn254.G1Affine
	b := p.ScalarMultiplication(&g, e.BigInt(new(big.Int))).Bytes()
	return b[:]
}

func point2(e fr.Element) []byte {
	_, _, _, g := bn254.Generators()
	var p bn254.G2Affine
	b := p.ScalarMultiplication(&g, e.BigInt(new(big.Int))).Bytes()
	return b[:]
}
