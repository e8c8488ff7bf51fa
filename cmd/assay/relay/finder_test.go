package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	rpctypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// fakeSource is a node with events at the end of some blocks, and with or without an index of them.
type fakeSource struct {
	events   map[int64][]abci.Event
	earliest int64
	index    map[string]int64 // block by query
	noIndex  bool
	read     []int64 // blocks that were asked for
}

func (s *fakeSource) Status(context.Context) (*rpctypes.ResultStatus, error) {
	return &rpctypes.ResultStatus{SyncInfo: rpctypes.SyncInfo{EarliestBlockHeight: s.earliest}}, nil
}

func (s *fakeSource) BlockResults(_ context.Context, height *int64) (*rpctypes.ResultBlockResults, error) {
	if *height < s.earliest {
		return nil, fmt.Errorf("height %d is not available", *height)
	}
	s.read = append(s.read, *height)
	return &rpctypes.ResultBlockResults{Height: *height, FinalizeBlockEvents: s.events[*height]}, nil
}

func (s *fakeSource) TxSearch(context.Context, string, bool, *int, *int, string) (*rpctypes.ResultTxSearch, error) {
	if s.noIndex {
		return nil, errors.New("transaction indexing is disabled")
	}
	return &rpctypes.ResultTxSearch{}, nil
}

func (s *fakeSource) BlockSearch(_ context.Context, query string, _, _ *int, _ string) (*rpctypes.ResultBlockSearch, error) {
	out := &rpctypes.ResultBlockSearch{}
	if h, ok := s.index[query]; ok {
		out.Blocks = append(out.Blocks, &rpctypes.ResultBlock{Block: &types.Block{Header: types.Header{Height: h}}})
	}
	return out, nil
}

func wantPacket(sequence uint64) want {
	return want{sequence: sequence, hash: string(channelv2types.CommitPacket(packetFrom(hereID, thereID, sequence)))}
}

func wantAck(sequence uint64) want {
	ack := channelv2types.Acknowledgement{AppAcknowledgements: [][]byte{{1}}}
	return want{ack: true, sequence: sequence, hash: string(channelv2types.CommitAcknowledgement(ack))}
}

func TestFinder(t *testing.T) {
	const packetQuery = "send_packet.packet_source_client='07-tendermint-1' AND send_packet.packet_sequence='1'"
	const ackQuery = "write_acknowledgement.packet_dest_client='07-tendermint-1' AND write_acknowledgement.packet_sequence='4'"
	for _, tc := range []struct {
		name      string
		source    fakeSource
		cursor    int64
		at        int64
		wants     []want
		passes    int
		found     bool
		exhausted bool
		read      int // blocks at most
	}{
		{name: "success: nothing is wanted, nothing is read", at: 100, found: true},
		{name: "success: in new blocks", source: fakeSource{earliest: 1, events: map[int64][]abci.Event{95: {sent(t, 1)}, 97: {acknowledged(t, 4)}}}, cursor: 90, at: 100, wants: []want{wantPacket(1), wantAck(4)}, passes: 1, found: true, read: 10},
		{name: "success: in the index, where much is new", source: fakeSource{earliest: 1, events: map[int64][]abci.Event{50: {sent(t, 1)}}, index: map[string]int64{packetQuery: 50}}, cursor: 40, at: 1000, wants: []want{wantPacket(1)}, passes: 1, found: true, read: 1},
		{name: "success: an acknowledgement in the index", source: fakeSource{earliest: 1, events: map[int64][]abci.Event{50: {acknowledged(t, 4)}}, index: map[string]int64{ackQuery: 50}}, at: 1000, wants: []want{wantAck(4)}, passes: 1, found: true, read: 1},
		{name: "success: in old blocks, without an index", source: fakeSource{earliest: 1, events: map[int64][]abci.Event{50: {sent(t, 1)}}, noIndex: true}, at: 100, wants: []want{wantPacket(1)}, passes: 3, found: true, read: 51},
		{name: "success: before the cursor, as that is a hint", source: fakeSource{earliest: 1, events: map[int64][]abci.Event{85: {sent(t, 1)}}}, cursor: 90, at: 100, wants: []want{wantPacket(1)}, passes: 1, found: true, read: 16},
		{name: "failure: not yet", source: fakeSource{earliest: 1, events: map[int64][]abci.Event{50: {sent(t, 1)}}, noIndex: true}, at: 100, wants: []want{wantPacket(1)}, passes: 1, read: 20},
		{name: "failure: pruned", source: fakeSource{earliest: 60, events: map[int64][]abci.Event{50: {sent(t, 1)}}, noIndex: true}, at: 100, wants: []want{wantPacket(1)}, passes: 4, exhausted: true, read: 41},
		{name: "failure: another packet than the one sent", source: fakeSource{earliest: 95, events: map[int64][]abci.Event{97: {sent(t, 2)}}}, cursor: 96, at: 100, wants: []want{{sequence: 2, hash: "other"}}, passes: 2, exhausted: true, read: 6},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFinder(&tc.source, slog.New(slog.DiscardHandler), hereID, tc.cursor, 20)
			for range tc.passes {
				require.NoError(t, f.find(context.Background(), tc.wants, tc.at))
			}
			require.Equal(t, tc.found, len(f.missing(tc.wants)) == 0)
			require.Equal(t, tc.exhausted, f.exhausted)
			require.LessOrEqual(t, len(tc.source.read), tc.read)
		})
	}
}

func TestFinderCursor(t *testing.T) {
	source := &fakeSource{earliest: 1, events: map[int64][]abci.Event{95: {sent(t, 1)}, 97: {sent(t, 2)}}}
	f := newFinder(source, slog.New(slog.DiscardHandler), hereID, 90, 20)
	require.EqualValues(t, 100, f.cursor(nil, 100), "nothing is wanted")
	require.Zero(t, f.cursor([]want{wantPacket(1)}, 100), "something is missing")
	require.NoError(t, f.find(context.Background(), []want{wantPacket(1), wantPacket(2)}, 100))
	require.EqualValues(t, 94, f.cursor([]want{wantPacket(1), wantPacket(2)}, 100))
	require.EqualValues(t, 96, f.cursor([]want{wantPacket(2)}, 100))
	require.EqualValues(t, 93, f.cursor([]want{wantPacket(2)}, 93), "not past what is sure")

	f.forget([]want{wantPacket(2)}, 100)
	require.Len(t, f.found, 1)
	f.forget(nil, 96)
	require.Len(t, f.found, 1, "what is in newer blocks may be wanted soon")
	f.skip(200)
	require.EqualValues(t, []int64{201, 200}, []int64{f.low, f.top})
	f.skip(150)
	require.EqualValues(t, 200, f.top, "never back")
}
