//go:build e2e

package e2e

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/query"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// hermesInstalled says whether scripts/hermes.sh has been run on this machine.
func hermesInstalled() bool {
	path, err := hermesPath()
	if err == nil {
		_, err = os.Stat(path)
	}
	return err == nil
}

// blockTime is the time in the header of a block.
func (nd *node) blockTime(n *network, height int64) time.Time {
	n.t.Helper()
	b, err := nd.rpc.Block(context.Background(), &height)
	require.NoError(n.t, err)
	return b.Block.Time
}

// latencies are the times from the hub's block with a transition of a rollout to the zone's block with the same
// generation, the last count of them, ascending, in mean block intervals of the zone meanwhile.
func (r *rollouts) latencies(id uint64, count int) []float64 {
	r.t.Helper()
	page := &query.PageRequest{Limit: 100}
	sent, err := r.onHub().Transitions(context.Background(), &rollouttypes.QueryTransitionsRequest{Id: id, Pagination: page})
	require.NoError(r.t, err)
	z := r.awaitZone(id, func(rollouttypes.ZoneRollout) bool { return true })
	got, err := r.onZone().ZoneTransitions(context.Background(), &rollouttypes.QueryZoneTransitionsRequest{Number: z.Number, Pagination: page})
	require.NoError(r.t, err)
	heights := make(map[uint64]int64)
	for _, t := range got.Transitions {
		heights[t.Generation] = t.Height
	}
	moves := sent.Transitions[len(sent.Transitions)-count:]
	first, last := heights[moves[0].Generation], heights[moves[count-1].Generation]
	span := r.zone.nodes[0].blockTime(r.zone, last).Sub(r.zone.nodes[0].blockTime(r.zone, first))
	interval := span / time.Duration(last-first)
	var out []float64
	for _, t := range moves {
		height, ok := heights[t.Generation]
		require.True(r.t, ok, "generation %d did not come alone", t.Generation)
		delay := r.zone.nodes[0].blockTime(r.zone, height).Sub(r.hub.nodes[0].blockTime(r.hub, t.Height))
		out = append(out, float64(delay)/float64(interval))
	}
	slices.Sort(out)
	r.t.Logf("mean block interval of the zone: %s", interval)
	return out
}
