package keeper_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

func TestInstantiate(t *testing.T) {
	s := newSuite(t)
	id := s.mustStore("counter")
	before := s.balance(s.alice)
	res, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{
		Sender: s.alice, Admin: s.bob, CodeId: id, Label: "tally", Msg: values.Encode(values.N(41)), Funds: coins(500),
	})
	require.NoError(t, err)
	require.Equal(t, types.ContractAddress(1).String(), res.Address)
	require.EqualValues(t, 41, number(t, res.Output))
	require.EqualValues(t, 500, s.balance(res.Address))
	require.Equal(t, before-500, s.balance(s.alice))

	c, err := s.k.Contract(s.ctx, types.ContractAddress(1))
	require.NoError(t, err)
	require.Equal(t, types.Contract{
		Address: res.Address, CodeId: id, Creator: s.alice, Admin: s.bob, Label: "tally", CreatedHeight: s.ctx.BlockHeight(),
	}, c)
	out, err := s.smart(res.Address, values.T("get"))
	require.NoError(t, err)
	require.EqualValues(t, 41, number(t, out))

	second := s.mustMake("counter", 0)
	require.Equal(t, types.ContractAddress(2).String(), second, "each has an address of its own")
	out, err = s.smart(second, values.T("get"))
	require.NoError(t, err)
	require.Zero(t, number(t, out), "and storage of its own")
}

func TestInstantiateFails(t *testing.T) {
	s := newSuite(t)
	id := s.mustStore("counter")
	good := func() *types.MsgInstantiate {
		return &types.MsgInstantiate{Sender: s.alice, Admin: s.alice, CodeId: id, Label: "tally"}
	}
	for _, tc := range []struct {
		name  string
		spoil func(m *types.MsgInstantiate)
		err   error
	}{
		{"failure: not an address", func(m *types.MsgInstantiate) { m.Sender = "nobody" }, types.ErrInvalidRequest},
		{"failure: admin is no address", func(m *types.MsgInstantiate) { m.Admin = strings.ToUpper(m.Admin) }, types.ErrInvalidRequest},
		{"failure: no code id", func(m *types.MsgInstantiate) { m.CodeId = 0 }, types.ErrInvalidRequest},
		{"failure: no such code", func(m *types.MsgInstantiate) { m.CodeId = 7 }, types.ErrCodeNotFound},
		{"failure: no label", func(m *types.MsgInstantiate) { m.Label = "" }, types.ErrInvalidRequest},
		{"failure: label of many lines", func(m *types.MsgInstantiate) { m.Label = "a\nb" }, types.ErrInvalidRequest},
		{"failure: label that is too long", func(m *types.MsgInstantiate) { m.Label = strings.Repeat("x", 129) }, types.ErrLimit},
		{"failure: message that is too long", func(m *types.MsgInstantiate) { m.Msg = make([]byte, 64<<10+1) }, types.ErrLimit},
		{"failure: subscription to no model", func(m *types.MsgInstantiate) { m.Subscriptions = []string{"acme"} }, types.ErrInvalidRequest},
		{"failure: subscription to a model that is not there", func(m *types.MsgInstantiate) { m.Subscriptions = []string{"acme/vibration"} }, types.ErrSubscription},
		{"failure: too many subscriptions", func(m *types.MsgInstantiate) { m.Subscriptions = make([]string, 17) }, types.ErrInvalidRequest},
		{"failure: funds out of order", func(m *types.MsgInstantiate) {
			m.Funds = sdk.Coins{sdk.NewInt64Coin("zzz", 1), sdk.NewInt64Coin("aaa", 1)}
		}, types.ErrInvalidRequest},
		{"failure: funds of zero", func(m *types.MsgInstantiate) { m.Funds = sdk.Coins{sdk.NewInt64Coin("aaa", 0)} }, types.ErrInvalidRequest},
		{"failure: funds of more than 64 bits", func(m *types.MsgInstantiate) {
			m.Funds = sdk.Coins{sdk.NewCoin(app.BaseDenom, sdkmath.NewIntFromUint64(math.MaxUint64).AddRaw(1))}
		}, types.ErrFunds},
		{"failure: funds that the sender has not got", func(m *types.MsgInstantiate) { m.Funds = coins(math.MaxInt64) }, types.ErrFunds},
		{"failure: init traps", func(m *types.MsgInstantiate) { m.Msg = make([]byte, 16<<10+1) }, types.ErrTrap},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			m := good()
			tc.spoil(m)
			s.requireUnchanged(tc.err, func() error {
				_, err := s.msg.Instantiate(s.ctx, m)
				return err
			})
		})
	}
}

