package sidecar

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/assay-chain/assay/inference-sidecar/config"

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
	d.awaitMetric(`assay_sidecar_model_swaps_total{model="` + worldModel + `"}`)
}

// Proofs that are asked for beyond the bound are refused in words; the inference is not.
func TestProofsBeyondTheBound(t *testing.T) {
	w := newWorld(t)
	first := releaseOf(t, 1)
	d := w.serving(first)
	var refused any
	for range 150 { // a hundred at once, and one more each second
		a, err := d.infer(first, request{parameters: map[string]any{"assay_prove": true}})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, a.status, a.Error)
		require.Equal(t, first.output, a.output())
		if refused = a.Parameters[parameterNoProof]; refused != nil {
			require.NotContains(t, a.Parameters, parameterReceipt)
			break
		}
	}
	require.Equal(t, "too many proofs are asked for; try again later", refused)
}

// A device that proves nothing says so.
func TestProvingOff(t *testing.T) {
	w := newWorld(t)
	w.config.Proving.Mode = config.ProvingOff
	first := releaseOf(t, 1)
	d := w.serving(first)
	a, err := d.infer(first, request{parameters: map[string]any{"assay_prove": true}})
	require.NoError(t, err)
	require.Equal(t, "this device does not prove", a.Parameters[parameterNoProof])
	_, err = d.receipt("00000000000000000000000000000000")
	require.ErrorContains(t, err, "404")
}

// Receipts that nobody has, and ids that are none.
func TestReceiptNotFound(t *testing.T) {
	w := newWorld(t)
	d := w.serving(releaseOf(t, 1))
	_, err := d.receipt("00000000000000000000000000000000")
	require.ErrorContains(t, err, "404")
	_, err = d.receipt("nonsense")
	require.ErrorContains(t, err, "400")
}

// A stop drains: the request under way is answered, and new ones find nobody.
func TestStopDrains(t *testing.T) {
	w := newWorld(t)
	h := hold(w)
	first := releaseOf(t, 1)
	d := w.serving(first)
	h.on.Store(true)
	type result struct {
		a   *answer
		err error
	}
	answered := make(chan result, 1)
	go func() {
		a, err := d.infer(first, request{})
		answered <- result{a, err}
	}()
	<-h.running
	h.on.Store(false)
	d.cancel()
	other := newClient(w.config.API.Socket)
	eventually(t, "new requests are refused", func() bool {
		other.http.CloseIdleConnections()
		a, err := other.infer(first, request{})
		return err != nil || a.status == http.StatusServiceUnavailable
	}, func() string { return "" })
	select {
	case <-answered:
		t.Fatal("answered before it ran")
	default:
	}
	close(h.free)
	r := <-answered
	require.NoError(t, r.err)
	require.Equal(t, http.StatusOK, r.a.status)
	require.Equal(t, first.output, r.a.output())
	require.NoError(t, d.stop())
}

// Nothing is left of a sidecar that was stopped.
func TestNoGoroutineIsLeft(t *testing.T) {
	w := newWorld(t)
	first := releaseOf(t, 1)
	run := func() {
		d := w.serving(first)
		require.NoError(t, d.askOnce([]*release{first}))
		d.promise(first)
		require.NoError(t, d.stop())
		http.DefaultClient.CloseIdleConnections()
		for _, e := range w.endpoints {
			e.CloseClientConnections()
		}
		w.shelf.CloseClientConnections()
	}
	run() // what begins once in a process has begun
	before := runtime.NumGoroutine()
	for range 3 {
		run()
	}
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before }, func() string {
		buffer := make([]byte, 1<<20)
		return string(buffer[:runtime.Stack(buffer, true)])
	})
}
