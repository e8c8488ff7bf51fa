package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/types"
)

const file = `{"chain_id":"hub-1","device":"assay1x","version":"acme/m@1.0.0","nonce":"AQ==","input_digest":"Ag==","output":"Aw==","proof":"BA=="}`

func TestDecodeEntry(t *testing.T) {
	e, err := decodeEntry([]byte(file), "hub-1", "assay1x")
	require.NoError(t, err)
	require.Equal(t, types.ProofEntry{Version: "acme/m@1.0.0", Nonce: []byte{1}, InputDigest: []byte{2}, Output: []byte{3}, Proof: []byte{4}}, e)

	for name, tc := range map[string]struct{ data, chain, device, want string }{
		"failure: another chain":  {file, "hub-2", "assay1x", `expected "hub-2", got "hub-1"`},
		"failure: another device": {file, "hub-1", "assay1y", "expected assay1y, got assay1x"},
		"failure: unknown field":  {strings.Replace(file, "output", "result", 1), "hub-1", "assay1x", "unknown field"},
		"failure: not base64":     {strings.Replace(file, "AQ==", "??", 1), "hub-1", "assay1x", "illegal base64"},
		"failure: not JSON":       {"proof", "hub-1", "assay1x", "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeEntry([]byte(tc.data), tc.chain, tc.device)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestSubmitMsg(t *testing.T) {
	one := types.ProofEntry{Version: "acme/m@1.0.0", Nonce: []byte{1}}
	require.IsType(t, &types.MsgSubmitProof{}, submitMsg("assay1x", []types.ProofEntry{one}))
	many := submitMsg("assay1x", []types.ProofEntry{one, one})
	require.IsType(t, &types.MsgSubmitProofs{}, many)
	require.Len(t, many.(*types.MsgSubmitProofs).Entries, 2)
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add([]byte(file))
	f.Add([]byte(`{"nonce":null}`))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = decodeEntry(data, "hub-1", "assay1x") })
}
