package keeper_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/testutil"

	"github.com/assay-chain/assay/x/rollout/types"
)

// TestResetHeights takes a rollout in its first step, with a retry and evidence queued far ahead, to a chain that counts
// from 1, where it goes on.
func TestResetHeights(t *testing.T) {
	c := newHub(t)
	c.addFleet(1, 1)
	plan := onLocal(alpha1, 1)
	plan.Steps = types.Weights([]uint32{10, 100}, types.Step{MinReady: 1, BakeBlocks: 5, MaxFailureShare: types.FullShare})
	id, err := c.start(plan)
	require.NoError(t, err)
	c.ibc.add("channel-9")
	lost := toZone(beta1)
	lost.Targets[0].Zone = "channel-9"
	_, err = c.start(lost)
	require.NoError(t, err)
	c.ibc.links["channel-9"].status = "Frozen"
	c.endBlocks(t, 3)
	require.NoError(t, c.report(100, 1, types.DevicePhaseReady))
	c.ctx = c.ctx.WithBlockHeight(1000)
	c.endBlocks(t, 1)
	require.NotZero(t, findZone(c.state(t), 2, "channel-9").NextSend)

	require.NoError(t, c.keeper.ResetHeights(c.ctx))
	g := c.state(t)
	require.NoError(t, g.Validate())
	requireNoHeight(t, g, 1)

	c.open(testutil.DefaultContext)
	c.ctx = c.ctx.WithBlockHeight(1)
	require.NoError(t, c.keeper.InitGenesis(c.ctx, g))
	require.Equal(t, g, c.state(t))
	c.endBlocks(t, 3)
	require.Equal(t, types.PhaseCanary, rolloutOf(c.state(t), id).Phase, "the bake time counts anew")
	c.endBlocks(t, 14)
	require.Equal(t, types.PhasePromoted, rolloutOf(c.state(t), id).Phase)
}

// requireNoHeight fails where a field that holds a block has more than the given one.
func requireNoHeight(t *testing.T, g *types.GenesisState, most float64) {
	t.Helper()
	raw, err := json.Marshal(g)
	require.NoError(t, err)
	var all any
	require.NoError(t, json.Unmarshal(raw, &all))
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, one := range v {
				walk(k, one)
			}
		case []any:
			for _, one := range v {
				walk(name, one)
			}
		case float64:
			if strings.HasSuffix(name, "height") || name == "due" || name == "next_send" || name == "next_evidence" || name == "window" {
				require.LessOrEqual(t, math.Abs(v), most, name)
			}
		}
	}
	walk("", all)
}
