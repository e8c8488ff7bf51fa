package relay

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// settling is a relayer that only keeps cursors.
func settling(t *testing.T, source eventSource) *relayer {
	t.Helper()
	r := &relayer{state: stateFile{filepath.Join(t.TempDir(), "state.json")}, log: slog.New(slog.DiscardHandler)}
	for i, id := range []string{hereID, thereID} {
		c := &chain{cfg: chainConfig{ChainID: id}}
		r.ends[i] = &end{chain: c, clientID: id, finder: newFinder(source, r.log, id, 100, 1000)}
	}
	return r
}

func (r *relayer) passAt(t *testing.T, tipHeight int64, open traffic) {
	t.Helper()
	for _, e := range r.ends {
		e.tip = tip{height: tipHeight}
	}
	require.NoError(t, r.settle([2]traffic{open, {}}))
}

func (r *relayer) savedCursor(t *testing.T, id string) int64 {
	t.Helper()
	s, err := r.state.load()
	require.NoError(t, err)
	return s.of(id).Cursor
}

func TestSettle(t *testing.T) {
	source := &fakeSource{earliest: 1, events: map[int64][]abci.Event{350: {sent(t, 1)}}}
	r := settling(t, source)
	open := traffic{unreceived: []uint64{1}, commitments: map[uint64][]byte{1: channelv2types.CommitPacket(packetFrom(hereID, thereID, 1))}}

	r.passAt(t, 301, traffic{})
	require.Zero(t, r.savedCursor(t, hereID), "the first pass is sure of nothing")
	r.passAt(t, 401, traffic{})
	require.EqualValues(t, 300, r.savedCursor(t, hereID), "up to the tip of the pass before")
	r.passAt(t, 501, open)
	require.EqualValues(t, 300, r.ends[0].finder.top, "not past what is missing")
	require.EqualValues(t, 400, r.ends[1].finder.top)

	require.NoError(t, r.ends[0].finder.find(context.Background(), open.packetWants(open.unreceived), 500))
	r.passAt(t, 701, open)
	require.EqualValues(t, 300, r.savedCursor(t, hereID), "not past what is open")
	require.Len(t, r.ends[0].finder.found, 1)
	r.passAt(t, 801, traffic{})
	require.EqualValues(t, 700, r.savedCursor(t, hereID))
	require.Empty(t, r.ends[0].finder.found)
}
