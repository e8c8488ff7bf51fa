package contracts_test

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/contracts"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// kit is a contract that shows each part of the package for authors: assay/test.
//
//go:embed assay/test/test.wasm
var kit []byte

// bench is a chain with the contract "kit", and another of the same code, "other".
type bench struct {
	chain *local.Chain
	kit   *local.Contract
}

func newBench(t *testing.T) bench {
	t.Helper()
	m, err := vm.Compile(kit, host.Functions(), vm.DefaultLimits())
	require.NoError(t, err)
	require.NoError(t, host.Check(m))
	chain := local.New()
	for _, name := range []string{"kit", "other"} {
		_, err = chain.Instantiate(name, &local.Code{Module: m}, local.Call{Caller: chain.Address("owner"), Message: values.Encode()})
		require.NoError(t, err)
	}
	c, err := chain.Contract("kit")
	require.NoError(t, err)
	return bench{chain, c}
}

// call runs an entry point with a message of arguments as the command line has them.
func (b bench) call(t *testing.T, entry string, args ...any) ([]values.Value, error) {
	t.Helper()
	return b.send(t, local.Call{Entry: entry, Caller: b.chain.Address("owner"), Message: values.Encode(valuesOf(t, args)...)})
}

func (b bench) send(t *testing.T, c local.Call) ([]values.Value, error) {
	t.Helper()
	r, err := b.chain.Call(b.kit, c)
	if err != nil {
		return nil, err
	}
	list, err := values.Decode(r.Output)
	require.NoError(t, err)
	return list, nil
}

func valuesOf(t *testing.T, args []any) []values.Value {
	t.Helper()
	list := make([]values.Value, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			list[i] = values.T(v)
		case []byte:
			list[i] = values.B(v)
		case uint64:
			list[i] = values.N(v)
		case int:
			list[i] = values.N(uint64(v))
		default:
			t.Fatalf("argument %T", a)
		}
	}
	return list
}

func (b bench) query(t *testing.T, args ...any) []values.Value {
	t.Helper()
	out, err := b.call(t, host.EntryQuery, args...)
	require.NoError(t, err, args)
	return out
}

func (b bench) want(t *testing.T, want []any, args ...any) {
	t.Helper()
	got := b.query(t, args...)
	if len(want) == 0 {
		require.Empty(t, got, args)
		return
	}
	require.Equal(t, valuesOf(t, want), got, args)
}

func (b bench) aborts(t *testing.T, message string, args ...any) {
	t.Helper()
	_, err := b.call(t, host.EntryQuery, args...)
	var abort *host.AbortError
	require.ErrorAs(t, err, &abort, args)
	require.Equal(t, message, abort.Message)
}

