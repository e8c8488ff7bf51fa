package keeper_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/contract/types"
)

func TestSubscribe(t *testing.T) {
	for _, tc := range []struct {
		name   string
		sender string
		model  string
		mute   bool
		change func(s *stage, contract string)
		err    error
	}{
		{name: "success: a model", sender: director, model: stageModel},
		{name: "success: a model of a mirror", sender: director, model: stageMirror},
		{name: "failure: another sender", sender: passerby, model: stageModel, err: types.ErrUnauthorized},
		{name: "failure: the owner of the model", sender: landlord, model: stageModel, err: types.ErrUnauthorized},
		{name: "failure: no model", sender: director, model: "acme/sound", err: types.ErrSubscription},
		{name: "failure: no name", sender: director, model: "acme", err: types.ErrInvalidRequest},
		{name: "failure: a source that is none", sender: director, model: "hub:acme/vibration", err: types.ErrInvalidRequest},
		{name: "failure: no such entry point", sender: director, model: stageModel, mute: true, err: types.ErrEntry},
		{name: "failure: twice", sender: director, model: stageModel, err: types.ErrSubscription, change: (*stage).subscribeTo},
		{name: "failure: too many subscribers", sender: director, model: stageModel, err: types.ErrLimit, change: func(s *stage, _ string) {
			s.set(func(p *types.Params) { p.MaxSubscribersPerModel = 1 })
			s.cast(s.puppet, 0, stageModel)
		}},
		{name: "failure: too many models", sender: director, model: stageMirror, err: types.ErrLimit, change: func(s *stage, c string) {
			s.set(func(p *types.Params) { p.MaxSubscriptionsPerContract = 1 })
			s.subscribeTo(c)
		}},
		{name: "failure: no admin any more", sender: director, model: stageModel, err: types.ErrUnauthorized, change: func(s *stage, c string) {
			_, err := s.msg.SetAdmin(s.ctx, &types.MsgSetAdmin{Sender: director, Contract: c})
			require.NoError(s.t, err)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			code := s.puppet
			if tc.mute {
				code = s.mute
			}
			c := s.cast(code, 0)
			if tc.change != nil {
				tc.change(s, c)
			}
			s.clear()
			before := s.state()
			_, err := s.msg.Subscribe(s.ctx, &types.MsgSubscribe{Sender: tc.sender, Contract: c, Model: tc.model})
			require.ErrorIs(t, err, tc.err)
			s.checkInvariants()
			if tc.err != nil {
				require.Equal(t, before, s.state())
				require.Empty(t, s.events())
				return
			}
			require.Equal(t, []string{"subscribed " + tc.model}, s.events())
			require.Equal(t, []types.Subscription{{Model: tc.model, Contract: c, Since: 1}}, s.export().Subscriptions)
		})
	}
}

func (s *stage) subscribeTo(contract string) {
	s.t.Helper()
	_, err := s.msg.Subscribe(s.ctx, &types.MsgSubscribe{Sender: director, Contract: contract, Model: stageModel})
	require.NoError(s.t, err)
}

func TestUnsubscribe(t *testing.T) {
	for _, tc := range []struct {
		name, sender, model string
		cause               string
		err                 error
	}{
		{"success: the admin", director, stageModel, "admin", nil},
		{"success: the owner of the model", landlord, stageModel, "publisher", nil},
		{"success: governance", stageAuthority, stageModel, "authority", nil},
		{"success: governance, of a mirror", stageAuthority, stageMirror, "authority", nil},
		{"failure: another", passerby, stageModel, "", types.ErrUnauthorized},
		{"failure: the owner of a model of that name, of a mirror", landlord, stageMirror, "", types.ErrUnauthorized},
		{"failure: not subscribed", director, "acme/sound", "", types.ErrSubscription},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			c := s.cast(s.puppet, 0, stageModel, stageMirror)
			other := s.cast(s.puppet, 0, stageModel)
			before := s.state()
			_, err := s.msg.Unsubscribe(s.ctx, &types.MsgUnsubscribe{Sender: tc.sender, Contract: c, Model: tc.model})
			require.ErrorIs(t, err, tc.err)
			s.checkInvariants()
			if tc.err != nil {
				require.Equal(t, before, s.state())
				require.Empty(t, s.events())
				return
			}
			require.Equal(t, []string{fmt.Sprintf("unsubscribed %s: %s", tc.model, tc.cause)}, s.events())
			list := s.export().Subscriptions
			require.Len(t, list, 2)
			require.NotContains(t, list, types.Subscription{Model: tc.model, Contract: c, Since: 1})
			require.Contains(t, list, types.Subscription{Model: stageModel, Contract: other, Since: 1})
		})
	}
}

