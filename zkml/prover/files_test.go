package prover_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/prover"
)

// keys compiles the two-layer graph and makes keys for it.
func keys(t testing.TB) (*circuit.Compiled, groth16.ProvingKey, groth16.VerifyingKey) {
	t.Helper()
	c, err := circuit.Compile(twoLayers())
	require.NoError(t, err)
	pk, vk, err := prover.InsecureSetup(c.System)
	require.NoError(t, err)
	return c, pk, vk
}

func TestKeyFiles(t *testing.T) {
	c, pk, vk := keys(t)
	var pkFile, vkFile bytes.Buffer
	_, err := pk.WriteTo(&pkFile)
	require.NoError(t, err)
	_, err = vk.WriteTo(&vkFile)
	require.NoError(t, err)

	t.Run("success: keys read back", func(t *testing.T) {
		key, err := prover.ReadVerifyingKey(vkFile.Bytes())
		require.NoError(t, err)
		checked, err := prover.ReadProvingKey(bytes.NewReader(pkFile.Bytes()))
		require.NoError(t, err)
		unchecked, err := prover.UnsafeReadProvingKey(bytes.NewReader(pkFile.Bytes()))
		require.NoError(t, err)
		for _, pk := range []groth16.ProvingKey{checked, unchecked} {
			result, err := prover.Prove(c, pk, make([]byte, c.InputBytes()), binding("n"))
			require.NoError(t, err)
			require.NoError(t, prover.Verify(key, result.Proof, result.Public))
		}
	})
	t.Run("failure: truncated proving key", func(t *testing.T) {
		_, err := prover.ReadProvingKey(bytes.NewReader(pkFile.Bytes()[:pkFile.Len()/2]))
		require.ErrorIs(t, err, prover.ErrKey)
	})
	t.Run("failure: proving key with a trailing byte", func(t *testing.T) {
		_, err := prover.ReadProvingKey(bytes.NewReader(append(slices.Clone(pkFile.Bytes()), 0)))
		require.ErrorIs(t, err, prover.ErrKey)
	})
	t.Run("failure: proving key with a domain beyond the field's", func(t *testing.T) {
		raw := slices.Clone(pkFile.Bytes())
		binary.BigEndian.PutUint64(raw, 1<<40)
		_, err := prover.ReadProvingKey(bytes.NewReader(raw))
		require.ErrorIs(t, err, prover.ErrKey)
	})
	t.Run("success: proving key byte by byte", func(t *testing.T) {
		read, err := prover.UnsafeReadProvingKey(iotest.OneByteReader(bytes.NewReader(pkFile.Bytes())))
		require.NoError(t, err)
		var again bytes.Buffer
		_, err = read.WriteTo(&again)
		require.NoError(t, err)
		require.Equal(t, pkFile.Bytes(), again.Bytes())
	})
	for name, damage := range map[string]func(k *groth16_bn254.ProvingKey){
		"infinities of A": func(k *groth16_bn254.ProvingKey) { k.InfinityA[0] = !k.InfinityA[0] },
		"count of A":      func(k *groth16_bn254.ProvingKey) { k.NbInfinityA = 1 << 40 },
		"infinities of B": func(k *groth16_bn254.ProvingKey) { k.InfinityB = k.InfinityB[1:] },
		"points K":        func(k *groth16_bn254.ProvingKey) { k.G1.K = k.G1.K[1:] },
		"points Z":        func(k *groth16_bn254.ProvingKey) { k.G1.Z = nil },
		"domain":          func(k *groth16_bn254.ProvingKey) { k.Domain.Cardinality *= 2 },
		"commitment":      func(k *groth16_bn254.ProvingKey) { k.CommitmentKeys[0].Basis = nil },
		"no commitment":   func(k *groth16_bn254.ProvingKey) { k.CommitmentKeys = nil },
	} {
		t.Run("failure: damaged proving key, "+name, func(t *testing.T) {
			read, err := prover.UnsafeReadProvingKey(bytes.NewReader(pkFile.Bytes()))
			require.NoError(t, err)
			damage(read.(*groth16_bn254.ProvingKey))
			_, err = prover.Prove(c, read, make([]byte, c.InputBytes()), binding("n"))
			require.ErrorIs(t, err, prover.ErrKey)
		})
	}
	t.Run("failure: proving key of another circuit", func(t *testing.T) {
		_, err := prover.Prove(compiled(t, "demo"), pk, make([]byte, 64), binding("n"))
		require.ErrorIs(t, err, prover.ErrKey)
	})
	t.Run("failure: verifying key of another shape", func(t *testing.T) {
		for _, change := range []func(raw []byte) []byte{
			func(raw []byte) []byte { return raw[:len(raw)-1] },
			func(raw []byte) []byte { return append(raw, 0) },
			func(raw []byte) []byte { binary.BigEndian.PutUint32(raw[288:], 1<<31); return raw },
			func(raw []byte) []byte { copy(raw, bytes.Repeat([]byte{0xbf}, 32)); return raw }, // above the modulus
			func([]byte) []byte { return nil },
		} {
			_, err := prover.ReadVerifyingKey(change(slices.Clone(vkFile.Bytes())))
			require.ErrorIs(t, err, prover.ErrKey)
		}
	})
}

func TestVerifyRejects(t *testing.T) {
	c, pk, vk := keys(t)
	result, err := prover.Prove(c, pk, make([]byte, c.InputBytes()), binding("n"))
	require.NoError(t, err)
	for name, change := range map[string]func(raw []byte) []byte{
		"truncated":             func(raw []byte) []byte { return raw[:100] },
		"trailing byte":         func(raw []byte) []byte { return append(raw, 0) },
		"no commitment":         func(raw []byte) []byte { raw[131] = 0; return raw },
		"many commitments":      func(raw []byte) []byte { raw[128] = 0xff; return raw },
		"point off the curve":   func(raw []byte) []byte { raw[31] ^= 1; return raw },
		"zeros":                 func(raw []byte) []byte { return make([]byte, len(raw)) },
		"commitment of another": func(raw []byte) []byte { copy(raw[132:164], raw[:32]); return raw },
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			require.ErrorIs(t, prover.Verify(vk, change(slices.Clone(result.Proof)), result.Public), prover.ErrProof)
		})
	}
}

func FuzzVerify(f *testing.F) {
	c, pk, vk := keys(f)
	result, err := prover.Prove(c, pk, make([]byte, c.InputBytes()), binding("n"))
	require.NoError(f, err)
	f.Add(result.Proof)
	f.Add(make([]byte, prover.ProofBytes))
	public := slices.Clone(result.Public)
	public[0].Add(&public[0], new(fr.Element).SetOne()) // a false statement
	f.Fuzz(func(t *testing.T, raw []byte) {
		require.ErrorIs(t, prover.Verify(vk, raw, public), prover.ErrProof)
	})
}

func FuzzReadVerifyingKey(f *testing.F) {
	_, _, vk := keys(f)
	var buf bytes.Buffer
	_, err := vk.WriteTo(&buf)
	require.NoError(f, err)
	f.Add(buf.Bytes())
	f.Add(make([]byte, buf.Len()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		key, err := prover.ReadVerifyingKey(raw)
		if err != nil {
			require.ErrorIs(t, err, prover.ErrKey)
			return
		}
		var again bytes.Buffer
		_, err = key.WriteTo(&again)
		require.NoError(t, err)
		require.Equal(t, raw, again.Bytes())
	})
}
