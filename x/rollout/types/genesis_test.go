package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

// genesis is a small state that a chain could have exported: one rollout under way, on this chain and over a channel, a
// second one that waits for it, and the devices of this chain's part.
func genesis() *types.GenesisState {
	g := types.DefaultGenesis()
	steps := []types.Step{{Weight: 10}, {Weight: 100}}
	here := types.Totals{Ready: 1, Failed: 1, Failures: 1, Attestations: 4}
	there := types.Totals{Serving: 2, Failures: 1}
	g.NextRolloutId, g.NextNumber = 3, 2
	g.Rollouts = []types.Rollout{
		{
			Id: 1, Version: "acme/alpha@1.1.0", Replaces: "acme/alpha@1.0.0", Steps: steps, Phase: types.PhaseCanary, Generation: 2,
			Cause: types.CauseZoneAccepted, Totals: here.Add(there), Zones: types.ZoneCounts{Accepted: 2}, Due: 9,
		},
		{
			Id: 2, Version: "acme/alpha@1.2.0", Steps: steps, Phase: types.PhasePending, Generation: 1, Cause: types.CauseStarted,
			Zones: types.ZoneCounts{Announced: 1}, WaitsFor: 1,
		},
	}
	g.Targets = []types.ZoneTarget{
		{Rollout: 1, Target: types.Target{Zone: "channel-0"}},
		{Rollout: 1, Target: types.Target{Zone: types.LocalZone}},
		{Rollout: 2, Target: types.Target{Zone: types.LocalZone}},
	}
	g.Zones = []types.ZoneState{
		{Rollout: 1, Zone: "channel-0", Standing: types.StandingAccepted, Attempts: 2, NextSend: 12, Totals: there, Fleets: []types.FleetEvidence{{Fleet: 9, Totals: there}}},
		{Rollout: 1, Zone: types.LocalZone, Standing: types.StandingAccepted, Totals: here, Fleets: []types.FleetEvidence{{Fleet: 1, Totals: here}}},
		{Rollout: 2, Zone: types.LocalZone, Standing: types.StandingAnnounced},
	}
	g.Attempts = []types.Attempt{{Rollout: 1, Zone: "channel-0", Number: 1}, {Rollout: 1, Zone: "channel-0", Number: 2}}
	g.Transitions = []types.Transition{
		{Rollout: 1, Generation: 1, To: types.PhasePending},
		{Rollout: 1, Generation: 2, From: types.PhasePending, To: types.PhaseCanary},
		{Rollout: 2, Generation: 1, To: types.PhasePending},
	}
	g.FanOuts = []types.FanOut{{Height: 7, Rollout: 1, After: "channel-0"}, {Height: 8, Rollout: 1}}
	g.ZoneRollouts = []types.ZoneRollout{{
		Number: 1, Source: types.LocalZone, Id: 1, Version: "acme/alpha@1.1.0", Steps: steps, Phase: types.PhaseCanary, Generation: 2,
		Standing: types.StandingAccepted, Fleets: 1, Transitions: 2,
	}}
	g.Progress = []types.NumberedProgress{{Number: 1, Progress: types.ZoneProgress{Totals: here, Revision: 3}}}
	g.ZoneFleets = []types.ZoneFleet{{Number: 1, Evidence: types.FleetEvidence{Fleet: 1, Totals: here}}}
	g.ZoneTransitions = []types.Transition{{Rollout: 1}, {Rollout: 1, To: types.PhaseCanary}}
	g.Assignments = []types.Assignment{{Fleet: 1, Model: "acme/alpha", Number: 1}}
	g.Devices = []types.ZoneDevice{
		{Number: 1, Device: 5, State: types.DeviceState{Fleet: 1, Phase: types.DevicePhaseReady}},
		{Number: 1, Device: 6, State: types.DeviceState{Fleet: 1, Phase: types.DevicePhaseFailed, Failed: true, Code: types.FailureLoad}},
		{Number: 1, Device: 7, State: types.DeviceState{Fleet: 1}}, // no longer in good standing
	}
	g.Links = []types.Link{{Source: "channel-0", Status: types.LinkOpen}, {Source: "channel-1", Status: types.LinkClosed}}
	return g
}

