package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// keep puts values into a contract's storage: each key has itself as its value.
func (s *stage) keep(contract string, keys ...string) {
	s.t.Helper()
	a := sdk.MustAccAddressFromBech32(contract)
	for _, key := range keys {
		require.NoError(s.t, s.k.State.Set(s.ctx, collections.Join([]byte(a), []byte(key)), []byte(key)))
	}
}

// pages reads a contract's storage to its end and returns the keys of each page.
func (s *stage) pages(contract, prefix string, limit uint64) (out [][]string) {
	s.t.Helper()
	var next []byte
	for {
		r, err := s.query.StateRange(s.ctx, &types.QueryStateRangeRequest{
			Contract: contract, Prefix: []byte(prefix), Pagination: &query.PageRequest{Key: next, Limit: limit},
		})
		require.NoError(s.t, err)
		var page []string
		for _, e := range r.Entries {
			require.Equal(s.t, e.Key, e.Value)
			page = append(page, string(e.Key))
		}
		out = append(out, page)
		if next = r.Pagination.NextKey; len(next) == 0 {
			return out
		}
		require.NotEmpty(s.t, page, "a page with a next one has entries, so that a client comes to an end")
	}
}

func TestStateRange(t *testing.T) {
	s := newStage(t)
	contracts := []string{s.cast(s.puppet, 0), s.cast(s.puppet, 0), s.cast(s.puppet, 0)}
	slices.SortFunc(contracts, func(a, b string) int {
		return bytes.Compare(sdk.MustAccAddressFromBech32(a), sdk.MustAccAddressFromBech32(b))
	})
	empty, c, behind := contracts[0], contracts[1], contracts[2]
	s.keep(c, "\xff\xff\xff", "\xff\xff", "\xff", "b", "ab", "abc", "a", "\x00", "\x00\x00", "\xfe")
	s.keep(behind, "\x00", "a", "\xff")
	for _, tc := range []struct {
		name     string
		contract string
		prefix   string
		limit    uint64
		want     [][]string
	}{
		{"success: all", c, "", 100, [][]string{{"\x00", "\x00\x00", "a", "ab", "abc", "b", "\xfe", "\xff", "\xff\xff", "\xff\xff\xff"}}},
		{"success: all in pages", c, "", 4, [][]string{{"\x00", "\x00\x00", "a", "ab"}, {"abc", "b", "\xfe", "\xff"}, {"\xff\xff", "\xff\xff\xff"}}},
		{"success: one at a time", c, "a", 1, [][]string{{"a"}, {"ab"}, {"abc"}}},
		{"success: a page that is just full", c, "a", 3, [][]string{{"a", "ab", "abc"}}},
		{"success: no limit is the default", c, "", 0, [][]string{{"\x00", "\x00\x00", "a", "ab", "abc", "b", "\xfe", "\xff", "\xff\xff", "\xff\xff\xff"}}},
		{"success: a key is a prefix of itself", c, "abc", 2, [][]string{{"abc"}}},
		{"success: a prefix that nothing has", c, "ac", 2, [][]string{nil}},
		{"success: a prefix of the largest byte", c, "\xff", 2, [][]string{{"\xff", "\xff\xff"}, {"\xff\xff\xff"}}},
		{"success: a prefix of two", c, "\xff\xff", 1, [][]string{{"\xff\xff"}, {"\xff\xff\xff"}}},
		{"success: a prefix beyond all", c, "\xff\xff\xff\xff", 2, [][]string{nil}},
		{"success: a prefix of the smallest byte", c, "\x00", 2, [][]string{{"\x00", "\x00\x00"}}},
		{"success: a contract without storage", empty, "", 2, [][]string{nil}},
		{"success: the last contract", behind, "", 2, [][]string{{"\x00", "a"}, {"\xff"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, s.pages(tc.contract, tc.prefix, tc.limit))
		})
	}
}

