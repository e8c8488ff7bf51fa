package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/types"
)

// FuzzMsgSubmitProof decodes, validates and encodes messages. What validates survives a round trip, and its entry has
// what the statement needs.
func FuzzMsgSubmitProof(f *testing.F) {
	e := validEntry()
	m := types.MsgSubmitProof{Device: device.String(), Version: e.Version, Nonce: e.Nonce, InputDigest: e.InputDigest, Output: e.Output, Proof: e.Proof}
	add(f, &m)
	m.Nonce = nil
	add(f, &m)
	f.Fuzz(func(t *testing.T, b []byte) {
		var m types.MsgSubmitProof
		if m.Unmarshal(b) != nil || m.Validate(types.DefaultParams()) != nil {
			return
		}
		again, err := m.Marshal()
		require.NoError(t, err)
		var n types.MsgSubmitProof
		require.NoError(t, n.Unmarshal(again))
		require.Equal(t, m.Entry(), n.Entry())
		_, err = types.InputDigestElement(m.InputDigest)
		require.NoError(t, err)
	})
}

// FuzzMsgSubmitProofs does the same for many entries.
func FuzzMsgSubmitProofs(f *testing.F) {
	m := types.MsgSubmitProofs{Device: device.String(), Entries: []types.ProofEntry{validEntry(), validEntry()}}
	add(f, &m)
	m.Entries[1].Version = ""
	add(f, &m)
	f.Fuzz(func(t *testing.T, b []byte) {
		var m types.MsgSubmitProofs
		if m.Unmarshal(b) != nil || m.Validate(types.DefaultParams()) != nil {
			return
		}
		again, err := m.Marshal()
		require.NoError(t, err)
		var n types.MsgSubmitProofs
		require.NoError(t, n.Unmarshal(again))
		require.Equal(t, m, n)
	})
}

func add(f *testing.F, m interface{ Marshal() ([]byte, error) }) {
	f.Helper()
	b, err := m.Marshal()
	require.NoError(f, err)
	f.Add(b)
	f.Add(b[:len(b)/2])
}
