package types_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

func TestReportPhase(t *testing.T) {
	for phase := types.DevicePhaseSeen; phase <= types.DevicePhaseServing; phase++ {
		require.NoError(t, (&types.MsgReportPhase{Phase: phase}).Validate())
		require.ErrorIs(t, (&types.MsgReportPhase{Phase: phase, Code: types.FailureLoad}).Validate(), types.ErrInvalidReport)
	}
	for code := types.FailureFetch; code <= types.FailureOther; code++ {
		require.NoError(t, (&types.MsgReportPhase{Phase: types.DevicePhaseFailed, Code: code}).Validate())
	}
	for _, m := range []types.MsgReportPhase{
		{}, {Phase: -1}, {Phase: 7}, {Phase: types.DevicePhaseFailed}, {Phase: types.DevicePhaseFailed, Code: 10}, {Phase: types.DevicePhaseFailed, Code: -1},
	} {
		require.ErrorIs(t, m.Validate(), types.ErrInvalidReport, "%v", m)
	}
}

func accounts(n int) (all []string) {
	for i := range n {
		all = append(all, sdk.AccAddress(fmt.Sprintf("account-%012d", i)).String())
	}
	slices.Sort(all)
	return all
}

func names(n int, form string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(form, i))
	}
	return all
}

func TestZonePolicy(t *testing.T) {
	ok := func() types.ZonePolicy {
		return types.ZonePolicy{
			Rules:          []types.HubRule{{Source: "07-tendermint-1"}, {Source: "channel-0", Publishers: []string{"acme", "bolt"}, Models: []string{"dyne/alpha"}}},
			FleetOperators: accounts(2),
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*types.ZonePolicy)
		err    error
	}{
		{"success", func(*types.ZonePolicy) {}, nil},
		{"success: nothing", func(p *types.ZonePolicy) { *p = types.ZonePolicy{} }, nil},
		{"success: most names", func(p *types.ZonePolicy) { p.Rules[0].Publishers = names(types.MaxRuleNamesCap, "acme%03d") }, nil},
		{"failure: too many rules", func(p *types.ZonePolicy) { p.Rules = make([]types.HubRule, types.MaxRulesCap+1) }, types.ErrInvalidPolicy},
		{"failure: source twice", func(p *types.ZonePolicy) { p.Rules[1].Source = p.Rules[0].Source }, types.ErrInvalidPolicy},
		{"failure: sources descending", func(p *types.ZonePolicy) { p.Rules[0].Source = "channel-9" }, types.ErrInvalidPolicy},
		{"failure: no source", func(p *types.ZonePolicy) { p.Rules[0].Source = "" }, types.ErrInvalidPolicy},
		{"failure: a rule for this chain", func(p *types.ZonePolicy) { p.Rules[1].Source = types.LocalZone }, types.ErrInvalidPolicy},
		{"failure: too many names", func(p *types.ZonePolicy) { p.Rules[0].Publishers = names(types.MaxRuleNamesCap+1, "acme%03d") }, types.ErrInvalidPolicy},
		{"failure: publisher twice", func(p *types.ZonePolicy) { p.Rules[1].Publishers = []string{"acme", "acme"} }, types.ErrInvalidPolicy},
		{"failure: model among publishers", func(p *types.ZonePolicy) { p.Rules[1].Publishers = []string{"acme/alpha"} }, types.ErrInvalidPolicy},
		{"failure: publisher among models", func(p *types.ZonePolicy) { p.Rules[1].Models = []string{"acme"} }, types.ErrInvalidPolicy},
		{"failure: not a name", func(p *types.ZonePolicy) { p.Rules[1].Publishers = []string{"ACME"} }, types.ErrInvalidPolicy},
		{"failure: not a model's name", func(p *types.ZonePolicy) { p.Rules[1].Models = []string{"acme/al/pha"} }, types.ErrInvalidPolicy},
		{"failure: too many operators", func(p *types.ZonePolicy) { p.FleetOperators = accounts(types.MaxFleetOperatorsCap + 1) }, types.ErrInvalidPolicy},
		{"failure: operator twice", func(p *types.ZonePolicy) { p.FleetOperators[1] = p.FleetOperators[0] }, types.ErrInvalidPolicy},
		{"failure: not an operator", func(p *types.ZonePolicy) { p.FleetOperators[0] = "me" }, types.ErrInvalidPolicy},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := ok()
			tc.change(&p)
			require.ErrorIs(t, p.Validate(), tc.err)
		})
	}
}

func TestHubRule(t *testing.T) {
	p := types.ZonePolicy{Rules: []types.HubRule{
		{Source: "channel-0", Publishers: []string{"acme"}, Models: []string{"bolt/alpha"}, MaxKeyBytes: 10, MaxArtifactBytes: 100},
		{Source: "channel-1"},
	}}
	r, ok := p.RuleFor("channel-0")
	require.True(t, ok)
	require.True(t, r.Accepts("acme", "any"))
	require.True(t, r.Accepts("bolt", "alpha"))
	require.False(t, r.Accepts("bolt", "beta"))
	require.False(t, r.Accepts("acme/bolt", "alpha"))
	require.True(t, r.FitsSize(10, 100))
	require.False(t, r.FitsSize(11, 100))
	require.False(t, r.FitsSize(10, 101))
	r, ok = p.RuleFor("channel-1")
	require.True(t, ok)
	require.True(t, r.Accepts("anyone", "any") && r.FitsSize(1<<30, ^uint64(0)), "nothing said is no limit")
	_, ok = p.RuleFor("channel-2")
	require.False(t, ok)
}
