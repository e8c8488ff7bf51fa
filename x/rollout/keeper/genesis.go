package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/rollout/types"
)

// InitGenesis validates a state and stores it, with the indexes and queues that follow from it.
func (k Keeper) InitGenesis(ctx context.Context, g *types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	for _, set := range []error{
		k.Params.Set(ctx, g.Params), k.Policy.Set(ctx, g.Policy),
		k.NextRolloutID.Set(ctx, g.NextRolloutId), k.NextNumber.Set(ctx, g.NextNumber),
	} {
		if set != nil {
			return set
		}
	}
	if g.LinkCursor != "" {
		if err := k.LinkCursor.Set(ctx, g.LinkCursor); err != nil {
			return err
		}
	}
	for _, part := range []func(context.Context, *types.GenesisState) error{
		k.initRollouts, k.initZones, k.initAttempts, k.initLinks, k.initZoneRollouts, k.initProgress, k.initDevices,
	} {
		if err := part(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initRollouts(ctx context.Context, g *types.GenesisState) error {
	for _, r := range g.Rollouts {
		if err := k.initRollout(ctx, r); err != nil {
			return err
		}
	}
	for _, t := range g.Transitions {
		if err := k.Transitions.Set(ctx, collections.Join(t.Rollout, t.Generation), t); err != nil {
			return err
		}
	}
	for _, f := range g.FanOuts {
		if err := k.FanOuts.Set(ctx, collections.Join(f.Height, f.Rollout), f.After); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initRollout(ctx context.Context, r types.Rollout) error {
	if err := k.Rollouts.Set(ctx, r.Id, r); err != nil {
		return err
	}
	if r.Due != 0 {
		if err := k.Due.Set(ctx, collections.Join(r.Due, r.Id)); err != nil {
			return err
		}
	}
	if r.WaitsFor != 0 {
		if err := k.Waiters.Set(ctx, collections.Join(r.WaitsFor, r.Id)); err != nil {
			return err
		}
	}
	if r.Phase.Ended() {
		return nil
	}
	return k.LiveByVersion.Set(ctx, collections.Join(r.Version, r.Id))
}

func (k Keeper) initZones(ctx context.Context, g *types.GenesisState) error {
	for _, t := range g.Targets {
		if err := k.Targets.Set(ctx, collections.Join(t.Rollout, t.Target.Zone), t.Target); err != nil {
			return err
		}
	}
	versions := make(map[uint64]string, len(g.Rollouts))
	for _, r := range g.Rollouts {
		versions[r.Id] = r.Version
	}
	for _, z := range g.Zones {
		if err := k.initZone(ctx, z, versions[z.Rollout]); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initZone(ctx context.Context, z types.ZoneState, version string) error {
	if err := k.Zones.Set(ctx, collections.Join(z.Rollout, z.Zone), z); err != nil {
		return err
	}
	if z.NextSend != 0 {
		if err := k.Retries.Set(ctx, collections.Join3(z.NextSend, z.Rollout, z.Zone)); err != nil {
			return err
		}
	}
	if z.Settled {
		return nil
	}
	return k.Active.Set(ctx, activeKey(types.Rollout{Id: z.Rollout, Version: version}, z.Zone))
}

func (k Keeper) initAttempts(ctx context.Context, g *types.GenesisState) error {
	for _, a := range g.Attempts {
		if err := k.Attempts.Set(ctx, collections.Join3(a.Rollout, a.Zone, a.Number), a); err != nil {
			return err
		}
	}
	return nil
}

// initLinks lets every closed link be looked at again: those whose rollouts were told are found to be so.
func (k Keeper) initLinks(ctx context.Context, g *types.GenesisState) error {
	for _, l := range g.Links {
		if err := k.Links.Set(ctx, l.Source, l); err != nil {
			return err
		}
		if l.Status == types.LinkClosed {
			if err := k.ClosedLinks.Set(ctx, l.Source); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k Keeper) initZoneRollouts(ctx context.Context, g *types.GenesisState) error {
	for _, z := range g.ZoneRollouts {
		if err := k.ZoneRollouts.Set(ctx, z.Number, z); err != nil {
			return err
		}
		if err := k.Numbers.Set(ctx, collections.Join(z.Source, z.Id), z.Number); err != nil {
			return err
		}
	}
	counts := make(map[uint64]uint64)
	for _, t := range g.ZoneTransitions {
		counts[t.Rollout]++
		if err := k.ZoneTransitions.Set(ctx, collections.Join(t.Rollout, counts[t.Rollout]), t); err != nil {
			return err
		}
	}
	for _, a := range g.Assignments {
		if err := k.Assignments.Set(ctx, collections.Join(a.Fleet, a.Model), a); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initProgress(ctx context.Context, g *types.GenesisState) error {
	for _, p := range g.Progress {
		if err := k.ZoneProgress.Set(ctx, p.Number, p.Progress); err != nil {
			return err
		}
		if p.Progress.NextEvidence != 0 {
			if err := k.EvidenceDue.Set(ctx, collections.Join(p.Progress.NextEvidence, p.Number)); err != nil {
				return err
			}
		}
	}
	for _, f := range g.ZoneFleets {
		if err := k.ZoneFleets.Set(ctx, collections.Join(f.Number, f.Evidence.Fleet), f.Evidence); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) initDevices(ctx context.Context, g *types.GenesisState) error {
	for _, d := range g.Devices {
		if err := k.Devices.Set(ctx, collections.Join(d.Number, d.Device), d.State); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state. InitGenesis of it gives the same state again.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	g := new(types.GenesisState)
	for _, part := range []func(context.Context, *types.GenesisState) error{k.exportSingles, k.exportOrigin, k.exportZone} {
		if err := part(ctx, g); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (k Keeper) exportSingles(ctx context.Context, g *types.GenesisState) (err error) {
	if g.Params, err = k.Params.Get(ctx); err != nil {
		return err
	}
	if g.Policy, err = k.Policy.Get(ctx); err != nil {
		return err
	}
	if g.NextRolloutId, err = k.NextRolloutID.Peek(ctx); err != nil {
		return err
	}
	if g.NextNumber, err = k.NextNumber.Peek(ctx); err != nil {
		return err
	}
	g.LinkCursor, err = k.LinkCursor.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	return err
}

// export appends all values of a map in the order of their keys.
func export[K, V, G any](ctx context.Context, m collections.Map[K, V], to *[]G, as func(K, V) G) error {
	return m.Walk(ctx, nil, func(key K, v V) (bool, error) {
		*to = append(*to, as(key, v))
		return false, nil
	})
}

func value[K, V any](_ K, v V) V { return v }

func (k Keeper) exportOrigin(ctx context.Context, g *types.GenesisState) error {
	return errors.Join(
		export(ctx, k.Rollouts, &g.Rollouts, value[uint64, types.Rollout]),
		export(ctx, k.Transitions, &g.Transitions, value[collections.Pair[uint64, uint64], types.Transition]),
		export(ctx, k.FanOuts, &g.FanOuts, func(key collections.Pair[int64, uint64], after string) types.FanOut {
			return types.FanOut{Height: key.K1(), Rollout: key.K2(), After: after}
		}),
		export(ctx, k.Targets, &g.Targets, func(key collections.Pair[uint64, string], t types.Target) types.ZoneTarget {
			return types.ZoneTarget{Rollout: key.K1(), Target: t}
		}),
		export(ctx, k.Zones, &g.Zones, value[collections.Pair[uint64, string], types.ZoneState]),
		export(ctx, k.Attempts, &g.Attempts, value[collections.Triple[uint64, string, uint32], types.Attempt]),
		export(ctx, k.Links, &g.Links, value[string, types.Link]),
	)
}

func (k Keeper) exportZone(ctx context.Context, g *types.GenesisState) error {
	return errors.Join(
		export(ctx, k.ZoneRollouts, &g.ZoneRollouts, value[uint64, types.ZoneRollout]),
		export(ctx, k.ZoneProgress, &g.Progress, func(n uint64, p types.ZoneProgress) types.NumberedProgress {
			return types.NumberedProgress{Number: n, Progress: p}
		}),
		export(ctx, k.ZoneFleets, &g.ZoneFleets, func(key collections.Pair[uint64, uint64], f types.FleetEvidence) types.ZoneFleet {
			return types.ZoneFleet{Number: key.K1(), Evidence: f}
		}),
		export(ctx, k.ZoneTransitions, &g.ZoneTransitions, value[collections.Pair[uint64, uint64], types.Transition]),
		export(ctx, k.Assignments, &g.Assignments, value[collections.Pair[uint64, string], types.Assignment]),
		export(ctx, k.Devices, &g.Devices, func(key collections.Pair[uint64, uint64], d types.DeviceState) types.ZoneDevice {
			return types.ZoneDevice{Number: key.K1(), Device: key.K2(), State: d}
		}),
	)
}
