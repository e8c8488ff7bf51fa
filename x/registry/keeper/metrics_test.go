package keeper_test

import (
	"testing"
	"time"

	"github.com/hashicorp/go-metrics"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Counters grow when blocks are executed, not when transactions are checked or simulated.
func TestMetricsCountExecutedBlocksOnly(t *testing.T) {
	sink := metrics.NewInmemSink(time.Hour, time.Hour)
	cfg := metrics.DefaultConfig("")
	cfg.EnableHostname, cfg.EnableRuntimeMetrics = false, false
	_, err := metrics.NewGlobal(cfg, sink)
	require.NoError(t, err)
	published := func() int {
		for _, interval := range sink.Data() {
			if c, ok := interval.Counters["registry.versions_published"]; ok {
				return c.Count
			}
		}
		return 0
	}

	f := newPopulated(t)
	for i, mode := range []sdk.ExecMode{sdk.ExecModeCheck, sdk.ExecModeSimulate, sdk.ExecModeFinalize} {
		f.ctx = f.ctx.WithExecMode(mode)
		f.mustPublish([]string{"2.0.0", "2.0.1", "2.0.2"}[i], makeKey(2, 4, 1))
	}
	require.Equal(t, 1, published())
}
