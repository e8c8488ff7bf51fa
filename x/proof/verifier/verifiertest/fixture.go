// Package verifiertest makes verifying keys and proofs for tests and simulations: tiny gnark
// circuits with any number of public inputs, with and without commitments.
//
// Keys come from a fresh single-party setup whose secrets are dropped, so they differ from run to
// run. It is for tests only: it imports gnark's frontend and prover, which no node needs.
package verifiertest

import (
	"bytes"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
)

// Fixture is a circuit with its keys. It proves any public inputs.
type Fixture struct {
	// Key is the verifying key in gnark's standard serialization.
	Key []byte

	publics int
	ccs     constraint.ConstraintSystem
	pk      groth16.ProvingKey
	vk      groth16.VerifyingKey
}

// NewFixture compiles a circuit with nPublic public inputs (at least 1), with one commitment or
// none, and runs its setup, in some milliseconds.
func NewFixture(nPublic int, withCommitment bool) (*Fixture, error) {
	if withCommitment {
		return NewFixtureWithCommitments(nPublic, 1)
	}
	return NewFixtureWithCommitments(nPublic, 0)
}

// NewFixtureWithCommitments is NewFixture with the given number of commitments. Each commits to the first
// public input, to a secret, and to the commitment before it.
func NewFixtureWithCommitments(nPublic, commitments int) (*Fixture, error) {
	if nPublic < 1 || commitments < 0 {
		return nil, fmt.Errorf("verifiertest: expected at least 1 public input and 0 commitments, got %d and %d", nPublic, commitments)
	}
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, newCircuit(nPublic, commitments))
	if err != nil {
		return nil, fmt.Errorf("verifiertest: compile: %w", err)
	}
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		return nil, fmt.Errorf("verifiertest: setup: %w", err)
	}
	var key bytes.Buffer
	if _, err := vk.WriteTo(&key); err != nil {
		return nil, fmt.Errorf("verifiertest: verifying key: %w", err)
	}
	return &Fixture{Key: key.Bytes(), publics: nPublic, ccs: ccs, pk: pk, vk: vk}, nil
}

// PublicInputs is the number of public inputs that Prove expects.
func (f *Fixture) PublicInputs() int { return f.publics }

// Prove returns a proof of the given public inputs in gnark's standard serialization. Each call
// makes another proof.
func (f *Fixture) Prove(publics ...fr.Element) ([]byte, error) {
	if len(publics) != f.publics {
		return nil, fmt.Errorf("verifiertest: expected %d public inputs, got %d", f.publics, len(publics))
	}
	w, err := frontend.NewWitness(assign(publics), ecc.BN254.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("verifiertest: witness: %w", err)
	}
	proof, err := groth16.Prove(f.ccs, f.pk, w)
	if err != nil {
		return nil, fmt.Errorf("verifiertest: prove: %w", err)
	}
	var b bytes.Buffer
	if _, err := proof.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("verifiertest: proof: %w", err)
	}
	return b.Bytes(), nil
}

// GnarkVerify is the answer of gnark's own verifier, with default options, to the same question.
func (f *Fixture) GnarkVerify(proof []byte, publics []fr.Element) error {
	return GnarkVerify(f.Key, proof, publics)
}

// GnarkVerify reads a key and a proof as gnark reads them and verifies with gnark's default options.
// Give it well-formed lengths only: gnark's readers allocate what a length prefix asks for.
func GnarkVerify(key, proof []byte, publics []fr.Element) error {
	var vk groth16bn254.VerifyingKey
	if _, err := vk.ReadFrom(bytes.NewReader(key)); err != nil {
		return fmt.Errorf("verifiertest: verifying key: %w", err)
	}
	var p groth16bn254.Proof
	if _, err := p.ReadFrom(bytes.NewReader(proof)); err != nil {
		return fmt.Errorf("verifiertest: proof: %w", err)
	}
	return groth16bn254.Verify(&p, &vk, append(fr.Vector(nil), publics...))
}

// Inputs returns n public inputs that follow from the seed alone.
func Inputs(n int, seed uint64) []fr.Element {
	out := make([]fr.Element, n)
	for i := range out {
		out[i] = fr.NewElement(seed*1_000_003 + uint64(i) + 1)
	}
	return out
}
