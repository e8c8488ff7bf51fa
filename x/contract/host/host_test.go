// Package host_test calls every host function as a contract does, with what it takes and with what it must refuse: pointers out
// of memory, sizes beyond every limit, too little gas, writes in a query. What is behind the functions is a double of the tests' own.
package host_test

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/host/hosttest"
	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// double is an Env that remembers.
type double struct {
	state   map[string]string
	events  []host.Event
	sent    []string
	records map[string][]byte
	calls   []host.SubCall
	sub     host.SubResult
	err     error // of everything
	visited int
}

func newDouble() *double { return &double{state: map[string]string{}, records: map[string][]byte{}} }

func (d *double) Get(key []byte) ([]byte, bool, error) {
	v, ok := d.state[string(key)]
	return []byte(v), ok, d.err
}

func (d *double) Set(key, value []byte) error {
	if d.err == nil {
		d.state[string(key)] = string(value)
	}
	return d.err
}

func (d *double) Delete(key []byte) error {
	delete(d.state, string(key))
	return d.err
}

func (d *double) Range(start, end []byte, reverse bool, visit func(host.Entry) (bool, error)) error {
	keys := slices.Sorted(maps.Keys(d.state))
	if reverse {
		slices.Reverse(keys)
	}
	for _, k := range keys {
		if k < string(start) || len(end) > 0 && k >= string(end) {
			continue
		}
		d.visited++
		if more, err := visit(host.Entry{Key: []byte(k), Value: []byte(d.state[k])}); err != nil || !more {
			return err
		}
	}
	return d.err
}

func (d *double) Block() host.Block {
	return host.Block{Height: 7, Seconds: 1<<33 + 1, Nanos: 5, ChainID: "assay-test-1"}
}

func (d *double) Balance(denom string) (uint64, error) { return uint64(len(denom)), d.err }

func (d *double) Transfer(to, denom string, amount uint64) (uint32, error) {
	if amount > 1<<40 {
		return host.TransferNotEnough, d.err
	}
	d.sent = append(d.sent, to+" "+denom)
	return host.TransferDone, d.err
}

func (d *double) Emit(e host.Event) error {
	d.events = append(d.events, e)
	return d.err
}

func (d *double) Record(kind host.RecordKind, key string, id uint64) ([]byte, bool, error) {
	if key == "" {
		key = string(rune('0' + id>>32))
	}
	r, ok := d.records[kind.String()+" "+key]
	return r, ok, d.err
}

func (d *double) Call(c host.SubCall) (host.SubResult, error) {
	d.calls = append(d.calls, c)
	return d.sub, d.err
}

// Places in the memory of the contracts of these tests.
const (
	at      = 1024 // where a test's bytes are
	buffer  = 4096 // where a test reads to
	page    = 1 << 16
	nowhere = 0xfffffff0
)

var errDouble = errors.New("the chain is broken")

// compiled is a contract whose execute and query do the same steps.
func compiled(t testing.TB, memory map[uint32]string, steps ...hosttest.Step) *vm.Module {
	t.Helper()
	code := hosttest.Contract{Memory: memory, Entries: map[string][]hosttest.Step{host.EntryExecute: steps, host.EntryQuery: steps}}.Build()
	m, err := vm.Compile(code, host.Functions(), vm.DefaultLimits())
	require.NoError(t, err)
	require.NoError(t, host.Check(m))
	return m
}

var defaultCall = host.Call{
	Entry: host.EntryExecute, Message: []byte("message"), Caller: "assay1caller", Self: "assay1self", Gas: 1_000_000,
	Funds: []host.Coin{{Denom: "uassay", Amount: 1 << 40}},
}

// run does steps that end in returning their results, or n bytes of buffer.
func run(t testing.TB, env host.Env, memory map[uint32]string, call host.Call, steps ...hosttest.Step) (host.Result, error) {
	t.Helper()
	return host.Run(compiled(t, memory, steps...), env, call)
}

func do(name string, args ...uint32) hosttest.Step { return hosttest.Do(name, args...) }

// read returns what the last result of n bytes was.
func read(n uint32) []hosttest.Step {
	return []hosttest.Step{do("result_read", buffer, 0, n), do("output", buffer, n)}
}

