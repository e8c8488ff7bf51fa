package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	// maxActivePerModel bounds the rollouts that one zone has of one model at a time; their fleets are disjoint.
	maxActivePerModel = 64
	// maxZonesWaiting bounds the targets of a plan that may wait, since each is looked at again when it is woken.
	maxZonesWaiting = 64
)

// start puts a checked plan on record and sends it on its way. Errors: ErrActiveRollout, ErrLimit, ErrLink.
func (k Keeper) start(ctx sdk.Context, owner string, plan types.Plan, contributors uint32) (types.Rollout, error) {
	id, err := k.NextRolloutID.Next(ctx)
	if err != nil {
		return types.Rollout{}, err
	}
	r := types.Rollout{
		Id: id, Owner: owner, Version: plan.Version, Replaces: plan.Replaces, Steps: plan.Steps, Phase: types.PhasePending,
		Generation: 1, Cause: types.CauseStarted, Contributors: contributors,
		StartedHeight: ctx.BlockHeight(), StepHeight: ctx.BlockHeight(), PhaseHeight: ctx.BlockHeight(),
		Zones: types.ZoneCounts{Announced: uint32(len(plan.Targets))},
	}
	first, err := k.firstConflict(ctx, r, plan.Targets)
	if err != nil {
		return r, err
	}
	if first != 0 {
		if err := k.queueBehind(ctx, &r, plan, first); err != nil {
			return r, err
		}
	}
	for _, t := range plan.Targets {
		if err := k.addTarget(ctx, r, t); err != nil {
			return r, err
		}
	}
	if err := k.LiveByVersion.Set(ctx, collections.Join(r.Version, id)); err != nil {
		return r, err
	}
	return r, k.begin(ctx, r, types.Transition{
		Rollout: id, Generation: 1, To: types.PhasePending, Cause: types.CauseStarted, Actor: owner, Height: ctx.BlockHeight(),
	})
}

// begin records the start, and announces the rollout unless it waits.
func (k Keeper) begin(ctx sdk.Context, r types.Rollout, t types.Transition) error {
	if err := k.Transitions.Set(ctx, collections.Join(r.Id, t.Generation), t); err != nil {
		return err
	}
	if err := k.Rollouts.Set(ctx, r.Id, r); err != nil {
		return err
	}
	if r.WaitsFor == 0 {
		if err := k.fanOut(ctx, r.Id); err != nil {
			return err
		}
	}
	return emitMoved(ctx, r, t)
}

func (k Keeper) queueBehind(ctx sdk.Context, r *types.Rollout, plan types.Plan, first uint64) error {
	if !plan.Wait {
		return types.ErrActiveRollout.Wrapf("rollout %d has zone and model of %s", first, plan.Version)
	}
	if len(plan.Targets) > maxZonesWaiting {
		return types.ErrLimit.Wrapf("rollout %d is first, and a plan that waits has at most %d targets, got %d", first, maxZonesWaiting, len(plan.Targets))
	}
	waiting, err := k.waitersOf(ctx, first)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if uint64(len(waiting)) >= uint64(params.MaxWaiting) {
		return types.ErrLimit.Wrapf("expected fewer than %d rollouts that wait for rollout %d", params.MaxWaiting, first)
	}
	r.WaitsFor = first
	return k.Waiters.Set(ctx, collections.Join(first, r.Id))
}

func (k Keeper) addTarget(ctx sdk.Context, r types.Rollout, t types.Target) error {
	active, err := k.activeIDs(ctx, t.Zone, modelOf(r.Version))
	if err != nil {
		return err
	}
	if len(active) >= maxActivePerModel {
		return types.ErrLimit.Wrapf("zone %q: expected fewer than %d active rollouts of %s", t.Zone, maxActivePerModel, modelOf(r.Version))
	}
	key := collections.Join(r.Id, t.Zone)
	if err := k.Targets.Set(ctx, key, t); err != nil {
		return err
	}
	if err := k.Active.Set(ctx, activeKey(r, t.Zone)); err != nil {
		return err
	}
	if t.Zone != types.LocalZone {
		if err := k.addLink(ctx, t.Zone); err != nil {
			return err
		}
	}
	return k.Zones.Set(ctx, key, types.ZoneState{Rollout: r.Id, Zone: t.Zone, Standing: types.StandingAnnounced})
}

func activeKey(r types.Rollout, zone string) collections.Triple[string, string, uint64] {
	return collections.Join3(zone, modelOf(r.Version), r.Id)
}

// modelOf is the model of a version id that was parsed before.
func modelOf(version string) string {
	id, err := types.ParseVersionID(version)
	if err != nil {
		return version // not reached: ids on record are valid
	}
	return types.ModelOf(id)
}

// firstConflict returns the lowest rollout before this one that may have a fleet of it, or 0. For one that is not on
// record yet, every other is before it.
func (k Keeper) firstConflict(ctx context.Context, r types.Rollout, targets []types.Target) (first uint64, err error) {
	for _, t := range targets {
		ids, err := k.activeIDs(ctx, t.Zone, modelOf(r.Version))
		if err != nil {
			return 0, err
		}
		for _, id := range ids {
			if id >= r.Id || first != 0 && id >= first {
				continue
			}
			other, err := k.Targets.Get(ctx, collections.Join(id, t.Zone))
			if err != nil {
				return 0, err
			}
			if t.Overlaps(other) {
				first = id
			}
		}
	}
	return first, nil
}

// activeIDs are the rollouts of a model that a zone has not settled. It refuses nothing, since blocks end with it: the
// start of a rollout keeps them few.
func (k Keeper) activeIDs(ctx context.Context, zone, model string) (ids []uint64, err error) {
	rng := collections.NewSuperPrefixedTripleRange[string, string, uint64](zone, model)
	err = k.Active.Walk(ctx, rng, func(key collections.Triple[string, string, uint64]) (bool, error) {
		ids = append(ids, key.K3())
		return false, nil
	})
	return ids, err
}

func (k Keeper) waitersOf(ctx context.Context, id uint64) (ids []uint64, err error) {
	rng := collections.NewPrefixedPairRange[uint64, uint64](id)
	err = k.Waiters.Walk(ctx, rng, func(key collections.Pair[uint64, uint64]) (bool, error) {
		ids = append(ids, key.K2())
		return false, nil
	})
	return ids, err
}

// targets are the targets of a rollout, ascending by zone.
func (k Keeper) targets(ctx context.Context, id uint64) (targets []types.Target, err error) {
	rng := collections.NewPrefixedPairRange[uint64, string](id)
	err = k.Targets.Walk(ctx, rng, func(_ collections.Pair[uint64, string], t types.Target) (bool, error) {
		targets = append(targets, t)
		return false, nil
	})
	return targets, err
}
