// Package apptest runs the application in process for tests: it plays the consensus engine with one
// validator, makes blocks on demand, and signs transactions of funded accounts.
//
// Keys and times are fixed, so that two chains that are given the same transactions end on the same
// state. It is no place to test consensus, peers or the mempool; tests/e2e starts real nodes for that.
package apptest

import (
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"

	"github.com/assay-chain/assay/app"
)

// ChainID is the id of chains for which Options names no other.
const ChainID = "assay-test-1"

// Balance is what each account holds at genesis, in app.BaseDenom.
const Balance = 1_000_000_000_000

// genesisTime is the time of genesis; block n comes n seconds later.
var genesisTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Options say how a chain differs from the default. The zero value is usable.
type Options struct {
	// ChainID defaults to the constant ChainID.
	ChainID string
	// Accounts is the number of funded accounts; at least one.
	Accounts int
	// DB defaults to a new one in memory.
	DB dbm.DB
	// Genesis may change the genesis state before the chain starts.
	Genesis func(*app.App, app.GenesisState)
	// BaseApp are further options of the application.
	BaseApp []func(*baseapp.BaseApp)
}

// Chain is an application with its one validator. It is not safe for concurrent use.
type Chain struct {
	App      *app.App
	ID       string
	Accounts []*Account
	Time     time.Time // of the last block

	tb        testing.TB
	db        dbm.DB
	options   Options
	validator *cmttypes.Validator
	first     int64 // height of the first block
}

// New starts a chain from genesis and commits its first block.
func New(tb testing.TB, o Options) *Chain {
	tb.Helper()
	c := newChain(tb, o)
	state := c.App.DefaultGenesis()
	set := cmttypes.NewValidatorSet([]*cmttypes.Validator{c.validator})
	accounts := make([]authtypes.GenesisAccount, len(c.Accounts))
	balances := make([]banktypes.Balance, len(c.Accounts))
	for i, a := range c.Accounts {
		accounts[i] = authtypes.NewBaseAccount(a.Address, a.Key.PubKey(), uint64(i), 0)
		balances[i] = banktypes.Balance{Address: a.Address.String(), Coins: sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, Balance))}
	}
	withSet, err := simtestutil.GenesisStateWithValSet(c.App.AppCodec(), state, set, accounts, balances...)
	require.NoError(tb, err)
	c.addSigningInfo(withSet)
	if o.Genesis != nil {
		o.Genesis(c.App, withSet)
	}
	raw, err := json.Marshal(withSet)
	require.NoError(tb, err)
	c.start(raw, 1)
	return c
}

// Import starts a new chain from an exported state.
func (c *Chain) Import(state json.RawMessage, height int64) *Chain {
	c.tb.Helper()
	o := c.options
	o.DB = nil
	n := newChain(c.tb, o)
	n.Time = c.Time
	n.start(state, max(height, 1))
	return n
}

func newChain(tb testing.TB, o Options) *Chain {
	tb.Helper()
	if o.ChainID == "" {
		o.ChainID = ChainID
	}
	if o.DB == nil {
		o.DB = dbm.NewMemDB()
	}
	c := &Chain{tb: tb, ID: o.ChainID, Time: genesisTime, db: o.DB, options: o}
	c.validator = cmttypes.NewValidator(ed25519.GenPrivKeyFromSecret([]byte("validator")).PubKey(), 1)
	for i := range max(o.Accounts, 1) {
		c.Accounts = append(c.Accounts, NewAccount(i))
	}
	c.open()
	return c
}

func (c *Chain) open() {
	c.App = app.New(log.NewNopLogger(), c.db, true, simtestutil.EmptyAppOptions{},
		append([]func(*baseapp.BaseApp){baseapp.SetChainID(c.ID)}, c.options.BaseApp...)...)
}

// Restart opens the application again over the same data, as a node does after it was stopped.
func (c *Chain) Restart() { c.open() }

// SetBaseApp opens the application again with further options, such as a gas price, and makes a
// block: until then CheckTx treats transactions as if they were genesis ones.
func (c *Chain) SetBaseApp(opts ...func(*baseapp.BaseApp)) {
	c.options.BaseApp = append(c.options.BaseApp, opts...)
	c.Restart()
	c.Block()
}

func (c *Chain) start(state json.RawMessage, height int64) {
	c.tb.Helper()
	params := app.ConsensusParams().ToProto()
	_, err := c.App.InitChain(&abci.RequestInitChain{
		ChainId: c.ID, Time: c.Time, ConsensusParams: &params, AppStateBytes: state, InitialHeight: height,
	})
	require.NoError(c.tb, err)
	c.Time = c.Time.Add(time.Second)
	c.first = height
	c.finalize(height, nil)
}

// addSigningInfo gives the validator, which starts bonded, the record that bonding would have made.
func (c *Chain) addSigningInfo(state app.GenesisState) {
	var g slashingtypes.GenesisState
	cdc := c.App.AppCodec()
	cdc.MustUnmarshalJSON(state[slashingtypes.ModuleName], &g)
	address := sdk.ConsAddress(c.validator.Address).String()
	g.SigningInfos = []slashingtypes.SigningInfo{{
		Address: address, ValidatorSigningInfo: slashingtypes.ValidatorSigningInfo{Address: address, JailedUntil: time.Unix(0, 0).UTC()},
	}}
	state[slashingtypes.ModuleName] = cdc.MustMarshalJSON(&g)
}

// Height is that of the last block.
func (c *Chain) Height() int64 { return c.App.LastBlockHeight() }

// Context reads the committed state.
func (c *Chain) Context() sdk.Context { return c.App.NewContext(true) }

// Block makes and commits a block of transactions. Each has its result in the response.
func (c *Chain) Block(txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.tb.Helper()
	c.Time = c.Time.Add(time.Second)
	return c.finalize(c.Height()+1, txs)
}

func (c *Chain) finalize(height int64, txs [][]byte) *abci.ResponseFinalizeBlock {
	c.tb.Helper()
	res, err := c.App.FinalizeBlock(c.Request(height, txs))
	require.NoError(c.tb, err)
	_, err = c.App.Commit()
	require.NoError(c.tb, err)
	for _, a := range c.Accounts {
		a.pending = 0
	}
	return res
}

// Request is the order to execute a block. The validator signed the one before it.
func (c *Chain) Request(height int64, txs [][]byte) *abci.RequestFinalizeBlock {
	req := &abci.RequestFinalizeBlock{Height: height, Time: c.Time, Txs: txs, ProposerAddress: c.validator.Address}
	if height > c.first {
		req.DecidedLastCommit.Votes = []abci.VoteInfo{{
			Validator:   abci.Validator{Address: c.validator.Address, Power: c.validator.VotingPower},
			BlockIdFlag: cmtproto.BlockIDFlagCommit,
		}}
	}
	return req
}
