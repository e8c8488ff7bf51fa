package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// fanOutSlice is how many zones of one rollout are served before the next rollout has its turn, so that a rollout to a
// thousand zones does not hold up another's roll-back.
const fanOutSlice = 16

// sendDue sends what waits for it: retries first, then rollouts on their way to all zones, at most limit zones in all.
func (k Keeper) sendDue(ctx sdk.Context, limit uint32) error {
	used, err := k.sendRetries(ctx, max(limit/2, 1))
	if err != nil {
		return err
	}
	return k.sendFanOuts(ctx, max(int(limit)-used, 1))
}

func (k Keeper) sendRetries(ctx sdk.Context, limit uint32) (int, error) {
	var due []collections.Triple[int64, uint64, string]
	err := k.Retries.Walk(ctx, nil, func(key collections.Triple[int64, uint64, string]) (bool, error) {
		if key.K1() > ctx.BlockHeight() || uint64(len(due)) >= uint64(limit) {
			return true, nil
		}
		due = append(due, key)
		return false, nil
	})
	if err != nil {
		return 0, err
	}
	for _, key := range due {
		if err := k.serve(ctx, key.K2(), key.K3()); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// sendFanOuts serves the zones of rollouts that moved, a slice of each in turn, until the budget is used up.
func (k Keeper) sendFanOuts(ctx sdk.Context, budget int) error {
	for budget > 0 {
		queue, err := k.fanOutQueue(ctx, budget)
		if err != nil || len(queue) == 0 {
			return err
		}
		for _, f := range queue {
			served, err := k.sendSlice(ctx, f, min(budget, fanOutSlice))
			if err != nil {
				return err
			}
			budget -= max(served, 1)
			if budget <= 0 {
				return nil
			}
		}
	}
	return nil
}

func (k Keeper) fanOutQueue(ctx context.Context, limit int) (queue []types.FanOut, err error) {
	err = k.FanOuts.Walk(ctx, nil, func(key collections.Pair[int64, uint64], after string) (bool, error) {
		queue = append(queue, types.FanOut{Height: key.K1(), Rollout: key.K2(), After: after})
		return len(queue) >= limit, nil
	})
	return queue, err
}

// sendSlice serves the next zones of a rollout, and takes it out of the queue after the last.
func (k Keeper) sendSlice(ctx sdk.Context, f types.FanOut, limit int) (int, error) {
	key := collections.Join(f.Height, f.Rollout)
	zones, err := k.zonesAfter(ctx, f.Rollout, f.After, limit)
	if err != nil {
		return 0, err
	}
	for _, zone := range zones {
		if err := k.serve(ctx, f.Rollout, zone); err != nil {
			return 0, err
		}
	}
	if len(zones) < limit {
		return len(zones), k.FanOuts.Remove(ctx, key)
	}
	return len(zones), k.FanOuts.Set(ctx, key, zones[len(zones)-1])
}

func (k Keeper) zonesAfter(ctx context.Context, id uint64, after string, limit int) (zones []string, err error) {
	rng := collections.NewPrefixedPairRange[uint64, string](id)
	if after != "" {
		rng = rng.StartExclusive(after)
	}
	it, err := k.Zones.Iterate(ctx, rng)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for ; it.Valid() && len(zones) < limit; it.Next() {
		key, err := it.Key()
		if err != nil {
			return nil, err
		}
		zones = append(zones, key.K2())
	}
	return zones, nil
}

// serve sends a zone what it lacks, if anything.
func (k Keeper) serve(ctx sdk.Context, id uint64, zone string) error {
	s, ok, err := k.loadZone(ctx, id, zone)
	if err != nil || !ok {
		return err
	}
	due := s.z.NextSend != 0 && s.z.NextSend <= ctx.BlockHeight()
	if due {
		if err := k.retryAt(ctx, &s.z, 0); err != nil {
			return err
		}
	}
	if err := k.settleIfDue(ctx, &s); err != nil {
		return err
	}
	if lacks(s, due) {
		if err := k.send(ctx, &s); err != nil {
			return err
		}
	}
	return k.saveZone(ctx, &s)
}

// lacks says whether a packet is due to a zone. A zone that has not answered yet gets one announcement at a time, since
// nothing else makes sense to it; one that has gets each new generation at once. retry says that the back-off is over.
func lacks(s zoneOf, retry bool) bool {
	switch {
	case s.z.Settled || s.r.WaitsFor != 0:
		return false
	case s.z.Standing == types.StandingAnnounced:
		return !s.z.InFlight && !s.r.Phase.Ended() && (retry || s.z.Attempts == 0)
	case s.r.Phase == types.PhasePending || s.z.AckedGeneration >= s.r.Generation:
		return false
	}
	return s.z.SentGeneration < s.r.Generation || retry && !s.z.InFlight
}

// send sends a zone the rollout's present state, and puts the attempt on record.
func (k Keeper) send(ctx sdk.Context, s *zoneOf) error {
	a := types.Attempt{
		Rollout: s.r.Id, Zone: s.z.Zone, Number: s.z.Attempts + 1, Action: s.r.Action(), Generation: s.r.Generation, Height: ctx.BlockHeight(),
	}
	if s.z.Standing == types.StandingAnnounced {
		a.Action = types.ActionUnspecified
	}
	s.z.Attempts, s.z.SentGeneration = a.Number, a.Generation
	packet, err := k.packetFor(ctx, s)
	if err != nil { // not reached: the start saw that the version fits into a packet
		return k.notSent(ctx, s, a, err)
	}
	if s.z.Zone == types.LocalZone {
		return k.sendLocal(ctx, s, a, packet)
	}
	a.Sequence, err = k.transmit(ctx, s.z.Zone, packet)
	if err != nil {
		return k.notSent(ctx, s, a, err)
	}
	s.z.SentSequence, s.z.InFlight = a.Sequence, true
	return k.putAttempt(ctx, a)
}

// packetFor is what brings a zone to the present state.
func (k Keeper) packetFor(ctx context.Context, s *zoneOf) (*types.Packet, error) {
	if s.z.Standing != types.StandingAnnounced {
		return types.NewCommand(s.r.Command()), nil
	}
	v, err := k.registry.Version(ctx, s.r.Version)
	if err != nil {
		return nil, err
	}
	key, err := k.registry.VerifyingKey(ctx, v.VerifyingKeyDigest)
	if err != nil {
		return nil, err
	}
	manifest, err := types.EncodeManifest(v.VersionSpec)
	if err != nil {
		return nil, err
	}
	target, err := k.Targets.Get(ctx, collections.Join(s.r.Id, s.z.Zone))
	if err != nil {
		return nil, err
	}
	return types.NewAnnounce(announcement(s.r, target, manifest, key.Key)), nil
}

// announcement is what tells a zone of a rollout in its present state.
func announcement(r types.Rollout, target types.Target, manifest, key []byte) *types.Announce {
	target.Zone = ""
	a := &types.Announce{
		Rollout: r.Id, Manifest: manifest, VerifyingKey: key, Action: r.Action(), Generation: r.Generation,
		Plan: types.Plan{Version: r.Version, Replaces: r.Replaces, Targets: []types.Target{target}, Steps: r.Steps},
	}
	if a.Action != types.ActionUnspecified {
		a.Step = r.Step
	}
	return a
}

// sendLocal delivers to this chain itself, and has the answer at once.
func (k Keeper) sendLocal(ctx sdk.Context, s *zoneOf, a types.Attempt, packet *types.Packet) error {
	if err := k.putAttempt(ctx, a); err != nil {
		return err
	}
	return k.answer(ctx, s, a, k.deliver(ctx, types.LocalZone, 0, packet))
}

// notSent records that a packet could not be sent. A closed channel loses the zone; all else may be mended, and the
// packet is sent again later.
func (k Keeper) notSent(ctx sdk.Context, s *zoneOf, a types.Attempt, cause error) error {
	ctx.Logger().Info("packet not sent", "rollout", s.r.Id, "zone", s.z.Zone, "error", cause)
	a.Outcome, a.OutcomeHeight = types.OutcomeNotSent, ctx.BlockHeight()
	if err := k.putAttempt(ctx, a); err != nil {
		return err
	}
	status, err := k.observeLink(ctx, s.z.Zone)
	if err != nil {
		return err
	}
	if status == types.LinkClosed {
		return k.setStanding(ctx, s, types.StandingLost, types.AckUnspecified)
	}
	return k.backOff(ctx, &s.z)
}

// putAttempt records an attempt, or what became of it, and drops the oldest beyond those that are kept.
func (k Keeper) putAttempt(ctx context.Context, a types.Attempt) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.Attempts.Set(ctx, collections.Join3(a.Rollout, a.Zone, a.Number), a); err != nil {
		return err
	}
	if a.Number > params.AttemptsKept {
		if err := k.Attempts.Remove(ctx, collections.Join3(a.Rollout, a.Zone, a.Number-params.AttemptsKept)); err != nil {
			return err
		}
	}
	return emit(ctx, &types.EventAttempt{
		Rollout: a.Rollout, Zone: a.Zone, Number: a.Number, Action: a.Action, Generation: a.Generation,
		Sequence: a.Sequence, Outcome: a.Outcome, Code: types.AckCode(a.Code),
	})
}
