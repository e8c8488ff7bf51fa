package relay

import (
	"bytes"
	"context"
	"fmt"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// plannedStep is a step that is known to be due, with the bytes that it needs and before its proof.
type plannedStep struct {
	itemKey
	packet channelv2types.Packet
	ack    *channelv2types.Acknowledgement
}

// plan finds the bytes that are needed and returns what is to be done on each end.
func (r *relayer) plan(ctx context.Context, t [2]traffic) (plans [2][]plannedStep, err error) {
	for i, e := range r.ends {
		packets, acks := r.choose(i, t)
		wants := append(t[i].packetWants(packets), t[1-i].ackWants(acks)...)
		if err := e.finder.find(ctx, wants, e.tip.provable()); err != nil {
			return plans, fmt.Errorf("%s: %w", e.chain.id(), err)
		}
		for _, w := range wants {
			r.planOne(&plans, i, t, w)
		}
	}
	return plans, nil
}

// choose takes the first packets sent by an end, and the first acknowledgements written by it, that are not
// blocked by a refusal.
func (r *relayer) choose(i int, t [2]traffic) (packets, acks []uint64) {
	here, there := r.ends[i].submit, r.other(i).submit
	packets = filter(t[i].unreceived, func(s uint64) bool {
		return !there.blocked(itemKey{stepReceive, s}) && !here.blocked(itemKey{stepTimeout, s})
	})
	acks = filter(t[1-i].acked, func(s uint64) bool { return !there.blocked(itemKey{stepAcknowledge, s}) })
	return packets[:min(len(packets), r.cfg.MaxPackets)], acks[:min(len(acks), r.cfg.MaxPackets)]
}

// planOne adds the step for what end i had the bytes of: a packet goes to the other end, or is returned to this
// one; an acknowledgement goes to the other.
func (r *relayer) planOne(plans *[2][]plannedStep, i int, t [2]traffic, w want) {
	f, ok := r.ends[i].finder.found[w]
	if !ok {
		r.giveWay(i, w)
		return
	}
	s := plannedStep{packet: f.packet, ack: f.ack, itemKey: itemKey{sequence: w.sequence}}
	to := 1 - i
	switch {
	case w.ack && !bytes.Equal(channelv2types.CommitPacket(f.packet), t[1-i].commitments[w.sequence]):
		r.log.Warn("a node's event has another packet than the one sent", "chain", r.ends[i].chain.id(), "sequence", w.sequence)
		return
	case w.ack:
		s.step = stepAcknowledge
	default:
		s.step = nextStep(f.packet, r.other(i).tip)
	}
	if s.step == stepTimeout {
		to = i
	}
	plans[to] = append(plans[to], s)
}

// giveWay blocks a step whose bytes cannot be found for a while, so that it does not keep others waiting.
func (r *relayer) giveWay(i int, w want) {
	if !r.ends[i].finder.exhausted {
		return
	}
	key := itemKey{stepReceive, w.sequence}
	if w.ack {
		key.step = stepAcknowledge
	}
	r.other(i).submit.punish(key)
}

// prove makes messages of steps.
func prove(p prover, steps []plannedStep, signer string) ([]item, error) {
	var out []item
	for _, s := range steps {
		i, err := proveOne(p, s, signer)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

func proveOne(p prover, s plannedStep, signer string) (item, error) {
	i := item{itemKey: s.itemKey}
	var proof []byte
	var err error
	switch s.step {
	case stepReceive:
		proof, err = p.commitment(s.packet.SourceClient, s.sequence)
		i.msg = channelv2types.NewMsgRecvPacket(s.packet, proof, p.height(), signer)
	case stepAcknowledge:
		proof, err = p.acknowledgement(s.packet.DestinationClient, s.sequence)
		i.msg = channelv2types.NewMsgAcknowledgement(s.packet, *s.ack, proof, p.height(), signer)
	default:
		proof, err = p.receiptAbsence(s.packet.DestinationClient, s.sequence)
		i.msg = channelv2types.NewMsgTimeout(s.packet, proof, p.height(), signer)
	}
	return i, err
}
