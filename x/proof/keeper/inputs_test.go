package keeper

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/types"
)

func longClaim() (string, claim) {
	return "assay-1", claim{device: bytes.Repeat([]byte{1}, 20), entry: types.ProofEntry{
		Version: "acme/vibration@1.0.0", Nonce: []byte{1, 2}, InputDigest: make([]byte, 32), Output: make([]byte, 640),
	}}
}

// TestPublicInputsRemembered changes each part of a claim in turn: what is remembered is always what is computed.
func TestPublicInputsRemembered(t *testing.T) {
	k := Keeper{inputs: newInputsMemo()}
	chain, c := longClaim()
	first, err := k.publicInputs(chain, c)
	require.NoError(t, err)
	again, err := k.publicInputs(chain, c)
	require.NoError(t, err)
	require.Same(t, &first[0], &again[0])
	for _, tc := range []struct {
		name string
		edit func(*string, *claim)
	}{
		{"success: chain", func(chain *string, _ *claim) { *chain = "assay-2" }},
		{"success: device", func(_ *string, c *claim) { c.device = bytes.Repeat([]byte{2}, 20) }},
		{"success: version", func(_ *string, c *claim) { c.entry.Version = "acme/vibration@1.0.1" }},
		{"success: nonce", func(_ *string, c *claim) { c.entry.Nonce = []byte{1} }},
		{"success: version and nonce share their bytes", func(_ *string, c *claim) { c.entry.Version, c.entry.Nonce = "acme/vibration@1.0.0\x01", []byte{2} }},
		{"success: input digest", func(_ *string, c *claim) { c.entry.InputDigest = append(make([]byte, 31), 1) }},
		{"success: output", func(_ *string, c *claim) { c.entry.Output = append(make([]byte, 639), 1) }},
		{"success: short output", func(_ *string, c *claim) { c.entry.Output = make([]byte, 5) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			chain, c := longClaim()
			tc.edit(&chain, &c)
			got, err := k.publicInputs(chain, c)
			require.NoError(t, err)
			want, err := rebuildInputs(chain, c)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.NotEqual(t, first, got)
		})
	}
	_, err = k.publicInputs("", c)
	require.Error(t, err)
}

func TestInputsMemoIsBounded(t *testing.T) {
	m := newInputsMemo()
	for i := range 3*inputsPerGeneration + 1 {
		m.put([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, nil)
		require.LessOrEqual(t, len(m.young)+len(m.old), 2*inputsPerGeneration)
	}
	last := 3 * inputsPerGeneration
	_, ok := m.get([32]byte{byte(last), byte(last >> 8), byte(last >> 16)})
	require.True(t, ok)
	_, ok = m.get([32]byte{})
	require.False(t, ok)
}