// TestInstantiateWhereSomebodyWasBefore foresees the address of the next contract, as anyone can.
func TestInstantiateWhereSomebodyWasBefore(t *testing.T) {
	s := newSuite(t)
	accounts := s.chain.App.Account
	alice := sdk.MustAccAddressFromBech32(s.alice)

	t.Run("success: coins were sent there", func(t *testing.T) {
		next := types.ContractAddress(1)
		require.NoError(t, s.chain.App.Bank.SendCoins(s.ctx, alice, next, coins(7)))
		require.Equal(t, next.String(), s.mustMake("spender", 3))
		require.EqualValues(t, 10, s.balance(next.String()))
	})
	t.Run("success: a vesting account was made of it", func(t *testing.T) {
		next := types.ContractAddress(2)
		base := accounts.NewAccountWithAddress(s.ctx, next).(*authtypes.BaseAccount)
		vesting, err := vestingtypes.NewDelayedVestingAccount(base, coins(9), math.MaxInt64)
		require.NoError(t, err)
		accounts.SetAccount(s.ctx, vesting)
		require.NoError(t, s.chain.App.Bank.SendCoins(s.ctx, alice, next, coins(9)))
		contract := s.mustMake("spender", 0)
		require.Equal(t, next.String(), contract)
		require.Equal(t, authtypes.NewBaseAccount(next, nil, base.AccountNumber, 0), accounts.GetAccount(s.ctx, next))
		out := s.mustExecute(contract, values.T("pay"), values.T(s.carol), values.T(app.BaseDenom), values.N(9))
		require.Zero(t, number(t, out), "the coins are the contract's")
	})
	t.Run("failure: somebody uses the account", func(t *testing.T) {
		s.t = t
		next := types.ContractAddress(3)
		account := accounts.NewAccountWithAddress(s.ctx, next)
		require.NoError(t, account.SetPubKey(secp256k1.GenPrivKey().PubKey()))
		accounts.SetAccount(s.ctx, account)
		id := s.mustStore("spender")
		s.requireUnchanged(types.ErrAddressTaken, func() error {
			_, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{Sender: s.alice, CodeId: id, Label: "x"})
			return err
		})
	})
}

