package host_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/host/hosttest"
	"github.com/assay-chain/assay/x/contract/vm"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

func compile(t testing.TB, c hosttest.Contract) *vm.Module {
	t.Helper()
	m, err := vm.Compile(c.Build(), host.Functions(), vm.DefaultLimits())
	require.NoError(t, err)
	return m
}

func TestRunVotes(t *testing.T) {
	m := compile(t, hosttest.Contract{Votes: map[string]uint32{host.EntryDecideStep: host.VoteNo, host.EntryAllowPublish: host.VotePublish}})
	require.NoError(t, host.Check(m))
	require.Equal(t, []string{host.EntryAllowPublish, host.EntryDecideStep, host.EntryInit}, host.Entries(m))
	r, err := host.Run(m, newDouble(), host.Call{Entry: host.EntryDecideStep, Gas: 100})
	require.NoError(t, err)
	require.Equal(t, host.VoteNo, r.Value)
	r, err = host.Run(m, newDouble(), host.Call{Entry: host.EntryAllowPublish, Gas: 100})
	require.NoError(t, err)
	require.Equal(t, host.VotePublish, r.Value)
}

// _initialize comes before the entry point, on the same gas, and its failure is the call's.
func TestRunInitialize(t *testing.T) {
	c := hosttest.Contract{
		Memory: map[uint32]string{at: "k"},
		Entries: map[string][]hosttest.Step{
			"_initialize":     {do("storage_set", at, 1, at, 1)},
			host.EntryExecute: {do("storage_get", at, 1), results(1)},
		},
	}
	r, err := host.Run(compile(t, c), newDouble(), defaultCall)
	require.NoError(t, err)
	require.Equal(t, []uint32{1}, hosttest.Words(r.Output))
	require.Greater(t, r.GasUsed, uint64(30_000))

	c.Entries["_initialize"] = []hosttest.Step{do("abort", at, 1)}
	d := newDouble()
	_, err = host.Run(compile(t, c), d, defaultCall)
	var abort *host.AbortError
	require.ErrorAs(t, err, &abort)
	require.Empty(t, d.state)
}

func TestRunFailures(t *testing.T) {
	m := compile(t, hosttest.Contract{Loops: []string{host.EntryExecute}})
	r, err := host.Run(m, newDouble(), defaultCall)
	require.ErrorIs(t, err, vm.TrapOutOfGas)
	require.Equal(t, defaultCall.Gas, r.GasUsed)

	r, err = host.Run(m, newDouble(), host.Call{Entry: host.EntryQuery, Gas: 5})
	require.ErrorIs(t, err, host.ErrEntry)
	require.ErrorContains(t, err, `"query"`)
	require.Zero(t, r.GasUsed)

	m = compile(t, hosttest.Contract{Memory: map[uint32]string{page - 1: "ab"}})
	_, err = host.Run(m, newDouble(), host.Call{Entry: host.EntryInit, Gas: 5})
	require.ErrorIs(t, err, vm.TrapMemory)
	require.Zero(t, vm.Panics())
}

// Two calls of one module share nothing.
func TestRunForgets(t *testing.T) {
	m := compiled(t, nil, do("input_read", 0, 0, 7), do("output", 0, 16))
	first, err := host.Run(m, newDouble(), defaultCall)
	require.NoError(t, err)
	m2 := compiled(t, nil, do("output", 0, 16))
	second, err := host.Run(m2, newDouble(), defaultCall)
	require.NoError(t, err)
	require.Equal(t, "message\x00\x00\x00\x00\x00\x00\x00\x00\x00", string(first.Output))
	require.Equal(t, make([]byte, 16), second.Output)
}

