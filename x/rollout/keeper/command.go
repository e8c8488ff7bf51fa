package keeper

import (
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// receiveCommand lets a rollout follow its hub.
func (k Keeper) receiveCommand(ctx sdk.Context, source string, c *types.Command) (types.Acknowledgement, error) {
	number, err := k.Numbers.Get(ctx, collections.Join(source, c.Rollout))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Acknowledgement{}, refuse(types.AckUnknownRollout, types.ErrRolloutNotFound.Wrapf("rollout %d of %q", c.Rollout, source))
	}
	if err != nil {
		return types.Acknowledgement{}, err
	}
	z, err := k.zoneRollout(ctx, number)
	if err != nil {
		return types.Acknowledgement{}, err
	}
	z, err = k.obey(ctx, z, c)
	if isStale(err) {
		return types.NewAck(types.AckStale, z.Generation), nil
	}
	return types.NewAck(types.AckApplied, z.Generation), err
}

// obey makes the transition that a command asks for, or says why not.
func (k Keeper) obey(ctx sdk.Context, z types.ZoneRollout, c *types.Command) (types.ZoneRollout, error) {
	next, t, code := z.Obey(c, ctx.BlockHeight())
	if code != types.AckApplied {
		return z, refuse(code, types.ErrRefused.Wrapf("rollout %d is %s, %s, generation %d: no %s to step %d of generation %d",
			z.Number, z.Standing, z.Phase, z.Generation, c.Action, c.Step, c.Generation))
	}
	return next, k.saveMoved(ctx, &next, t)
}

func isStale(err error) bool {
	var r refusal
	return errors.As(err, &r) && r.code == types.AckStale
}

// saveMoved saves a rollout of this zone after a transition, records the transition, and lets the hub know.
func (k Keeper) saveMoved(ctx sdk.Context, z *types.ZoneRollout, t types.Transition) error {
	z.Transitions++
	t.Rollout = z.Number
	p, err := k.progress(ctx, z.Number)
	if err != nil {
		return err
	}
	t.Totals = p.Totals
	if err := k.ZoneTransitions.Set(ctx, collections.Join(z.Number, uint64(z.Transitions)), t); err != nil {
		return err
	}
	if err := k.ZoneRollouts.Set(ctx, z.Number, *z); err != nil {
		return err
	}
	if err := k.touch(ctx, *z, &p); err != nil {
		return err
	}
	return emit(ctx, &types.EventZoneRolloutMoved{
		Number: z.Number, Source: z.Source, Rollout: z.Id, Version: z.Version, Standing: z.Standing, Phase: z.Phase,
		Step: z.Step, Generation: z.Generation, Cause: z.Cause,
	})
}
