package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

func plan() types.Plan {
	return types.Plan{
		Version: "acme/alpha@1.1.0", Replaces: "acme/alpha@1.0.0",
		Targets: []types.Target{
			{Zone: "07-tendermint-2", Labels: []string{"site=a", "tier=x"}}, {Zone: "channel-0", Fleets: []uint64{1, 5}}, {Zone: types.LocalZone},
		},
		Steps: []types.Step{
			{Weight: 10, BakeBlocks: 5, DeadlineBlocks: 6, OnDeadline: types.OnDeadlinePause, MaxFailureShare: types.FullShare},
			{Weight: 100, Decider: "contract/7"},
		},
	}
}

// received is the plan as a packet brings it.
func received() types.Plan {
	p := plan()
	p.Targets = []types.Target{{Fleets: []uint64{1, 5}}}
	return p
}

type planCase struct {
	name   string
	change func(*types.Plan)
	err    error
}

// common are cases of a plan wherever it comes from; both forms have a target and two steps.
func common() []planCase {
	step := func(change func(*types.Step)) func(*types.Plan) {
		return func(p *types.Plan) { change(&p.Steps[0]) }
	}
	return []planCase{
		{"success", func(*types.Plan) {}, nil},
		{"success: replaces nothing", func(p *types.Plan) { p.Replaces = "" }, nil},
		{"success: most steps", func(p *types.Plan) { p.Steps = types.Weights(weights(16), types.Step{}) }, nil},
		{"failure: no version", func(p *types.Plan) { p.Version = "" }, types.ErrInvalidPlan},
		{"failure: version without a number", func(p *types.Plan) { p.Version = "acme/alpha" }, types.ErrInvalidPlan},
		{"failure: version of a mirror", func(p *types.Plan) { p.Version = "channel-0:acme/alpha@1.1.0" }, types.ErrInvalidPlan},
		{"failure: replaces no version", func(p *types.Plan) { p.Replaces = "x" }, types.ErrInvalidPlan},
		{"failure: replaces itself", func(p *types.Plan) { p.Replaces = p.Version }, types.ErrInvalidPlan},
		{"failure: replaces another model", func(p *types.Plan) { p.Replaces = "acme/beta@1.0.0" }, types.ErrInvalidPlan},
		{"failure: replaces another publisher's", func(p *types.Plan) { p.Replaces = "evil/alpha@1.0.0" }, types.ErrInvalidPlan},
		{"failure: replaces a mirror", func(p *types.Plan) { p.Replaces = "channel-0:acme/alpha@1.0.0" }, types.ErrInvalidPlan},
		{"failure: no targets", func(p *types.Plan) { p.Targets = nil }, types.ErrInvalidPlan},
		{"failure: ids and labels", func(p *types.Plan) { p.Targets[0].Fleets, p.Targets[0].Labels = []uint64{1}, []string{"a=b"} }, types.ErrInvalidPlan},
		{"failure: fleet 0", func(p *types.Plan) { p.Targets[0] = types.Target{Zone: p.Targets[0].Zone, Fleets: []uint64{0}} }, types.ErrInvalidPlan},
		{"failure: fleet twice", func(p *types.Plan) { p.Targets[0] = types.Target{Zone: p.Targets[0].Zone, Fleets: []uint64{2, 2}} }, types.ErrInvalidPlan},
		{"failure: fleets descending", func(p *types.Plan) { p.Targets[0] = types.Target{Zone: p.Targets[0].Zone, Fleets: []uint64{2, 1}} }, types.ErrInvalidPlan},
		{"failure: labels descending", func(p *types.Plan) {
			p.Targets[0] = types.Target{Zone: p.Targets[0].Zone, Labels: []string{"b=1", "a=1"}}
		}, types.ErrInvalidPlan},
		{"failure: label without a value", func(p *types.Plan) { p.Targets[0] = types.Target{Zone: p.Targets[0].Zone, Labels: []string{"b"}} }, types.ErrInvalidPlan},
		{"failure: too many labels", func(p *types.Plan) { p.Targets[0] = types.Target{Zone: p.Targets[0].Zone, Labels: labels(17)} }, types.ErrLimit},
		{"failure: no steps", func(p *types.Plan) { p.Steps = nil }, types.ErrInvalidPlan},
		{"failure: weight 0", step(func(s *types.Step) { s.Weight = 0 }), types.ErrInvalidPlan},
		{"failure: weight 101", func(p *types.Plan) { p.Steps[1].Weight = 101 }, types.ErrInvalidPlan},
		{"failure: equal weights", step(func(s *types.Step) { s.Weight = 100 }), types.ErrInvalidPlan},
		{"failure: last weight 99", func(p *types.Plan) { p.Steps[1].Weight = 99 }, types.ErrInvalidPlan},
		{"failure: share over the whole", step(func(s *types.Step) { s.MaxFailureShare = types.FullShare + 1 }), types.ErrInvalidPlan},
		{"failure: bakes forever", step(func(s *types.Step) { s.BakeBlocks = types.MaxBlocksCap + 1 }), types.ErrInvalidPlan},
		{"failure: bakes longer than a height", step(func(s *types.Step) { s.BakeBlocks = 1 << 63 }), types.ErrInvalidPlan},
		{"failure: deadline forever", step(func(s *types.Step) { s.DeadlineBlocks = types.MaxBlocksCap + 1 }), types.ErrInvalidPlan},
		{"failure: deadline while baking", step(func(s *types.Step) { s.DeadlineBlocks = 5 }), types.ErrInvalidPlan},
		{"failure: deadline without a consequence", step(func(s *types.Step) { s.OnDeadline = 0 }), types.ErrInvalidPlan},
		{"failure: unknown consequence", step(func(s *types.Step) { s.OnDeadline = 3 }), types.ErrInvalidPlan},
		{"failure: consequence without a deadline", step(func(s *types.Step) { s.DeadlineBlocks = 0 }), types.ErrInvalidPlan},
		{"failure: decider with a space", step(func(s *types.Step) { s.Decider = "a b" }), types.ErrInvalidPlan},
		{"failure: decider not ASCII", step(func(s *types.Step) { s.Decider = "é" }), types.ErrInvalidPlan},
		{"failure: decider too long", step(func(s *types.Step) { s.Decider = strings.Repeat("x", types.MaxDeciderBytes+1) }), types.ErrInvalidPlan},
	}
}

