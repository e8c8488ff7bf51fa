package verifier

import (
	"errors"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Verify checks one proof of the statement that inputs make under the key. It gives the answer of
// gnark's groth16.Verify with default options: nil, ErrCommitmentCount, ErrInputCount or
// ErrRejected.
//
// As in gnark, a key without commitments ignores the proof of knowledge.
func Verify(k *Key, p *Proof, inputs []fr.Element) error {
	e := entry{item: &Item{Key: k, Inputs: inputs, Proof: p.Bytes()}, proof: *p}
	if err := e.prepare(); err != nil {
		return err
	}
	return e.verify()
}

// Check parses and verifies one item by itself. Its errors are those of ParseProof and Verify.
// It is faster than the two: the Miller loop does the subgroup check.
func Check(item Item) error {
	e := entry{item: &item}
	err := e.decode()
	if err == nil {
		err = e.verify()
	}
	if err == nil || errors.Is(err, ErrRejected) {
		return err
	}
	return refusal(item)
}

// refusal is the error of an item that is malformed or outside the subgroup: the one that ParseProof and
// Verify find first, whatever was found in another order.
func refusal(item Item) error {
	p, err := ParseProof(item.Proof)
	if err != nil {
		return err
	}
	return Verify(item.Key, p, item.Inputs)
}

// verify checks that e(A,B) · e(L,-γ) · e(C,-δ) = e(α,β), where L is the sum of the key's points K,
// weighted with the public inputs, and of the commitments D_i; and that the proof of knowledge
// holds, which makes the product of e(rⁱ·D_i, -σ_i·G) and e(pok, G) one, for the fold coefficient r. Both are
// checked as one equation, the second to the power of a weight from the transcript.
//
// It returns ErrRejected, or ErrSubgroup if B is outside the subgroup.
func (e *entry) verify() error {
	key := e.item.Key
	var a pairs
	if !e.proof.a.IsInfinity() && !e.proof.b.IsInfinity() {
		a.p, a.q = []bn254.G1Affine{e.proof.a}, []bn254.G2Affine{e.proof.b}
	}
	scalars := append([]fr.Element{fr.One()}, e.values...)
	inputs := key.combineInputs(scalars)
	inputs.Add(&inputs, &e.sum)
	a.fix(inputs, &key.pre.gammaNeg)
	a.fix(e.proof.c, &key.pre.deltaNeg)
	if len(e.folded) > 0 {
		t := newTranscript([]entry{*e})
		weight := t.commitmentWeight()
		for i := range e.folded {
			a.fix(scale(&e.folded[i], &weight), &key.pre.commitmentGSigma[i])
		}
		a.fix(scale(&e.proof.pok, &weight), &key.pre.commitmentG)
	}
	f, outside := millerLoop(a)
	if len(outside) > 0 {
		return ErrSubgroup
	}
	if got := bn254.FinalExponentiation(&f); !got.Equal(&key.pre.alphaBeta) {
		return ErrRejected
	}
	return nil
}
