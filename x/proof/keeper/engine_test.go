package keeper_test

import (
	"context"
	"crypto/sha256"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
)

// engine is a verifier that counts how it came to its answers. It verifies with package verifier, one at a time.
type engine struct {
	known                 map[[sha256.Size]byte]error
	forgetful             bool // keep no answers
	panics                bool // in Prepare
	alone, hits, prepared int
}

func newEngine() *engine { return &engine{known: make(map[[sha256.Size]byte]error)} }

func (e *engine) Verify(_ context.Context, key []byte, inputs []fr.Element, proof []byte) error {
	id := question(key, inputs, proof)
	if err, ok := e.known[id]; ok {
		e.hits++
		return err
	}
	e.alone++
	err := verify(key, inputs, proof)
	if !e.forgetful {
		e.known[id] = err
	}
	return err
}

func (e *engine) Prepare(_ context.Context, items []types.VerifierItem) {
	if e.panics {
		panic("engine: on purpose")
	}
	for _, i := range items {
		e.prepared++
		e.known[question(i.Key, i.PublicInputs, i.Proof)] = verify(i.Key, i.PublicInputs, i.Proof)
	}
}

func question(key []byte, inputs []fr.Element, proof []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(key)
	for _, i := range inputs {
		b := i.Bytes()
		h.Write(b[:])
	}
	h.Write(proof)
	return [sha256.Size]byte(h.Sum(nil))
}

func verify(key []byte, inputs []fr.Element, proof []byte) error {
	k, err := verifier.ParseKey(key)
	if err != nil {
		return err
	}
	p, err := verifier.ParseProof(proof)
	if err != nil {
		return err
	}
	return verifier.Verify(k, p, inputs)
}
