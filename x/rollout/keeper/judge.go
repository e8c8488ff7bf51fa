package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// judgeDue judges the rollouts whose evidence or clock moved, oldest first, at most limit.
func (k Keeper) judgeDue(ctx sdk.Context, limit uint32) error {
	due, err := firstDue(ctx, k.Due, ctx.BlockHeight(), limit)
	if err != nil {
		return err
	}
	for _, key := range due {
		if err := k.judge(ctx, key.K2()); err != nil {
			return err
		}
	}
	return nil
}

// firstDue returns the first keys of a queue that are due, at most limit.
func firstDue(ctx context.Context, queue collections.KeySet[collections.Pair[int64, uint64]], height int64, limit uint32) (keys []collections.Pair[int64, uint64], err error) {
	err = queue.Walk(ctx, nil, func(key collections.Pair[int64, uint64]) (bool, error) {
		if key.K1() > height || uint64(len(keys)) >= uint64(limit) {
			return true, nil
		}
		keys = append(keys, key)
		return false, nil
	})
	return keys, err
}

// judge makes the transition that is due in a rollout, if any, and schedules the next look at it. A rollout makes one
// transition in a block, so that every step is seen by its zones.
func (k Keeper) judge(ctx sdk.Context, id uint64) error {
	r, err := k.rollout(ctx, id)
	if err != nil {
		return err
	}
	yanked, err := k.isYanked(ctx, r.Version)
	if err != nil {
		return err
	}
	height := ctx.BlockHeight()
	if m := r.Judge(height, yanked, k.vote(ctx, r)); m.IsDue() {
		if err := k.move(ctx, &r, m, "", ""); err != nil {
			return err
		}
		// Another look in the next block: the evidence at hand may be enough for the next step too.
		return k.saveDue(ctx, &r, height+1)
	}
	if r.WaitsFor != 0 {
		return k.judgeWaiting(ctx, &r)
	}
	return k.saveDue(ctx, &r, r.NextClock(height))
}

func (k Keeper) saveDue(ctx sdk.Context, r *types.Rollout, height int64) error {
	if r.Phase.Ended() {
		height = 0
	}
	if err := k.schedule(ctx, r, height); err != nil {
		return err
	}
	return k.Rollouts.Set(ctx, r.Id, *r)
}

// judgeWaiting looks whether the rollout that this one waited for is out of the way, and announces it.
func (k Keeper) judgeWaiting(ctx sdk.Context, r *types.Rollout) error {
	targets, err := k.targets(ctx, r.Id)
	if err != nil {
		return err
	}
	first, err := k.firstConflict(ctx, *r, targets)
	if err != nil {
		return err
	}
	if first != r.WaitsFor {
		if err := k.Waiters.Remove(ctx, collections.Join(r.WaitsFor, r.Id)); err != nil {
			return err
		}
		if err := k.waitFor(ctx, r, first); err != nil {
			return err
		}
	}
	return k.saveDue(ctx, r, 0)
}

func (k Keeper) waitFor(ctx sdk.Context, r *types.Rollout, first uint64) error {
	r.WaitsFor = first
	if first == 0 {
		return k.fanOut(ctx, r.Id)
	}
	return k.Waiters.Set(ctx, collections.Join(first, r.Id))
}

func (k Keeper) isYanked(ctx context.Context, version string) (bool, error) {
	v, err := k.registry.Version(ctx, version)
	return v.Yanked, err
}

// vote asks the step's decider where its vote is all that is missing. What a decider wrote before it gave an error is
// thrown away.
func (k Keeper) vote(ctx sdk.Context, r types.Rollout) types.Vote {
	if k.decider.set == nil || !r.NeedsVote(ctx.BlockHeight()) {
		return types.VoteWait
	}
	branch, write := ctx.CacheContext()
	v, err := k.decider.set.DecideStep(branch, r.Current().Decider, r)
	if err != nil {
		ctx.Logger().Error("decider gave no vote", "rollout", r.Id, "step", r.Step, "error", err)
		count(ctx, metricDeciderErrors, r.Current().Decider)
		return types.VoteWait
	}
	write()
	return v
}