func TestValidateGenesis(t *testing.T) {
	require.NoError(t, types.DefaultGenesis().Validate())
	for _, tc := range []struct {
		name   string
		change func(*types.GenesisState)
		err    error
	}{
		{"success", func(*types.GenesisState) {}, nil},
		{"failure: parameters", func(g *types.GenesisState) { g.Params.MaxSteps = 0 }, types.ErrInvalidParams},
		{"failure: policy", func(g *types.GenesisState) { g.Policy.FleetOperators = []string{"x"} }, types.ErrInvalidPolicy},
		{"failure: next id 0", func(g *types.GenesisState) { g.NextRolloutId = 0 }, types.ErrInvalidGenesis},
		{"failure: next number 0", func(g *types.GenesisState) { g.NextNumber = 0 }, types.ErrInvalidGenesis},

		{"failure: rollout twice", func(g *types.GenesisState) { g.Rollouts[1] = g.Rollouts[0] }, types.ErrInvalidGenesis},
		{"failure: targets out of order", func(g *types.GenesisState) { g.Targets[0], g.Targets[1] = g.Targets[1], g.Targets[0] }, types.ErrInvalidGenesis},
		{"failure: zones out of order", func(g *types.GenesisState) { g.Zones[0], g.Zones[1] = g.Zones[1], g.Zones[0] }, types.ErrInvalidGenesis},
		{"failure: attempt twice", func(g *types.GenesisState) { g.Attempts[1] = g.Attempts[0] }, types.ErrInvalidGenesis},
		{"failure: transition twice", func(g *types.GenesisState) { g.Transitions[1] = g.Transitions[0] }, types.ErrInvalidGenesis},
		{"failure: zone rollout twice", func(g *types.GenesisState) { g.ZoneRollouts = append(g.ZoneRollouts, g.ZoneRollouts[0]) }, types.ErrInvalidGenesis},
		{"failure: progress twice", func(g *types.GenesisState) { g.Progress = append(g.Progress, g.Progress[0]) }, types.ErrInvalidGenesis},
		{"failure: zone fleet twice", func(g *types.GenesisState) { g.ZoneFleets = append(g.ZoneFleets, g.ZoneFleets[0]) }, types.ErrInvalidGenesis},
		{"failure: assignment twice", func(g *types.GenesisState) { g.Assignments = append(g.Assignments, g.Assignments[0]) }, types.ErrInvalidGenesis},
		{"failure: device twice", func(g *types.GenesisState) { g.Devices[1] = g.Devices[0] }, types.ErrInvalidGenesis},
		{"failure: links out of order", func(g *types.GenesisState) { g.Links[1].Source = "a" }, types.ErrInvalidGenesis},

		{"failure: an id that was not given yet", func(g *types.GenesisState) { g.NextRolloutId = 2 }, types.ErrInvalidGenesis},
		{"failure: rollout 0", func(g *types.GenesisState) { g.Rollouts[0].Id = 0 }, types.ErrInvalidGenesis},
		{"failure: no phase", func(g *types.GenesisState) { g.Rollouts[0].Phase = 0 }, types.ErrInvalidGenesis},
		{"failure: unknown phase", func(g *types.GenesisState) { g.Rollouts[0].Phase = 7 }, types.ErrInvalidGenesis},
		{"failure: generation 0", func(g *types.GenesisState) { g.Rollouts[0].Generation = 0 }, types.ErrInvalidGenesis},
		{"failure: a step beyond the last", func(g *types.GenesisState) { g.Rollouts[0].Step = 2 }, types.ErrInvalidGenesis},
		{"failure: promoted in a step", func(g *types.GenesisState) { g.Rollouts[0].Phase = types.PhasePromoted }, types.ErrInvalidGenesis},
		{"failure: waits while under way", func(g *types.GenesisState) { g.Rollouts[1].Phase = types.PhaseCanary }, types.ErrInvalidGenesis},
		{"failure: waits for itself", func(g *types.GenesisState) { g.Rollouts[1].WaitsFor = 2 }, types.ErrInvalidGenesis},
		{"failure: due in the past of all blocks", func(g *types.GenesisState) { g.Rollouts[0].Due = -1 }, types.ErrInvalidGenesis},
		{"failure: no steps", func(g *types.GenesisState) { g.Rollouts[0].Steps = nil }, types.ErrInvalidGenesis},
		{"failure: not a version", func(g *types.GenesisState) { g.Rollouts[0].Version = "x" }, types.ErrInvalidGenesis},
		{"failure: replaces another model", func(g *types.GenesisState) { g.Rollouts[0].Replaces = "acme/beta@1.0.0" }, types.ErrInvalidGenesis},

		{"failure: waits for none", func(g *types.GenesisState) {
			g.Rollouts[1].Id, g.Rollouts[1].WaitsFor, g.NextRolloutId = 4, 3, 5
			g.Targets[2].Rollout, g.Zones[2].Rollout, g.Transitions[2].Rollout = 4, 4, 4
		}, types.ErrInvalidGenesis},
		{"failure: transition missing", func(g *types.GenesisState) { g.Transitions = g.Transitions[:2] }, types.ErrInvalidGenesis},
		{"failure: first transition missing", func(g *types.GenesisState) { g.Transitions = g.Transitions[1:] }, types.ErrInvalidGenesis},
		{"failure: transition to come", func(g *types.GenesisState) { g.Transitions[2].Generation = 2 }, types.ErrInvalidGenesis},
		{"failure: transition of no rollout", func(g *types.GenesisState) {
			g.Transitions = append(g.Transitions, types.Transition{Rollout: 3, Generation: 1})
		}, types.ErrInvalidGenesis},
		{"failure: fan out twice", func(g *types.GenesisState) { g.FanOuts[1] = g.FanOuts[0] }, types.ErrInvalidGenesis},
		{"failure: fan out of no rollout", func(g *types.GenesisState) { g.FanOuts[1].Rollout = 3 }, types.ErrInvalidGenesis},
		{"failure: attempt of no zone", func(g *types.GenesisState) { g.Attempts[0].Zone = "channel-" }, types.ErrInvalidGenesis},
		{"failure: attempt 0", func(g *types.GenesisState) { g.Attempts[0].Number = 0 }, types.ErrInvalidGenesis},
		{"failure: attempt to come", func(g *types.GenesisState) { g.Attempts[1].Number = 3 }, types.ErrInvalidGenesis},
		{"failure: zone transition missing", func(g *types.GenesisState) { g.ZoneTransitions = g.ZoneTransitions[:1] }, types.ErrInvalidGenesis},
		{"failure: zone transition of no rollout", func(g *types.GenesisState) {
			g.ZoneTransitions = append(g.ZoneTransitions, types.Transition{Rollout: 2})
		}, types.ErrInvalidGenesis},
		{"failure: zone transitions out of order", func(g *types.GenesisState) {
			g.ZoneTransitions = append([]types.Transition{{Rollout: 2}}, g.ZoneTransitions...)
		}, types.ErrInvalidGenesis},

		{"failure: zone without a target", func(g *types.GenesisState) { g.Targets = g.Targets[:2] }, types.ErrInvalidGenesis},
		{"failure: target of another zone", func(g *types.GenesisState) { g.Targets[0].Target.Zone = "channel-1" }, types.ErrInvalidGenesis},
		{"failure: zone without a rollout", func(g *types.GenesisState) { g.Zones[2].Rollout, g.Targets[2].Rollout = 3, 3 }, types.ErrInvalidGenesis},
		{"failure: not a zone", func(g *types.GenesisState) { g.Zones[0].Zone, g.Targets[0].Target.Zone = "a", "a" }, types.ErrInvalidGenesis},
		{"failure: no standing", func(g *types.GenesisState) { g.Zones[0].Standing = 0 }, types.ErrInvalidGenesis},
		{"failure: unknown standing", func(g *types.GenesisState) { g.Zones[0].Standing = 7 }, types.ErrInvalidGenesis},
		{"failure: sent to in the past of all blocks", func(g *types.GenesisState) { g.Zones[0].NextSend = -1 }, types.ErrInvalidGenesis},
		{"failure: settled and sent to", func(g *types.GenesisState) { g.Zones[0].Settled, g.Rollouts[0].Zones.Settled = true, 1 }, types.ErrInvalidGenesis},
		{"failure: counts that are not the zones'", func(g *types.GenesisState) { g.Rollouts[0].Zones.Accepted = 1 }, types.ErrInvalidGenesis},
		{"failure: settled but not counted", func(g *types.GenesisState) { g.Zones[1].Settled = true }, types.ErrInvalidGenesis},
		{"failure: totals that are not the zones'", func(g *types.GenesisState) { g.Rollouts[0].Totals.Ready++ }, types.ErrInvalidGenesis},
		{"failure: totals that are not the fleets'", func(g *types.GenesisState) { g.Zones[0].Fleets[0].Totals.Ready++ }, types.ErrInvalidGenesis},

		{"failure: a number that was not given yet", func(g *types.GenesisState) { g.NextNumber = 1 }, types.ErrInvalidGenesis},
		{"failure: zone rollout without a phase", func(g *types.GenesisState) { g.ZoneRollouts[0].Phase = 0 }, types.ErrInvalidGenesis},
		{"failure: zone rollout that is announced", func(g *types.GenesisState) { g.ZoneRollouts[0].Standing = types.StandingAnnounced }, types.ErrInvalidGenesis},
		{"failure: zone rollout that is lost", func(g *types.GenesisState) { g.ZoneRollouts[0].Standing = types.StandingLost }, types.ErrInvalidGenesis},
		{"failure: zone rollout beyond its steps", func(g *types.GenesisState) { g.ZoneRollouts[0].Step = 3 }, types.ErrInvalidGenesis},
		{"failure: zone rollout promoted in a step", func(g *types.GenesisState) { g.ZoneRollouts[0].Phase = types.PhasePromoted }, types.ErrInvalidGenesis},
		{"failure: zone rollout without steps", func(g *types.GenesisState) { g.ZoneRollouts[0].Steps = nil }, types.ErrInvalidGenesis},
		{"failure: zone rollout of no source", func(g *types.GenesisState) { g.ZoneRollouts[0].Source = "" }, types.ErrInvalidGenesis},
		{"failure: zone rollout of no version", func(g *types.GenesisState) { g.ZoneRollouts[0].Version = "" }, types.ErrInvalidGenesis},
		{"failure: the same rollout under two numbers", func(g *types.GenesisState) {
			z := g.ZoneRollouts[0]
			z.Number, g.NextNumber = 2, 3
			g.ZoneRollouts = append(g.ZoneRollouts, z)
		}, types.ErrInvalidGenesis},

		{"failure: fleet of no rollout", func(g *types.GenesisState) { g.ZoneFleets[0].Number = 2 }, types.ErrInvalidGenesis},
		{"failure: progress of no rollout", func(g *types.GenesisState) { g.Progress[0].Number = 2 }, types.ErrInvalidGenesis},
		{"failure: progress that is not the fleets'", func(g *types.GenesisState) { g.Progress[0].Progress.Totals.Seen++ }, types.ErrInvalidGenesis},
		{"failure: assignment to no rollout", func(g *types.GenesisState) { g.Assignments[0].Number = 2 }, types.ErrInvalidGenesis},
		{"failure: device of no fleet", func(g *types.GenesisState) { g.Devices[0].State.Fleet = 2 }, types.ErrInvalidGenesis},
		{"failure: device that is not counted", func(g *types.GenesisState) { g.Devices[2].State.Phase = types.DevicePhaseSeen }, types.ErrInvalidGenesis},
		{"failure: failure that is not counted", func(g *types.GenesisState) { g.Devices[0].State.Failed = true }, types.ErrInvalidGenesis},
		{"failure: device missing", func(g *types.GenesisState) { g.Devices = g.Devices[1:] }, types.ErrInvalidGenesis},
		{"failure: device in another phase", func(g *types.GenesisState) { g.Devices[0].State.Phase = types.DevicePhaseSeen }, types.ErrInvalidGenesis},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := genesis()
			tc.change(g)
			require.ErrorIs(t, g.Validate(), tc.err)
		})
	}
}
