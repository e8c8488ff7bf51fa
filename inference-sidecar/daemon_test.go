package sidecar

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// A rollout goes its way: the candidate answers those who ask for it, then its share, then all; the zone hears of it.
func TestRollout(t *testing.T) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	asks := d.ask(first, second)
	w.roll(second)
	d.await("the candidate is ready", func() bool { return d.Status().Models[0].Phase == "ready" })
	w.turn(second, rollouttypes.PhaseCanary, 0)
	d.await("weight 10", func() bool { return d.Status().Models[0].Weight == 10 })

	a, err := d.infer(second, request{header: map[string]string{"X-Canary": "true"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.status, a.Error)
	require.Equal(t, "2.0.0", a.Version)
	require.Equal(t, second.id, a.Parameters[parameterVersion])
	require.EqualValues(t, w.number, a.Parameters[parameterRollout])
	require.NotZero(t, a.Parameters[parameterGeneration])
	require.Equal(t, second.output, a.output())
	a, err = d.infer(first, request{header: map[string]string{"X-Canary": "false"}})
	require.NoError(t, err)
	require.Equal(t, first.id, a.Parameters[parameterVersion])
	require.LessOrEqual(t, a.Parameters[parameterHeight].(float64), float64(d.Status().Chain.Height))

	a, err = d.infer(second, request{path: "/versions/2.0.0/infer"})
	require.NoError(t, err)
	require.Equal(t, second.id, a.Parameters[parameterVersion])
	a, err = d.infer(first, request{path: "/versions/9.0.0/infer"})
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, a.status)

	w.promote(second)
	d.awaitServing(second)
	asks.end(t)
	d.await("reported", func() bool { return len(w.ledger.phases(w.number)) > 0 && d.Status().Reports == 0 })
	require.Contains(t, d.metricsText(), `assay_sidecar_model_swaps_total{model="`+worldModel+`"} 1`)
}
