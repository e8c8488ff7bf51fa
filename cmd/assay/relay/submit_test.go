package relay

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// fakeSends records transactions; refuse says what the chain answers to one.
type fakeSends struct {
	sent   [][]uint64 // by transaction; 0 is a client update
	refuse func(sequences []uint64) error
}

func (f *fakeSends) send(_ context.Context, msgs []sdk.Msg) error {
	var sequences []uint64
	for _, m := range msgs {
		switch m := m.(type) {
		case *clienttypes.MsgUpdateClient:
			sequences = append(sequences, 0)
		case *channelv2types.MsgRecvPacket:
			sequences = append(sequences, m.Packet.Sequence)
		}
	}
	if f.refuse != nil {
		if err := f.refuse(sequences); err != nil {
			return err
		}
	}
	f.sent = append(f.sent, sequences)
	return nil
}

func testSubmitter(f *fakeSends) *submitter {
	return &submitter{
		send: f.send, log: slog.New(slog.DiscardHandler), maxMessages: 4, maxBytes: 1 << 20,
		refused: map[itemKey]*penalty{}, now: func() time.Time { return time.Unix(1000, 0) },
	}
}

func receives(sequences ...uint64) []item {
	var out []item
	for _, s := range sequences {
		out = append(out, item{itemKey{stepReceive, s}, &channelv2types.MsgRecvPacket{Packet: packetFrom(hereID, thereID, s)}})
	}
	return out
}

func has(list []uint64, s uint64) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func TestDeliver(t *testing.T) {
	update := []sdk.Msg{&clienttypes.MsgUpdateClient{}}
	poison := &refusedError{errors.New("no")}
	down := errors.New("connection refused")
	for _, tc := range []struct {
		name    string
		items   []item
		refuse  func([]uint64) error
		sent    [][]uint64
		done    int
		blocked []uint64
		err     error
	}{
		{name: "success: an update alone", sent: [][]uint64{{0}}},
		{name: "success: the update is in the first transaction only", items: receives(1, 2, 3, 4, 5), sent: [][]uint64{{0, 1, 2, 3, 4}, {5}}, done: 5},
		{
			name: "success: what is refused stands alone in the end, all else passes", items: receives(1, 2, 3, 4, 5),
			refuse: func(s []uint64) error {
				if has(s, 3) {
					return poison
				}
				return nil
			},
			sent: [][]uint64{{0, 1, 2}, {4}, {5}}, done: 4, blocked: []uint64{3},
		},
		{
			name: "success: too much gas is split", items: receives(1, 2, 3, 4),
			refuse: func(s []uint64) error {
				if len(s) > 3 {
					return &tooMuchGasError{}
				}
				return nil
			},
			sent: [][]uint64{{0, 1, 2}, {3, 4}}, done: 4,
		},
		{
			name: "success: another relayer was first", items: receives(1, 2, 3, 4, 5),
			refuse: func(s []uint64) error {
				if has(s, 1) {
					return asRefusal(channeltypes.ErrRedundantTx)
				}
				return nil
			},
			sent: [][]uint64{{0, 5}}, done: 1,
		},
		{
			name: "failure: a node that is down ends it", items: receives(1, 2, 3, 4, 5),
			refuse: func(s []uint64) error {
				if has(s, 5) {
					return down
				}
				return nil
			},
			sent: [][]uint64{{0, 1, 2, 3, 4}}, done: 4, err: down,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &fakeSends{refuse: tc.refuse}
			s := testSubmitter(f)
			done, err := s.deliver(context.Background(), update, tc.items)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, tc.sent, f.sent)
			require.Equal(t, tc.done, done)
			for _, i := range tc.items {
				require.Equal(t, has(tc.blocked, i.sequence), s.blocked(i.itemKey), "sequence %d", i.sequence)
			}
		})
	}
}

func TestPenalty(t *testing.T) {
	s := testSubmitter(&fakeSends{})
	now := time.Unix(1000, 0)
	s.now = func() time.Time { return now }
	k := itemKey{stepReceive, 1}
	require.False(t, s.blocked(k))
	first := s.punish(k)
	require.True(t, s.blocked(k))
	require.False(t, s.blocked(itemKey{stepTimeout, 1}))
	now = first
	require.False(t, s.blocked(k))
	for range 20 {
		s.punish(k)
	}
	require.LessOrEqual(t, s.refused[k].until.Sub(now), longestPenalty*3/2)
	require.Greater(t, s.refused[k].until.Sub(now), firstPenalty*2)
}

func TestBatches(t *testing.T) {
	one := receives(1)[0]
	size := one.msg.(*channelv2types.MsgRecvPacket).Size()
	require.Len(t, batches(receives(1, 2, 3, 4, 5), 2, 1<<20), 3)
	require.Len(t, batches(receives(1, 2, 3, 4, 5), 100, 2*size), 3)
	require.Len(t, batches(receives(1, 2, 3), 100, 1), 3, "one that is too large stands alone")
	require.Empty(t, batches(nil, 100, 1))
}

func TestBackoff(t *testing.T) {
	b := backoff{first: time.Second, longest: time.Minute}
	last := time.Duration(0)
	for range 100 {
		last = b.fail()
		require.LessOrEqual(t, last, time.Minute*3/2)
	}
	require.GreaterOrEqual(t, last, time.Minute/2)
	b.succeed()
	require.LessOrEqual(t, b.fail(), time.Second*3/2)
}