func TestExecute(t *testing.T) {
	s := newSuite(t)
	contract := s.mustMake("counter", 0, values.N(40))
	require.EqualValues(t, 42, number(t, s.mustExecute(contract, values.T("add"), values.N(2))))

	t.Run("success: events of the contract's own", func(t *testing.T) {
		s.ctx = s.ctx.WithEventManager(sdk.NewEventManager())
		s.mustExecute(contract, values.T("emit"))
		want, err := sdk.TypedEventToEvent(&types.EventContractEmitted{
			Contract: contract, Type: "counted", Attributes: []types.EventAttribute{{Key: "key", Value: "value"}},
		})
		require.NoError(t, err)
		require.Contains(t, s.ctx.EventManager().Events(), want)
	})
	t.Run("success: funds are there when it starts", func(t *testing.T) {
		spender := s.mustMake("spender", 0)
		res, err := s.msg.Execute(s.ctx, &types.MsgExecute{
			Sender: s.bob, Contract: spender, Msg: values.Encode(values.T("funds")), Funds: coins(123),
		})
		require.NoError(t, err)
		require.Equal(t, values.Encode(values.T(app.BaseDenom), values.N(123)), res.Output[13:])
		out := s.mustExecute(spender, values.T("balance"), values.T(app.BaseDenom))
		require.Equal(t, values.Encode(values.N(123)), out[13:])
		require.EqualValues(t, 123, s.balance(spender))
	})
	t.Run("success: it knows where it is", func(t *testing.T) {
		spender := s.mustMake("spender", 0)
		require.Equal(t, s.bob, string(s.mustExecute(spender, values.T("caller"))[13:]))
		require.Equal(t, spender, string(s.mustExecute(spender, values.T("self"))[13:]))
		now := s.ctx.BlockTime()
		require.Equal(t, values.Encode(
			values.N(uint64(s.ctx.BlockHeight())), values.N(uint64(now.Unix())), values.N(uint64(now.Nanosecond())), values.T(s.ctx.ChainID()),
		), s.mustExecute(spender, values.T("block"))[13:])
	})
	t.Run("success: storage by range", func(t *testing.T) {
		spender := s.mustMake("spender", 0)
		for _, key := range []string{"b", "a", "ab", "c"} {
			s.mustExecute(spender, values.T("set"), values.T(key), values.T("="+key))
		}
		scan := func(from, to string, limit, reverse uint64) (keys []string) {
			out := s.mustExecute(spender, values.T("range"), values.T(from), values.T(to), values.N(limit), values.N(reverse))
			list, err := values.Decode(out[13:])
			require.NoError(t, err)
			for i := 0; i < len(list); i += 2 {
				require.Equal(t, "="+string(list[i].Bytes), string(list[i+1].Bytes))
				keys = append(keys, string(list[i].Bytes))
			}
			return keys
		}
		require.Equal(t, []string{"a", "ab", "b", "c"}, scan("", "", 64, 0))
		require.Equal(t, []string{"c", "b", "ab", "a"}, scan("", "", 64, 1))
		require.Equal(t, []string{"ab", "b"}, scan("ab", "c", 64, 0))
		require.Equal(t, []string{"b", "ab"}, scan("ab", "c", 64, 1))
		require.Equal(t, []string{"a"}, scan("", "", 1, 0))
		require.Empty(t, scan("c", "a", 64, 0))
	})
}

func TestExecuteFails(t *testing.T) {
	s := newSuite(t)
	counter, spender, hostile := s.mustMake("counter", 0), s.mustMake("spender", 100), s.mustMake("hostile", 0)
	method := func(contract, name string) types.MsgExecute {
		return types.MsgExecute{Sender: s.bob, Contract: contract, Msg: values.Encode(values.T(name)), Funds: coins(5)}
	}
	for _, tc := range []struct {
		name string
		msg  types.MsgExecute
		err  error
	}{
		{"failure: not an address", types.MsgExecute{Sender: "nobody", Contract: counter}, types.ErrInvalidRequest},
		{"failure: address of an account", types.MsgExecute{Sender: s.bob, Contract: s.alice}, types.ErrInvalidRequest},
		{"failure: no such contract", types.MsgExecute{Sender: s.bob, Contract: types.ContractAddress(99).String()}, types.ErrContractNotFound},
		{"failure: message that is too long", types.MsgExecute{Sender: s.bob, Contract: counter, Msg: make([]byte, 64<<10+1)}, types.ErrLimit},
		{"failure: funds that are not there", types.MsgExecute{Sender: s.bob, Contract: counter, Funds: coins(math.MaxInt64)}, types.ErrFunds},
		{"failure: the contract aborts after it wrote", method(counter, "fail"), types.ErrAborted},
		{"failure: the contract traps after it wrote", method(counter, "trap"), types.ErrTrap},
		{"failure: the contract pays and aborts", types.MsgExecute{
			Sender: s.bob, Contract: spender,
			Msg: values.Encode(values.T("pay"), values.T(s.carol), values.T(app.BaseDenom), values.N(60), values.T("and fail")),
		}, types.ErrAborted},
		{"failure: loop without end", method(hostile, "loop"), types.ErrOutOfGas},
		{"failure: unreachable", method(hostile, "unreachable"), types.ErrTrap},
		{"failure: division by zero", method(hostile, "divide"), types.ErrTrap},
		{"failure: recursion without end", method(hostile, "recurse"), types.ErrTrap},
		{"failure: memory out of bounds", method(hostile, "memory"), types.ErrTrap},
		{"failure: pointer out of memory", method(hostile, "pointer"), types.ErrTrap},
		{"failure: output that is too long", method(hostile, "output"), types.ErrLimit},
		{"failure: result out of range", method(hostile, "result"), types.ErrTrap},
		{"failure: key that is too long", method(hostile, "key"), types.ErrLimit},
		{"failure: key that is empty", method(hostile, "empty key"), types.ErrLimit},
		{"failure: value that costs more than a call may", method(hostile, "value"), types.ErrOutOfGas},
		{"failure: flood of storage", method(hostile, "flood"), types.ErrOutOfGas},
		{"failure: flood of events", method(hostile, "events"), types.ErrLimit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.requireUnchanged(tc.err, func() error {
				_, err := s.msg.Execute(s.ctx, &tc.msg)
				return err
			})
		})
	}
	t.Run("success: memory that cannot grow", func(t *testing.T) {
		require.EqualValues(t, math.MaxUint32, number(t, s.mustExecute(hostile, values.T("grow"))))
	})
}