func TestCheck(t *testing.T) {
	exports := func(list ...[]byte) []byte {
		return bt.Module(
			bt.Vector(bt.Type, bt.FuncType(0, false), bt.FuncType(0, true), bt.FuncType(1, false)),
			bt.Vector(bt.Function, bt.U32(0), bt.U32(1), bt.U32(2)),
			bt.Vector(bt.Memory, bt.Bytes(0, 1)), bt.Vector(bt.Export, list...),
			bt.Vector(bt.Code, bt.Func(0), bt.Func(0, 0x41, 0), bt.Func(0)),
		)
	}
	memory, marker, init := bt.Exported("memory", 2, 0), bt.Exported("abi_version_1", 0, 0), bt.Exported("init", 0, 0)
	for _, tc := range []struct {
		name string
		code []byte
		err  string
	}{
		{name: "success: least", code: exports(memory, marker, init)},
		{name: "success: votes", code: exports(memory, marker, init, bt.Exported("decide_step", 0, 1))},
		{name: "success: other names", code: exports(memory, marker, init, bt.Exported("helper", 0, 2))},
		{name: "failure: no memory", code: exports(marker, init), err: `export "memory": expected a memory, got none`},
		{name: "failure: memory is a function", code: exports(bt.Exported("memory", 0, 0), marker, init), err: `export "memory"`},
		{name: "failure: no marker", code: exports(memory, init), err: `export "abi_version_1": expected a function, got none`},
		{name: "failure: no init", code: exports(memory, marker), err: `export "init": expected a function`},
		{name: "failure: init is a memory", code: exports(memory, marker, bt.Exported("init", 2, 0)), err: `export "init": expected a function`},
		{name: "failure: init with a result", code: exports(memory, marker, bt.Exported("init", 0, 1)), err: `export "init": expected type (0 × i32) → (), got (0 × i32) → i32`},
		{name: "failure: vote without a result", code: exports(memory, marker, init, bt.Exported("allow_publish", 0, 0)), err: `export "allow_publish": expected type`},
		{name: "failure: execute with a parameter", code: exports(memory, marker, init, bt.Exported("execute", 0, 2)), err: `export "execute": expected type`},
		{name: "failure: _initialize with a parameter", code: exports(memory, marker, init, bt.Exported("_initialize", 0, 2)), err: `export "_initialize"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := vm.Compile(tc.code, host.Functions(), vm.DefaultLimits())
			require.NoError(t, err)
			err = host.Check(m)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, host.ErrExport)
			require.ErrorContains(t, err, tc.err)
		})
	}
}

func TestStack(t *testing.T) {
	s := host.Stack{}.Push("a")
	require.Equal(t, host.CallDone, s.Enter("b", 2))
	require.Equal(t, host.CallReentrant, s.Enter("a", 1), "before the depth")
	one, two := s.Push("b"), s.Push("c")
	require.Equal(t, host.Stack{"a", "b"}, one)
	require.Equal(t, host.Stack{"a", "c"}, two)
	require.Equal(t, host.CallTooDeep, one.Enter("d", 2))
}

func TestFailureText(t *testing.T) {
	d := newDouble()
	_, err := run(t, d, map[uint32]string{at: "why"}, defaultCall, do("abort", at, 3))
	require.Equal(t, "why", host.FailureText(err))
	_, err = run(t, d, nil, host.Call{Entry: host.EntryQuery, ReadOnly: true, Gas: 100_000}, do("storage_delete", 0, 1))
	require.Equal(t, "query cannot write", host.FailureText(err))
	_, err = run(t, d, nil, host.Call{Entry: host.EntryExecute, Gas: 10}, do("caller"))
	require.Equal(t, "contract out of gas", host.FailureText(err))
	_, err = run(t, d, nil, defaultCall, do("output", nowhere, 1))
	require.Equal(t, "contract trapped", host.FailureText(err))
	require.Equal(t, "contract has no such entry point", host.FailureText(host.ErrEntry))
}

// The names and numbers that contracts rely on.
func TestFunctions(t *testing.T) {
	names := map[string]bool{}
	for _, f := range host.Describe() {
		require.False(t, names[f.Name], f.Name)
		names[f.Name] = true
		require.Positive(t, f.Gas, f.Name)
		require.Equal(t, uint32(1), f.Since, f.Name)
	}
	require.Len(t, names, 25)
	require.True(t, slices.Contains(host.Describe(), host.FunctionInfo{
		Name: "storage_set", Signature: "storage_set(key, n, value, m)", Params: 4, Gas: 20_000, Grows: "+ 300 per byte of key and value", Since: 1,
	}))
}