// Numbers of two words give what numbers of arbitrary size give, or abort where those do not fit.
func TestKitNumbers(t *testing.T) {
	b := newBench(t)
	limit := new(big.Int).Lsh(big.NewInt(1), 64)
	random := rand.New(rand.NewPCG(1, 2))
	edges := []uint64{0, 1, 9, 10, 0xffff, 0x10000, math.MaxUint32, 1 << 32, 1<<32 + 1, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}
	pick := func() uint64 {
		if random.IntN(2) == 0 {
			return edges[random.IntN(len(edges))]
		}
		return random.Uint64() >> random.IntN(64)
	}
	for range 400 {
		x, y := pick(), pick()
		word := uint64(uint32(y))
		bx, by, bw := new(big.Int).SetUint64(x), new(big.Int).SetUint64(y), new(big.Int).SetUint64(word)
		for _, op := range []struct {
			name, overflow string
			y              uint64
			want           *big.Int
		}{
			{"add", "overflow: addition", y, new(big.Int).Add(bx, by)},
			{"sub", "overflow: subtraction", y, new(big.Int).Sub(bx, by)},
			{"mul", "overflow: multiplication", word, new(big.Int).Mul(bx, bw)},
		} {
			switch {
			case op.want.Sign() >= 0 && op.want.Cmp(limit) < 0:
				b.want(t, []any{op.want.Uint64()}, op.name, x, op.y)
			case op.name == "mul":
				_, err := b.call(t, host.EntryQuery, op.name, x, op.y)
				require.ErrorContains(t, err, "overflow")
			default:
				b.aborts(t, op.overflow, op.name, x, op.y)
			}
		}
		if word == 0 {
			b.aborts(t, "division by zero", "div", x, word)
		} else {
			b.want(t, []any{x / word}, "div", x, word)
		}
		saturated := uint64(math.MaxUint64)
		if sum := new(big.Int).Add(bx, by); sum.Cmp(limit) < 0 {
			saturated = sum.Uint64()
		}
		b.want(t, []any{saturated}, "add-saturated", x, y)
		b.want(t, []any{fmt.Sprint(x)}, "decimal", x)
		b.want(t, []any{bx.Cmp(by) + 1, truth(x == y), truth(x < y), truth(x == 0)}, "compare", x, y)
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestKitBytes(t *testing.T) {
	b := newBench(t)
	b.want(t, []any{"a\x00é€😀\ufffd"}, "literal")
	b.want(t, []any{"'ab???'"}, "quote", []byte("ab\x00\xff\n"))
	b.want(t, []any{1, 1}, "same", []byte("abcdefghi"), []byte("abcdefghi"))
	b.want(t, []any{0, 1}, "same", []byte("abcdefghi"), []byte("abcdefgh"))
	b.want(t, []any{0, 0}, "same", []byte("abcdefghi"), []byte("abcdefghj"))
	b.want(t, []any{0, 0}, "same", []byte("abcdefghi"), []byte("xbcdefghi"))
	b.want(t, []any{1, 1}, "same", []byte{}, []byte{})
	b.want(t, []any{1}, "is", []byte("a text of some length"))
	b.want(t, []any{0}, "is", []byte("a text of some lengtH"))
	b.want(t, []any{[]byte("bc")}, "slice", []byte("abcd"), 1, 3)
	b.want(t, []any{[]byte("d")}, "slice", []byte("abcd"), 3, 99)
	b.want(t, []any{[]byte{}}, "slice", []byte("abcd"), 9, 2)
	b.want(t, []any{3}, "index-of", []byte("abcd"), int('c'))
	b.want(t, []any{0}, "index-of", []byte("abcd"), int('x'))
	b.want(t, []any{int('d')}, "at", []byte("abcd"), 3)
	_, err := b.call(t, host.EntryQuery, "at", []byte("abcd"), 4)
	require.ErrorIs(t, err, vm.TrapUnreachable)
	b.want(t, []any{[]byte("\x07\x07\x06\x05\x04\x04\x05\x06\x07\x07\x06\x05\x04\x03\x02\x01\x00\x00\x01\x02\x03\x04\x05\x06\x07\x02hihix67438087")},
		"buffer", uint64(0x0001020304050607), []byte("hi"))
}

// Parts of AssemblyScript's library that compare and hash strings, which it does by 64 bits unless it is told to be small: what
// "assay contract build" makes of them is accepted and right.
func TestKitStandardLibrary(t *testing.T) {
	b := newBench(t)
	word := map[bool]int{true: 1}
	long := strings.Repeat("0123456789", 20)
	for _, tc := range []struct{ x, y, word string }{
		{"alpha", "alpha", "first"},
		{"gamma", "gam", "later"},
		{"alphabet", "alphabex", "none"},
		{"alphabet", "bet", "none"},
		{"", "", "none"},
		{long + "a", long + "b", "none"},
		{long, long, "none"},
	} {
		b.want(t, []any{
			word[tc.x == tc.y], word[tc.x != tc.y], word[tc.x < tc.y], word[tc.x >= tc.y],
			word[strings.HasPrefix(tc.x, tc.y)], word[strings.HasSuffix(tc.x, tc.y)], strings.Index(tc.x, tc.y) + 1, tc.x + "/" + tc.y,
			tc.x[min(1, len(tc.x)):min(4, len(tc.x))], tc.word,
		}, "strings", tc.x, tc.y)
	}
	b.want(t, []any{5, 3, 2, "one+two+three", 2, 2, 1, "28", "-28", 66, 1, 2}, "collections", "one,two,one,three,two")
}

func TestKitFailures(t *testing.T) {
	b := newBench(t)
	b.aborts(t, "thrown", "throw")
	b.aborts(t, "own words", "fail", "own words")
	b.aborts(t, "a: expected text, got a number", "fail", 7)
	b.aborts(t, "a: expected text, got bytes", "fail", []byte("x"))
	b.aborts(t, "a: expected text, got nothing", "fail")
	b.aborts(t, "a: expected 10 to 20, got 21", "u32", 21)
	b.aborts(t, "a: expected 10 to 20, got 4294967306", "u32", uint64(1<<32+10))
	b.aborts(t, "method: expected another, got 'nothing'", "nothing")
	b.aborts(t, "arguments: expected no more", "literal", 1)
	b.aborts(t, "message: expected at most 16384 bytes, got 16401", "fail", string(make([]byte, 16387)))

	_, err := b.call(t, host.EntryQuery, "memory", 30_000)
	require.NoError(t, err)
	_, err = b.call(t, host.EntryQuery, "memory", 65_000)
	require.ErrorIs(t, err, vm.TrapUnreachable, "there is one page")
}

// A message that no encoder wrote aborts the call.
func TestKitMalformedMessages(t *testing.T) {
	b := newBench(t)
	for name, m := range map[string][]byte{
		"failure: half a head":          {'t', 1, 0},
		"failure: longer than the rest": {'t', 9, 0, 0, 0, 'x'},
		"failure: longer than memory":   {'t', 0xff, 0xff, 0xff, 0xff, 'x'},
		"failure: another tag":          {'x', 1, 0, 0, 0, 'x'},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.send(t, local.Call{Entry: host.EntryQuery, Message: m})
			var abort *host.AbortError
			require.ErrorAs(t, err, &abort)
		})
	}
}

