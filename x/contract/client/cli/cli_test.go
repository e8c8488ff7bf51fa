package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

var signer = sdk.AccAddress("signer______________").String()

// parsed is a command whose flags were given.
func parsed(t *testing.T, cmd *cobra.Command, flags ...string) *cobra.Command {
	t.Helper()
	require.NoError(t, cmd.ParseFlags(flags))
	return cmd
}

func TestStoreMessage(t *testing.T) {
	path := "../../keeper/testdata/counter.wasm"
	code, err := os.ReadFile(path)
	require.NoError(t, err)
	msg, err := storeMsg(parsed(t, newStoreCmd(), "--source", "s", "--builder", "b"), path, signer)
	require.NoError(t, err)
	require.Equal(t, &types.MsgStoreCode{Sender: signer, Code: code, Source: "s", Builder: "b"}, msg)

	folder := t.TempDir()
	for _, tc := range []struct {
		name string
		code []byte
		err  error
	}{
		{"failure: no module", []byte("hello"), types.ErrInvalidCode},
		{"failure: truncated", code[:100], types.ErrInvalidCode},
		{"failure: no exports", code[:8], types.ErrExport},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := filepath.Join(folder, "bad.wasm")
			require.NoError(t, os.WriteFile(bad, tc.code, 0o600))
			_, err := storeMsg(newStoreCmd(), bad, signer)
			require.ErrorIs(t, err, tc.err)
			require.ErrorContains(t, err, "hint:")
		})
	}
	_, err = storeMsg(newStoreCmd(), filepath.Join(folder, "none.wasm"), signer)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestInstantiateMessage(t *testing.T) {
	msg, err := instantiateMsg(parsed(t, newInstantiateCmd(), "--funds", "5uassay", "--subscribe", "acme/vibration"), []string{"3", "gate", "acme/x", "950"}, signer)
	require.NoError(t, err)
	require.Equal(t, &types.MsgInstantiate{
		Sender: signer, Admin: signer, CodeId: 3, Label: "gate", Msg: values.Encode(values.T("acme/x"), values.N(950)),
		Funds: sdk.NewCoins(sdk.NewInt64Coin("uassay", 5)), Subscriptions: []string{"acme/vibration"},
	}, msg)
	msg, err = instantiateMsg(parsed(t, newInstantiateCmd(), "--no-admin"), []string{"3", "gate"}, signer)
	require.NoError(t, err)
	require.Empty(t, msg.Admin)

	for _, tc := range []struct {
		name  string
		flags []string
		args  []string
		text  string
	}{
		{"failure: admin and none", []string{"--admin", "x", "--no-admin"}, []string{"3", "gate"}, "expected one of them"},
		{"failure: code id", nil, []string{"gate", "3"}, "code id: expected a number from 1"},
		{"failure: funds", []string{"--funds", "much"}, []string{"3", "gate"}, `--funds "much"`},
		{"failure: argument", nil, []string{"3", "gate", "0xz"}, "message:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := instantiateMsg(parsed(t, newInstantiateCmd(), tc.flags...), tc.args, signer)
			require.ErrorContains(t, err, tc.text)
		})
	}
}

func TestCallMessage(t *testing.T) {
	msg, err := callMessage("17", []string{"3"})
	require.NoError(t, err)
	require.Equal(t, values.Encode(values.T("17"), values.N(3)), msg, "a method's name is text")
}

func TestFormat(t *testing.T) {
	require.Equal(t, "gas: 7 of the interpreter\n", formatAnswer(&types.QuerySmartResponse{GasUsed: 7}))
	require.Contains(t, formatAnswer(&types.QuerySmartResponse{Output: values.Encode(values.N(42)), GasUsed: 7}), "42\n")
	require.Equal(t, "\"vote/a\": 0x0100\n0x00ff: 5\nmore: --page-key AA==\n", formatState(&types.QueryStateRangeResponse{
		Entries: []types.StatePair{
			{Key: []byte("vote/a"), Value: []byte{1, 0}},
			{Key: []byte{0, 0xff}, Value: values.Encode(values.N(5))},
		},
		Pagination: &query.PageResponse{NextKey: []byte{0}},
	}))
}

func TestStateRequest(t *testing.T) {
	contract := types.ContractAddress(1).String()
	r, err := stateRequest(parsed(t, newStateCmd(), "--hex", "--limit", "3", "--page-key", "AAE="), []string{contract, "6e"})
	require.NoError(t, err)
	require.Equal(t, &types.QueryStateRangeRequest{
		Contract: contract, Prefix: []byte("n"), Pagination: &query.PageRequest{Limit: 3, Key: []byte{0, 1}},
	}, r)
	_, err = stateRequest(newStateCmd(), []string{signer})
	require.ErrorIs(t, err, types.ErrInvalidRequest)
	_, err = stateRequest(parsed(t, newStateCmd(), "--hex"), []string{contract, "n"})
	require.ErrorContains(t, err, "hexadecimal")
}
