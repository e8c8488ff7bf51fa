package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

func (k Keeper) progress(ctx context.Context, number uint64) (types.ZoneProgress, error) {
	p, err := k.ZoneProgress.Get(ctx, number)
	if errors.Is(err, collections.ErrNotFound) {
		return types.ZoneProgress{}, nil
	}
	return p, err
}

// touch marks that there is news for the hub, and saves the progress. News are gathered: between two packets of a rollout
// are at least so many blocks as the parameter says.
func (k Keeper) touch(ctx sdk.Context, z types.ZoneRollout, p *types.ZoneProgress) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	p.Revision++
	at := ctx.BlockHeight()
	if p.SentHeight != 0 && z.Source != types.LocalZone {
		at = max(at, p.SentHeight+int64(params.EvidenceInterval))
	}
	if p.NextEvidence == 0 || p.NextEvidence > at {
		if err := k.evidenceAt(ctx, z.Number, p, at); err != nil {
			return err
		}
	}
	return k.ZoneProgress.Set(ctx, z.Number, *p)
}

// evidenceAt lets evidence be sent at the end of a block; 0 takes it out of the queue. The progress is not saved.
func (k Keeper) evidenceAt(ctx context.Context, number uint64, p *types.ZoneProgress, height int64) error {
	if p.NextEvidence != 0 {
		if err := k.EvidenceDue.Remove(ctx, collections.Join(p.NextEvidence, number)); err != nil {
			return err
		}
	}
	p.NextEvidence = height
	if height == 0 {
		return nil
	}
	return k.EvidenceDue.Set(ctx, collections.Join(height, number))
}

// sendEvidence sends the evidence that is due, oldest first, at most limit packets.
func (k Keeper) sendEvidence(ctx sdk.Context, limit uint32) error {
	due, err := firstDue(ctx, k.EvidenceDue, ctx.BlockHeight(), limit)
	if err != nil {
		return err
	}
	for _, key := range due {
		if err := k.sendEvidenceOf(ctx, key.K2()); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) sendEvidenceOf(ctx sdk.Context, number uint64) error {
	z, err := k.zoneRollout(ctx, number)
	if err != nil {
		return err
	}
	p, err := k.progress(ctx, number)
	if err != nil {
		return err
	}
	if err := k.evidenceAt(ctx, number, &p, 0); err != nil {
		return err
	}
	e, err := k.evidence(ctx, z, p)
	if err != nil {
		return err
	}
	p.SentRevision, p.SentHeight = p.Revision, ctx.BlockHeight()
	if z.Source == types.LocalZone {
		if ack := k.deliver(ctx, types.LocalZone, 0, types.NewEvidence(e)); ack.Code.IsSuccess() {
			p.AckedRevision = p.SentRevision
		}
	} else if _, err := k.transmit(ctx, z.Source, types.NewEvidence(e)); err != nil {
		ctx.Logger().Info("evidence not sent", "number", number, "source", z.Source, "error", err)
		if err := k.evidenceLater(ctx, z, &p); err != nil {
			return err
		}
	}
	return k.ZoneProgress.Set(ctx, number, p)
}

// evidence is what the hub is to know of a rollout.
func (k Keeper) evidence(ctx context.Context, z types.ZoneRollout, p types.ZoneProgress) (*types.Evidence, error) {
	e := &types.Evidence{
		Rollout: z.Id, Revision: p.Revision, Standing: z.Standing, Phase: z.Phase, Step: z.Step, Generation: z.Generation, Skipped: z.Skipped,
	}
	var err error
	e.Fleets, err = k.fleetEvidence(ctx, z.Number)
	return e, err
}

func (k Keeper) fleetEvidence(ctx context.Context, number uint64) (fleets []types.FleetEvidence, err error) {
	rng := collections.NewPrefixedPairRange[uint64, uint64](number)
	err = k.ZoneFleets.Walk(ctx, rng, func(_ collections.Pair[uint64, uint64], f types.FleetEvidence) (bool, error) {
		fleets = append(fleets, f)
		return false, nil
	})
	return fleets, err
}

// evidenceLater sends evidence again after a back-off, unless the channel is closed for good.
func (k Keeper) evidenceLater(ctx sdk.Context, z types.ZoneRollout, p *types.ZoneProgress) error {
	status, err := k.observeLink(ctx, z.Source)
	if err != nil || status == types.LinkClosed {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	p.Retries++
	return k.evidenceAt(ctx, z.Number, p, ctx.BlockHeight()+params.RetryDelay(p.Retries))
}

// evidenceAnswered does what follows from the answer to an evidence packet. A lost one costs nothing: only where nothing
// later was sent since, it is sent again.
func (k Keeper) evidenceAnswered(ctx sdk.Context, link string, e *types.Evidence, code types.AckCode) error {
	number, err := k.Numbers.Get(ctx, collections.Join(link, e.Rollout))
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	z, err := k.zoneRollout(ctx, number)
	if err != nil {
		return err
	}
	p, err := k.progress(ctx, number)
	if err != nil {
		return err
	}
	switch {
	case code.IsSuccess():
		p.AckedRevision, p.Retries = max(p.AckedRevision, e.Revision), 0
	case e.Revision == p.SentRevision && p.NextEvidence == 0:
		if err := k.evidenceLater(ctx, z, &p); err != nil {
			return err
		}
	}
	return k.ZoneProgress.Set(ctx, number, p)
}
