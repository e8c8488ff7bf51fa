package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

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
			require.Equal(t, []types.Subscription{{Model: tc.model, Contract: c}}, s.export().Subscriptions)
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
			require.NotContains(t, list, types.Subscription{Model: tc.model, Contract: c})
			require.Contains(t, list, types.Subscription{Model: stageModel, Contract: other})
		})
	}
}

func TestQuerySubscriptions(t *testing.T) {
	s := newStage(t)
	a, b := s.cast(s.puppet, 0, stageModel, stageMirror), s.cast(s.puppet, 0, stageModel)
	for _, tc := range []struct {
		name string
		req  *types.QuerySubscriptionsRequest
		want []types.Subscription
		err  error
	}{
		{"success: all", &types.QuerySubscriptionsRequest{}, []types.Subscription{{Model: stageModel, Contract: a}, {Model: stageModel, Contract: b}, {Model: stageMirror, Contract: a}}, nil},
		{"success: of a contract", &types.QuerySubscriptionsRequest{Contract: a}, []types.Subscription{{Model: stageModel, Contract: a}, {Model: stageMirror, Contract: a}}, nil},
		{"success: of a model", &types.QuerySubscriptionsRequest{Model: stageMirror}, []types.Subscription{{Model: stageMirror, Contract: a}}, nil},
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
				require.ElementsMatch(t, tc.want, r.Subscriptions)
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

	fresh := freshStage(t, s.chain)
	require.NoError(t, fresh.k.InitGenesis(fresh.ctx, *want))
	require.Equal(t, string(s.cdc.MustMarshalJSON(want)), string(s.cdc.MustMarshalJSON(fresh.export())))
	fresh.checkInvariants()
	for _, c := range want.Contracts {
		fresh.fund(c.Address, 50_000)
	}
	for range 6 {
		fresh.endBlock()
	}
	require.Empty(t, fresh.queue())
	for _, c := range fresh.export().Contracts {
		require.EqualValues(t, 3, c.Hooks.Runs, "each is told of each once, before and after")
	}
}
