package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// entry is an item of a chunk, decoded. B is on the twist; whether it is in the subgroup is known
// only after a Miller loop.
type entry struct {
	index  int
	item   *Item
	proof  Proof
	values []fr.Element     // the public inputs and the values of the commitments
	sum    bn254.G1Affine   // of the commitments
	folded []bn254.G1Affine // the commitments, weighted with powers of the fold coefficient
	scaled bn254.G1Affine   // A, weighted with the entry's coefficient
	weight coefficient
}

// decode reads the proof and prepares the entry.
func (e *entry) decode() error {
	if err := e.proof.decode(e.item.Proof, decodeTwist); err != nil {
		return err
	}
	if e.proof.a.IsInfinity() && !e.proof.b.IsInSubGroup() {
		return ErrSubgroup // the Miller loop skips this pair, so it would not notice
	}
	return e.prepare()
}

// prepare derives what verification needs from the proof and the inputs.
func (e *entry) prepare() error {
	key, p := e.item.Key, &e.proof
	if err := checkCounts(key, p, e.item.Inputs); err != nil {
		return err
	}
	var err error
	if e.values, err = extendInputs(key, p, e.item.Inputs); err != nil {
		return err
	}
	for i := range p.commitments {
		e.sum.Add(&e.sum, &p.commitments[i])
	}
	e.folded, err = foldCommitments(p, e.values[len(e.item.Inputs):])
	return err
}