func TestQuerySubscriptions(t *testing.T) {
	s := newStage(t)
	a := s.cast(s.puppet, 0, stageModel, stageMirror)
	s.attest(1, 2)
	b := s.cast(s.puppet, 0, stageModel)
	ofA := []types.Subscription{{Model: stageModel, Contract: a, Since: 1}, {Model: stageMirror, Contract: a, Since: 1}}
	ofB := types.Subscription{Model: stageModel, Contract: b, Since: 3}
	for _, tc := range []struct {
		name string
		req  *types.QuerySubscriptionsRequest
		want []types.Subscription
		err  error
	}{
		{"success: all", &types.QuerySubscriptionsRequest{}, []types.Subscription{ofA[0], ofB, ofA[1]}, nil},
		{"success: of a contract", &types.QuerySubscriptionsRequest{Contract: a}, ofA, nil},
		{"success: of a contract that was late", &types.QuerySubscriptionsRequest{Contract: b}, []types.Subscription{ofB}, nil},
		{"success: of a model", &types.QuerySubscriptionsRequest{Model: stageMirror}, ofA[1:], nil},
		{"success: of a model without", &types.QuerySubscriptionsRequest{Model: "acme/sound"}, nil, nil},
		{"failure: both", &types.QuerySubscriptionsRequest{Model: stageModel, Contract: a}, nil, types.ErrInvalidRequest},
		{"failure: no request", nil, nil, types.ErrInvalidRequest},
		{"failure: no name", &types.QuerySubscriptionsRequest{Model: "acme"}, nil, types.ErrInvalidRequest},
		{"failure: no contract", &types.QuerySubscriptionsRequest{Contract: types.ContractAddress(77).String()}, nil, types.ErrContractNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := s.query.Subscriptions(s.ctx, tc.req)
			require.ErrorIs(t, err, tc.err)
			if err == nil {
				require.Equal(t, tc.want, r.Subscriptions)
			}
		})
	}
}

// TestHooksGenesis exports subscriptions and a queue that was worked in part, and imports them.
func TestHooksGenesis(t *testing.T) {
	s := newStage(t)
	s.set(func(p *types.Params) { p.HookGasPerBlock = p.HookGas })
	s.cast(s.puppet, 50_000, stageModel, stageMirror)
	s.cast(s.puppet, 50_000, stageModel)
	s.attest(1, 2, 3)
	for range 3 {
		s.endBlock()
	}
	want := s.export()
	require.Len(t, want.Queue, 2)
	require.EqualValues(t, 2, want.Queue[0].Sequence)
	require.NotEmpty(t, want.Queue[0].Cursor)
	late := s.cast(s.puppet, 50_000, stageModel)
	want = s.export()
	require.Contains(t, want.Subscriptions, types.Subscription{Model: stageModel, Contract: late, Since: 4})

	fresh := freshStage(t, s.chain)
	require.NoError(t, fresh.k.InitGenesis(fresh.ctx, *want))
	require.Equal(t, string(s.cdc.MustMarshalJSON(want)), string(s.cdc.MustMarshalJSON(fresh.export())))
	fresh.checkInvariants()
	for _, c := range want.Contracts {
		fresh.fund(c.Address, 50_000)
	}
	fresh.attest(4)
	for range 9 {
		fresh.endBlock()
	}
	require.Empty(t, fresh.queue())
	for _, c := range fresh.export().Contracts {
		told := 4
		if c.Address == late {
			told = 1
		}
		require.EqualValues(t, told, c.Hooks.Runs, "each is told once of each that came after it, before and after")
	}
}