func TestKitStorage(t *testing.T) {
	b := newBench(t)
	set := func(key, value string) {
		_, err := b.call(t, host.EntryExecute, "set", []byte(key), []byte(value))
		require.NoError(t, err)
	}
	for _, k := range []string{"a", "b", "b\x00", "b1", "b2", "b\xff", "c", "\xff\xff", "\xff\xff1"} {
		set(k, "of "+k)
	}
	page := func(args ...any) (keys []string) {
		out := b.query(t, append([]any{"page"}, args...)...)
		for i := 0; i < len(out); i += 2 {
			require.Equal(t, "of "+string(out[i].Bytes), string(out[i+1].Bytes))
			keys = append(keys, string(out[i].Bytes))
		}
		return keys
	}
	require.Equal(t, []string{"b", "b\x00", "b1", "b2", "b\xff"}, page([]byte("b"), 64))
	require.Equal(t, []string{"b", "b\x00"}, page([]byte("b"), 2))
	require.Equal(t, []string{"b1", "b2", "b\xff"}, page([]byte("b"), 64, []byte("b\x00")))
	require.Equal(t, []string{"\xff\xff", "\xff\xff1"}, page([]byte("\xff\xff"), 64), "nothing follows the prefix")
	require.Empty(t, page([]byte("x"), 64))
	b.want(t, []any{[]byte("b1"), []byte("b\x00")}, "range", []byte("b\x00"), []byte("b2"), 64)

	b.want(t, []any{[]byte("of a")}, "get", []byte("a"))
	_, err := b.call(t, host.EntryExecute, "remove", []byte("a"))
	require.NoError(t, err)
	b.want(t, []any{}, "get", []byte("a"))
	_, err = b.call(t, host.EntryQuery, "need", []byte("a"))
	require.ErrorIs(t, err, vm.TrapUnreachable)
	b.want(t, []any{0}, "number", []byte("n"))
	_, err = b.call(t, host.EntryExecute, "set-number", []byte("n"), uint64(math.MaxUint64-1))
	require.NoError(t, err)
	b.want(t, []any{uint64(math.MaxUint64 - 1)}, "number", []byte("n"))
}

func TestKitChain(t *testing.T) {
	b := newBench(t)
	owner := b.chain.Address("owner")
	b.want(t, []any{owner, b.kit.Address}, "who")
	b.want(t, []any{int(b.chain.Height), int(b.chain.Time.Unix()), b.chain.Time.Nanosecond(), b.chain.ID}, "block")
	sum := sha256.Sum256([]byte("abc"))
	b.want(t, []any{sum[:]}, "sha256", []byte("abc"))

	b.chain.SetBalance(owner, host.Coin{Denom: "uassay", Amount: 10})
	b.chain.SetBalance(owner, host.Coin{Denom: "uatom", Amount: 10})
	send := func(funds []host.Coin, args ...any) ([]values.Value, error) {
		return b.send(t, local.Call{Entry: host.EntryExecute, Caller: owner, Funds: funds, Message: values.Encode(valuesOf(t, args)...)})
	}
	out, err := send([]host.Coin{{Denom: "uassay", Amount: 7}}, "only", "uassay")
	require.NoError(t, err)
	require.Equal(t, valuesOf(t, []any{7}), out)
	_, err = send([]host.Coin{{Denom: "uatom", Amount: 7}}, "only", "uassay")
	require.ErrorContains(t, err, "funds: expected 'uassay', got 'uatom'")
	_, err = send([]host.Coin{{Denom: "uassay", Amount: 1}}, "none")
	require.ErrorContains(t, err, "funds: expected none")
	b.want(t, []any{7}, "balance", "uassay")
	for _, tc := range []struct{ code, amount int }{{1, 8}, {0, 3}} {
		out, err = send(nil, "transfer", owner, "uassay", tc.amount)
		require.NoError(t, err)
		require.Equal(t, valuesOf(t, []any{tc.code}), out)
	}
	out, err = send(nil, "transfer", "nobody", "uassay", 1)
	require.NoError(t, err)
	require.Equal(t, valuesOf(t, []any{2}), out)

	r, err := b.chain.Call(b.kit, local.Call{Entry: host.EntryExecute, Caller: owner, Message: values.Encode(valuesOf(t, []any{"emit", "é", uint64(math.MaxUint64)})...)})
	require.NoError(t, err)
	require.Equal(t, host.Event{Type: "tested", Attributes: []host.Attribute{{Key: "text", Value: "é"}, {Key: "number", Value: "18446744073709551615"}}}, r.Events[0].Event)
}

