package prover

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/circuit"
)

var (
	// ErrProof is returned for a proof that is malformed or does not verify.
	ErrProof = errors.New("prover: invalid proof")
	// ErrKey is returned for a key that is malformed or does not fit the circuit.
	ErrKey = errors.New("prover: invalid key")
)

// Result is a proven run of a model.
type Result struct {
	Proof  []byte       // gnark's compressed serialization
	Output []byte       // raw bytes of the output tensor
	Public []fr.Element // input digest, output elements, context
}

// InsecureSetup makes keys on this machine alone. INSECURE: whoever reads its memory while it runs
// can forge proofs for the keys. Its randomness is crypto/rand's and is not kept.
func InsecureSetup(system constraint.ConstraintSystem) (groth16.ProvingKey, groth16.VerifyingKey, error) {
	pk, vk, err := groth16.Setup(system)
	if err != nil {
		return nil, nil, fmt.Errorf("setup: %w", err)
	}
	return pk, vk, nil
}

// Prove runs the model on the raw input bytes and proves the run. The binding goes into the
// public inputs; the input stays private.
func Prove(c *circuit.Compiled, pk groth16.ProvingKey, input []byte, b statement.Binding) (*Result, error) {
	if err := checkKey(c, pk); err != nil {
		return nil, fmt.Errorf("prove: %w", err)
	}
	a, err := c.Assign(input, b)
	if err != nil {
		return nil, fmt.Errorf("prove: %w", err)
	}
	proof, err := groth16.Prove(c.System, pk, a.Witness)
	if err != nil {
		return nil, fmt.Errorf("prove: %w", c.Locate(err))
	}
	var buf bytes.Buffer
	if _, err := proof.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("prove: serialize: %w", err)
	}
	return &Result{Proof: buf.Bytes(), Output: a.Output, Public: a.Public}, nil
}

// checkKey refuses keys of circuits of other sizes, which gnark would index out of range with.
func checkKey(c *circuit.Compiled, pk groth16.ProvingKey) error {
	k, ok := pk.(*groth16_bn254.ProvingKey)
	internal, secret, public := c.System.GetNbVariables()
	switch {
	case !ok:
		return fmt.Errorf("%w: proving key: expected BN254, got %T", ErrKey, pk)
	case len(k.InfinityA) != internal+secret+public || len(k.InfinityB) != len(k.InfinityA):
		return fmt.Errorf("%w: proving key: expected %d wires, got %d", ErrKey, internal+secret+public, len(k.InfinityA))
	case k.Domain.Cardinality < uint64(c.System.GetNbConstraints()) || len(k.CommitmentKeys) != 1:
		return fmt.Errorf("%w: proving key: domain or commitments do not fit the circuit", ErrKey)
	}
	return nil
}

// Verify checks a proof against the public inputs: input digest, output elements, context.
// Rebuild the latter two with package statement, never take them from the prover.
func Verify(vk groth16.VerifyingKey, proof []byte, public []fr.Element) error {
	key, ok := vk.(*groth16_bn254.VerifyingKey)
	if !ok {
		return fmt.Errorf("%w: verifying key: expected BN254, got %T", ErrKey, vk)
	}
	if want := len(key.G1.K) - 1 - len(key.CommitmentKeys); len(public) != want {
		return fmt.Errorf("%w: expected %d public inputs, got %d", ErrProof, want, len(public))
	}
	p, err := decodeProof(proof)
	if err != nil {
		return err
	}
	w, err := publicWitness(public)
	if err != nil {
		return err
	}
	if err := groth16.Verify(p, vk, w); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	return nil
}

func publicWitness(public []fr.Element) (witness.Witness, error) {
	w, err := witness.New(ecc.BN254.ScalarField())
	if err != nil {
		return nil, err
	}
	values := make(chan any, len(public))
	for _, x := range public {
		values <- x
	}
	close(values)
	return w, w.Fill(len(public), 0, values)
}
