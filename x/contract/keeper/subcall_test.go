package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

func message(args ...values.Value) values.Value { return values.B(values.Encode(args...)) }

func TestCallBetweenContracts(t *testing.T) {
	s := newSuite(t)
	caller, counter, spender := s.mustMake("caller", 50), s.mustMake("counter", 0), s.mustMake("spender", 0)
	count := func() uint64 {
		out, err := s.smart(counter, values.T("get"))
		require.NoError(t, err)
		return number(t, out)
	}
	call := func(method, to string, msg values.Value, gas uint64) (code uint64, result []byte) {
		out := s.mustExecute(caller, values.T(method), values.T(to), msg, values.N(gas))
		return number(t, out), out[13:]
	}

	code, result := call("call", counter, message(values.T("add"), values.N(3)), 0)
	require.EqualValues(t, host.CallDone, code)
	require.EqualValues(t, 3, number(t, result))
	require.EqualValues(t, 3, count())

	code, result = call("call", counter, message(values.T("fail")), 0)
	require.EqualValues(t, host.CallFailed, code)
	require.Equal(t, "the counter says no", string(result), "the other's own words")
	require.EqualValues(t, 3, count(), "what a failed call did is undone")

	code, _ = call("call", counter, message(values.T("add")), 100)
	require.EqualValues(t, host.CallFailed, code, "less gas than loading takes")
	code, _ = call("call", counter, message(values.T("add")), 25_000)
	require.EqualValues(t, host.CallFailed, code, "less gas than it takes")
	code, _ = call("call", types.ContractAddress(99).String(), message(), 0)
	require.EqualValues(t, host.CallNoContract, code)
	code, _ = call("call", s.alice, message(), 0)
	require.EqualValues(t, host.CallNoContract, code)
	code, _ = call("call", "x", message(), 0)
	require.EqualValues(t, host.CallNoContract, code)
	code, _ = call("call", caller, message(), 0)
	require.EqualValues(t, host.CallReentrant, code)

	code, result = call("ask", counter, message(values.T("get")), 0)
	require.EqualValues(t, host.CallDone, code)
	require.EqualValues(t, 3, number(t, result))
	code, _ = call("ask", counter, message(values.T("write")), 0)
	require.EqualValues(t, host.CallFailed, code, "asking cannot write")
	code, _ = call("ask", spender, message(), 0)
	require.EqualValues(t, host.CallFailed, code, "it answers no questions")
	require.EqualValues(t, 3, count())

	out := s.mustExecute(caller, values.T("give"), values.T(spender), message(values.T("funds")), values.T(app.BaseDenom), values.N(20))
	require.EqualValues(t, host.CallDone, number(t, out))
	require.EqualValues(t, 20, s.balance(spender))
	require.EqualValues(t, 30, s.balance(caller))
	out = s.mustExecute(caller, values.T("give"), values.T(spender), message(values.T("funds")), values.T(app.BaseDenom), values.N(31))
	require.EqualValues(t, host.CallFailed, number(t, out), "more than it has")
	out = s.mustExecute(caller, values.T("give"), values.T(counter), message(values.T("fail")), values.T(app.BaseDenom), values.N(10))
	require.EqualValues(t, host.CallFailed, number(t, out))
	require.EqualValues(t, 30, s.balance(caller), "coins of a failed call stay")
}

func TestCallDepth(t *testing.T) {
	s := newSuite(t)
	var made []values.Value
	for range 6 {
		made = append(made, values.T(s.mustMake("caller", 0)))
	}
	chain := func(list ...values.Value) []byte {
		return s.mustExecute(made[0].Text, append([]values.Value{values.T("chain")}, list...)...)
	}
	require.EqualValues(t, host.CallDone, number(t, chain(made[1])))
	out := chain(made[1:4]...)
	require.EqualValues(t, host.CallDone, number(t, out), "four at work")
	stored, err := s.query.State(s.ctx, &types.QueryStateRequest{Contract: made[3].Text, Key: []byte("x")})
	require.NoError(t, err)
	require.Equal(t, "chain", string(stored.Value), "the fourth was reached")

	out = chain(made[1:5]...)
	require.EqualValues(t, host.CallTooDeep, number(t, out[3*13:]), "as the fourth was told")
	_, err = s.query.State(s.ctx, &types.QueryStateRequest{Contract: made[4].Text, Key: []byte("x")})
	require.ErrorIs(t, err, types.ErrStateNotFound, "the fifth was not")

	t.Run("success: re-entrancy on a detour", func(t *testing.T) {
		out := chain(made[1], made[0])
		require.EqualValues(t, host.CallDone, number(t, out), "the one between did well")
		require.EqualValues(t, host.CallReentrant, number(t, out[13:]), "and was told no")
	})
	t.Run("success: depth of questions", func(t *testing.T) {
		answer, err := s.smart(made[0].Text, append([]values.Value{values.T("chain")}, made[1:4]...)...)
		require.NoError(t, err)
		require.EqualValues(t, host.CallDone, number(t, answer))
	})
}

// TestCallsPayForLoading compares two calls of another contract: one whose code is pinned, and one whose is not.
func TestCallsPayForLoading(t *testing.T) {
	s := newSuite(t)
	caller, counter := s.mustMake("caller", 0), s.mustMake("counter", 0)
	cost := func() uint64 {
		ctx, _ := s.ctx.CacheContext()
		ctx = ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
		_, err := s.msg.Execute(ctx, &types.MsgExecute{
			Sender: s.bob, Contract: caller, Msg: values.Encode(values.T("call"), values.T(counter), message(values.T("add")), values.N(0)),
		})
		require.NoError(t, err)
		return ctx.GasMeter().GasConsumed()
	}
	before := cost()
	_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: s.k.Authority(), CodeId: 2})
	require.NoError(t, err)
	kib := (uint64(len(wasm(t, "counter"))) + 1023) / 1024
	require.Equal(t, before-kib*types.DefaultParams().LoadGasPerKib, cost())
}