// TestGas says who pays what: a call costs its VM gas and the loading of its code, whether it does well or not, and nothing for
// what it reads and writes beside that.
func TestGas(t *testing.T) {
	s := newSuite(t)
	hostile, counter := s.mustMake("hostile", 0), s.mustMake("counter", 0)
	run := func(contract string, limit uint64, args ...values.Value) (used uint64, err error) {
		ctx, _ := s.ctx.CacheContext()
		ctx = ctx.WithGasMeter(storetypes.NewGasMeter(limit))
		_, err = s.msg.Execute(ctx, &types.MsgExecute{Sender: s.bob, Contract: contract, Msg: values.Encode(args...)})
		return ctx.GasMeter().GasConsumed(), err
	}
	const plenty = 10_000_000
	p := types.DefaultParams()

	ok, err := run(counter, plenty, values.T("add"))
	require.NoError(t, err)
	trapped, err := run(counter, plenty, values.T("trap"))
	require.ErrorIs(t, err, types.ErrTrap)
	require.InDelta(t, ok, trapped, 2_000, "a trap costs what was used up to it")

	loop, err := run(hostile, plenty, values.T("loop"))
	require.ErrorIs(t, err, types.ErrOutOfGas)
	require.Greater(t, loop, p.MaxCallGas/p.VmGasPerGas, "all that a call may use")
	require.Less(t, loop, p.MaxCallGas/p.VmGasPerGas+60_000)

	// With less than a whole call's gas the meter is what bounds it, to the unit.
	small := loop - p.MaxCallGas/p.VmGasPerGas + 1_000
	used, err := run(hostile, small, values.T("loop"))
	require.ErrorIs(t, err, types.ErrOutOfGas)
	require.Equal(t, small, used)
}