// told is which attestations contracts were told of, as the events of the context say.
func (s *stage) told() map[string][]string {
	s.t.Helper()
	out := map[string][]string{}
	for _, e := range s.ctx.EventManager().ABCIEvents() {
		if m, err := sdk.ParseTypedEvent(e); err == nil {
			if run, ok := m.(*types.EventHookRun); ok {
				out[run.Contract] = append(out[run.Contract], run.Subject)
			}
		}
	}
	return out
}

// TestLateSubscribers has contracts subscribe while attestations wait: one whose address is before the cursor, and one behind it.
// Both are told of what was accepted after they subscribed, and of nothing else.
func TestLateSubscribers(t *testing.T) {
	s := newStage(t)
	s.set(func(p *types.Params) { p.HookGasPerBlock = p.HookGas }) // one hook in a block
	contracts := []string{s.cast(s.puppet, 50_000), s.cast(s.puppet, 50_000), s.cast(s.puppet, 50_000), s.cast(s.puppet, 50_000)}
	slices.SortFunc(contracts, func(a, b string) int {
		return bytes.Compare(sdk.MustAccAddressFromBech32(a), sdk.MustAccAddressFromBech32(b))
	})
	before, early, behind, last := contracts[0], contracts[1], contracts[2], contracts[3]
	subscribe := func(c string) {
		s.subscribeTo(c)
		require.Equal(t, "subscribed "+stageModel, s.events()[len(s.events())-1])
	}
	subscribe(early)
	subscribe(last)
	s.attest(1, 2)
	s.endBlock()
	require.Equal(t, early, s.queue()[0].Cursor, "the first attestation is under way")

	subscribe(before)
	subscribe(behind)
	s.attest(3)
	s.unsubscribe(early)
	subscribe(early) // and so it is late as well
	s.attest(4)
	for range 12 {
		s.endBlock()
	}
	require.Empty(t, s.queue())
	require.Equal(t, map[string][]string{
		before: {"3", "4"}, early: {"1", "4"}, behind: {"3", "4"}, last: {"1", "2", "3", "4"},
	}, s.told())
}

// TestSubscribersOfOneBlock looks at the order of transactions in a block, which decides, also where nothing waits.
func TestSubscribersOfOneBlock(t *testing.T) {
	s := newStage(t)
	first, second := s.cast(s.puppet, 50_000), s.cast(s.puppet, 50_000)
	s.attest(1)
	require.Empty(t, s.queue(), "nobody listens")
	s.subscribeTo(first)
	s.attest(2)
	s.subscribeTo(second)
	s.attest(3)
	s.endBlock()
	require.Equal(t, map[string][]string{first: {"2", "3"}, second: {"3"}}, s.told())
}

func TestQuerySubscriptionsPages(t *testing.T) {
	s := newStage(t)
	var want []types.Subscription
	for range 5 {
		s.cast(s.puppet, 0, stageModel, stageMirror)
	}
	want = s.export().Subscriptions
	require.Len(t, want, 10)
	var got []types.Subscription
	var key []byte
	for pages := 1; ; pages++ {
		r, err := s.query.Subscriptions(s.ctx, &types.QuerySubscriptionsRequest{Pagination: &query.PageRequest{Key: key, Limit: 3}})
		require.NoError(t, err)
		got = append(got, r.Subscriptions...)
		if key = r.Pagination.NextKey; len(key) == 0 {
			require.Equal(t, 4, pages)
			break
		}
		require.Len(t, r.Subscriptions, 3)
	}
	require.Equal(t, want, got)
	r, err := s.query.Subscriptions(s.ctx, &types.QuerySubscriptionsRequest{Model: stageMirror, Pagination: &query.PageRequest{Limit: 2, CountTotal: true}})
	require.NoError(t, err)
	require.Len(t, r.Subscriptions, 2)
	require.EqualValues(t, 5, r.Pagination.Total)
	r, err = s.query.Subscriptions(s.ctx, &types.QuerySubscriptionsRequest{Model: stageMirror, Pagination: &query.PageRequest{Key: []byte("\xff\xff")}})
	require.NoError(t, err)
	require.Empty(t, r.Subscriptions, "a key of no page is behind the last")
}