func results(n uint32) hosttest.Step { return do("output", hosttest.Results, 4*n) }

func TestInput(t *testing.T) {
	r, err := run(t, newDouble(), nil, defaultCall, do("input_size"), do("input_read", hosttest.Results+4, 1, 6), do("output", hosttest.Results, 10))
	require.NoError(t, err)
	require.Equal(t, "\x07\x00\x00\x00essage", string(r.Output))
}

// Neither an offset nor its sum with a length may pass the end, whatever 32 bits make of them.
func TestRange(t *testing.T) {
	for _, tc := range [][2]uint32{{0, 8}, {7, 1}, {8, 0}, {0xffffffff, 2}, {0xffffffff, 0}, {0x80000000, 1}} {
		for _, name := range []string{"input_read", "result_read"} {
			call := defaultCall
			call.Caller = "message"
			_, err := run(t, newDouble(), nil, call, do("caller"), do(name, buffer, tc[0], tc[1]))
			require.ErrorIs(t, err, host.ErrRange, "%s %v", name, tc)
		}
	}
	_, err := run(t, newDouble(), nil, defaultCall, do("input_read", buffer, 7, 0), do("input_read", buffer, 0, 7))
	require.NoError(t, err)
}

func TestKnown(t *testing.T) {
	for _, tc := range []struct {
		name string
		want []byte
	}{
		{"caller", []byte("assay1caller")},
		{"self", []byte("assay1self")},
		{"block", values.Encode(values.N(7), values.N(1<<33+1), values.N(5), values.T("assay-test-1"))},
		{"funds", values.Encode(values.T("uassay"), values.N(1<<40))},
	} {
		t.Run("success: "+tc.name, func(t *testing.T) {
			n := uint32(len(tc.want))
			r, err := run(t, newDouble(), nil, defaultCall, append([]hosttest.Step{do(tc.name)}, read(n)...)...)
			require.NoError(t, err)
			require.Equal(t, tc.want, r.Output)
			r, err = run(t, newDouble(), nil, defaultCall, do(tc.name), results(1))
			require.NoError(t, err)
			require.Equal(t, []uint32{n}, hosttest.Words(r.Output))
			_, err = run(t, newDouble(), nil, defaultCall, do(tc.name), do("result_read", buffer, 1, n))
			require.ErrorIs(t, err, host.ErrRange)
		})
	}
}

func TestSha256(t *testing.T) {
	r, err := run(t, newDouble(), map[uint32]string{at: "abc"}, defaultCall, append([]hosttest.Step{do("sha256", at, 3)}, read(32)...)...)
	require.NoError(t, err)
	want := sha256.Sum256([]byte("abc"))
	require.Equal(t, want[:], r.Output)
}

func TestStorage(t *testing.T) {
	d := newDouble()
	memory := map[uint32]string{at: "key", at + 16: "value"}
	r, err := run(t, d, memory, defaultCall,
		do("storage_get", at, 3), do("storage_set", at, 3, at+16, 5), do("storage_get", at, 3), do("result_read", hosttest.Results+8, 0, 5),
		do("output", hosttest.Results, 13))
	require.NoError(t, err)
	require.Equal(t, "\xff\xff\xff\xff\x05\x00\x00\x00value", string(r.Output))
	require.Equal(t, map[string]string{"key": "value"}, d.state)

	_, err = run(t, d, memory, defaultCall, do("storage_delete", at, 3))
	require.NoError(t, err)
	require.Empty(t, d.state)
}

// A result that is none leaves nothing of the one before.
func TestNoResult(t *testing.T) {
	_, err := run(t, newDouble(), map[uint32]string{at: "key"}, defaultCall, do("caller"), do("storage_get", at, 3), do("result_read", buffer, 0, 1))
	require.ErrorIs(t, err, host.ErrRange)
}

