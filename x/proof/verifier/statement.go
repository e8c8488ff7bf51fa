package verifier

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const (
	// commitmentDST is gnark's constraint.CommitmentDst: the domain in which the value of a commitment is derived.
	commitmentDST = "bsb22-commitment"
	// foldDST is the domain in which gnark derives the coefficient that folds proofs of knowledge.
	foldDST = "G16-BSB22"
)

// checkCounts compares a proof and public inputs with what the key expects, in the order gnark does.
func checkCounts(k *Key, p *Proof, inputs []fr.Element) error {
	if len(p.commitments) != k.Commitments() {
		return fmt.Errorf("%w: expected %d, got %d", ErrCommitmentCount, k.Commitments(), len(p.commitments))
	}
	if len(inputs) != k.PublicInputs() {
		return fmt.Errorf("%w: expected %d, got %d", ErrInputCount, k.PublicInputs(), len(inputs))
	}
	return nil
}

// extendInputs returns the public inputs followed by the value of each commitment: the hash of the
// commitment's point and of the inputs that the key binds to it, as gnark's default options derive it.
func extendInputs(k *Key, p *Proof, inputs []fr.Element) ([]fr.Element, error) {
	all := make([]fr.Element, len(inputs), len(inputs)+len(p.commitments))
	copy(all, inputs)
	for i := range p.commitments {
		msg := make([]byte, 0, bn254.SizeOfG1AffineUncompressed+len(k.committed[i])*fr.Bytes)
		point := p.commitments[i].RawBytes()
		msg = append(msg, point[:]...)
		for _, j := range k.committed[i] {
			e := all[j-1].Bytes()
			msg = append(msg, e[:]...)
		}
		value, err := fr.Hash(msg, []byte(commitmentDST), 1)
		if err != nil {
			return nil, fmt.Errorf("commitment %d: %w", i, err)
		}
		all = append(all, value[0])
	}
	return all, nil
}

// foldCoefficient is the coefficient whose powers fold the commitments into one point.
// values are the values of the commitments.
func foldCoefficient(values []fr.Element) (fr.Element, error) {
	msg := make([]byte, 0, len(values)*fr.Bytes)
	for i := range values {
		b := values[i].Bytes()
		msg = append(msg, b[:]...)
	}
	c, err := fr.Hash(msg, []byte(foldDST), 1)
	if err != nil {
		return fr.Element{}, fmt.Errorf("fold coefficient: %w", err)
	}
	return c[0], nil
}

// foldCommitments returns the commitments, number i weighted with the i-th power of the fold coefficient.
func foldCommitments(p *Proof, values []fr.Element) ([]bn254.G1Affine, error) {
	folded := append([]bn254.G1Affine(nil), p.commitments...)
	if len(folded) < 2 {
		return folded, nil
	}
	r, err := foldCoefficient(values)
	if err != nil {
		return nil, err
	}
	power, scalar := r, new(big.Int)
	for i := 1; i < len(folded); i++ {
		folded[i].ScalarMultiplication(&folded[i], power.BigInt(scalar))
		power.Mul(&power, &r)
	}
	return folded, nil
}
