package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// receiveEvidence puts on record what a zone has. Totals replace totals, so a lost or repeated packet costs nothing.
func (k Keeper) receiveEvidence(ctx sdk.Context, source string, e *types.Evidence) (types.Acknowledgement, error) {
	s, ok, err := k.loadZone(ctx, e.Rollout, source)
	if err != nil {
		return types.Acknowledgement{}, err
	}
	switch {
	case !ok || s.z.Attempts == 0: // a zone that was told of nothing, as while the rollout waits, has no evidence of it
		return types.Acknowledgement{}, refuse(types.AckUnknownRollout, types.ErrRolloutNotFound.Wrapf("rollout %d of zone %q", e.Rollout, source))
	case e.Revision <= s.z.Revision, s.z.Standing == types.StandingRefused, s.z.Standing == types.StandingLost:
		// A zone that takes no part does not count. One that stopped does: its last totals may come after its word.
		return types.NewAck(types.AckStale, s.z.Revision), nil
	case uint64(e.Step) > uint64(len(s.r.Steps)) || e.Generation > s.r.Generation:
		return types.NewAck(0, s.z.Revision), refuse(types.AckMalformed, types.ErrInvalidPacket.Wrapf(
			"evidence: step %d and generation %d of a rollout with %d steps in generation %d", e.Step, e.Generation, len(s.r.Steps), s.r.Generation))
	}
	sum := e.Sum()
	s.r.Totals = s.r.Totals.Sub(s.z.Totals).Add(sum)
	s.z.Totals, s.z.Fleets, s.z.Skipped = sum, e.Fleets, e.Skipped
	s.z.Revision, s.z.Phase, s.z.Step, s.z.Generation = e.Revision, e.Phase, e.Step, e.Generation
	s.z.AckedGeneration = max(s.z.AckedGeneration, e.Generation)
	s.z.UpdatedHeight = ctx.BlockHeight()
	if err := k.setStanding(ctx, &s, e.Standing, types.AckUnspecified); err != nil {
		return types.Acknowledgement{}, err
	}
	if err := k.sendWhatIsLacking(ctx, &s); err != nil {
		return types.Acknowledgement{}, err
	}
	if err := k.saveZone(ctx, &s); err != nil {
		return types.Acknowledgement{}, err
	}
	return types.NewAck(types.AckApplied, e.Revision), emit(ctx, &types.EventEvidence{Rollout: e.Rollout, Zone: source, Revision: e.Revision})
}

// sendWhatIsLacking answers a zone whose evidence shows that it does not have the present state, as one does that was held
// while the rollout moved on.
func (k Keeper) sendWhatIsLacking(ctx sdk.Context, s *zoneOf) error {
	if s.z.NextSend != 0 || !lacks(*s, false) {
		return nil
	}
	return k.retryAt(ctx, &s.z, ctx.BlockHeight())
}
