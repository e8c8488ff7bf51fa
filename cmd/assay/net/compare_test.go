package net

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

var step = types.Step{Weight: 100, MaxFailureShare: types.FullShare}

// agreed is a view of one rollout on which hub and zone agree.
func agreed() view {
	totals := types.Totals{Ready: 2, Attestations: 1}
	fleets := []types.FleetEvidence{{Fleet: 1, Totals: totals}}
	h := hubRollout{
		rollout: types.Rollout{Id: 1, Version: "acme/vibration@1.0.0", Steps: []types.Step{step}, Phase: types.PhaseCanary, Generation: 2, Totals: totals},
		zone: types.ZoneState{
			Rollout: 1, Zone: "channel-0", Standing: types.StandingAccepted, AckedGeneration: 2, Revision: 3, Totals: totals, Fleets: fleets,
		},
		transitions: []types.Transition{{Generation: 1, To: types.PhasePending}, {Generation: 2, To: types.PhaseCanary}},
	}
	z := zoneRollout{
		rollout: types.ZoneRollout{
			Number: 1, Source: "channel-0", Id: 1, Version: "channel-0:acme/vibration@1.0.0", Steps: []types.Step{step},
			Phase: types.PhaseCanary, Generation: 2, Standing: types.StandingAccepted,
		},
		progress: types.ZoneProgress{Totals: totals, Revision: 3, SentRevision: 3, AckedRevision: 3},
		fleets:   fleets,
		transitions: []types.Transition{
			{Generation: 1, To: types.PhasePending, Cause: types.CauseCommand}, {Generation: 2, To: types.PhaseCanary, Cause: types.CauseCommand},
		},
	}
	return view{before: map[uint64]hubRollout{1: h}, after: map[uint64]hubRollout{1: h}, zone: []zoneRollout{z}}
}

func (v view) hub(change func(*hubRollout)) view {
	h := v.after[1]
	change(&h)
	return view{before: map[uint64]hubRollout{1: h}, after: map[uint64]hubRollout{1: h}, zone: v.zone}
}

func (v view) zoned(change func(*zoneRollout)) view {
	change(&v.zone[0])
	return v
}

func TestCompare(t *testing.T) {
	for _, tc := range []struct {
		name   string
		view   view
		want   string // a part of the one finding; empty for none
		behind bool
	}{
		{name: "success: both agree", view: agreed()},
		{
			name: "success: refused, and not there",
			view: func() view {
				v := agreed().hub(func(h *hubRollout) { h.zone.Standing = types.StandingRefused })
				v.zone = nil
				return v
			}(),
		},
		{
			name: "failure: lost",
			view: func() view { v := agreed(); v.zone = nil; return v }(),
			want: "lost: the zone answered",
		},
		{
			name: "failure: applied twice",
			view: func() view {
				v := agreed()
				again := v.zone[0]
				again.rollout.Number = 2
				v.zone = append(v.zone, again)
				return v
			}(),
			want: "applied twice",
		},
		{
			name: "failure: not on the hub",
			view: func() view { v := agreed(); v.before, v.after = nil, nil; return v }(),
			want: "no such rollout on the hub",
		},
		{
			name: "failure: another version",
			view: agreed().zoned(func(z *zoneRollout) { z.rollout.Version = "channel-0:acme/vibration@1.0.1" }),
			want: "version: hub has",
		},
		{
			name: "failure: generation of the future",
			view: agreed().zoned(func(z *zoneRollout) { z.rollout.Generation = 3 }),
			want: "hub only 2",
		},
		{
			name: "failure: generation went back",
			view: agreed().zoned(func(z *zoneRollout) { z.rollout.Generation = 1 }),
			want: "had acknowledged 2",
		},
		{
			name:   "success: generation on its way",
			view:   agreed().hub(func(h *hubRollout) { h.rollout.Generation = 3; h.rollout.Phase = types.PhasePaused }),
			want:   "generation: zone has 2, hub 3",
			behind: true,
		},
		{
			name: "failure: same generation, another phase",
			view: agreed().zoned(func(z *zoneRollout) { z.rollout.Phase = types.PhasePromoted }),
			want: "state of generation 2",
		},
		{
			name: "failure: a generation applied twice",
			view: agreed().zoned(func(z *zoneRollout) { z.transitions = append(z.transitions, z.transitions[1]) }),
			want: "generation 2 after 2",
		},
		{
			name: "failure: history differs",
			view: agreed().zoned(func(z *zoneRollout) { z.transitions[1].To = types.PhasePaused }),
			want: "zone to PHASE_PAUSED",
		},
		{
			name: "failure: equal revisions, other totals",
			view: agreed().hub(func(h *hubRollout) { h.zone.Totals.Ready++ }),
			want: "evidence of revision 3: hub counts",
		},
		{
			name: "failure: hub has a revision of the future",
			view: agreed().hub(func(h *hubRollout) { h.zone.Revision = 4 }),
			want: "zone only 3",
		},
		{
			name:   "success: evidence on its way",
			view:   agreed().zoned(func(z *zoneRollout) { z.progress.Revision = 5 }),
			want:   "hub has revision 3, zone 5",
			behind: true,
		},
		{
			name: "failure: acknowledged evidence was lost",
			view: agreed().zoned(func(z *zoneRollout) { z.progress.Revision, z.progress.AckedRevision = 5, 4 }),
			want: "acknowledged revision 4 and has 3",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.view.Compare()
			if tc.want == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1, "%v", got)
			require.Contains(t, got[0].Text, tc.want)
			require.Equal(t, tc.behind, got[0].Behind)
		})
	}
}