func TestStorageRange(t *testing.T) {
	pair := func(list ...string) []byte {
		var out []byte
		for _, s := range list {
			out = values.Append(out, values.B([]byte(s)))
		}
		return out
	}
	memory := map[uint32]string{at: "b", at + 1: "d"}
	for _, tc := range []struct {
		name string
		args []uint32
		want []byte
		err  error
	}{
		{name: "success: all", args: []uint32{0, 0, 0, 0, 64, 0}, want: pair("a", "1", "b", "2", "c", "3", "d", "4")},
		{name: "success: between", args: []uint32{at, 1, at + 1, 1, 64, 0}, want: pair("b", "2", "c", "3")},
		{name: "success: from the end", args: []uint32{at, 1, 0, 0, 2, 1}, want: pair("d", "4", "c", "3")},
		{name: "success: limit", args: []uint32{0, 0, 0, 0, 1, 0}, want: pair("a", "1")},
		{name: "success: nothing", args: []uint32{at + 1, 1, at, 1, 64, 0}, want: nil},
		{name: "failure: no limit", args: []uint32{0, 0, 0, 0, 0, 0}, err: host.ErrLimit},
		{name: "failure: limit too large", args: []uint32{0, 0, 0, 0, 65, 0}, err: host.ErrLimit},
		{name: "failure: start", args: []uint32{nowhere, 1, 0, 0, 1, 0}, err: vm.TrapMemory},
		{name: "failure: end", args: []uint32{0, 0, page, 1, 1, 0}, err: vm.TrapMemory},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDouble()
			d.state = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
			r, err := run(t, d, memory, defaultCall, append([]hosttest.Step{do("storage_range", tc.args...)}, read(uint32(len(tc.want)))...)...)
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.Equal(t, string(tc.want), string(r.Output))
			}
		})
	}
}

// Entries are paid for one by one, so that a call with little gas reads little.
func TestStorageRangeStopsWithTheGas(t *testing.T) {
	d := newDouble()
	for _, k := range "abcdefgh" {
		d.state[string(k)] = strings.Repeat("x", 999)
	}
	call := defaultCall
	call.Gas = 10_000 + 2*(300+30*1000) + 1_000
	r, err := run(t, d, nil, call, do("storage_range", 0, 0, 0, 0, 64, 0))
	require.ErrorIs(t, err, vm.TrapOutOfGas)
	require.Equal(t, call.Gas, r.GasUsed)
	require.Equal(t, 3, d.visited)
}

// A result ends before the entry that would not fit; the first one is always there.
func TestStorageRangeStopsWithTheResult(t *testing.T) {
	d := newDouble()
	d.state = map[string]string{"a": strings.Repeat("x", 30_000), "b": strings.Repeat("x", 30_000), "c": strings.Repeat("x", 30_000)}
	call := defaultCall
	call.Gas = 10_000_000
	r, err := run(t, d, nil, call, do("storage_range", 0, 0, 0, 0, 64, 0), results(1))
	require.NoError(t, err)
	require.Equal(t, []uint32{2 * (30_001 + 10)}, hosttest.Words(r.Output))
	d.state["a"] = strings.Repeat("x", 70_000)
	r, err = run(t, d, nil, call, do("storage_range", 0, 0, 0, 0, 64, 0), results(1))
	require.NoError(t, err)
	require.Equal(t, []uint32{70_011}, hosttest.Words(r.Output))
}

func TestCoins(t *testing.T) {
	d := newDouble()
	memory := map[uint32]string{at: "uassay", at + 16: "assay1to"}
	r, err := run(t, d, memory, defaultCall, append([]hosttest.Step{do("balance", at, 6)}, read(13)...)...)
	require.NoError(t, err)
	require.Equal(t, values.Encode(values.N(6)), r.Output)

	r, err = run(t, d, memory, defaultCall, do("transfer", at+16, 8, at, 6, 5, 0), do("transfer", at+16, 8, at, 6, 0, 1<<9), results(2))
	require.NoError(t, err)
	require.Equal(t, []uint32{host.TransferDone, host.TransferNotEnough}, hosttest.Words(r.Output), "the high half of the amount counts")
	require.Equal(t, []string{"assay1to uassay"}, d.sent)
}