func TestTransfer(t *testing.T) {
	s := newSuite(t)
	bank := s.chain.App.Bank
	spender := s.mustMake("spender", 100)
	module := authtypes.NewModuleAddress("distribution").String()
	pay := func(to, denom string, amount uint64) uint64 {
		return number(t, s.mustExecute(spender, values.T("pay"), values.T(to), values.T(denom), values.N(amount)))
	}
	before := s.balance(s.carol)
	require.EqualValues(t, 0, pay(s.carol, app.BaseDenom, 30))
	require.Equal(t, before+30, s.balance(s.carol))
	require.EqualValues(t, 70, s.balance(spender))

	require.EqualValues(t, 0, pay(s.carol, app.BaseDenom, 0), "nothing")
	require.EqualValues(t, 1, pay(s.carol, app.BaseDenom, 71), "not enough")
	require.EqualValues(t, 1, pay(s.carol, app.BaseDenom, math.MaxUint64), "not enough")
	require.EqualValues(t, 1, pay(s.carol, "uother", 1), "not enough of another")
	require.EqualValues(t, 2, pay("carol", app.BaseDenom, 1), "not an address")
	require.EqualValues(t, 2, pay(strings.ToUpper(s.carol), app.BaseDenom, 1), "an address in capitals")
	require.EqualValues(t, 2, pay(module, app.BaseDenom, 1), "blocked")
	require.EqualValues(t, 3, pay(s.carol, "!", 1), "not a denomination")
	bank.SetSendEnabled(s.ctx, app.BaseDenom, false)
	require.EqualValues(t, 3, pay(s.carol, app.BaseDenom, 1), "sending is off")
	s.requireUnchanged(types.ErrFunds, func() error {
		_, err := s.msg.Execute(s.ctx, &types.MsgExecute{Sender: s.bob, Contract: spender, Funds: coins(1)})
		return err
	})
	require.EqualValues(t, 70, s.balance(spender))
	bank.DeleteSendEnabled(s.ctx, app.BaseDenom)

	require.EqualValues(t, 0, pay(spender, app.BaseDenom, 5), "to itself")
	require.EqualValues(t, 70, s.balance(spender))
}

func TestMigrate(t *testing.T) {
	s := newSuite(t)
	contract := s.mustMake("counter", 0, values.N(5))
	next, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.alice, Code: append(wasm(t, "counter"), 0, 2, 1, 'x')})
	require.NoError(t, err)
	other := s.mustStore("spender")

	for _, tc := range []struct {
		name string
		msg  types.MsgMigrate
		err  error
	}{
		{"failure: not the admin", types.MsgMigrate{Sender: s.bob, Contract: contract, CodeId: next.CodeId}, types.ErrUnauthorized},
		{"failure: no such contract", types.MsgMigrate{Sender: s.alice, Contract: types.ContractAddress(9).String(), CodeId: 1}, types.ErrContractNotFound},
		{"failure: no such code", types.MsgMigrate{Sender: s.alice, Contract: contract, CodeId: 9}, types.ErrCodeNotFound},
		{"failure: the code that it has", types.MsgMigrate{Sender: s.alice, Contract: contract, CodeId: 1}, types.ErrMigration},
		{"failure: code that cannot take over", types.MsgMigrate{Sender: s.alice, Contract: contract, CodeId: other}, types.ErrEntry},
		{"failure: message that is too long", types.MsgMigrate{Sender: s.alice, Contract: contract, CodeId: next.CodeId, Msg: make([]byte, 64<<10+1)}, types.ErrLimit},
		{"failure: migrate aborts", types.MsgMigrate{Sender: s.alice, Contract: contract, CodeId: next.CodeId, Msg: []byte("x")}, types.ErrAborted},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			s.requireUnchanged(tc.err, func() error {
				_, err := s.msg.Migrate(s.ctx, &tc.msg)
				return err
			})
		})
	}

	res, err := s.msg.Migrate(s.ctx, &types.MsgMigrate{Sender: s.alice, Contract: contract, CodeId: next.CodeId})
	require.NoError(t, err)
	require.EqualValues(t, 5, number(t, res.Output), "the storage stays")
	c, err := s.k.Contract(s.ctx, types.ContractAddress(1))
	require.NoError(t, err)
	require.Equal(t, next.CodeId, c.CodeId)
	require.EqualValues(t, 1, c.Migrations)
	byCode, err := s.query.ContractsByCode(s.ctx, &types.QueryContractsByCodeRequest{CodeId: 1})
	require.NoError(t, err)
	require.Empty(t, byCode.Contracts)
	byCode, err = s.query.ContractsByCode(s.ctx, &types.QueryContractsByCodeRequest{CodeId: next.CodeId})
	require.NoError(t, err)
	require.Equal(t, []types.Contract{c}, byCode.Contracts)
}

