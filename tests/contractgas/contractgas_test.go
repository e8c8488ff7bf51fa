// Package contractgas runs the same calls of contracts in the application and in the local runner of
// `assay contract`, and compares outputs, votes, failures, VM gas, and what is in storage and in accounts afterwards: the figures of
// the runner are those of the chain.
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
	"github.com/assay-chain/assay/cmd/assay/contract/scenario"
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
	app    *app.App
	ctx    sdk.Context
	k      keeper.Keeper
	msg    types.MsgServer
	query  types.QueryServer
	local  *local.Chain
	sender string
	ratio  uint64 // VM gas for one gas of a transaction
	codes  map[string]uint64
	// storage is what the runner's calls wrote, by contract and key.
	storage map[string]map[string]string
}

func newPair(t *testing.T) *pair {
	t.Helper()
	c := apptest.New(t, apptest.Options{Accounts: 1})
	p := &pair{
		t: t, app: c.App, codes: map[string]uint64{}, storage: map[string]map[string]string{},
		k: c.App.Contract, msg: keeper.NewMsgServer(c.App.Contract), query: keeper.NewQueryServer(c.App.Contract),
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

// keep notes what a call of the runner wrote.
func (p *pair) keep(r local.Result) {
	for _, c := range r.Changes {
		if p.storage[c.Contract] == nil {
			p.storage[c.Contract] = map[string]string{}
		}
		if c.After == nil {
			delete(p.storage[c.Contract], string(c.Key))
		} else {
			p.storage[c.Contract][string(c.Key)] = string(c.After)
		}
	}
}

// requireSameState compares the storage of all contracts, and what they and others have.
func (p *pair) requireSameState(others ...string) {
	p.t.Helper()
	gs, err := p.k.ExportGenesis(p.ctx)
	require.NoError(p.t, err)
	n := 0
	for _, e := range gs.State {
		value, ok := p.storage[e.Contract][string(e.Key)]
		require.True(p.t, ok, "%s: key %q", e.Contract, e.Key)
		require.Equal(p.t, string(e.Value), value, "%s: key %q", e.Contract, e.Key)
		n++
	}
	for _, s := range p.storage {
		n -= len(s)
	}
	require.Zero(p.t, n, "the runner has other keys too")
	for _, c := range gs.Contracts {
		others = append(others, c.Address)
	}
	for _, a := range others {
		chain := p.app.Bank.GetBalance(p.ctx, sdk.MustAccAddressFromBech32(a), app.BaseDenom).Amount
		require.Equal(p.t, chain.Uint64(), p.local.Balance(a, app.BaseDenom), "balance of %s", a)
	}
}

// store puts code on the chain, under a name.
func (p *pair) store(name string, code []byte) *local.Code {
	p.t.Helper()
	stored, err := p.msg.StoreCode(p.ctx, &types.MsgStoreCode{Sender: p.sender, Code: code})
	require.NoError(p.t, err)
	p.codes[name] = stored.CodeId
	compiled, err := local.Compile(name, code)
	require.NoError(p.t, err)
	return compiled
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
	compiled := p.store(name, code)
	message := values.Encode(args...)
	coins, sent := bothCoins(funds)
	var address string
	output, charged, err := p.metered(func(ctx sdk.Context) ([]byte, error) {
		r, err := p.msg.Instantiate(ctx, &types.MsgInstantiate{
			Sender: p.sender, Admin: p.sender, CodeId: p.codes[name], Label: name, Msg: message, Funds: coins,
		})
		if err != nil {
			return nil, err
		}
		address = r.Address
		return r.Output, nil
	})
	require.NoError(p.t, err)

	r, err := p.local.Instantiate(name, compiled, local.Call{Message: message, Caller: p.sender, Funds: sent})
	require.NoError(p.t, err)
	contract, err := p.local.Contract(name)
	require.NoError(p.t, err)
	require.Equal(p.t, address, contract.Address)
	require.Equal(p.t, string(output), string(r.Output))
	p.requireCharged(r.GasUsed, charged)
	p.keep(r)
	return address
}

// bothCoins are the same coins for the chain and for the runner.
func bothCoins(amount uint64) (sdk.Coins, []host.Coin) {
	if amount == 0 {
		return nil, nil
	}
	return sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, int64(amount))), []host.Coin{{Denom: app.BaseDenom, Amount: amount}}
}