func TestEmit(t *testing.T) {
	many := func(n int) string { return string(values.Encode(slices.Repeat([]values.Value{values.T("k")}, n)...)) }
	attributes := string(values.Encode(values.T("to"), values.T("a"), values.T("amount"), values.T("")))
	for _, tc := range []struct {
		name       string
		kind       string
		attributes string
		err        error
	}{
		{name: "success: attributes", kind: "paid", attributes: attributes},
		{name: "success: none", kind: "paid"},
		{name: "success: most attributes", kind: "paid", attributes: many(32)},
		{name: "failure: too many", kind: "paid", attributes: many(34), err: host.ErrLimit},
		{name: "failure: a key without value", kind: "paid", attributes: many(3), err: host.ErrArgument},
		{name: "failure: no text", kind: "paid", attributes: string(values.Encode(values.T("k"), values.N(1))), err: host.ErrArgument},
		{name: "failure: empty key", kind: "paid", attributes: string(values.Encode(values.T(""), values.T("v"))), err: host.ErrArgument},
		{name: "failure: not values", kind: "paid", attributes: "x", err: values.ErrMalformed},
		{name: "failure: no type", attributes: attributes, err: host.ErrArgument},
		{name: "failure: type is not UTF-8", kind: "\xff", err: host.ErrArgument},
		{name: "failure: long type", kind: strings.Repeat("x", 65), err: host.ErrLimit},
		{name: "failure: large", kind: "paid", attributes: string(values.Encode(values.T("k"), values.T(strings.Repeat("x", 1024)))), err: host.ErrLimit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDouble()
			_, err := run(t, d, map[uint32]string{at: tc.kind, at + 128: tc.attributes}, defaultCall,
				do("emit", at, uint32(len(tc.kind)), at+128, uint32(len(tc.attributes))))
			require.ErrorIs(t, err, tc.err)
			if tc.err != nil {
				require.ErrorIs(t, err, vm.TrapHost)
				require.Empty(t, d.events)
				return
			}
			require.Len(t, d.events, 1)
			require.Equal(t, tc.kind, d.events[0].Type)
		})
	}
	d := newDouble()
	emit := do("emit", at, 4, at+128, uint32(len(attributes)))
	memory := map[uint32]string{at: "paid", at + 128: attributes}
	_, err := run(t, d, memory, defaultCall, slices.Repeat([]hosttest.Step{emit}, 16)...)
	require.NoError(t, err)
	require.Equal(t, host.Event{Type: "paid", Attributes: []host.Attribute{{Key: "to", Value: "a"}, {Key: "amount"}}}, d.events[15])
	_, err = run(t, d, memory, defaultCall, slices.Repeat([]hosttest.Step{emit}, 17)...)
	require.ErrorIs(t, err, host.ErrLimit)
}

func TestRecords(t *testing.T) {
	d := newDouble()
	for _, key := range []string{"model a/b", "version a/b@1", "device assay1dev", "attestation 1", "rollout 2"} {
		d.records[key] = values.Encode(values.T(key))
	}
	memory := map[uint32]string{at: "a/b", at + 16: "a/b@1", at + 32: "assay1dev"}
	for _, tc := range []struct {
		want string
		step hosttest.Step
	}{
		{"model a/b", do("read_model", at, 3)},
		{"version a/b@1", do("read_version", at+16, 5)},
		{"device assay1dev", do("read_device", at+32, 9)},
		{"attestation 1", do("read_attestation", 0, 1)},
		{"rollout 2", do("read_rollout", 0, 2)},
	} {
		want := values.Encode(values.T(tc.want))
		r, err := run(t, d, memory, defaultCall, append([]hosttest.Step{tc.step}, read(uint32(len(want)))...)...)
		require.NoError(t, err, tc.want)
		require.Equal(t, want, r.Output)
	}
	r, err := run(t, d, memory, defaultCall, do("read_model", at, 2), do("read_attestation", 0, 9), results(2))
	require.NoError(t, err)
	require.Equal(t, []uint32{0xffffffff, 0xffffffff}, hosttest.Words(r.Output))
}

