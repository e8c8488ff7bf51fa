package app_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
)

// used is a chain with some history: transfers, a delegation, and one that is being undone.
func used(t *testing.T) *apptest.Chain {
	t.Helper()
	c := apptest.New(t, apptest.Options{Accounts: 3})
	alice, bob := c.Accounts[0], c.Accounts[1]
	validators, err := c.App.Staking.GetAllValidators(c.Context())
	require.NoError(t, err)
	operator := validators[0].OperatorAddress
	stake := sdk.NewInt64Coin(app.BaseDenom, 5_000_000)
	res := c.Block(
		c.Sign(alice, banktypes.NewMsgSend(alice.Address, bob.Address, coins(7))),
		c.Sign(bob, stakingtypes.NewMsgDelegate(bob.Address.String(), operator, stake)),
	)
	for _, r := range res.TxResults {
		require.Zero(t, r.Code, r.Log)
	}
	for range 3 {
		c.Block()
	}
	stake.Amount = stake.Amount.QuoRaw(2)
	require.Zero(t, c.Send(bob, stakingtypes.NewMsgUndelegate(bob.Address.String(), operator, stake)).Code)
	return c
}

func TestExportImport(t *testing.T) {
	c := used(t)
	first, err := c.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	require.Equal(t, c.Height()+1, first.Height)
	require.Len(t, first.Validators, 1)

	a, ctx := imported(t, c.App, first.AppState)
	require.Empty(t, differences(t, c.App, a, c.Context(), ctx))

	n := c.Import(first.AppState, first.Height)
	require.Equal(t, first.Height, n.Height())
	require.Zero(t, n.Send(n.Accounts[0], banktypes.NewMsgSend(n.Accounts[0].Address, n.Accounts[1].Address, coins(1))).Code)
}

func TestExportForZeroHeight(t *testing.T) {
	c := used(t)
	out, err := c.App.ExportAppStateAndValidators(true, nil, nil)
	require.NoError(t, err)
	require.Zero(t, out.Height)

	n := c.Import(out.AppState, 1)
	require.EqualValues(t, 1, n.Height())
	for range 3 {
		n.Block()
	}
	require.Zero(t, n.Send(n.Accounts[0], banktypes.NewMsgSend(n.Accounts[0].Address, n.Accounts[1].Address, coins(1))).Code)
}

func TestExportJailsAllButAllowed(t *testing.T) {
	c := used(t)
	validators, err := c.App.Staking.GetAllValidators(c.Context())
	require.NoError(t, err)
	operator := validators[0].OperatorAddress

	t.Run("success: the only validator is allowed", func(t *testing.T) {
		out, err := c.App.ExportAppStateAndValidators(true, []string{operator}, nil)
		require.NoError(t, err)
		require.Len(t, out.Validators, 1)
	})
	t.Run("failure: not an operator's address", func(t *testing.T) {
		_, err := c.App.ExportAppStateAndValidators(true, []string{"assay1nobody"}, nil)
		require.ErrorContains(t, err, `validator "assay1nobody"`)
	})
}

func TestExportOfSomeModules(t *testing.T) {
	c := used(t)
	out, err := c.App.ExportAppStateAndValidators(false, nil, []string{banktypes.ModuleName})
	require.NoError(t, err)
	var state app.GenesisState
	require.NoError(t, json.Unmarshal(out.AppState, &state))
	require.Len(t, state, 1)
	require.Contains(t, state, banktypes.ModuleName)
}