// execute runs a method on both. want is the chain's error, or nil.
func (p *pair) execute(want error, name string, args ...values.Value) {
	p.t.Helper()
	p.send(want, name, 0, values.Encode(args...))
}

// send runs execute on both, with coins and a message as it is.
func (p *pair) send(want error, name string, funds uint64, message []byte) {
	p.t.Helper()
	contract, err := p.local.Contract(name)
	require.NoError(p.t, err)
	coins, sent := bothCoins(funds)
	output, charged, err := p.metered(func(ctx sdk.Context) ([]byte, error) {
		r, err := p.msg.Execute(ctx, &types.MsgExecute{Sender: p.sender, Contract: contract.Address, Msg: message, Funds: coins})
		if err != nil {
			return nil, err
		}
		return r.Output, nil
	})
	require.ErrorIs(p.t, err, want)
	r, localErr := p.local.Call(contract, local.Call{Entry: host.EntryExecute, Message: message, Caller: p.sender, Funds: sent})
	p.requireSame(want, output, r, localErr)
	p.requireCharged(r.GasUsed, charged)
}

// requireSame compares how a call ended and what it returned. want is the chain's error.
func (p *pair) requireSame(want error, output []byte, r local.Result, localErr error) {
	p.t.Helper()
	require.Equal(p.t, want == nil, localErr == nil, "local: %v", localErr)
	if want != nil {
		require.Equal(p.t, kinds[want], scenario.FailureKind(localErr))
	}
	require.Equal(p.t, string(output), string(r.Output))
	require.NotZero(p.t, r.GasUsed)
	p.keep(r)
}

// kinds are the runner's words for the chain's errors.
var kinds = map[error]string{types.ErrAborted: "abort", types.ErrTrap: "trap", types.ErrOutOfGas: "gas", types.ErrLimit: "limit"}