func TestCallContract(t *testing.T) {
	memory := map[uint32]string{at: "assay1other", at + 16: "hello", at + 32: "uassay"}
	call := do("call", at, 11, at+16, 5, at+32, 6, 3, 1, 50_000)
	t.Run("success: arguments, gas, result", func(t *testing.T) {
		d := newDouble()
		d.sub = host.SubResult{Code: host.CallFailed, Output: []byte("no"), GasUsed: 40_000}
		r, err := run(t, d, memory, defaultCall, call, do("result_size"), do("result_read", hosttest.Results+8, 0, 2), do("output", hosttest.Results, 10))
		require.NoError(t, err)
		require.Equal(t, "\x01\x00\x00\x00\x02\x00\x00\x00no", string(r.Output))
		require.Equal(t, []host.SubCall{{To: "assay1other", Message: []byte("hello"), Denom: "uassay", Amount: 1<<32 + 3, Gas: 50_000}}, d.calls)
		require.Greater(t, r.GasUsed, uint64(60_000))
		require.Less(t, r.GasUsed, uint64(61_000))
	})
	t.Run("success: all that is left", func(t *testing.T) {
		d := newDouble()
		_, err := run(t, d, memory, defaultCall, do("call", at, 11, at+16, 5, 0, 0, 0, 0, 0), do("query_contract", at, 11, at+16, 5, 2_000_000))
		require.NoError(t, err)
		require.False(t, d.calls[0].Query)
		require.True(t, d.calls[1].Query)
		for _, c := range d.calls {
			require.Greater(t, c.Gas, uint64(950_000))
			require.Less(t, c.Gas, uint64(1_000_000))
		}
	})
	t.Run("success: an Env that says too much takes what was given", func(t *testing.T) {
		d := newDouble()
		d.sub.GasUsed = 1 << 60
		r, err := run(t, d, memory, defaultCall, call)
		require.NoError(t, err)
		require.Less(t, r.GasUsed, uint64(71_000))
	})
	t.Run("failure: message too large", func(t *testing.T) {
		_, err := run(t, newDouble(), memory, defaultCall, do("query_contract", at, 11, 0, page+1, 0))
		require.ErrorIs(t, err, host.ErrLimit)
	})
}

// What a contract says in the end is cut, and made text.
func TestAbort(t *testing.T) {
	for _, tc := range []struct{ name, message, want string }{
		{"success: text", "no such task", "no such task"},
		{"success: not UTF-8", "a\xffb", "a?b"},
		{"success: cut", strings.Repeat("x", 300), strings.Repeat("x", 256)},
		{"success: cut before a character", strings.Repeat("x", 254) + "€", strings.Repeat("x", 254)},
		{"success: cut after a character", strings.Repeat("x", 253) + "€€", strings.Repeat("x", 253) + "€"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := run(t, newDouble(), map[uint32]string{at: tc.message}, defaultCall, do("output", at, 1), do("abort", at, uint32(len(tc.message))))
			var abort *host.AbortError
			require.ErrorAs(t, err, &abort)
			require.Equal(t, tc.want, abort.Message)
			require.Nil(t, r.Output)
			require.Greater(t, r.GasUsed, uint64(200))
			require.Less(t, r.GasUsed, uint64(300))
		})
	}
}

func TestOutput(t *testing.T) {
	call := defaultCall
	r, err := run(t, newDouble(), map[uint32]string{at: "first", at + 16: "last"}, call, do("output", at, 5), do("output", at+16, 4))
	require.NoError(t, err)
	require.Equal(t, "last", string(r.Output))
	r, err = run(t, newDouble(), nil, call, do("output", 0, page))
	require.NoError(t, err)
	require.Len(t, r.Output, 65536)
	_, err = run(t, newDouble(), nil, call, do("output", 0, page+1))
	require.ErrorIs(t, err, host.ErrLimit)
	r, err = run(t, newDouble(), nil, call)
	require.NoError(t, err)
	require.Nil(t, r.Output)
}

// pointers says where each function has a pointer, and where its length.
var pointers = map[string][][2]int{
	"output": {{0, 1}}, "abort": {{0, 1}}, "storage_get": {{0, 1}}, "storage_set": {{0, 1}, {2, 3}}, "storage_delete": {{0, 1}},
	"storage_range": {{0, 1}, {2, 3}}, "balance": {{0, 1}}, "transfer": {{0, 1}, {2, 3}}, "emit": {{0, 1}, {2, 3}}, "sha256": {{0, 1}},
	"read_model": {{0, 1}}, "read_version": {{0, 1}}, "read_device": {{0, 1}}, "call": {{0, 1}, {2, 3}, {4, 5}}, "query_contract": {{0, 1}, {2, 3}},
	"input_read": {{0, 2}}, "result_read": {{0, 2}},
}

