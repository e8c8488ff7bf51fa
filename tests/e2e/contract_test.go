//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/contracts"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

// bountyPrice is what a verified proof is worth, in uassay.
const bountyPrice = 7

// bounty stores the contract that pays for each verified proof of the world's version, and funds it.
func (w *world) bounty() string {
	t := w.t
	stored := w.must(w.nodes[0], w.operator, txOptions{gas: 20_000_000}, &contracttypes.MsgStoreCode{Sender: w.operator.String(), Code: contracts.Bounty})
	var code contracttypes.MsgStoreCodeResponse
	response(t, stored.TxResult.Data, &code)
	made := w.must(w.nodes[0], w.operator, txOptions{gas: 2_000_000}, &contracttypes.MsgInstantiate{
		Sender: w.operator.String(), Admin: w.operator.String(), CodeId: code.CodeId, Label: "bounty",
		Msg:           values.Encode(values.T(w.version), values.N(bountyPrice), values.T("uassay"), values.N(0)),
		Funds:         sdk.NewCoins(sdk.NewInt64Coin("uassay", 50_000_000)),
		Subscriptions: []string{"acme/traffic"},
	})
	var contract contracttypes.MsgInstantiateResponse
	response(t, made.TxResult.Data, &contract)
	return contract.Address
}

// settledBounty waits until every attestation's hook has run, and checks that each was paid for once.
func (w *world) settledBounty(contract string) {
	w.t.Helper()
	eventually(w.t, 2*time.Minute, func() error {
		res, err := contracttypes.NewQueryClient(w.nodes[0].conn(w.t)).Queue(context.Background(), &contracttypes.QueryQueueRequest{})
		if err == nil && res.Length != 0 {
			err = fmt.Errorf("%d attestations wait for their hooks", res.Length)
		}
		return err
	})
	res, err := contracttypes.NewQueryClient(w.nodes[0].conn(w.t)).Contract(context.Background(), &contracttypes.QueryContractRequest{Address: contract})
	require.NoError(w.t, err)
	hooks := res.Contract.Hooks
	require.Zero(w.t, hooks.Failures, "%+v", hooks)
	require.Zero(w.t, hooks.Skipped, "%+v", hooks)
	var paid int64
	for _, d := range w.devices {
		paid += w.balance(d.String(), "uassay")
	}
	require.EqualValues(w.t, w.accepted()*bountyPrice, paid)
	require.Equal(w.t, w.accepted(), hooks.Runs)
	w.t.Logf("hooks of the bounty: %+v", hooks)
}

// accepted is how many proofs the chain has accepted.
func (w *world) accepted() uint64 {
	w.t.Helper()
	res, err := prooftypes.NewQueryClient(w.nodes[0].conn(w.t)).VersionCounter(context.Background(), &prooftypes.QueryVersionCounterRequest{Version: w.version})
	require.NoError(w.t, err)
	return res.Counter.Accepted
}

// smart asks a contract on a node, and returns its answer for people.
func smart(t testing.TB, nd *node, contract string, msg ...values.Value) string {
	t.Helper()
	res, err := contracttypes.NewQueryClient(nd.conn(t)).Smart(context.Background(), &contracttypes.QuerySmartRequest{Contract: contract, Msg: values.Encode(msg...)})
	require.NoError(t, err)
	answer, err := values.Decode(res.Output)
	require.NoError(t, err)
	return values.Format(answer)
}
