package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// zoneOf is a zone of a rollout together with the rollout, to be changed and saved together.
type zoneOf struct {
	r types.Rollout
	z types.ZoneState
}

// loadZone loads a zone of a rollout; ok is false where there is none.
func (k Keeper) loadZone(ctx context.Context, id uint64, zone string) (s zoneOf, ok bool, err error) {
	s.z, err = k.Zones.Get(ctx, collections.Join(id, zone))
	if errors.Is(err, collections.ErrNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	s.r, err = k.rollout(ctx, id)
	return s, err == nil, err
}

// saveZone settles the zone where it is due, wakes the rollout, and saves both.
func (k Keeper) saveZone(ctx sdk.Context, s *zoneOf) error {
	if err := k.settleIfDue(ctx, s); err != nil {
		return err
	}
	if err := k.wake(ctx, &s.r); err != nil {
		return err
	}
	if err := k.Zones.Set(ctx, collections.Join(s.r.Id, s.z.Zone), s.z); err != nil {
		return err
	}
	return k.Rollouts.Set(ctx, s.r.Id, s.r)
}

// setStanding gives a zone a later standing. Standings go from announced to held to accepted, and from each of them out;
// what is out stays out.
func (k Keeper) setStanding(ctx sdk.Context, s *zoneOf, to types.Standing, code types.AckCode) error {
	if s.z.Standing.Out() || to <= s.z.Standing {
		return nil
	}
	s.r.Zones.Move(s.z.Standing, to)
	s.z.Standing = to
	return emit(ctx, &types.EventZoneAnswered{Rollout: s.r.Id, Zone: s.z.Zone, Standing: to, Code: code})
}

// settleIfDue marks a zone as settled when it is out, or when it knows how the rollout ended: what it has on record is the
// last generation, or it never heard of the rollout and nothing is under way to it.
func (k Keeper) settleIfDue(ctx sdk.Context, s *zoneOf) error {
	knows := s.z.AckedGeneration >= s.r.Generation || s.z.Standing == types.StandingAnnounced && !s.z.InFlight
	over := s.z.Standing.Out() || s.r.Phase.Ended() && knows
	if s.z.Settled || !over {
		return nil
	}
	s.z.Settled = true
	s.r.Zones.Settled++
	if err := k.retryAt(ctx, &s.z, 0); err != nil {
		return err
	}
	if err := k.Active.Remove(ctx, activeKey(s.r, s.z.Zone)); err != nil {
		return err
	}
	if s.r.Zones.Settled < s.r.Zones.Total() {
		return nil
	}
	return k.wakeWaiters(ctx, s.r.Id)
}

func (k Keeper) wakeWaiters(ctx sdk.Context, id uint64) error {
	waiting, err := k.waitersOf(ctx, id)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		r, err := k.rollout(ctx, w)
		if err != nil {
			return err
		}
		if err := k.wake(ctx, &r); err != nil {
			return err
		}
		if err := k.Rollouts.Set(ctx, w, r); err != nil {
			return err
		}
	}
	return nil
}

// retryAt lets a zone be sent to again at the end of a block; 0 takes it out of the queue. The zone is not saved.
func (k Keeper) retryAt(ctx context.Context, z *types.ZoneState, height int64) error {
	if z.NextSend == height {
		return nil
	}
	if z.NextSend != 0 {
		if err := k.Retries.Remove(ctx, collections.Join3(z.NextSend, z.Rollout, z.Zone)); err != nil {
			return err
		}
	}
	z.NextSend = height
	if height == 0 {
		return nil
	}
	return k.Retries.Set(ctx, collections.Join3(height, z.Rollout, z.Zone))
}

// backOff lets a zone be sent to again later, the later the more often it was in vain.
func (k Keeper) backOff(ctx sdk.Context, z *types.ZoneState) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	z.Retries++
	return k.retryAt(ctx, z, ctx.BlockHeight()+params.RetryDelay(z.Retries))
}