// goodArgs has 1 for every length, and pointers into memory; whatever else is needed to get as far as the pointers.
func goodArgs(f host.FunctionInfo) []uint32 {
	args := make([]uint32, f.Params)
	for _, p := range pointers[f.Name] {
		args[p[0]], args[p[1]] = at, 1
	}
	if f.Name == "storage_range" {
		args[4] = 1
	}
	if f.Name == "emit" {
		args[3] = 0
	}
	return args
}

// Every pointer of every function: just out of memory, far out, and so that pointer and length overflow.
func TestBadPointers(t *testing.T) {
	seen := 0
	for _, f := range host.Describe() {
		for i, p := range pointers[f.Name] {
			for _, bad := range [][2]uint32{{page, 1}, {page - 1, 2}, {nowhere, 1}, {nowhere, 32}, {0xffffffff, 0xffffffff}, {0, 0xffffffff}, {0x80000000, 0x80000000}} {
				args := goodArgs(f)
				args[p[0]], args[p[1]] = bad[0], bad[1]
				d := newDouble()
				_, err := run(t, d, map[uint32]string{at: "k"}, defaultCall, do("caller"), do(f.Name, args...))
				var trap *vm.Trap
				require.ErrorAs(t, err, &trap, "%s, pointer %d, %v", f.Name, i, bad)
				allowed := []error{vm.TrapMemory, vm.TrapOutOfGas, host.ErrLimit, host.ErrRange}
				require.True(t, slices.ContainsFunc(allowed, func(e error) bool { return errors.Is(err, e) }), "%s, %v: %v", f.Name, bad, err)
				if bad[1] == 1 {
					require.ErrorIs(t, err, vm.TrapMemory, "%s, pointer %d, %v", f.Name, i, bad)
				}
				require.Empty(t, d.state)
				require.Empty(t, d.events)
				require.Empty(t, d.sent)
				require.Empty(t, d.calls)
				seen++
			}
		}
		if len(pointers[f.Name]) == 0 {
			for _, param := range strings.FieldsFunc(f.Signature, func(r rune) bool { return strings.ContainsRune("(), ", r) })[1:] {
				require.NotContains(t, []string{"ptr", "key", "dst", "to", "name"}, param, "%s has a pointer that is not in the table", f.Name)
			}
		}
	}
	require.Greater(t, seen, 150)
}

// Every function asks for its flat cost first: with one unit less nothing of it happens.
func TestOutOfGas(t *testing.T) {
	for _, f := range host.Describe() {
		args := goodArgs(f)
		filled := func() *double {
			d := newDouble()
			d.records["model k"], d.records["version k"], d.records["device k"] = []byte("r"), []byte("r"), []byte("r")
			return d
		}
		d := filled()
		call := defaultCall
		memory := map[uint32]string{at: "k"}
		r, err := run(t, d, memory, call, do("caller"), do(f.Name, args...))
		if f.Name != "abort" {
			require.NoError(t, err, f.Name)
		}
		require.GreaterOrEqual(t, r.GasUsed, 200+f.Gas, f.Name)
		require.Less(t, r.GasUsed, 200+f.Gas+700, f.Name)
		call.Gas = r.GasUsed - 1
		d = filled()
		short, err := run(t, d, memory, call, do("caller"), do(f.Name, args...))
		require.ErrorIs(t, err, vm.TrapOutOfGas, f.Name)
		require.Equal(t, call.Gas, short.GasUsed, f.Name)
		if f.Name != "call" && f.Name != "query_contract" { // they had their say before the gas of the rest was short
			require.Empty(t, d.state, f.Name)
			require.Empty(t, d.events, f.Name)
		}
	}
}

