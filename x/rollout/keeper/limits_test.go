package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

// onLocal is a plan of one step for fleets of this chain.
func onLocal(version string, fleets ...uint64) types.Plan {
	return types.Plan{
		Version: version, Targets: []types.Target{{Zone: types.LocalZone, Fleets: fleets}},
		Steps: []types.Step{{Weight: types.FullWeight, MinReady: 1, MaxFailures: 100, MaxFailureShare: types.FullShare}},
	}
}

// A rollout that waits is looked at again with as many others under way as there may be: the chain must not halt on it.
func TestMostActiveRollouts(t *testing.T) {
	c := newChain(t, "hub")
	c.registry.publish("acme/alpha@1.0.0", owner, spec("acme/alpha@1.0.0"))
	for i := range uint64(2000) {
		c.addFleet(i+1, 0)
	}
	const most = 64
	for i := range uint64(most - 1) {
		_, err := c.start(onLocal("acme/alpha@1.0.0", i+1))
		require.NoError(t, err)
	}
	waiting := onLocal("acme/alpha@1.0.0", 1)
	waiting.Wait = true
	id, err := c.start(waiting)
	require.NoError(t, err)
	before := c.state(t)
	_, err = c.start(onLocal("acme/alpha@1.0.0", 1000))
	require.ErrorIs(t, err, types.ErrLimit)
	require.Equal(t, before, c.state(t))

	require.NoError(t, c.control(owner, 1, types.ActionAbort))
	c.endBlock(t) // settles the first, and wakes the one that waits
	_, err = c.start(onLocal("acme/alpha@1.0.0", 1000))
	require.NoError(t, err, "there is room for one more")
	_, err = c.start(onLocal("acme/alpha@1.0.0", 1001))
	require.ErrorIs(t, err, types.ErrLimit)
	c.endBlocks(t, 3)
	r, err := c.keeper.Rollouts.Get(c.ctx, id)
	require.NoError(t, err)
	require.Zero(t, r.WaitsFor)
}
