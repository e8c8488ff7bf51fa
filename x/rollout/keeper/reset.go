package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/rollout/types"
)

// ResetHeights prepares the state for a chain that counts from block 1: what is queued is due in its first block, and
// clocks (bake time, deadlines, rate windows) start anew. Heights in records of the past are set to zero.
func (k Keeper) ResetHeights(ctx context.Context) error {
	for _, part := range []func(context.Context) error{k.resetRollouts, k.resetZones, k.resetFanOuts, k.resetZoneRollouts, k.resetDevices} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// update changes all values of a map. The change must not write to the map itself.
func update[K, V any](ctx context.Context, m collections.Map[K, V], change func(key K, v *V) error) error {
	type entry struct {
		key K
		v   V
	}
	var all []entry
	if err := m.Walk(ctx, nil, func(key K, v V) (bool, error) {
		all = append(all, entry{key, v})
		return false, nil
	}); err != nil {
		return err
	}
	for _, e := range all {
		if err := change(e.key, &e.v); err != nil {
			return err
		}
		if err := m.Set(ctx, e.key, e.v); err != nil {
			return err
		}
	}
	return nil
}

// first is 1 for a height that is set.
func first(height int64) int64 { return min(height, 1) }

func (k Keeper) resetRollouts(ctx context.Context) error {
	if err := update(ctx, k.Transitions, func(_ collections.Pair[uint64, uint64], t *types.Transition) error {
		t.Height = 0
		return nil
	}); err != nil {
		return err
	}
	return update(ctx, k.Rollouts, func(_ uint64, r *types.Rollout) error {
		r.StartedHeight, r.StepHeight, r.PhaseHeight = 0, 0, 0
		if r.NextClock(0) != 0 {
			return k.schedule(ctx, r, 1) // its bake time had passed, and counts anew
		}
		return k.schedule(ctx, r, first(r.Due))
	})
}

func (k Keeper) resetZones(ctx context.Context) error {
	if err := update(ctx, k.Attempts, func(_ collections.Triple[uint64, string, uint32], a *types.Attempt) error {
		a.Height, a.OutcomeHeight = 0, 0
		return nil
	}); err != nil {
		return err
	}
	if err := update(ctx, k.Links, func(_ string, l *types.Link) error {
		l.Height = 0
		return nil
	}); err != nil {
		return err
	}
	return update(ctx, k.Zones, func(_ collections.Pair[uint64, string], z *types.ZoneState) error {
		z.UpdatedHeight = 0
		return k.retryAt(ctx, z, first(z.NextSend))
	})
}

func (k Keeper) resetFanOuts(ctx context.Context) error {
	var queue []types.FanOut
	if err := export(ctx, k.FanOuts, &queue, func(key collections.Pair[int64, uint64], after string) types.FanOut {
		return types.FanOut{Height: key.K1(), Rollout: key.K2(), After: after}
	}); err != nil {
		return err
	}
	for _, f := range queue {
		if err := k.FanOuts.Remove(ctx, collections.Join(f.Height, f.Rollout)); err != nil {
			return err
		}
		// From the first zone again: two entries of a rollout become one.
		if err := k.FanOuts.Set(ctx, collections.Join(int64(0), f.Rollout), ""); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) resetZoneRollouts(ctx context.Context) error {
	if err := update(ctx, k.ZoneTransitions, func(_ collections.Pair[uint64, uint64], t *types.Transition) error {
		t.Height = 0
		return nil
	}); err != nil {
		return err
	}
	if err := update(ctx, k.ZoneRollouts, func(_ uint64, z *types.ZoneRollout) error {
		z.ReceivedHeight, z.PhaseHeight = 0, 0
		return nil
	}); err != nil {
		return err
	}
	return update(ctx, k.ZoneProgress, func(number uint64, p *types.ZoneProgress) error {
		p.SentHeight = 0
		return k.evidenceAt(ctx, number, p, first(p.NextEvidence))
	})
}

func (k Keeper) resetDevices(ctx context.Context) error {
	return update(ctx, k.Devices, func(_ collections.Pair[uint64, uint64], d *types.DeviceState) error {
		d.Height, d.Window, d.Reports = 0, 0, 0
		return nil
	})
}
