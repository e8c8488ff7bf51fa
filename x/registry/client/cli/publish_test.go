package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/assay-chain/assay/x/registry/client/cli"
	"github.com/assay-chain/assay/x/registry/types"
)

var (
	key   = []byte("a verifying key")
	owner = sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()
)

func spec() types.VersionSpec {
	digest := sha256.Sum256(key)
	tensor := types.TensorSignature{
		Name: "x", ElementType: types.ELEMENT_TYPE_UINT8, Shape: []uint32{1, 8}, ScaleBits: 0x3f800000, ZeroPoint: 128,
	}
	return types.VersionSpec{
		Artifacts:          []types.Artifact{{Name: "canonical.onnx", MediaType: "application/onnx", Digest: digest[:], Size_: 15}},
		Inputs:             []types.TensorSignature{tensor},
		Outputs:            []types.TensorSignature{tensor},
		CircuitDigest:      digest[:],
		VerifyingKeyDigest: digest[:],
		Setup:              types.SetupProvenance{Kind: types.SETUP_KIND_SINGLE_PARTY_INSECURE},
	}
}

// modelDir writes a model directory; a nil file is left out.
func modelDir(t *testing.T, version, vk []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{types.VersionSpecFile: version, types.VerifyingKeyFile: vk} {
		if data != nil {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		}
	}
	return dir
}

// run generates the unsigned transaction and returns its message.
func run(t *testing.T, args ...string) (*types.MsgPublishVersion, error) {
	t.Helper()
	interfaces := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(interfaces)
	cdc := codec.NewProtoCodec(interfaces)
	txConfig := authtx.NewTxConfig(cdc, authtx.DefaultSignModes)
	var out bytes.Buffer
	clientCtx := client.Context{}.WithCodec(cdc).WithInterfaceRegistry(interfaces).WithTxConfig(txConfig).WithOutput(&out)

	cmd := cli.NewTxCmd()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(append([]string{"publish"}, args...))
	cmd.SetContext(context.WithValue(context.Background(), client.ClientContextKey, &clientCtx))
	if err := cmd.Execute(); err != nil {
		return nil, err
	}
	tx, err := txConfig.TxJSONDecoder()(out.Bytes())
	require.NoError(t, err)
	require.Len(t, tx.GetMsgs(), 1)
	msg, ok := tx.GetMsgs()[0].(*types.MsgPublishVersion)
	require.True(t, ok)
	return msg, nil
}

func TestPublish(t *testing.T) {
	data, err := types.MarshalVersionSpec(spec())
	require.NoError(t, err)
	with := func(args ...string) []string { // of two values of one flag the last counts
		return append([]string{
			"--publisher", "acme", "--model", "vibration", "--version", "1.0.0",
			"--" + flags.FlagFrom, owner, "--" + flags.FlagGenerateOnly, "--" + flags.FlagOffline,
			"--" + flags.FlagAccountNumber, "1", "--" + flags.FlagSequence, "1",
		}, args...)
	}

	t.Run("success: with the key", func(t *testing.T) {
		msg, err := run(t, with(modelDir(t, data, key))...)
		require.NoError(t, err)
		want := spec()
		require.True(t, want.Equal(&msg.Spec))
		require.Equal(t, key, msg.VerifyingKey)
		require.Equal(t, "acme/vibration@1.0.0", msg.VersionID().String())
		require.Equal(t, owner, msg.Owner)
	})
	t.Run("success: without the key", func(t *testing.T) {
		msg, err := run(t, with(modelDir(t, data, nil), "--omit-key")...)
		require.NoError(t, err)
		require.Empty(t, msg.VerifyingKey)
		require.Equal(t, spec().VerifyingKeyDigest, msg.Spec.VerifyingKeyDigest)
	})

	for _, tc := range []struct {
		name string
		args []string
		err  string
	}{
		{"failure: no directory", with(), "accepts 1 arg"},
		{"failure: no version.json", with(modelDir(t, nil, key)), "hint: "},
		{"failure: no vk.bin", with(modelDir(t, data, nil)), "hint: "},
		{"failure: another key", with(modelDir(t, data, []byte("another"))), "digest: expected "},
		{"failure: version.json is no JSON", with(modelDir(t, []byte("{"), key)), "expected one JSON object"},
		{"failure: version.json is no valid spec", with(modelDir(t, []byte("{}"), key)), types.ErrInvalidArtifact.Error()},
		{"failure: number", with(modelDir(t, data, key), "--version", "v1"), types.ErrInvalidNumber.Error()},
		{"failure: no publisher", []string{modelDir(t, data, key)}, "required flag"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := run(t, tc.args...)
			require.ErrorContains(t, err, tc.err)
		})
	}
}
