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

// checkKey refuses keys of circuits of other shapes, which gnark would index out of range with, some
// of it in goroutines of its own, where nobody recovers.
func checkKey(c *circuit.Compiled, pk groth16.ProvingKey) error {
	k, ok := pk.(*groth16_bn254.ProvingKey)
	if !ok {
		return fmt.Errorf("%w: proving key: expected BN254, got %T", ErrKey, pk)
	}
	commitments, ok := c.System.GetCommitments().(constraint.Groth16Commitments)
	if !ok || len(commitments) != 1 || len(k.CommitmentKeys) != 1 {
		return fmt.Errorf("%w: proving key: expected 1 commitment, got %d", ErrKey, len(k.CommitmentKeys))
	}
	internal, secret, public := c.System.GetNbVariables()
	wires, committed := internal+secret+public, len(commitments[0].PrivateCommitted)
	domain := ecc.NextPowerOfTwo(uint64(c.System.GetNbConstraints()))
	if k.Domain.Cardinality != domain {
		return fmt.Errorf("%w: proving key: domain: expected %d, got %d", ErrKey, domain, k.Domain.Cardinality)
	}
	for _, x := range []struct {
		part      string
		want, got int
	}{
		{"wires of A", wires, len(k.InfinityA)},
		{"wires of B", wires, len(k.InfinityB)},
		{"infinities of A", count(k.InfinityA), int(k.NbInfinityA)},
		{"infinities of B", count(k.InfinityB), int(k.NbInfinityB)},
		{"points A", wires - count(k.InfinityA), len(k.G1.A)},
		{"points B", wires - count(k.InfinityB), len(k.G1.B)},
		{"points B in G2", wires - count(k.InfinityB), len(k.G2.B)},
		{"points K", internal + secret - committed - 1, len(k.G1.K)}, // the challenge is public to Groth16
		{"points Z", int(domain) - 1, len(k.G1.Z)},
		{"commitment points", committed, len(k.CommitmentKeys[0].Basis)},
		{"commitment proof points", committed, len(k.CommitmentKeys[0].BasisExpSigma)},
	} {
		if x.got != x.want {
			return fmt.Errorf("%w: proving key: %s: expected %d, got %d", ErrKey, x.part, x.want, x.got)
		}
	}
	return nil
}

func count(flags []bool) (n int) {
	for _, set := range flags {
		if set {
			n++
		}
	}
	return n
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