func TestSetAdmin(t *testing.T) {
	s := newSuite(t)
	contract := s.mustMake("counter", 0)
	set := func(sender, admin string) error {
		_, err := s.msg.SetAdmin(s.ctx, &types.MsgSetAdmin{Sender: sender, Contract: contract, NewAdmin: admin})
		return err
	}
	s.requireUnchanged(types.ErrUnauthorized, func() error { return set(s.bob, s.carol) })
	s.requireUnchanged(types.ErrInvalidRequest, func() error { return set(s.alice, s.alice) })
	s.requireUnchanged(types.ErrInvalidRequest, func() error { return set(s.alice, "nobody") })
	require.NoError(t, set(s.alice, s.bob))
	s.requireEvent(&types.EventAdminSet{Contract: contract, PreviousAdmin: s.alice, Admin: s.bob})
	s.requireUnchanged(types.ErrUnauthorized, func() error { return set(s.alice, s.carol) })
	require.NoError(t, set(s.bob, ""))
	s.requireUnchanged(types.ErrUnauthorized, func() error { return set(s.bob, s.carol) })
}

func TestUpdateParams(t *testing.T) {
	s := newSuite(t)
	gov := s.k.Authority()
	p := types.DefaultParams()
	p.MaxCallGas = 2_000_000
	_, err := s.msg.UpdateParams(s.ctx, &types.MsgUpdateParams{Authority: gov, Params: p})
	require.NoError(t, err)
	s.requireEvent(&types.EventParamsUpdated{Authority: gov})
	got, err := s.query.Params(s.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, p, got.Params)

	counter := s.mustMake("counter", 0)
	for _, tc := range []struct {
		name      string
		authority string
		spoil     func(p *types.Params)
		err       error
	}{
		{"failure: not the authority", s.alice, func(*types.Params) {}, types.ErrUnauthorized},
		{"failure: a limit of zero", gov, func(p *types.Params) { p.MaxKeyBytes = 0 }, types.ErrInvalidParams},
		{"failure: beyond the bound in code", gov, func(p *types.Params) { p.MemoryPages = 17 }, types.ErrInvalidParams},
		{"failure: guard that is not there", gov, func(p *types.Params) { p.PublishGuard = types.ContractAddress(9).String() }, types.ErrContractNotFound},
		{"failure: guard that cannot answer", gov, func(p *types.Params) { p.PublishGuard = counter }, types.ErrEntry},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			params := p
			tc.spoil(&params)
			s.requireUnchanged(tc.err, func() error {
				_, err := s.msg.UpdateParams(s.ctx, &types.MsgUpdateParams{Authority: tc.authority, Params: params})
				return err
			})
		})
	}
}

// TestLowerMemoryLimit has governance take away memory that a contract was built for: its calls fail, with the same error from
// the cache or not, and work again when it is given back.
func TestLowerMemoryLimit(t *testing.T) {
	s := newSuite(t)
	gov := s.k.Authority()
	setPages := func(n uint32) {
		p := types.DefaultParams()
		p.MemoryPages = n
		_, err := s.msg.UpdateParams(s.ctx, &types.MsgUpdateParams{Authority: gov, Params: p})
		require.NoError(t, err)
	}
	code := wasm(t, "counter")
	i := strings.Index(string(code), "\x05\x04\x01\x01\x01\x01") // the memory section: one page at least and at most
	require.Positive(t, i)
	code[i+4], code[i+5] = 2, 2
	s.requireUnchanged(types.ErrLimit, func() error {
		_, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.alice, Code: code})
		return err
	})
	setPages(2)
	res, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: s.alice, Code: code})
	require.NoError(t, err)
	made, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{Sender: s.alice, CodeId: res.CodeId, Label: "x"})
	require.NoError(t, err)
	s.mustExecute(made.Address, values.T("add"))
	setPages(1)
	s.requireUnchanged(types.ErrLimit, func() error {
		_, err := s.execute(made.Address, values.T("add"))
		return err
	})
	setPages(2)
	require.EqualValues(t, 2, number(t, s.mustExecute(made.Address, values.T("add"))))
}
