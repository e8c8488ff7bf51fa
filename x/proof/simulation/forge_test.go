package simulation_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/simulation"
	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

func TestUnsafeProve(t *testing.T) {
	require.Equal(t, simulation.UnsafeKey(), simulation.UnsafeKey())
	r := rand.New(rand.NewSource(1))
	e := verifier.NewEngine(verifier.Config{})
	for seed := range uint64(3) {
		inputs := verifiertest.Inputs(3, seed)
		proof := simulation.UnsafeProve(r, inputs)
		require.NoError(t, e.Verify(t.Context(), verifier.Request{Key: simulation.UnsafeKey(), Inputs: inputs, Proof: proof}))
		require.NoError(t, verifiertest.GnarkVerify(simulation.UnsafeKey(), proof, inputs))
		inputs[seed].Double(&inputs[seed])
		require.ErrorIs(t, e.Verify(t.Context(), verifier.Request{Key: simulation.UnsafeKey(), Inputs: inputs, Proof: proof}), verifier.ErrRejected)
	}
}