// weights are n ascending weights that end with the whole.
func weights(n int) (w []uint32) {
	for i := range n {
		w = append(w, uint32(types.FullWeight-n+1+i))
	}
	return w
}

func labels(n int) (l []string) {
	for i := range n {
		l = append(l, "k"+string(rune('a'+i))+"=v")
	}
	return l
}

func TestValidatePlan(t *testing.T) {
	limits := types.DefaultParams()
	limits.MaxZones, limits.MaxFleets = 3, 2
	cases := append(
		common(),
		planCase{"success: waits", func(p *types.Plan) { p.Wait = true }, nil},
		planCase{"failure: too many zones", func(p *types.Plan) {
			p.Targets = append([]types.Target{{Zone: "07-tendermint-1"}}, p.Targets...)
		}, types.ErrLimit},
		planCase{"failure: zone twice", func(p *types.Plan) { p.Targets[1].Zone = "07-tendermint-2" }, types.ErrInvalidPlan},
		planCase{"failure: zones descending", func(p *types.Plan) { p.Targets[1].Zone = "07-tendermint-1" }, types.ErrInvalidPlan},
		planCase{"failure: no zone", func(p *types.Plan) { p.Targets[0].Zone = "" }, types.ErrInvalidZone},
		planCase{"failure: neither a channel nor a client", func(p *types.Plan) { p.Targets[0].Zone = "0x" }, types.ErrInvalidZone},
		planCase{"failure: too many fleets", func(p *types.Plan) { p.Targets[1].Fleets = []uint64{1, 2, 3} }, types.ErrLimit},
		planCase{"failure: too many steps", func(p *types.Plan) { p.Steps = types.Weights(weights(17), types.Step{}) }, types.ErrLimit},
	)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			p := plan()
			tc.change(&p)
			require.ErrorIs(t, p.Validate(limits), tc.err)
		})
	}
}

func TestValidateReceivedPlan(t *testing.T) {
	limits := types.DefaultParams()
	limits.MaxFleets = 2
	cases := append(
		common(),
		planCase{"failure: a zone", func(p *types.Plan) { p.Targets[0].Zone = types.LocalZone }, types.ErrInvalidPlan},
		planCase{"failure: two targets", func(p *types.Plan) { p.Targets = append(p.Targets, types.Target{}) }, types.ErrInvalidPlan},
		planCase{"failure: waits", func(p *types.Plan) { p.Wait = true }, types.ErrInvalidPlan},
		planCase{"failure: too many fleets", func(p *types.Plan) { p.Targets[0].Fleets = []uint64{1, 2, 3} }, types.ErrLimit},
		planCase{"failure: too many steps", func(p *types.Plan) { p.Steps = types.Weights(weights(17), types.Step{}) }, types.ErrLimit},
	)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			p := received()
			tc.change(&p)
			require.ErrorIs(t, p.ValidateReceived(limits), tc.err)
		})
	}
}

