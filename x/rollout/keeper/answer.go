package keeper

import (
	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Acknowledged takes the acknowledgement of a packet that this chain sent. Bytes that are not an acknowledgement of this
// protocol, such as core IBC's own error, count as a refusal that may pass.
func (k Keeper) Acknowledged(ctx sdk.Context, link string, sequence uint64, data, ackBytes []byte) error {
	packet, err := types.DecodePacket(data)
	if err != nil {
		return err // not reached: this chain sends nothing else
	}
	ack, err := types.DecodeAck(ackBytes)
	if err != nil {
		ctx.Logger().Error("acknowledgement of another protocol", "link", link, "sequence", sequence, "error", err)
		ack = types.NewAck(types.AckInternal, 0)
	}
	count(ctx, metricPackets, "acknowledged")
	if e := packet.GetEvidence(); e != nil {
		return k.evidenceAnswered(ctx, link, e, ack.Code)
	}
	return k.zoneAnswered(ctx, link, sequence, packet, types.OutcomeAcknowledged, ack)
}

// TimedOut takes the proof that a packet of this chain's was not received in time.
func (k Keeper) TimedOut(ctx sdk.Context, link string, sequence uint64, data []byte) error {
	packet, err := types.DecodePacket(data)
	if err != nil {
		return err // not reached: this chain sends nothing else
	}
	count(ctx, metricPackets, "timed_out")
	if e := packet.GetEvidence(); e != nil {
		return k.evidenceAnswered(ctx, link, e, types.AckInternal)
	}
	return k.zoneAnswered(ctx, link, sequence, packet, types.OutcomeTimedOut, types.Acknowledgement{})
}

// zoneAnswered puts on record what became of a packet to a zone, and does what follows from it.
func (k Keeper) zoneAnswered(ctx sdk.Context, zone string, sequence uint64, packet *types.Packet, outcome types.Outcome, ack types.Acknowledgement) error {
	id := packet.GetCommand().GetRollout() + packet.GetAnnounce().GetRollout() // one of them
	s, ok, err := k.loadZone(ctx, id, zone)
	if err != nil || !ok {
		return err
	}
	a, err := k.attemptOf(ctx, s.z, sequence)
	if err != nil {
		return err
	}
	a.Outcome, a.Code, a.OutcomeHeight = outcome, uint32(ack.Code), ctx.BlockHeight()
	if a.Number != 0 {
		if err := k.putAttempt(ctx, a); err != nil {
			return err
		}
	}
	if sequence == s.z.SentSequence {
		s.z.InFlight = false
	}
	if outcome == types.OutcomeTimedOut {
		err = k.inVain(ctx, &s, sequence)
	} else {
		err = k.take(ctx, &s, sequence, ack)
	}
	if err != nil {
		return err
	}
	return k.saveZone(ctx, &s)
}

// attemptOf finds the attempt of a sequence among those that are kept; its number is 0 where it is not.
func (k Keeper) attemptOf(ctx sdk.Context, z types.ZoneState, sequence uint64) (a types.Attempt, err error) {
	rng := collections.NewSuperPrefixedTripleRange[uint64, string, uint32](z.Rollout, z.Zone)
	err = k.Attempts.Walk(ctx, rng, func(_ collections.Triple[uint64, string, uint32], v types.Attempt) (bool, error) {
		if v.Sequence == sequence && v.Outcome == types.OutcomeUnspecified {
			a = v
		}
		return a.Number != 0, nil
	})
	return a, err
}

// answer is zoneAnswered for the zone on this chain, whose answer comes at once.
func (k Keeper) answer(ctx sdk.Context, s *zoneOf, a types.Attempt, ack types.Acknowledgement) error {
	a.Outcome, a.Code, a.OutcomeHeight = types.OutcomeAcknowledged, uint32(ack.Code), ctx.BlockHeight()
	if err := k.putAttempt(ctx, a); err != nil {
		return err
	}
	s.z.SentSequence = 0
	return k.take(ctx, s, 0, ack)
}

// take does what follows from an acknowledgement.
func (k Keeper) take(ctx sdk.Context, s *zoneOf, sequence uint64, ack types.Acknowledgement) error {
	s.z.Code, s.z.UpdatedHeight = uint32(ack.Code), ctx.BlockHeight()
	switch {
	case ack.Code.IsSuccess():
		return k.takeSuccess(ctx, s, sequence, ack)
	case ack.Code == types.AckStopped:
		return k.setStanding(ctx, s, types.StandingStopped, ack.Code)
	case ack.Code == types.AckRefused:
		return k.setStanding(ctx, s, types.StandingRefused, ack.Code)
	case s.z.Standing == types.StandingAnnounced && !ack.Code.IsTransient():
		return k.setStanding(ctx, s, types.StandingRefused, ack.Code)
	}
	return k.inVain(ctx, s, sequence)
}

func (k Keeper) takeSuccess(ctx sdk.Context, s *zoneOf, sequence uint64, ack types.Acknowledgement) error {
	standing := s.z.Standing
	switch ack.Code {
	case types.AckAccepted:
		standing = types.StandingAccepted
	case types.AckHeld:
		standing = types.StandingHeld
	}
	if err := k.setStanding(ctx, s, standing, ack.Code); err != nil {
		return err
	}
	s.z.AckedGeneration = max(s.z.AckedGeneration, min(ack.Generation, s.r.Generation))
	if sequence == s.z.SentSequence && s.z.SentGeneration >= s.r.Generation && lacks(*s, true) {
		return k.backOff(ctx, &s.z) // it took the latest and does not have it: no honest zone
	}
	s.z.Retries = 0
	if lacks(*s, true) {
		return k.retryAt(ctx, &s.z, ctx.BlockHeight())
	}
	return k.retryAt(ctx, &s.z, 0)
}

// inVain sends a packet again later, if it was the latest and there is still something to say.
func (k Keeper) inVain(ctx sdk.Context, s *zoneOf, sequence uint64) error {
	if sequence != s.z.SentSequence || !lacks(*s, true) {
		return nil
	}
	return k.backOff(ctx, &s.z)
}
