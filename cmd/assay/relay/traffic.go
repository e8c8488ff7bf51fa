package relay

import (
	"context"
	"maps"
	"slices"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// traffic is what is unsettled between a sending and a receiving chain, as their states have it.
type traffic struct {
	commitments map[uint64][]byte // of the packets that are not settled, by sequence
	unreceived  []uint64          // not received; in ascending order, as all that follows
	acked       []uint64          // received, and the acknowledgement can be proven
	acks        map[uint64][]byte // hashes of these
	waiting     []uint64          // received; there is no acknowledgement that can be proven yet
}

// readTraffic reads the direction from one chain to the other. Packets and acknowledgements are taken from the
// states that the tips prove; whether there still is anything to do, from the latest.
func readTraffic(ctx context.Context, from, to *end) (traffic, error) {
	var t traffic
	var err error
	if t.commitments, err = from.chain.commitments(ctx, from.clientID, from.tip.provable()); err != nil {
		return t, err
	}
	// Receipts first: a packet that is settled between the two questions is then seen as settled.
	sequences := slices.Sorted(maps.Keys(t.commitments))
	if t.unreceived, err = to.chain.unreceived(ctx, to.clientID, sequences); err != nil {
		return t, err
	}
	open, err := from.chain.unsettled(ctx, from.clientID, sequences)
	if err != nil {
		return t, err
	}
	t.unreceived = intersect(t.unreceived, open)
	received := without(open, t.unreceived)
	if t.acks, err = to.chain.acknowledgements(ctx, to.clientID, received, to.tip.provable()); err != nil {
		return t, err
	}
	t.acked = slices.Sorted(maps.Keys(t.acks))
	t.waiting = without(received, t.acked)
	return t, nil
}

// packetWants are the packets that the sending chain's blocks have the bytes of.
func (t traffic) packetWants(sequences []uint64) []want {
	var out []want
	for _, s := range sequences {
		out = append(out, want{sequence: s, hash: string(t.commitments[s])})
	}
	return out
}

// ackWants are the acknowledgements that the receiving chain's blocks have the bytes of.
func (t traffic) ackWants(sequences []uint64) []want {
	var out []want
	for _, s := range sequences {
		out = append(out, want{ack: true, sequence: s, hash: string(t.acks[s])})
	}
	return out
}

// nextStep says what a packet that is not received needs: a packet whose time is over on the receiving chain,
// by the header that would prove it, is returned; any other is brought over.
func nextStep(p channelv2types.Packet, receiver tip) step {
	// Timeouts are counted in whole seconds, and the second that is named is too late.
	if uint64(receiver.time.Unix()) >= p.TimeoutTimestamp {
		return stepTimeout
	}
	return stepReceive
}

func intersect(a, b []uint64) []uint64 {
	return filter(a, func(s uint64) bool { return contains(b, s) })
}

func without(a, b []uint64) []uint64 {
	return filter(a, func(s uint64) bool { return !contains(b, s) })
}

// contains looks in an ascending list.
func contains(sorted []uint64, s uint64) bool {
	_, ok := slices.BinarySearch(sorted, s)
	return ok
}

func filter(list []uint64, keep func(uint64) bool) []uint64 {
	var out []uint64
	for _, s := range list {
		if keep(s) {
			out = append(out, s)
		}
	}
	return out
}
