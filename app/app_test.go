package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
)

func coins(n int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, n)) }

func TestBlocksCommit(t *testing.T) {
	c := apptest.New(t, apptest.Options{Accounts: 2})
	alice, bob := c.Accounts[0], c.Accounts[1]
	before := c.App.LastCommitID()

	res := c.Send(alice, banktypes.NewMsgSend(alice.Address, bob.Address, coins(7)))
	require.Zero(t, res.Code, res.Log)
	require.EqualValues(t, 2, c.Height())
	require.NotEqual(t, before.Hash, c.App.LastCommitID().Hash)
	got := c.App.Bank.GetBalance(c.Context(), bob.Address, app.BaseDenom)
	require.EqualValues(t, apptest.Balance+7, got.Amount.Int64())
}

func TestRestartContinuesFromCommittedState(t *testing.T) {
	c := apptest.New(t, apptest.Options{Accounts: 2})
	alice, bob := c.Accounts[0], c.Accounts[1]
	require.Zero(t, c.Send(alice, banktypes.NewMsgSend(alice.Address, bob.Address, coins(7))).Code)
	before := c.App.LastCommitID()
	c.Restart()
	require.Equal(t, before, c.App.LastCommitID())
	require.Zero(t, c.Send(alice, banktypes.NewMsgSend(alice.Address, bob.Address, coins(7))).Code)
}

func TestBlockedAddresses(t *testing.T) {
	blocked := app.BlockedAddresses()
	for _, name := range []string{"fee_collector", "distribution", "mint", "bonded_tokens_pool", "not_bonded_tokens_pool", "transfer"} {
		require.True(t, blocked[authtypes.NewModuleAddress(name).String()], name)
	}
	require.False(t, blocked[authtypes.NewModuleAddress(govtypes.ModuleName).String()], "governance takes deposits")
}
