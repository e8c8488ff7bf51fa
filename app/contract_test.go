package app_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	snapshots "github.com/cosmos/cosmos-sdk/store/v2/snapshots"
	snapshottypes "github.com/cosmos/cosmos-sdk/store/v2/snapshots/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// counting is a chain with a contract that counts, at 7.
func counting(t *testing.T, o apptest.Options) (*apptest.Chain, string) {
	t.Helper()
	c := apptest.New(t, o)
	alice := c.Accounts[0]
	code, err := os.ReadFile("../x/contract/keeper/testdata/counter.wasm")
	require.NoError(t, err)
	contract := contracttypes.ContractAddress(1).String()
	res := c.Block(
		c.Sign(alice, &contracttypes.MsgStoreCode{Sender: alice.Address.String(), Code: code}),
		c.Sign(alice, &contracttypes.MsgInstantiate{Sender: alice.Address.String(), CodeId: 1, Label: "tally", Msg: values.Encode(values.N(6))}),
		c.Sign(alice, &contracttypes.MsgExecute{Sender: alice.Address.String(), Contract: contract, Msg: values.Encode(values.T("add"), values.N(1))}),
	)
	for _, r := range res.TxResults {
		require.Zero(t, r.Code, r.Log)
	}
	return c, contract
}

// ask queries a counter over ABCI, as a node's clients do.
func ask(ctx context.Context, a *app.App, contract string) ([]byte, error) {
	request := contracttypes.QuerySmartRequest{Contract: contract, Msg: values.Encode(values.T("get"))}
	data, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	res, err := a.Query(ctx, &abci.RequestQuery{Path: "/assay.contract.v1.Query/Smart", Data: data})
	if err != nil {
		return nil, err
	}
	if res.Code != 0 {
		return nil, errors.New(res.Log)
	}
	var answer contracttypes.QuerySmartResponse
	err = answer.Unmarshal(res.Value)
	return answer.Output, err
}

func mustAsk(t *testing.T, a *app.App, contract string) []byte {
	t.Helper()
	answer, err := ask(t.Context(), a, contract)
	require.NoError(t, err)
	return answer
}

func snapshotOptions(t *testing.T) func(*baseapp.BaseApp) {
	t.Helper()
	store, err := snapshots.NewStore(dbm.NewMemDB(), t.TempDir())
	require.NoError(t, err)
	return baseapp.SetSnapshot(store, snapshottypes.NewSnapshotOptions(0, 2))
}

// TestSnapshotHasCode restores a snapshot into an application that never saw the transactions: code and storage are there, and the
// contract answers.
func TestSnapshotHasCode(t *testing.T) {
	c, contract := counting(t, apptest.Options{BaseApp: []func(*baseapp.BaseApp){snapshotOptions(t)}})
	height := uint64(c.Height())
	taken, err := c.App.SnapshotManager().Create(height)
	require.NoError(t, err)

	b := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, simtestutil.EmptyAppOptions{}, baseapp.SetChainID(c.ID), snapshotOptions(t))
	offer := &abci.Snapshot{Height: taken.Height, Format: taken.Format, Chunks: taken.Chunks, Hash: taken.Hash}
	offer.Metadata, err = taken.Metadata.Marshal()
	require.NoError(t, err)
	accepted, err := b.OfferSnapshot(&abci.RequestOfferSnapshot{Snapshot: offer, AppHash: c.App.LastCommitID().Hash})
	require.NoError(t, err)
	require.Equal(t, abci.ResponseOfferSnapshot_ACCEPT, accepted.Result)
	for i := range taken.Chunks {
		chunk, err := c.App.LoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{Height: height, Format: taken.Format, Chunk: i})
		require.NoError(t, err)
		applied, err := b.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: i, Chunk: chunk.Chunk})
		require.NoError(t, err)
		require.Equal(t, abci.ResponseApplySnapshotChunk_ACCEPT, applied.Result)
	}
	require.Equal(t, c.App.LastCommitID().Hash, b.LastCommitID().Hash)
	require.Equal(t, values.Encode(values.N(7)), mustAsk(t, b, contract))
}

// TestQueriesBesideBlocks asks a contract from several clients while blocks call it. Run it with -race.
func TestQueriesBesideBlocks(t *testing.T) {
	c, contract := counting(t, apptest.Options{})
	alice := c.Accounts[0]
	var clients sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := ask(t.Context(), c.App, contract); !assert.NoError(t, err) {
						return
					}
				}
			}
		})
	}
	for range 10 {
		r := c.Send(alice, &contracttypes.MsgExecute{Sender: alice.Address.String(), Contract: contract, Msg: values.Encode(values.T("add"), values.N(1))})
		require.Zero(t, r.Code, r.Log)
	}
	close(stop)
	clients.Wait()
	require.Equal(t, values.Encode(values.N(17)), mustAsk(t, c.App, contract))
}
