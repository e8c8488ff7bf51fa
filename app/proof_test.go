package app_test

import (
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/app/apptest"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

// TestVerificationPathsAgree runs the same block on chains that verify its proofs alone (all but the
// first), together before the block, and earlier in CheckTx: results, gas and events must be the same.
// The limits have one byte each in the store, for reading them costs gas by the byte.
func TestVerificationPathsAgree(t *testing.T) {
	prepared := func(n uint32) func(*prooftypes.Params) {
		return func(p *prooftypes.Params) { p.MaxPreparedPerBlock = n }
	}
	alone, batch, cache := proofNet(t, 4, prepared(1)), proofNet(t, 4, prepared(100)), proofNet(t, 4, prepared(100))
	txs := goodAndBad(t, alone)

	for i, tx := range txs {
		code := cache.Check(tx).Code
		require.Equal(t, i%3 != 1, code == 0, "transaction %d", i)
	}
	want := alone.Block(txs...)
	var good int
	for i, r := range want.TxResults {
		require.Equal(t, i%3 != 1, r.Code == 0, "transaction %d: %s", i, r.Log)
		if r.Code == 0 {
			good++
		} else {
			require.Equal(t, prooftypes.ErrProofInvalid.ABCICode(), r.Code)
		}
	}
	require.Positive(t, good)
	require.Equal(t, results(want), results(batch.Block(txs...)))
	require.Equal(t, results(want), results(cache.Block(txs...)))
	require.Equal(t, batch.App.LastCommitID(), cache.App.LastCommitID())
}

// goodAndBad are proofs; every third, from the second on, is bad. Each bad one has a device of its own,
// since CheckTx does not count a refused transaction and the block does.
func goodAndBad(t *testing.T, c *apptest.Chain) [][]byte {
	t.Helper()
	var txs [][]byte
	for i := range 9 {
		device := c.Accounts[0]
		if i%3 == 1 {
			device = c.Accounts[1+i/3]
		}
		entry := prove(t, device.Address, uint64(i))
		if i%3 == 1 {
			entry.Output = slices.Clone(entry.Output)
			entry.Output[0]++
		}
		txs = append(txs, c.Sign(device, submit(device.Address, entry)))
	}
	return txs
}

// results are the parts of a block's results that all nodes must agree on.
func results(r *abci.ResponseFinalizeBlock) []abci.ExecTxResult {
	out := make([]abci.ExecTxResult, len(r.TxResults))
	for i, tx := range r.TxResults {
		out[i] = abci.ExecTxResult{
			Code: tx.Code, Codespace: tx.Codespace, Data: tx.Data, GasUsed: tx.GasUsed, GasWanted: tx.GasWanted, Events: tx.Events,
		}
	}
	return out
}

func TestExportImportOfAttestations(t *testing.T) {
	c := proofNet(t, 4, nil)
	for _, r := range c.Block(goodAndBad(t, c)...).TxResults {
		require.Contains(t, []uint32{0, prooftypes.ErrProofInvalid.ABCICode()}, r.Code)
	}
	out, err := c.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	a, ctx := imported(t, c.App, out.AppState)
	require.Empty(t, differences(t, c.App, a, c.Context(), ctx))
	requireSameExport(t, out.AppState, a, ctx)
}
