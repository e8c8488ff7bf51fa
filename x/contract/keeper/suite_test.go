// Package keeper_test runs the module in the application, with contracts that clang built: testdata has their sources.
package keeper_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// suite is the module in an application, in the middle of a block: what a test writes is not committed.
type suite struct {
	t     *testing.T
	chain *apptest.Chain
	ctx   sdk.Context
	k     keeper.Keeper
	msg   types.MsgServer
	query types.QueryServer

	alice, bob, carol string
}

func newSuite(t *testing.T) *suite {
	t.Helper()
	c := apptest.New(t, apptest.Options{Accounts: 3})
	s := &suite{
		t: t, chain: c, k: c.App.Contract, msg: keeper.NewMsgServer(c.App.Contract), query: keeper.NewQueryServer(c.App.Contract),
		alice: c.Accounts[0].Address.String(), bob: c.Accounts[1].Address.String(), carol: c.Accounts[2].Address.String(),
	}
	s.ctx = c.Context().WithBlockHeight(c.Height() + 1).WithBlockTime(c.Time).WithChainID(c.ID).WithEventManager(sdk.NewEventManager())
	t.Cleanup(func() { require.Zero(t, vm.Panics(), "a panic inside the interpreter is a bug") })
	return s
}

// wasm reads a test contract.
func wasm(t testing.TB, name string) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", name+".wasm"))
	require.NoError(t, err)
	return code
}

// mustStore stores a test contract's code.
func (s *suite) mustStore(name string) uint64 {
	s.t.Helper()
	res, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.alice, Code: wasm(s.t, name)})
	require.NoError(s.t, err)
	return res.CodeId
}

// mustMake stores a test contract and makes an instance, whose admin is alice, with coins of hers.
func (s *suite) mustMake(name string, funds int64, args ...values.Value) string {
	s.t.Helper()
	res, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{
		Sender: s.alice, Admin: s.alice, CodeId: s.mustStore(name), Label: name, Msg: values.Encode(args...), Funds: coins(funds),
	})
	require.NoError(s.t, err)
	return res.Address
}

// execute calls a contract for bob.
func (s *suite) execute(contract string, args ...values.Value) ([]byte, error) {
	s.t.Helper()
	res, err := s.msg.Execute(s.ctx, &types.MsgExecute{Sender: s.bob, Contract: contract, Msg: values.Encode(args...)})
	if err != nil {
		return nil, err
	}
	return res.Output, nil
}

func (s *suite) mustExecute(contract string, args ...values.Value) []byte {
	s.t.Helper()
	out, err := s.execute(contract, args...)
	require.NoError(s.t, err)
	return out
}

// smart asks a contract.
func (s *suite) smart(contract string, args ...values.Value) ([]byte, error) {
	s.t.Helper()
	res, err := s.query.Smart(s.ctx, &types.QuerySmartRequest{Contract: contract, Msg: values.Encode(args...)})
	if err != nil {
		return nil, err
	}
	return res.Output, nil
}

// number decodes the number that an output begins with.
func number(t testing.TB, output []byte) uint64 {
	t.Helper()
	require.GreaterOrEqual(t, len(output), 13)
	list, err := values.Decode(output[:13])
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0].Number
}

func (s *suite) balance(address string) int64 {
	s.t.Helper()
	return s.chain.App.Bank.GetBalance(s.ctx, sdk.MustAccAddressFromBech32(address), app.BaseDenom).Amount.Int64()
}

func coins(n int64) sdk.Coins {
	if n == 0 {
		return nil
	}
	return sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, n))
}

// state is all that the module and the bank have, as genesis JSON.
func (s *suite) state() string {
	s.t.Helper()
	cdc := s.chain.App.AppCodec()
	gs, err := s.k.ExportGenesis(s.ctx)
	require.NoError(s.t, err)
	return string(cdc.MustMarshalJSON(gs)) + string(cdc.MustMarshalJSON(s.chain.App.Bank.ExportGenesis(s.ctx)))
}

// requireUnchanged runs do, which has to fail with the error, and compares the state before and after.
func (s *suite) requireUnchanged(want error, do func() error) {
	s.t.Helper()
	before := s.state()
	events := len(s.ctx.EventManager().Events())
	require.ErrorIs(s.t, do(), want)
	require.Equal(s.t, before, s.state(), "a message that fails changes nothing")
	require.Len(s.t, s.ctx.EventManager().Events(), events, "and announces nothing")
}

// requireEvent checks that the last event of the context is the given one.
func (s *suite) requireEvent(want sdk.Msg) {
	s.t.Helper()
	events := s.ctx.EventManager().Events()
	require.NotEmpty(s.t, events)
	expected, err := sdk.TypedEventToEvent(want)
	require.NoError(s.t, err)
	require.Equal(s.t, expected, events[len(events)-1])
}

func digestOf(code []byte) []byte {
	d := sha256.Sum256(code)
	return d[:]
}
