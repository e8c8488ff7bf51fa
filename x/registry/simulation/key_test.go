package simulation_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/simulation"
	"github.com/assay-chain/assay/x/registry/types"
)

// gnarkChecker checks keys with gnark itself.
type gnarkChecker struct{}

func (gnarkChecker) CheckVerifyingKey(key []byte) (types.KeyInfo, error) {
	vk := groth16.NewVerifyingKey(ecc.BN254)
	n, err := vk.ReadFrom(bytes.NewReader(key))
	if err != nil {
		return types.KeyInfo{}, err
	}
	if n != int64(len(key)) {
		return types.KeyInfo{}, fmt.Errorf("expected %d bytes, got %d", n, len(key))
	}
	return types.KeyInfo{PublicInputs: vk.NbPublicWitness()}, nil
}

func TestUnsafeRandomKey(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for inputs := 1; inputs <= 10; inputs++ {
		key := simulation.UnsafeRandomKey(r, inputs)
		vk := groth16.NewVerifyingKey(ecc.BN254)
		_, err := vk.ReadFrom(bytes.NewReader(key))
		require.NoError(t, err)
		require.Equal(t, inputs, vk.NbPublicWitness())
		var again bytes.Buffer
		_, err = vk.WriteTo(&again)
		require.NoError(t, err)
		require.Equal(t, key, again.Bytes())
		require.NotEqual(t, key, simulation.UnsafeRandomKey(r, inputs))
	}
}