func TestStateRangeBounds(t *testing.T) {
	s := newStage(t)
	c := s.cast(s.puppet, 0)
	var keys []string
	for i := range 250 {
		keys = append(keys, fmt.Sprintf("%03d", i))
	}
	s.keep(c, keys...)
	for _, tc := range []struct {
		name  string
		page  *query.PageRequest
		count int
		next  string
	}{
		{"success: no page", nil, 100, "100"},
		{"success: no limit", &query.PageRequest{}, 100, "100"},
		{"success: the most", &query.PageRequest{Limit: 200}, 200, "200"},
		{"success: more than the most", &query.PageRequest{Limit: 201}, 200, "200"},
		{"success: the largest number", &query.PageRequest{Limit: 1<<64 - 1}, 200, "200"},
		{"success: a key of no entry", &query.PageRequest{Key: []byte("0105"), Limit: 2}, 2, "013"},
		{"success: a key behind the last", &query.PageRequest{Key: []byte("\xff\x00garbage")}, 0, ""},
		{"success: the last key", &query.PageRequest{Key: []byte("249")}, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := s.query.StateRange(s.ctx, &types.QueryStateRangeRequest{Contract: c, Pagination: tc.page})
			require.NoError(t, err)
			require.Len(t, r.Entries, tc.count)
			require.Equal(t, tc.next, string(r.Pagination.NextKey))
			require.Zero(t, r.Pagination.Total)
		})
	}

	big := s.cast(s.puppet, 0)
	for i := range 20 {
		require.NoError(t, s.k.State.Set(s.ctx, collections.Join([]byte(sdk.MustAccAddressFromBech32(big)), []byte{byte(i)}), make([]byte, 64<<10)))
	}
	r, err := s.query.StateRange(s.ctx, &types.QueryStateRangeRequest{Contract: big})
	require.NoError(t, err)
	require.Len(t, r.Entries, 16, "a page ends behind the entry that passes 1 MiB")
	require.Equal(t, []byte{16}, r.Pagination.NextKey)
}

func TestStateRangeRefuses(t *testing.T) {
	s := newStage(t)
	c := s.cast(s.puppet, 0)
	s.keep(c, "a", "b", "ba")
	for _, tc := range []struct {
		name string
		req  *types.QueryStateRangeRequest
		err  error
	}{
		{"failure: no request", nil, types.ErrInvalidRequest},
		{"failure: no contract", &types.QueryStateRangeRequest{}, types.ErrInvalidRequest},
		{"failure: an account", &types.QueryStateRangeRequest{Contract: director}, types.ErrInvalidRequest},
		{"failure: upper case", &types.QueryStateRangeRequest{Contract: strings.ToUpper(c)}, types.ErrInvalidRequest},
		{"failure: a contract that is not there", &types.QueryStateRangeRequest{Contract: types.ContractAddress(77).String()}, types.ErrContractNotFound},
		{"failure: an offset", &types.QueryStateRangeRequest{Contract: c, Pagination: &query.PageRequest{Offset: 1}}, types.ErrInvalidRequest},
		{"failure: a total", &types.QueryStateRangeRequest{Contract: c, Pagination: &query.PageRequest{CountTotal: true}}, types.ErrInvalidRequest},
		{"failure: backwards", &types.QueryStateRangeRequest{Contract: c, Pagination: &query.PageRequest{Reverse: true}}, types.ErrInvalidRequest},
		{"failure: a key before the prefix", &types.QueryStateRangeRequest{
			Contract: c, Prefix: []byte("b"), Pagination: &query.PageRequest{Key: []byte("a")},
		}, types.ErrInvalidRequest},
		{"failure: a key behind the prefix", &types.QueryStateRangeRequest{
			Contract: c, Prefix: []byte("a"), Pagination: &query.PageRequest{Key: []byte("b")},
		}, types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := s.query.StateRange(s.ctx, tc.req)
			require.ErrorIs(t, err, tc.err)
		})
	}
}

func TestQueryState(t *testing.T) {
	s := newStage(t)
	c := s.cast(s.puppet, 0)
	s.keep(c, "a", strings.Repeat("k", 1<<10))
	require.NoError(t, s.k.State.Set(s.ctx, collections.Join([]byte(sdk.MustAccAddressFromBech32(c)), []byte("e")), []byte{}))
	for _, tc := range []struct {
		name string
		req  *types.QueryStateRequest
		want string
		err  error
	}{
		{"success: a value", &types.QueryStateRequest{Contract: c, Key: []byte("a")}, "a", nil},
		{"success: an empty value", &types.QueryStateRequest{Contract: c, Key: []byte("e")}, "", nil},
		{"success: the longest key", &types.QueryStateRequest{Contract: c, Key: bytes.Repeat([]byte("k"), 1<<10)}, strings.Repeat("k", 1<<10), nil},
		{"failure: no such key", &types.QueryStateRequest{Contract: c, Key: []byte("b")}, "", types.ErrStateNotFound},
		{"failure: no key", &types.QueryStateRequest{Contract: c}, "", types.ErrLimit},
		{"failure: a key too long", &types.QueryStateRequest{Contract: c, Key: make([]byte, 1<<10+1)}, "", types.ErrLimit},
		{"failure: no such contract", &types.QueryStateRequest{Contract: types.ContractAddress(77).String(), Key: []byte("a")}, "", types.ErrContractNotFound},
		{"failure: an account", &types.QueryStateRequest{Contract: director, Key: []byte("a")}, "", types.ErrInvalidRequest},
		{"failure: no request", nil, "", types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := s.query.State(s.ctx, tc.req)
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.Equal(t, tc.want, string(r.Value))
			}
		})
	}
}

