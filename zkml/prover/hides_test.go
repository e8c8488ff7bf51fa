package prover_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/prover"
)

// TestProofHides is about a guess of the input, which a proof's commitment must not confirm: gnark
// commits to the values alone, so what hides them is the random last one, if its point counts.
func TestProofHides(t *testing.T) {
	c, pk, _ := keys(t)
	key := pk.(*groth16_bn254.ProvingKey).CommitmentKeys[0]
	require.False(t, key.Basis[len(key.Basis)-1].IsInfinity(), "the point of the mask")

	input := make([]byte, c.InputBytes())
	guess, err := c.Assign(input, binding("a"))
	require.NoError(t, err)
	values := slices.Clone(guess.Witness.Vector().(fr.Vector)[len(guess.Public):])
	values[len(values)-1].SetZero()
	unmasked, err := key.Commit(values)
	require.NoError(t, err)
	seen := [][]byte{unmasked.Marshal()}
	for range 3 {
		result, err := prover.Prove(c, pk, input, binding("a"))
		require.NoError(t, err)
		var proof groth16_bn254.Proof
		_, err = proof.ReadFrom(bytes.NewReader(result.Proof))
		require.NoError(t, err)
		seen = append(seen, proof.Commitments[0].Marshal())
	}
	for i := range seen {
		for j := range i {
			require.NotEqual(t, seen[i], seen[j], "commitments %d and %d", i, j)
		}
	}
}

// TestKeyHoldsPublicInputs demands that every public input has a share of the verifying key: one at
// infinity could be any value, for one and the same proof. The last but one is the context's.
func TestKeyHoldsPublicInputs(t *testing.T) {
	c, _, vk := keys(t)
	points := vk.(*groth16_bn254.VerifyingKey).G1.K
	require.Len(t, points, 1+c.Stats.PublicInputs+1, "the constant one, the public inputs, the challenge")
	for i, p := range points[1:] {
		require.False(t, p.IsInfinity(), "public input %d", i)
		for j, q := range points[1 : 1+i] {
			require.False(t, p.Equal(&q), "public inputs %d and %d", i, j)
			require.False(t, p.Equal(q.Neg(&q)), "public inputs %d and %d", i, j)
		}
	}
}