// The costs of the table, to the unit: what a call uses beyond one without the step.
func TestCosts(t *testing.T) {
	memory := map[uint32]string{at: "key", at + 16: "paid", at + 32: string(values.Encode(values.T("k"), values.T("v")))}
	d := newDouble()
	d.records["model key"] = make([]byte, 100)
	used := func(steps ...hosttest.Step) uint64 {
		d.state = map[string]string{"key": strings.Repeat("x", 17)}
		r, err := run(t, d, memory, defaultCall, steps...)
		require.NoError(t, err)
		return r.GasUsed
	}
	base := used()
	for _, tc := range []struct {
		step hosttest.Step
		want uint64
	}{
		{do("input_read", buffer, 0, 1), 100 + 1},
		{do("input_read", buffer, 0, 0), 100},
		{do("output", 0, 17), 100 + 2},
		{do("storage_get", at, 3), 10_000 + 30*(3+17)},
		{do("storage_get", at, 2), 10_000 + 30*2},
		{do("storage_set", at, 3, at, 3), 20_000 + 300*6},
		{do("storage_delete", at, 3), 10_000},
		{do("storage_range", 0, 0, 0, 0, 5, 0), 10_000 + 300 + 30*20},
		{do("emit", at+16, 4, at+32, 12), 2_000 + 10*16},
		{do("sha256", 0, 65), 500 + 20},
		{do("read_model", at, 3), 10_000 + 30*100},
		{do("read_model", at, 1), 10_000},
		{do("transfer", at, 3, at, 3, 0, 0), 50_000},
		{do("balance", at, 3), 5_000},
		{do("caller"), 200},
	} {
		index := slices.IndexFunc(host.Describe(), func(f host.FunctionInfo) bool { return f.Name == tc.step.Name })
		instructions := uint64(len(tc.step.Args)) + 10 // a const each, and the call
		if host.Describe()[index].Result {
			instructions += 1 + 2 // the address, and the store
		}
		require.Equal(t, tc.want+instructions, used(tc.step)-base, "%s %v", tc.step.Name, tc.step.Args)
	}
}

// A query cannot write, by whatever function.
func TestReadOnly(t *testing.T) {
	writes := []string{"storage_set", "storage_delete", "transfer", "emit", "call"}
	call := defaultCall
	call.Entry, call.ReadOnly = host.EntryQuery, true
	for _, f := range host.Describe() {
		d := newDouble()
		d.state["k"] = "v"
		_, err := run(t, d, map[uint32]string{at: "k"}, call, do("caller"), do(f.Name, goodArgs(f)...))
		if slices.Contains(writes, f.Name) {
			require.ErrorIs(t, err, host.ErrReadOnly, f.Name)
			require.ErrorIs(t, err, vm.TrapHost, f.Name)
		} else {
			require.NotErrorIs(t, err, host.ErrReadOnly, f.Name)
		}
		require.Equal(t, map[string]string{"k": "v"}, d.state)
		require.Empty(t, d.events)
		require.Empty(t, d.sent)
	}
}

// A fault of the chain ends the call, and is the cause of the trap.
func TestEnvError(t *testing.T) {
	for _, f := range host.Describe() {
		switch f.Name {
		case "input_size", "input_read", "result_size", "result_read", "output", "abort", "caller", "self", "block", "funds", "sha256":
			continue
		}
		d := newDouble()
		d.err = errDouble
		_, err := run(t, d, map[uint32]string{at: "k"}, defaultCall, do("caller"), do(f.Name, goodArgs(f)...))
		require.ErrorIs(t, err, errDouble, f.Name)
		require.ErrorIs(t, err, vm.TrapHost, f.Name)
		require.ErrorContains(t, err, f.Name)
	}
}

func TestNamesAreText(t *testing.T) {
	for _, name := range []string{"balance", "read_model", "read_version", "read_device", "transfer", "call", "query_contract"} {
		f := host.Describe()[slices.IndexFunc(host.Describe(), func(f host.FunctionInfo) bool { return f.Name == name })]
		_, err := run(t, newDouble(), map[uint32]string{at: "\xff"}, defaultCall, do(name, goodArgs(f)...))
		require.ErrorIs(t, err, host.ErrArgument, name)
		args := goodArgs(f)
		args[1] = host.MaxNameBytes + 1
		_, err = run(t, newDouble(), nil, defaultCall, do(name, args...))
		require.ErrorIs(t, err, host.ErrLimit, name)
	}
}
