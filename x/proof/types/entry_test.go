package types_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

var device = sdk.AccAddress(strings.Repeat("d", 20))

func validEntry() types.ProofEntry {
	return types.ProofEntry{
		Version: "acme/vibration@1.0.0", Nonce: []byte{1}, InputDigest: make([]byte, 32), Output: []byte{1, 2}, Proof: make([]byte, 196),
	}
}

func TestEntryValidate(t *testing.T) {
	p := types.DefaultParams()
	for _, tc := range []struct {
		name string
		edit func(*types.ProofEntry)
		want error
	}{
		{"success: usual", func(*types.ProofEntry) {}, nil},
		{"success: longest of everything", func(e *types.ProofEntry) {
			e.Version, e.Nonce = strings.Repeat("v", 256), make([]byte, 32)
			e.Output, e.Proof = make([]byte, p.MaxOutputBytes), make([]byte, p.MaxProofBytes)
		}, nil},
		{"failure: version too long", func(e *types.ProofEntry) { e.Version = strings.Repeat("v", 257) }, types.ErrInvalidVersion},
		{"failure: version with a space", func(e *types.ProofEntry) { e.Version = "a b" }, types.ErrInvalidVersion},
		{"failure: version beyond ASCII", func(e *types.ProofEntry) { e.Version = "é" }, types.ErrInvalidVersion},
		{"failure: empty nonce", func(e *types.ProofEntry) { e.Nonce = []byte{} }, types.ErrInvalidNonce},
		{"failure: nonce too long", func(e *types.ProofEntry) { e.Nonce = make([]byte, 33) }, types.ErrInvalidNonce},
		{"failure: digest too long", func(e *types.ProofEntry) { e.InputDigest = make([]byte, 33) }, types.ErrInvalidInputDigest},
		{"failure: digest is the modulus", func(e *types.ProofEntry) { e.InputDigest = fr.Modulus().Bytes() }, types.ErrInvalidInputDigest},
		{"failure: output too long", func(e *types.ProofEntry) { e.Output = make([]byte, p.MaxOutputBytes+1) }, types.ErrOutputSize},
		{"failure: proof too long", func(e *types.ProofEntry) { e.Proof = make([]byte, p.MaxProofBytes+1) }, types.ErrProofSize},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := validEntry()
			tc.edit(&e)
			require.ErrorIs(t, e.Validate(p), tc.want)
		})
	}
}

func TestDeviceAddressClipsLongText(t *testing.T) {
	_, err := types.DeviceAddress(strings.Repeat("x", 1<<16))
	require.ErrorIs(t, err, types.ErrInvalidDevice)
	require.Less(t, len(err.Error()), 512)
}

// The key is on record for ever, so it can never change.
func TestNonceKeyVector(t *testing.T) {
	got := types.NonceKey(device, "acme/vibration@1.0.0", []byte{0, 1})
	require.Equal(t, "65b169dfd2a24bac3d860ba763a98968642014f4", hex.EncodeToString(got))
}

func TestNonceKeySeparatesFields(t *testing.T) {
	keys := map[string]struct{}{}
	for _, k := range [][]byte{
		types.NonceKey([]byte("a"), "bc", []byte("d")),
		types.NonceKey([]byte("ab"), "c", []byte("d")),
		types.NonceKey([]byte("a"), "b", []byte("cd")),
		types.NonceKey([]byte("a"), "bc", []byte("e")),
	} {
		require.Len(t, k, types.NonceKeyBytes)
		keys[string(k)] = struct{}{}
	}
	require.Len(t, keys, 4)
}

func TestOutputBytes(t *testing.T) {
	const most = ^uint32(0)
	for _, tc := range []struct {
		name   string
		shapes [][]uint32
		want   uint64
	}{
		{"success: none", nil, 0},
		{"success: a scalar", [][]uint32{{}}, 1},
		{"success: two tensors", [][]uint32{{1, 640}, {2, 3, 4}}, 664},
		{"success: an empty dimension", [][]uint32{{0, most}}, 0},
		{"success: saturates in a tensor", [][]uint32{{most, most, most}}, 1 << 63},
		{"success: saturates in the sum", [][]uint32{{1 << 31, 1 << 31, 1}, {1 << 31, 1 << 31, 1}, {1}}, 1 << 63},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var v registrytypes.Version
			for _, s := range tc.shapes {
				v.Outputs = append(v.Outputs, registrytypes.TensorSignature{Shape: s})
			}
			require.Equal(t, tc.want, types.OutputBytes(v))
		})
	}
}

func TestMessagesValidate(t *testing.T) {
	p := types.DefaultParams()
	one := types.MsgSubmitProof{Device: device.String(), Version: "v", Nonce: []byte{1}, InputDigest: make([]byte, 32), Output: []byte{1}, Proof: []byte{1}}
	require.NoError(t, one.Validate(p))
	one.Device = "x"
	require.ErrorIs(t, one.Validate(p), types.ErrInvalidDevice)
	many := types.MsgSubmitProofs{Device: device.String(), Entries: []types.ProofEntry{validEntry(), validEntry()}}
	require.NoError(t, many.Validate(p))
	many.Entries[1].Proof = nil
	err := many.Validate(p)
	require.ErrorIs(t, err, types.ErrProofSize)
	require.ErrorContains(t, err, "entry 1: ")
}
