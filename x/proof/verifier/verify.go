package verifier

import (
	"fmt"

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

// verifyCommitments checks the proof of knowledge of the commitments D_i, folded with powers of a
// coefficient r: the product of e(rⁱ·D_i, -σ_i·G) is e(pok, -G).
func verifyCommitments(k *Key, p *Proof, values []fr.Element) error {
	if len(p.commitments) == 0 {
		return nil
	}
	points, err := foldCommitments(p, values)
	if err != nil {
		return err
	}
	fixed := append(append(make([]lines, 0, len(points)+1), k.pre.commitmentGSigma...), k.pre.commitmentG)
	f, err := bn254.MillerLoopFixedQ(append(points, p.pok), fixed)
	if err != nil {
		return err
	}
	if got := bn254.FinalExponentiation(&f); !got.IsOne() {
		return ErrRejected
	}
	return nil
}