func TestValidateZone(t *testing.T) {
	for _, zone := range []string{"local", "channel-0", "channel-18446744073709551615", "07-tendermint-0", "08-wasm-12"} {
		require.NoError(t, types.ValidateZone(zone), zone)
		require.Equal(t, strings.HasPrefix(zone, "channel-"), types.IsChannel(zone))
	}
	for _, zone := range []string{
		"", "Local", "channel", "channel-", "channel-x", "channel-0 ", "channel--1", "CHANNEL-0", "a/b-1", "channel-18446744073709551616",
		"07-tendermint", "x\x00-1", strings.Repeat("a", 63) + "-1",
	} {
		require.ErrorIs(t, types.ValidateZone(zone), types.ErrInvalidZone, "%q", zone)
	}
	require.ErrorIs(t, types.ValidateSource("local"), types.ErrInvalidZone, "this chain is no source of packets")
}

func TestOverlaps(t *testing.T) {
	ids := func(ids ...uint64) types.Target { return types.Target{Fleets: ids} }
	for _, tc := range []struct {
		name string
		a, b types.Target
		want bool
	}{
		{"the same", ids(1), ids(1), true},
		{"others", ids(1, 3), ids(2, 4), false},
		{"one in common", ids(1, 3, 9), ids(2, 3), true},
		{"labels may select any", ids(1), types.Target{Labels: []string{"a=b"}}, true},
		{"all", types.Target{}, ids(7), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, tc.a.Overlaps(tc.b))
			require.Equal(t, tc.want, tc.b.Overlaps(tc.a))
		})
	}
}

func TestTemplates(t *testing.T) {
	base := types.Step{MinReady: 3, BakeBlocks: 7}
	want := map[string][]uint32{
		"all-at-once": {100}, "linear": {20, 40, 60, 80, 100}, "exponential": {1, 2, 4, 8, 16, 32, 64, 100}, "canary": {10, 100},
	}
	require.Len(t, types.Templates(), len(want))
	for _, name := range types.Templates() {
		steps, err := types.Template(name, base)
		require.NoError(t, err)
		require.Len(t, steps, len(want[name]))
		for i, s := range steps {
			require.Equal(t, types.Step{Weight: want[name][i], MinReady: 3, BakeBlocks: 7}, s)
		}
		p := plan()
		p.Steps = steps
		require.NoError(t, p.Validate(types.DefaultParams()), name)
	}
	_, err := types.Template("blue-green", base)
	require.ErrorIs(t, err, types.ErrInvalidPlan)
	require.Equal(t, uint32(4), types.MinContributors([]types.Step{{MinContributors: 1}, {MinContributors: 4}, {}}))
}

func TestExceedsAndMet(t *testing.T) {
	s := types.Step{MinReady: 2, MinAttestations: 3, MaxFailures: 2, MaxFailureShare: 2500}
	for _, tc := range []struct {
		name           string
		totals         types.Totals
		exceeds, meets bool
	}{
		{"nothing", types.Totals{}, false, false},
		{"enough", types.Totals{Ready: 1, Serving: 1, Attestations: 3}, false, true},
		{"too few ready", types.Totals{Ready: 1, Seen: 5, Attestations: 3}, false, false},
		{"too few attestations", types.Totals{Serving: 2, Attestations: 2}, false, false},
		{"the share exactly", types.Totals{Ready: 3, Failed: 1, Failures: 1}, false, false},
		{"over the share", types.Totals{Ready: 2, Failed: 1, Failures: 1}, true, false},
		{"over the count", types.Totals{Ready: 97, Failed: 3, Failures: 3}, true, false},
		{"recovered devices have failed all the same", types.Totals{Ready: 100, Failures: 3}, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.exceeds, s.Exceeds(tc.totals))
			require.Equal(t, tc.meets, s.Met(tc.totals))
		})
	}
	all := types.Step{MaxFailures: 100, MaxFailureShare: types.FullShare}
	require.False(t, all.Exceeds(types.Totals{Failed: 100, Failures: 100}), "the whole does not limit")
}

func TestValidateReason(t *testing.T) {
	require.NoError(t, types.ValidateReason("", 0))
	require.NoError(t, types.ValidateReason("größer", 8))
	for _, reason := range []string{"too long", "a\nb", "\xff", "a\u202eb", "\x00"} {
		require.ErrorIs(t, types.ValidateReason(reason, 7), types.ErrInvalidText, "%q", reason)
	}
}
