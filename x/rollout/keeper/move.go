package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// move makes a transition of a rollout, records it, and sends it on its way to the zones. The rollout is saved.
func (k Keeper) move(ctx sdk.Context, r *types.Rollout, m types.Move, actor, reason string) error {
	waited := r.WaitsFor
	next, t, err := r.Apply(m, ctx.BlockHeight())
	if err != nil {
		return err
	}
	*r = next
	t.Actor, t.Reason = actor, reason
	if err := k.Transitions.Set(ctx, collections.Join(r.Id, t.Generation), t); err != nil {
		return err
	}
	if r.Phase.Ended() {
		if err := k.end(ctx, r, waited); err != nil {
			return err
		}
	}
	if err := k.fanOut(ctx, r.Id); err != nil {
		return err
	}
	if err := k.wake(ctx, r); err != nil {
		return err
	}
	if err := k.Rollouts.Set(ctx, r.Id, *r); err != nil {
		return err
	}
	return emitMoved(ctx, *r, t)
}

// end takes an ended rollout out of what only live ones are in.
func (k Keeper) end(ctx sdk.Context, r *types.Rollout, waited uint64) error {
	if waited != 0 {
		if err := k.Waiters.Remove(ctx, collections.Join(waited, r.Id)); err != nil {
			return err
		}
	}
	return k.LiveByVersion.Remove(ctx, collections.Join(r.Version, r.Id))
}

func emitMoved(ctx context.Context, r types.Rollout, t types.Transition) error {
	count(ctx, metricTransitions, t.To.String())
	return emit(ctx, &types.EventRolloutMoved{
		Rollout: r.Id, Version: r.Version, From: t.From, To: t.To, Step: t.Step, Generation: t.Generation, Cause: t.Cause,
	})
}

// schedule lets a rollout be judged at the end of a block; 0 takes it out of the queue. The rollout is not saved.
func (k Keeper) schedule(ctx context.Context, r *types.Rollout, height int64) error {
	if r.Due == height {
		return nil
	}
	if r.Due != 0 {
		if err := k.Due.Remove(ctx, collections.Join(r.Due, r.Id)); err != nil {
			return err
		}
	}
	r.Due = height
	if height == 0 {
		return nil
	}
	return k.Due.Set(ctx, collections.Join(height, r.Id))
}

// wake lets a rollout be judged at the end of this block, or of the next where this one's judging is over. One that has
// ended is taken out of the queue.
func (k Keeper) wake(ctx sdk.Context, r *types.Rollout) error {
	if r.Phase.Ended() {
		return k.schedule(ctx, r, 0)
	}
	if r.Due != 0 && r.Due <= ctx.BlockHeight() {
		return nil
	}
	return k.schedule(ctx, r, ctx.BlockHeight())
}

// fanOut queues a rollout's present state for all of its zones.
func (k Keeper) fanOut(ctx sdk.Context, id uint64) error {
	return k.FanOuts.Set(ctx, collections.Join(ctx.BlockHeight(), id), "")
}
