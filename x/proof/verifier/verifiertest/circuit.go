package verifiertest

import (
	"errors"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
)

// circuit binds every public input: Square[i] = Public[i]².
type circuit struct {
	Public []frontend.Variable `gnark:",public"`
	Square []frontend.Variable

	commitments int
}

func newCircuit(nPublic, commitments int) *circuit {
	return &circuit{
		Public:      make([]frontend.Variable, nPublic),
		Square:      make([]frontend.Variable, nPublic),
		commitments: commitments,
	}
}

func assign(publics []fr.Element) *circuit {
	c := newCircuit(len(publics), 0)
	for i := range publics {
		var square fr.Element
		c.Public[i], c.Square[i] = publics[i], *square.Square(&publics[i])
	}
	return c
}

// Define implements frontend.Circuit.
func (c *circuit) Define(api frontend.API) error {
	for i := range c.Public {
		api.AssertIsEqual(api.Mul(c.Public[i], c.Public[i]), c.Square[i])
	}
	if c.commitments == 0 {
		return nil
	}
	committer, ok := api.(frontend.Committer)
	if !ok {
		return errors.New("verifiertest: the builder cannot commit")
	}
	var last frontend.Variable
	for i := range c.commitments {
		// A wire can be committed to once, so each commitment has a secret of its own.
		secret := api.Mul(c.Square[0], c.Square[0], i+2)
		toCommit := []frontend.Variable{c.Public[0], secret}
		if i > 0 {
			toCommit = append(toCommit, last)
		}
		commitment, err := committer.Commit(toCommit...)
		if err != nil {
			return err
		}
		api.AssertIsDifferent(commitment, 0)
		last = commitment
	}
	return nil
}