func TestQueryCode(t *testing.T) {
	s := newStage(t)
	first, second := wasm(t, "hooks/puppet"), wasm(t, "hooks/mute")
	digest := fmt.Sprintf("%x", sha256.Sum256(second))
	for _, tc := range []struct {
		name string
		req  *types.QueryCodeRequest
		want uint64
		err  error
	}{
		{"success: by id", &types.QueryCodeRequest{Id: 1}, 1, nil},
		{"success: by digest", &types.QueryCodeRequest{Digest: digest}, 2, nil},
		{"success: by digest in upper case", &types.QueryCodeRequest{Digest: strings.ToUpper(digest)}, 2, nil},
		{"failure: by both", &types.QueryCodeRequest{Id: 1, Digest: digest}, 0, types.ErrInvalidRequest},
		{"failure: by nothing", &types.QueryCodeRequest{}, 0, types.ErrInvalidRequest},
		{"failure: no request", nil, 0, types.ErrInvalidRequest},
		{"failure: no such id", &types.QueryCodeRequest{Id: 3}, 0, types.ErrCodeNotFound},
		{"failure: no such digest", &types.QueryCodeRequest{Digest: strings.Repeat("0", 64)}, 0, types.ErrCodeNotFound},
		{"failure: no digest", &types.QueryCodeRequest{Digest: "abc"}, 0, types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := s.query.Code(s.ctx, tc.req)
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.Equal(t, tc.want, r.Code.Id)
			}
		})
	}
	for id, want := range map[uint64][]byte{1: first, 2: second} {
		r, err := s.query.CodeBytes(s.ctx, &types.QueryCodeBytesRequest{Id: id})
		require.NoError(t, err)
		require.Equal(t, want, r.Code)
	}
	for name, req := range map[string]*types.QueryCodeBytesRequest{"no id": {}, "no such id": {Id: 3}} {
		_, err := s.query.CodeBytes(s.ctx, req)
		require.ErrorIs(t, err, types.ErrCodeNotFound, name)
	}
	_, err := s.query.CodeBytes(s.ctx, nil)
	require.ErrorIs(t, err, types.ErrInvalidRequest)
}

func TestQueryLists(t *testing.T) {
	s := newStage(t)
	var contracts []string
	for range 3 {
		contracts = append(contracts, s.cast(s.puppet, 0))
	}
	other := s.cast(s.mute, 0)
	slices.SortFunc(contracts, func(a, b string) int {
		return bytes.Compare(sdk.MustAccAddressFromBech32(a), sdk.MustAccAddressFromBech32(b))
	})

	first, err := s.query.Codes(s.ctx, &types.QueryCodesRequest{Pagination: &query.PageRequest{Limit: 1, CountTotal: true}})
	require.NoError(t, err)
	require.EqualValues(t, 2, first.Pagination.Total)
	second, err := s.query.Codes(s.ctx, &types.QueryCodesRequest{Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 2}, []uint64{first.Codes[0].Id, second.Codes[0].Id})
	require.Len(t, second.Codes, 1)
	require.Empty(t, second.Pagination.NextKey)
	beyond, err := s.query.Codes(s.ctx, &types.QueryCodesRequest{Pagination: &query.PageRequest{Key: []byte("garbage, longer than an id")}})
	require.NoError(t, err)
	require.Empty(t, beyond.Codes)

	var got []string
	var key []byte
	for {
		r, err := s.query.ContractsByCode(s.ctx, &types.QueryContractsByCodeRequest{CodeId: s.puppet, Pagination: &query.PageRequest{Key: key, Limit: 2}})
		require.NoError(t, err)
		for _, c := range r.Contracts {
			got = append(got, c.Address)
		}
		if key = r.Pagination.NextKey; len(key) == 0 {
			break
		}
	}
	require.Equal(t, contracts, got)
	r, err := s.query.ContractsByCode(s.ctx, &types.QueryContractsByCodeRequest{CodeId: s.mute, Pagination: &query.PageRequest{Limit: 1000}})
	require.NoError(t, err)
	require.Len(t, r.Contracts, 1)
	require.Equal(t, other, r.Contracts[0].Address)
	r, err = s.query.ContractsByCode(s.ctx, &types.QueryContractsByCodeRequest{CodeId: s.puppet, Pagination: &query.PageRequest{Key: bytes.Repeat([]byte{0xff}, 40)}})
	require.NoError(t, err)
	require.Empty(t, r.Contracts, "a key of no page does not lead to another code")

	for name, err := range map[string]error{
		"codes":             func() error { _, err := s.query.Codes(s.ctx, nil); return err }(),
		"contracts by code": func() error { _, err := s.query.ContractsByCode(s.ctx, nil); return err }(),
		"contract":          func() error { _, err := s.query.Contract(s.ctx, nil); return err }(),
		"smart":             func() error { _, err := s.query.Smart(s.ctx, nil); return err }(),
	} {
		require.ErrorIs(t, err, types.ErrInvalidRequest, name)
	}
	_, err = s.query.ContractsByCode(s.ctx, &types.QueryContractsByCodeRequest{CodeId: 77})
	require.ErrorIs(t, err, types.ErrCodeNotFound)
	_, err = s.query.Contract(s.ctx, &types.QueryContractRequest{Address: types.ContractAddress(77).String()})
	require.ErrorIs(t, err, types.ErrContractNotFound)
	params, err := s.query.Params(s.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, s.params(), params.Params)
}