// migrate gives a contract another code on both.
func (p *pair) migrate(want error, name, to string, code []byte, args ...values.Value) {
	p.t.Helper()
	contract, err := p.local.Contract(name)
	require.NoError(p.t, err)
	compiled, message := p.store(to, code), values.Encode(args...)
	output, charged, err := p.metered(func(ctx sdk.Context) ([]byte, error) {
		r, err := p.msg.Migrate(ctx, &types.MsgMigrate{Sender: p.sender, Contract: contract.Address, CodeId: p.codes[to], Msg: message})
		if err != nil {
			return nil, err
		}
		return r.Output, nil
	})
	require.ErrorIs(p.t, err, want)
	r, localErr := p.local.Migrate(contract, compiled, local.Call{Message: message, Caller: p.sender})
	p.requireSame(want, output, r, localErr)
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
	p.mustMake("hostile", wasm(t, "hostile"), 0)
	spender := p.mustMake("spender", wasm(t, "spender"), 1000)
	run := func(name string, f func()) {
		t.Run(name, func(t *testing.T) {
			p.t = t
			f()
			p.requireSameState(p.sender, local.AccountAddress("device"))
		})
	}

	run("success: query", func() {
		p.ask("bounty", values.T("status"))
		p.ask("counter", values.T("get"))
	})
	run("success: execute", func() {
		p.execute(nil, "counter", values.T("add"), values.N(2))
		p.execute(nil, "counter", values.T("emit"))
		p.execute(nil, "counter", values.T("delete"))
		p.execute(nil, "counter", values.T("add"), values.N(1<<32-1))
		p.ask("counter", values.T("get"))
	})
	run("success: sub-calls, also ones that fail", func() {
		for _, method := range []string{"add", "fail", "trap"} {
			p.execute(nil, "caller", values.T("call"), values.T(counter), values.B(values.Encode(values.T(method))), values.N(0))
		}
		for _, gas := range []uint64{100, 79_999, 80_000, 130_000} {
			p.execute(nil, "caller", values.T("call"), values.T(counter), values.B(values.Encode(values.T("add"))), values.N(gas))
		}
		p.execute(nil, "caller", values.T("call"), values.T(p.sender), values.B(nil), values.N(0))
		p.ask("caller", values.T("ask"), values.T(counter), values.B(values.Encode(values.T("get"))), values.N(0))
		p.ask("caller", values.T("ask"), values.T(counter), values.B(values.Encode(values.T("write"))), values.N(0))
		p.ask("counter", values.T("get"))
	})
	run("success: sub-calls with coins", func() {
		p.send(nil, "caller", 70, values.Encode(values.T("none")))
		for _, amount := range []uint64{40, 31, 0, 30} {
			p.execute(nil, "caller", values.T("give"), values.T(spender), values.B(values.Encode(values.T("funds"))),
				values.T(app.BaseDenom), values.N(amount))
		}
	})
	run("success: transfers, also ones that are refused", func() {
		for _, tc := range []struct {
			to, denom string
			amount    uint64
		}{
			{local.AccountAddress("device"), app.BaseDenom, 300},
			{local.AccountAddress("device"), app.BaseDenom, 100_000},
			{spender, app.BaseDenom, 5},
			{"nobody", app.BaseDenom, 5},
			{local.AccountAddress("device"), "x", 5},
			{local.AccountAddress("device"), "uother", 5},
			{local.AccountAddress("device"), app.BaseDenom, 0},
			{local.AccountAddress("device"), app.BaseDenom, 1<<64 - 1},
		} {
			p.execute(nil, "spender", values.T("pay"), values.T(tc.to), values.T(tc.denom), values.N(tc.amount))
		}
		p.execute(types.ErrAborted, "spender", values.T("pay"), values.T(p.sender), values.T(app.BaseDenom), values.N(7), values.N(0))
	})
	run("success: what a contract sees, and pages of storage", func() {
		for _, method := range []string{"funds", "caller", "self", "block"} {
			p.send(nil, "spender", 9, values.Encode(values.T(method)))
		}
		p.execute(nil, "spender", values.T("balance"), values.T(app.BaseDenom))
		for _, key := range []string{"a", "b", "b1", "c"} {
			p.execute(nil, "spender", values.T("set"), values.T(key), values.T("value of "+key))
		}
		for reverse := range uint64(2) {
			p.execute(nil, "spender", values.T("range"), values.T("b"), values.T("c"), values.N(2), values.N(reverse))
			p.execute(nil, "spender", values.T("range"), values.T("a"), values.T(""), values.N(64), values.N(reverse))
		}
		p.execute(types.ErrLimit, "spender", values.T("range"), values.T("a"), values.T(""), values.N(65), values.N(0))
	})
	run("failure: abort, trap, unknown method", func() {
		p.execute(types.ErrAborted, "counter", values.T("fail"))
		p.execute(types.ErrTrap, "counter", values.T("trap"))
		p.execute(types.ErrAborted, "bounty", values.T("no such method"))
		p.ask("counter", values.T("get"))
	})
	run("failure: traps, limits and gas", func() {
		for _, method := range []string{"unreachable", "divide", "recurse", "memory", "pointer", "result"} {
			p.execute(types.ErrTrap, "hostile", values.T(method))
		}
		for _, method := range []string{"output", "key", "empty key", "events"} {
			p.execute(types.ErrLimit, "hostile", values.T(method))
		}
		for _, method := range []string{"loop", "flood", "value"} {
			p.execute(types.ErrOutOfGas, "hostile", values.T(method))
		}
		p.execute(nil, "hostile", values.T("grow"))
	})
	run("success: migrate", func() {
		p.migrate(types.ErrAborted, "caller", "counter", wasm(t, "counter"), values.N(1))
		p.execute(nil, "caller", values.T("call"), values.T(counter), values.B(values.Encode(values.T("add"))), values.N(0))
		p.migrate(nil, "caller", "counter", wasm(t, "counter"))
		p.ask("caller", values.T("get"))
		p.execute(nil, "caller", values.T("add"), values.N(4))
	})
}
