// Package contractgas runs the same calls of contracts in the application and in the local runner of
// `assay contract`, and compares outputs, failures and VM gas: the figures of the runner are those of the chain.
//
// The application is the real one, in the middle of a block; messages go to the module's server, so fees and signatures are
// not part of this.
package contractgas

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/app/apptest"
	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/contracts"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// meter counts what a transaction pays for running contracts, apart from all else that it pays.
type meter struct {
	storetypes.GasMeter
	run uint64
}

func (m *meter) ConsumeGas(amount storetypes.Gas, descriptor string) {
	if descriptor == "run contract" {
		m.run += amount
	}
	m.GasMeter.ConsumeGas(amount, descriptor)
}

// pair is a chain and a local runner with the same contracts, time and accounts.
type pair struct {
	t      *testing.T
	ctx    sdk.Context
	k      keeper.Keeper
	msg    types.MsgServer
	query  types.QueryServer
	local  *local.Chain
	sender string
	ratio  uint64 // VM gas for one gas of a transaction
}

func newPair(t *testing.T) *pair {
	t.Helper()
	c := apptest.New(t, apptest.Options{Accounts: 1})
	p := &pair{
		t: t, k: c.App.Contract, msg: keeper.NewMsgServer(c.App.Contract), query: keeper.NewQueryServer(c.App.Contract),
		local: local.New(), sender: c.Accounts[0].Address.String(),
	}
	p.ctx = c.Context().WithBlockHeight(c.Height() + 1).WithBlockTime(c.Time).WithChainID(c.ID).WithEventManager(sdk.NewEventManager())
	p.local.ID, p.local.Height, p.local.Time = c.ID, uint64(p.ctx.BlockHeight()), c.Time
	balance := c.App.Bank.GetBalance(p.ctx, c.Accounts[0].Address, app.BaseDenom).Amount.Uint64()
	p.local.SetBalance(p.sender, host.Coin{Denom: app.BaseDenom, Amount: balance})
	params, err := p.k.Params.Get(p.ctx)
	require.NoError(t, err)
	p.ratio = params.VmGasPerGas
	return p
}

// metered runs f with a meter of its own, and returns what it paid for running contracts.
func (p *pair) metered(f func(ctx sdk.Context) ([]byte, error)) ([]byte, uint64, error) {
	m := &meter{GasMeter: storetypes.NewInfiniteGasMeter()}
	output, err := f(p.ctx.WithGasMeter(m))
	return output, m.run, err
}

// requireCharged compares what the chain charged with the VM gas that the runner says, rounded up to the chain's unit.
func (p *pair) requireCharged(vmGas, charged uint64) {
	p.t.Helper()
	require.Equal(p.t, (vmGas+p.ratio-1)/p.ratio, charged, "of %d VM gas", vmGas)
}

// mustMake makes a contract on both and returns its address, which is the same.
func (p *pair) mustMake(name string, code []byte, funds uint64, args ...values.Value) string {
	p.t.Helper()
	stored, err := p.msg.StoreCode(p.ctx, &types.MsgStoreCode{Sender: p.sender, Code: code})
	require.NoError(p.t, err)
	message := values.Encode(args...)
	var coins sdk.Coins
	var sent []host.Coin
	if funds > 0 {
		coins = sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, int64(funds)))
		sent = []host.Coin{{Denom: app.BaseDenom, Amount: funds}}
	}
	var address string
	output, charged, err := p.metered(func(ctx sdk.Context) ([]byte, error) {
		r, err := p.msg.Instantiate(ctx, &types.MsgInstantiate{
			Sender: p.sender, Admin: p.sender, CodeId: stored.CodeId, Label: name, Msg: message, Funds: coins,
		})
		if err != nil {
			return nil, err
		}
		address = r.Address
		return r.Output, nil
	})
	require.NoError(p.t, err)

	compiled, err := local.Compile(name, code)
	require.NoError(p.t, err)
	r, err := p.local.Instantiate(name, compiled, local.Call{Message: message, Caller: p.sender, Funds: sent})
	require.NoError(p.t, err)
	contract, err := p.local.Contract(name)
	require.NoError(p.t, err)
	require.Equal(p.t, address, contract.Address)
	require.Equal(p.t, string(output), string(r.Output))
	p.requireCharged(r.GasUsed, charged)
	return address
}

