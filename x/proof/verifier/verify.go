package verifier

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Verify checks one proof of the statement that inputs make under the key. It gives the answer of
// gnark's groth16.Verify with default options: nil, ErrCommitmentCount, ErrInputCount or
// ErrRejected.
//
// As in gnark, a key without commitments ignores the proof of knowledge.
func Verify(k *Key, p *Proof, inputs []fr.Element) error {
	if err := checkCounts(k, p, inputs); err != nil {
		return err
	}
	all, err := extendInputs(k, p, inputs)
	if err != nil {
		return err
	}
	if err := verifyCommitments(k, p, all[len(inputs):]); err != nil {
		return err
	}
	return verifyPairing(k, p, all)
}

// verifyPairing checks e(A,B) · e(L,-γ) · e(C,-δ) = e(α,β), where L is the sum of the key's points K,
// weighted with the public inputs, and of the commitments.
func verifyPairing(k *Key, p *Proof, all []fr.Element) error {
	var sum bn254.G1Jac
	if len(all) > 0 {
		if _, err := sum.MultiExp(k.k[1:], all, ecc.MultiExpConfig{NbTasks: 1}); err != nil {
			return fmt.Errorf("public inputs: %w", err)
		}
	}
	sum.AddMixed(&k.k[0])
	for i := range p.commitments {
		sum.AddMixed(&p.commitments[i])
	}
	var l bn254.G1Affine
	l.FromJacobian(&sum)

	fixed, err := bn254.MillerLoopFixedQ([]bn254.G1Affine{l, p.c}, []lines{k.pre.gammaNeg, k.pre.deltaNeg})
	if err != nil {
		return err
	}
	variable, err := bn254.MillerLoop([]bn254.G1Affine{p.a}, []bn254.G2Affine{p.b})
	if err != nil {
		return err
	}
	if got := bn254.FinalExponentiation(&fixed, &variable); !got.Equal(&k.pre.alphaBeta) {
		return ErrRejected
	}
	return nil
}

// verifyCommitments checks the proof of knowledge of the commitments, folded with powers of a
// coefficient r: e(D₀ + …, …) · e(pok, G) = 1 with commitment i weighted by rⁱ.
func verifyCommitments(k *Key, p *Proof, values []fr.Element) error {
	n := len(p.commitments)
	if n == 0 {
		return nil
	}
	points := make([]bn254.G1Affine, 0, n+1)
	points = append(points, p.commitments...)
	if n > 1 {
		r, err := foldCoefficient(values)
		if err != nil {
			return err
		}
		power, scalar := r, new(big.Int)
		for i := 1; i < n; i++ {
			points[i].ScalarMultiplication(&points[i], power.BigInt(scalar))
			power.Mul(&power, &r)
		}
	}
	points = append(points, p.pok)
	fixed := make([]lines, 0, n+1)
	fixed = append(append(fixed, k.pre.commitmentGSigma...), k.pre.commitmentG)
	f, err := bn254.MillerLoopFixedQ(points, fixed)
	if err != nil {
		return err
	}
	if got := bn254.FinalExponentiation(&f); !got.IsOne() {
		return ErrRejected
	}
	return nil
}
