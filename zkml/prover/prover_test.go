package prover_test

import (
	"bytes"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/witness"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/prover"
)

// twoLayers is a hand-made perceptron, 6 to 4 to 3.
func twoLayers() *onnx.Graph {
	const scale = 0.1 // of all values, so the scale of weights is about the multiplier
	value := func(name string, t onnx.DType, n int, zero int32) onnx.Value {
		return onnx.Value{Name: name, Type: t, Shape: []int{1, n}, Scale: scale, Zero: zero}
	}
	matMul := func(k, n int, weightScale float32) *onnx.MatMul {
		m := &onnx.MatMul{WeightType: onnx.Int8}
		for i := range k * n {
			m.Weights = append(m.Weights, int32(i*37%255-127))
		}
		for j := range n {
			m.Bias = append(m.Bias, int32(j*100-50))
			m.WeightZero = append(m.WeightZero, 0)
			m.WeightScale = append(m.WeightScale, weightScale)
			m.Multiplier = append(m.Multiplier, onnx.Multiplier(scale, weightScale, scale))
		}
		return m
	}
	return &onnx.Graph{
		Name:   "test",
		Values: []onnx.Value{value("x", onnx.Int8, 6, 3), value("h", onnx.Int8, 4, -128), value("y", onnx.Int8, 3, 7)},
		Nodes: []onnx.Node{
			{Name: "first", Op: onnx.OpMatMul, In: []int{0}, Out: 1, MatMul: matMul(6, 4, 0.0123)},
			{Name: "second", Op: onnx.OpMatMul, In: []int{1}, Out: 2, MatMul: matMul(4, 3, 0.00517)},
		},
		Input: 0, Output: 2,
	}
}

func binding(nonce string) statement.Binding {
	return statement.Binding{
		ChainID: "zone-1", Device: make([]byte, statement.DeviceBytes), Version: "acme/test@1.0.0", Nonce: []byte(nonce),
	}
}

func TestProve(t *testing.T) {
	c, err := circuit.Compile(twoLayers())
	require.NoError(t, err)
	pk, vk, err := prover.InsecureSetup(c.System)
	require.NoError(t, err)
	result, err := prover.Prove(c, pk, []byte{1, 2, 0x83, 0x7f, 0x80, 0}, binding("a"))
	require.NoError(t, err)
	require.Len(t, result.Proof, prover.ProofBytes)

	t.Run("success: verifies", func(t *testing.T) {
		require.NoError(t, prover.Verify(vk, result.Proof, result.Public))
	})
	t.Run("success: verifies with gnark alone", func(t *testing.T) {
		proof, key := groth16.NewProof(ecc.BN254), groth16.NewVerifyingKey(ecc.BN254)
		_, err := proof.ReadFrom(bytes.NewReader(result.Proof))
		require.NoError(t, err)
		var buf bytes.Buffer
		_, err = vk.WriteTo(&buf)
		require.NoError(t, err)
		_, err = key.ReadFrom(&buf)
		require.NoError(t, err)
		require.NoError(t, groth16.Verify(proof, key, publicWitness(t, result.Public)))
	})
	for i, name := range []string{"input digest", "output", "context"} {
		t.Run("failure: tampered "+name, func(t *testing.T) {
			public := append([]fr.Element{}, result.Public...)
			public[i].Add(&public[i], new(fr.Element).SetOne())
			require.ErrorIs(t, prover.Verify(vk, result.Proof, public), prover.ErrProof)
		})
	}
	t.Run("failure: missing public input", func(t *testing.T) {
		require.ErrorIs(t, prover.Verify(vk, result.Proof, result.Public[:2]), prover.ErrProof)
	})
	t.Run("failure: input of another length", func(t *testing.T) {
		_, err := prover.Prove(c, pk, []byte{1, 2}, binding("a"))
		require.ErrorIs(t, err, circuit.ErrInput)
	})
}

func publicWitness(t *testing.T, public []fr.Element) witness.Witness {
	t.Helper()
	w, err := witness.New(ecc.BN254.ScalarField())
	require.NoError(t, err)
	values := make(chan any, len(public))
	for _, x := range public {
		values <- x
	}
	close(values)
	require.NoError(t, w.Fill(len(public), 0, values))
	return w
}
