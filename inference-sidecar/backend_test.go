package sidecar

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/oip"
	"github.com/assay-chain/assay/inference-sidecar/queue"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// parameterVersion is the parameter of each response in which package oip names the version.
const parameterVersion = "assay_version"

// held makes runs of all models wait until they are let go.
type held struct {
	on      atomic.Bool
	running chan struct{}
	free    chan struct{}
}

type heldEngine struct {
	*engine.Model
	h *held
}

func (e heldEngine) Run(f *engine.Frame) error {
	if e.h.on.Load() {
		e.h.running <- struct{}{}
		<-e.h.free
	}
	return e.Model.Run(f)
}

func hold(w *world) *held {
	h := &held{running: make(chan struct{}), free: make(chan struct{})}
	w.seams.slots = func(o *slots.Options) {
		options := o.Engine
		o.Loader = func(data []byte, session map[string]string) (slots.Engine, error) {
			m, err := engine.Load(data, session, options)
			if err != nil {
				return nil, err
			}
			return heldEngine{m, h}, nil
		}
	}
	return h
}

// A full queue answers at once with a hint when to come again; a deadline that has passed costs no run.
func TestOverload(t *testing.T) {
	w := newWorld(t)
	h := hold(w)
	w.config.Scheduler.Parallel, w.config.Scheduler.Capacity = 1, 1
	first := releaseOf(t, 1)
	d := w.serving(first)
	h.on.Store(true)
	done := make(chan int, 2)
	ask := func(parameters map[string]any) {
		a, err := d.infer(first, request{parameters: parameters})
		if err != nil {
			done <- 0
			return
		}
		done <- a.status
	}
	go ask(nil)
	<-h.running
	go ask(map[string]any{"timeout": 60_000_000})
	d.await("one waits", func() bool { return d.Status().Queue.Queued == 1 })
	a, err := d.infer(first, request{})
	require.NoError(t, err)
	require.Equal(t, http.StatusTooManyRequests, a.status, a.Error)
	d.awaitMetric(`assay_sidecar_queue_dropped_total{cause="overload"}`)

	w.clock.move(2 * time.Minute) // the one that waits is past its deadline
	h.on.Store(false)
	close(h.free)
	require.ElementsMatch(t, []int{http.StatusOK, http.StatusGatewayTimeout}, []int{<-done, <-done})
	d.awaitMetric(`assay_sidecar_queue_dropped_total{cause="deadline"}`)
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	w.roll(second)
	d.await("the candidate is ready", func() bool { return d.Status().Models[0].Phase == "ready" })
	canary := map[string]string{"X-Canary": "true"}
	for _, tc := range []struct {
		name   string
		q      request
		status int
		by     *release
	}{
		{"success: default", request{}, http.StatusOK, first},
		{"success: against the candidate", request{header: map[string]string{"X-Canary": "false"}}, http.StatusOK, first},
		{"success: version on record by number", request{path: "/versions/1.0.0/infer"}, http.StatusOK, first},
		{"failure: version that is not served", request{path: "/versions/3.0.0/infer"}, http.StatusNotFound, nil},
		{"failure: header that is neither", request{header: map[string]string{"X-Canary": "perhaps"}}, http.StatusBadRequest, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, err := d.infer(first, tc.q)
			require.NoError(t, err)
			require.Equal(t, tc.status, a.status, a.Error)
			if tc.by != nil {
				require.Equal(t, tc.by.id, a.Parameters[parameterVersion])
				require.Equal(t, tc.by.output, a.output())
			} else {
				require.NotEmpty(t, a.Error)
			}
		})
	}

	// A caller's key decides for a tenth of the keys, always the same way.
	w.turn(second, rollouttypes.PhaseCanary, 0)
	d.await("weight 10", func() bool { return d.Status().Models[0].Weight == 10 })
	a, err := d.infer(second, request{header: canary})
	require.NoError(t, err)
	require.Equal(t, second.id, a.Parameters[parameterVersion])
	candidates := 0
	for i := range 200 {
		header := map[string]string{"X-Assay-Key": fmt.Sprintf("camera-%d", i)}
		a, err := d.infer(first, request{header: header})
		require.NoError(t, err)
		again, err := d.infer(first, request{header: header})
		require.NoError(t, err)
		require.Equal(t, a.Parameters[parameterVersion], again.Parameters[parameterVersion])
		if a.Parameters[parameterVersion] == second.id {
			candidates++
		}
	}
	require.InDelta(t, 20, candidates, 15)

	body, status, err := d.get("/v2/models/vibration")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, string(body), `"versions":["1.0.0","2.0.0"]`)
	_, status, err = d.get("/v2/models/unknown/ready")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, status)

	// Rolled back: the candidate is nobody's any more.
	w.turn(second, rollouttypes.PhaseRolledBack, 0)
	d.await("no candidate", func() bool { return d.Status().Models[0].Candidate == "" })
	a, err = d.infer(first, request{header: canary})
	require.NoError(t, err)
	if a.status == http.StatusOK {
		require.Equal(t, first.id, a.Parameters[parameterVersion])
	}
	a, err = d.infer(first, request{path: "/versions/2.0.0/infer"})
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, a.status)
}

// Nothing is on record for this model: the device is live, not ready, and says so.
func TestNothingToServe(t *testing.T) {
	w := newWorld(t)
	d := w.start()
	d.await("it knows its standing", func() bool { return d.Status().Chain.Standing == "active" })
	a, err := d.infer(releaseOf(t, 1), request{})
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.False(t, d.Status().Ready)
	require.ErrorIs(t, d.ready(), slots.ErrNotReady)
	_, status, err := d.get("/v2/models/vibration/ready")
	require.NoError(t, err)
	require.NotEqual(t, http.StatusOK, status)
}

func TestAsProtocol(t *testing.T) {
	odd := errors.New("odd")
	for _, tc := range []struct{ err, want error }{
		{slots.ErrNoVersion, oip.ErrNotFound},
		{slots.ErrNotReady, oip.ErrNotReady},
		{slots.ErrClosed, oip.ErrClosed},
		{queue.ErrClosed, oip.ErrClosed},
		{queue.ErrDeadline, oip.ErrDeadline},
		{queue.ErrStale, oip.ErrStale},
		{context.Canceled, context.Canceled},
		{odd, odd},
	} {
		got := asProtocol(fmt.Errorf("wrapped: %w", tc.err))
		require.ErrorIs(t, got, tc.want)
		require.ErrorIs(t, got, tc.err)
	}
	var overload *oip.OverloadError
	require.ErrorAs(t, asProtocol(&queue.OverloadError{RetryAfter: time.Second}), &overload)
	require.Equal(t, time.Second, overload.RetryAfter)
	require.NoError(t, asProtocol(nil))
}

// The ends of versions are described once, and those of the past are forgotten.
func TestDescribedIsBounded(t *testing.T) {
	w := newWorld(t)
	d := w.serving(releaseOf(t, 1))
	s := d.services[0]
	l, err := s.slots.Lease(slots.Route{})
	require.NoError(t, err)
	defer l.Release()
	require.Same(t, s.ends(l), s.ends(l))
	for range 100 {
		spec := *l.Spec()
		s.described.Store(&spec, &ends{})
		s.kept.Add(1)
	}
	s.described.Delete(l.Spec())
	s.ends(l)
	n := 0
	s.described.Range(func(any, any) bool { n++; return true })
	require.LessOrEqual(t, n, maxDescribed)
	require.True(t, strings.HasPrefix(l.Spec().ID, worldModel))
}