func TestKitCalls(t *testing.T) {
	b := newBench(t)
	other := b.chain.Address("other")
	call := func(entry string, args ...any) []values.Value {
		out, err := b.call(t, entry, args...)
		require.NoError(t, err)
		return out
	}
	answer := func(code int, output []byte) []values.Value { return valuesOf(t, []any{code, output}) }
	require.Equal(t, answer(0, values.Encode()), call(host.EntryExecute, "call", other, "set", []byte("k"), []byte("v")))
	require.Equal(t, answer(0, values.Encode(values.B([]byte("v")))), call(host.EntryQuery, "query", other, "get", []byte("k")))
	failed := call(host.EntryExecute, "call", other, "nothing")
	require.Equal(t, uint64(1), failed[0].Number)
	require.Contains(t, string(failed[1].Bytes), "method: expected another, got 'nothing'")
	require.Equal(t, uint64(2), call(host.EntryExecute, "call", b.chain.Address("nobody"), "none")[0].Number)
	require.Equal(t, uint64(4), call(host.EntryExecute, "call", b.kit.Address, "none")[0].Number)

	b.chain.SetBalance(b.kit.Address, host.Coin{Denom: "uassay", Amount: 5})
	require.Equal(t, answer(0, values.Encode(values.N(4))), call(host.EntryExecute, "call-with-funds", other, "uassay", 4, "only", "uassay"))
	require.Equal(t, uint64(1), b.chain.Balance(b.kit.Address, "uassay"))
}

// Records come to a contract as they are: what it writes is what it read.
func TestKitRecords(t *testing.T) {
	b := newBench(t)
	id := func(n string) []string { return []string{n} }
	require.NoError(t, b.chain.SetRecord(host.Model, local.Record{"model": {"acme/vibration"}, "publisher": {"acme"}, "owner": {"o"}}))
	require.NoError(t, b.chain.SetRecord(host.Version, local.Record{"id": {"acme/vibration@1.0.0"}, "yanked": {"1"}, "circuit": {"0x01"}, "source": {"channel-0"}}))
	require.NoError(t, b.chain.SetRecord(host.Attestation, local.Record{"id": id("7"), "device": {"d"}, "suspect": {"1"}, "output": {"0x0102"}, "device_id": id("9")}))
	require.NoError(t, b.chain.SetRecord(host.Device, local.Record{"address": {"d"}, "id": id("9"), "confirmed": {"1"}, "label": {"a=1", "b=2"}}))
	require.NoError(t, b.chain.SetRecord(host.Rollout, local.Record{"id": id("3"), "version": {"v"}, "steps": id("2"), "zones_accepted": id("18446744073709551615")}))
	for name, tc := range map[string]struct {
		kind host.RecordKind
		id   uint64
		args []any
	}{
		"attestation": {host.Attestation, 7, []any{"attestation", 7}},
		"rollout":     {host.Rollout, 3, []any{"rollout", 3}},
	} {
		t.Run("success: "+name, func(t *testing.T) {
			m, err := b.chain.RecordMessage(tc.kind, tc.id)
			require.NoError(t, err)
			list, err := values.Decode(m)
			require.NoError(t, err)
			require.Equal(t, list, b.query(t, tc.args...))
			entry := map[string]string{"attestation": host.EntryOnAttestation, "rollout": host.EntryDecideStep}[name]
			hook, err := b.send(t, local.Call{Entry: entry, Message: m})
			require.NoError(t, err)
			require.Equal(t, list, hook)
		})
	}
	height := int(b.chain.Height)
	b.want(t, []any{"acme", "acme/vibration", "o", height}, "model", "acme/vibration")
	b.want(t, []any{"acme/vibration@1.0.0", "", "", "", 1, []byte{1}, []byte{}, height, "channel-0"}, "version", "acme/vibration@1.0.0")
	b.want(t, []any{9, 0, "d", "active", 1, "a=1", "b=2"}, "device", "d")
	for _, args := range [][]any{{"model", "x"}, {"version", "x"}, {"attestation", 8}, {"device", "x"}, {"rollout", uint64(7 + 1<<32)}} {
		b.want(t, []any{}, args...)
	}
}

// What the package exports is what the chain takes: each contract compiles within the limits and has the exports it needs.
func TestContractsAreAccepted(t *testing.T) {
	for name, code := range map[string][]byte{"accuracy-gate": contracts.AccuracyGate, "bounty": contracts.Bounty, "publisher-guild": contracts.PublisherGuild} {
		m, err := vm.Compile(code, host.Functions(), vm.DefaultLimits())
		require.NoError(t, err, name)
		require.NoError(t, host.Check(m), name)
	}
}
