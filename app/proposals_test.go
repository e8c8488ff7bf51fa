package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
)

func TestProcessProposal(t *testing.T) {
	c := apptest.New(t, apptest.Options{Accounts: 2})
	alice, bob := c.Accounts[0], c.Accounts[1]
	send := banktypes.NewMsgSend(alice.Address, bob.Address, coins(1))
	tx := func(gas uint64) []byte { return c.SignWith(apptest.TxOptions{Gas: gas}, alice, send) }
	half := uint64(app.MaxBlockGas / 2)

	for _, tc := range []struct {
		name string
		txs  [][]byte
		want abci.ResponseProcessProposal_ProposalStatus
	}{
		{"success: no transactions", nil, abci.ResponseProcessProposal_ACCEPT},
		{"success: exactly the block's gas", [][]byte{tx(half), tx(app.MaxBlockGas - half)}, abci.ResponseProcessProposal_ACCEPT},
		{"failure: one unit of gas too many", [][]byte{tx(half), tx(app.MaxBlockGas - half + 1)}, abci.ResponseProcessProposal_REJECT},
		{"failure: gas that overflows its sum", [][]byte{tx(1), tx(^uint64(0))}, abci.ResponseProcessProposal_REJECT},
		{"failure: not a transaction", [][]byte{[]byte("not a transaction")}, abci.ResponseProcessProposal_REJECT},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res, err := c.App.ProcessProposal(&abci.RequestProcessProposal{Height: c.Height() + 1, Time: c.Time, Txs: tc.txs})
			require.NoError(t, err)
			require.Equal(t, tc.want, res.Status)
		})
	}
}

func TestPrepareProposalKeepsToGas(t *testing.T) {
	c := apptest.New(t, apptest.Options{Accounts: 2})
	alice, bob := c.Accounts[0], c.Accounts[1]
	send := banktypes.NewMsgSend(alice.Address, bob.Address, coins(1))
	var txs [][]byte
	for range 3 {
		txs = append(txs, c.SignWith(apptest.TxOptions{Gas: app.MaxBlockGas / 2}, alice, send))
	}
	res, err := c.App.PrepareProposal(&abci.RequestPrepareProposal{
		Height: c.Height() + 1, Time: c.Time, Txs: txs, MaxTxBytes: app.MaxBlockBytes,
	})
	require.NoError(t, err)
	require.Equal(t, txs[:2], res.Txs)
}
