package ibc

import (
	"crypto/sha256"
	"encoding/json"
	"math/rand"
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	ibckeeper "github.com/cosmos/ibc-go/v11/modules/core/keeper"
	ibctesting "github.com/cosmos/ibc-go/v11/testing"

	"github.com/assay-chain/assay/app"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// testingApp is the application as ibc-go's testing package wants it. Transactions of the next block are laid in txs;
// each block is shown to watch.
type testingApp struct {
	*app.App
	txs   [][]byte
	watch func(*abci.ResponseFinalizeBlock)
}

var _ ibctesting.TestingApp = (*testingApp)(nil)

func (a *testingApp) GetBaseApp() *baseapp.BaseApp    { return a.BaseApp }
func (a *testingApp) GetIBCKeeper() *ibckeeper.Keeper { return a.IBC }
func (a *testingApp) GetTxConfig() client.TxConfig    { return a.TxConfig() }
func (a *testingApp) context() sdk.Context            { return a.NewContext(true) }

// InitChain starts the chain with the consensus parameters of this application rather than with those of the SDK's tests.
func (a *testingApp) InitChain(req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	params := app.ConsensusParams().ToProto()
	req.ConsensusParams = &params
	return a.App.InitChain(req)
}

func (a *testingApp) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	req.Txs, a.txs = a.txs, nil
	res, err := a.App.FinalizeBlock(req)
	if err == nil && a.watch != nil {
		a.watch(res)
	}
	return res, err
}

// newApp returns a creator of applications; change may change what each starts from.
func newApp(change func(*app.App, app.GenesisState)) ibctesting.AppCreator {
	return func() (ibctesting.TestingApp, map[string]json.RawMessage) {
		a := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, simtestutil.EmptyAppOptions{})
		state := a.DefaultGenesis()
		if change != nil {
			change(a, state)
		}
		return &testingApp{App: a}, state
	}
}

// The accounts of every chain, by their place among the funded ones.
const (
	relayer = iota
	publisher
	operator
	stranger
	device0
	device1
	device2
	device3
)

// chain is one application with its validators. Packets that its blocks send are in sent until they are taken.
type chain struct {
	*ibctesting.TestChain
	app  *testingApp
	sent []packet
	// last is the last block, and events are those of its end and of its transactions.
	last   *abci.ResponseFinalizeBlock
	events []abci.Event
}

func newChain(t *ibctesting.TestChain) *chain {
	a, ok := t.App.(*testingApp)
	require.True(t, ok)
	c := &chain{TestChain: t, app: a}
	a.watch = c.watch
	c.SendMsgsOverride = func(msgs ...sdk.Msg) (*abci.ExecTxResult, error) {
		res := c.send(relayer, msgs...)
		if res.IsErr() {
			return res, errorsmod.ABCIError(res.Codespace, res.Code, res.Log)
		}
		return res, nil
	}
	return c
}

// address is that of an account.
func (c *chain) address(account int) string {
	return c.SenderAccounts[account].SenderAccount.GetAddress().String()
}

// block makes and commits a block of transactions and lets time pass. What keepers were told directly since the last
// block is in it.
func (c *chain) block(txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.Coordinator.UpdateTimeForChain(c.TestChain)
	c.app.txs = txs
	c.NextBlock()
	c.Coordinator.IncrementTime()
	return c.last
}

func (c *chain) watch(res *abci.ResponseFinalizeBlock) {
	c.last, c.events = res, slices.Clone(res.Events)
	for _, r := range res.TxResults {
		c.events = append(c.events, r.Events...)
	}
	c.sent = append(c.sent, packetsIn(c.TB, c.events)...)
}

func (c *chain) blocks(n int) {
	for range n {
		c.block()
	}
}

// send makes a block of one transaction and returns its result.
func (c *chain) send(account int, msgs ...sdk.Msg) *abci.ExecTxResult {
	return c.block(c.sign(account, msgs...)).TxResults[0]
}

func (c *chain) sign(account int, msgs ...sdk.Msg) []byte {
	const gas = 200_000_000
	sender := c.app.Account.GetAccount(c.app.context(), c.SenderAccounts[account].SenderAccount.GetAddress())
	tx, err := simtestutil.GenSignedMockTx(rand.New(rand.NewSource(1)), c.TxConfig, msgs, nil, gas, c.ChainID,
		[]uint64{sender.GetAccountNumber()}, []uint64{sender.GetSequence()}, c.SenderAccounts[account].SenderPrivKey)
	require.NoError(c.TB, err)
	raw, err := c.TxConfig.TxEncoder()(tx)
	require.NoError(c.TB, err)
	return raw
}

// must sends a transaction that has to succeed.
func (c *chain) must(account int, msgs ...sdk.Msg) *abci.ExecTxResult {
	c.Helper()
	res := c.send(account, msgs...)
	require.True(c.TB, res.IsOK(), "%s/%d: %s", res.Codespace, res.Code, res.Log)
	return res
}

// refused sends a transaction that has to fail with the error, and to change nothing.
func (c *chain) refused(want *errorsmod.Error, account int, msgs ...sdk.Msg) {
	c.Helper()
	c.unchanged(func() {
		res := c.send(account, msgs...)
		require.Equal(c.TB, want.Codespace(), res.Codespace, res.Log)
		require.Equal(c.TB, want.ABCICode(), res.Code, res.Log)
	})
}

// execute runs messages in the next block as a proposal that has passed does, and makes the block.
func (c *chain) execute(msgs ...sdk.Msg) error {
	for _, m := range msgs {
		branch, write := c.GetContext().CacheContext()
		if _, err := c.app.MsgServiceRouter().Handler(m)(branch, m); err != nil {
			return err
		}
		write()
	}
	c.block()
	return nil
}

// state is what the modules have on record that a rollout may touch; of the registry, its digest.
type state struct {
	Rollout  *rollouttypes.GenesisState
	Registry [sha256.Size]byte
}

func (c *chain) state() state {
	c.Helper()
	ctx := c.app.context()
	g, err := c.app.Rollout.ExportGenesis(ctx)
	require.NoError(c.TB, err)
	require.NoError(c.TB, g.Validate())
	r, err := c.app.Registry.ExportGenesis(ctx)
	require.NoError(c.TB, err)
	return state{g, sha256.Sum256(c.Codec.MustMarshalJSON(r))}
}

// unchanged checks that what do does leaves rollouts and registry as they are.
func (c *chain) unchanged(do func()) {
	c.Helper()
	before := c.state()
	do()
	require.Equal(c.TB, before, c.state())
}

// emitted are the typed events of the last block.
func emitted[T sdk.Msg](tb testing.TB, c *chain) (found []T) {
	for _, e := range c.events {
		e.Attributes = slices.DeleteFunc(slices.Clone(e.Attributes), func(a abci.EventAttribute) bool {
			return a.Key == "mode" || a.Key == "msg_index" // where it came from, which the SDK adds
		})
		m, err := sdk.ParseTypedEvent(e)
		if err != nil {
			continue // not a typed event
		}
		if v, ok := m.(T); ok {
			found = append(found, v)
		}
	}
	return found
}