func TestQueryQueue(t *testing.T) {
	s := newStage(t)
	r, err := s.query.Queue(s.ctx, &types.QueryQueueRequest{})
	require.NoError(t, err)
	require.Equal(t, &types.QueryQueueResponse{}, r)
	s.cast(s.puppet, 5000, stageModel)
	s.attest(5, 6)
	r, err = s.query.Queue(s.ctx, &types.QueryQueueRequest{})
	require.NoError(t, err)
	require.Equal(t, &types.QueryQueueResponse{Length: 2, Head: &types.QueuedHook{Sequence: 1, AttestationId: 5, Model: stageModel}}, r)
}

// TestSmart asks a counter. Whatever comes of it, the state is as it was.
func TestSmart(t *testing.T) {
	s := newSuite(t)
	c := s.mustMake("counter", 10, values.N(7))
	mute := s.mustMake("hooks/mute", 0)
	msg := func(args ...values.Value) []byte { return values.Encode(args...) }
	for _, tc := range []struct {
		name     string
		contract string
		msg      []byte
		err      error
	}{
		{name: "success: get", contract: c, msg: msg(values.T("get"))},
		{name: "failure: writes", contract: c, msg: msg(values.T("write")), err: types.ErrReadOnly},
		{name: "failure: never ends", contract: c, msg: msg(values.T("loop")), err: types.ErrOutOfGas},
		{name: "failure: a message too long", contract: c, msg: make([]byte, 64<<10+1), err: types.ErrLimit},
		{name: "failure: no such entry point", contract: mute, err: types.ErrEntry},
		{name: "failure: no such contract", contract: types.ContractAddress(77).String(), err: types.ErrContractNotFound},
		{name: "failure: an account", contract: s.alice, err: types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, events := s.state(), len(s.ctx.EventManager().Events())
			r, err := s.query.Smart(s.ctx, &types.QuerySmartRequest{Contract: tc.contract, Msg: tc.msg})
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, before, s.state())
			require.Len(t, s.ctx.EventManager().Events(), events)
			if tc.err != nil {
				return
			}
			require.EqualValues(t, 7, number(t, r.Output))
			require.Positive(t, r.GasUsed)
		})
	}
}

// TestSmartGas holds a query that never ends to the parameter, and to what the node gives queries (query-gas-limit), which reaches the
// module as the limit of the context's meter.
func TestSmartGas(t *testing.T) {
	s := newSuite(t)
	c := s.mustMake("counter", 0)
	p, err := s.k.Params.Get(s.ctx)
	require.NoError(t, err)
	load := (uint64(len(wasm(t, "counter"))) + 1023) / 1024 * p.LoadGasPerKib
	ask := func(limit uint64) (used uint64, err error) {
		meter := storetypes.NewGasMeter(limit)
		_, err = s.query.Smart(s.ctx.WithGasMeter(meter), &types.QuerySmartRequest{Contract: c, Msg: values.Encode(values.T("loop"))})
		return meter.GasConsumed(), err
	}
	for _, tc := range []struct {
		name     string
		max      uint64 // max_query_gas
		node     uint64 // the node's own limit
		from, to uint64 // gas that the query used, at least and at most
	}{
		{"success: the parameter", 1_000_000, 10_000_000, load + 100_000, load + 110_000},
		{"success: a higher parameter", 2_000_000, 10_000_000, load + 200_000, load + 210_000},
		{"success: the node's limit is lower", 1_000_000_000, load + 150_000, load + 150_000, load + 150_000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p.MaxQueryGas = tc.max
			require.NoError(t, s.k.Params.Set(s.ctx, p))
			used, err := ask(tc.node)
			require.ErrorIs(t, err, types.ErrOutOfGas)
			require.GreaterOrEqual(t, used, tc.from)
			require.LessOrEqual(t, used, tc.to)
		})
	}
	t.Run("failure: the node's limit does not pay for loading", func(t *testing.T) {
		require.PanicsWithValue(t, storetypes.ErrorOutOfGas{Descriptor: "load contract"}, func() { _, _ = ask(load) },
			"which the application turns into the SDK's error")
	})
}