// execute runs a method on both. want is the chain's error, or nil.
func (p *pair) execute(want error, name string, args ...values.Value) {
	p.t.Helper()
	contract, err := p.local.Contract(name)
	require.NoError(p.t, err)
	message := values.Encode(args...)
	output, charged, err := p.metered(func(ctx sdk.Context) ([]byte, error) {
		r, err := p.msg.Execute(ctx, &types.MsgExecute{Sender: p.sender, Contract: contract.Address, Msg: message})
		if err != nil {
			return nil, err
		}
		return r.Output, nil
	})
	require.ErrorIs(p.t, err, want)
	r, localErr := p.local.Call(contract, local.Call{Entry: host.EntryExecute, Message: message, Caller: p.sender})
	require.Equal(p.t, want == nil, localErr == nil, "local: %v", localErr)
	if want == nil {
		require.Equal(p.t, string(output), string(r.Output))
	}
	require.NotZero(p.t, r.GasUsed)
	p.requireCharged(r.GasUsed, charged)
}

// ask queries on both, where the chain says the gas to the unit.
func (p *pair) ask(name string, args ...values.Value) {
	p.t.Helper()
	contract, err := p.local.Contract(name)
	require.NoError(p.t, err)
	message := values.Encode(args...)
	chain, err := p.query.Smart(p.ctx, &types.QuerySmartRequest{Contract: contract.Address, Msg: message})
	require.NoError(p.t, err)
	r, err := p.local.Call(contract, local.Call{Entry: host.EntryQuery, Message: message})
	require.NoError(p.t, err)
	require.NotEmpty(p.t, r.Output)
	require.Equal(p.t, string(chain.Output), string(r.Output))
	require.Equal(p.t, chain.GasUsed, r.GasUsed)
}

func wasm(t *testing.T, name string) []byte {
	t.Helper()
	code, err := os.ReadFile("../../x/contract/keeper/testdata/" + name + ".wasm")
	require.NoError(t, err)
	return code
}

// The chain and the local runner agree, call by call.
func TestLocalEqualsChain(t *testing.T) {
	p := newPair(t)
	p.mustMake("bounty", contracts.Bounty, 250, values.T("acme/vibration@1.0.0"), values.N(100), values.T(app.BaseDenom), values.N(1000))
	counter := p.mustMake("counter", wasm(t, "counter"), 0, values.N(40))
	p.mustMake("caller", wasm(t, "caller"), 0)

	t.Run("success: query", func(t *testing.T) {
		p.t = t
		p.ask("bounty", values.T("status"))
		p.ask("counter", values.T("get"))
	})
	t.Run("success: execute", func(t *testing.T) {
		p.t = t
		p.execute(nil, "counter", values.T("add"), values.N(2))
		p.execute(nil, "counter", values.T("emit"))
		p.ask("counter", values.T("get"))
	})
	t.Run("success: sub-calls, also one that fails", func(t *testing.T) {
		p.t = t
		for _, method := range []string{"add", "fail", "trap"} {
			p.execute(nil, "caller", values.T("call"), values.T(counter), values.B(values.Encode(values.T(method))), values.N(0))
		}
		p.execute(nil, "caller", values.T("call"), values.T(counter), values.B(values.Encode(values.T("add"))), values.N(100))
		p.ask("caller", values.T("ask"), values.T(counter), values.B(values.Encode(values.T("get"))), values.N(0))
		p.ask("counter", values.T("get"))
	})
	t.Run("failure: abort, trap, unknown method", func(t *testing.T) {
		p.t = t
		p.execute(types.ErrAborted, "counter", values.T("fail"))
		p.execute(types.ErrTrap, "counter", values.T("trap"))
		p.execute(types.ErrAborted, "bounty", values.T("no such method"))
		p.ask("counter", values.T("get"))
	})
}
