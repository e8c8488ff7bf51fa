package telemetry

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
)

// gather returns what the registry has, as name{labels} to value; histograms as their count.
func gather(t *testing.T, m *Metrics) map[string]float64 {
	t.Helper()
	families, err := m.Registry().Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, f := range families {
		for _, sample := range f.GetMetric() {
			var labels []string
			for _, l := range sample.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			name := strings.TrimPrefix(f.GetName(), namespace+"_") + "{" + strings.Join(labels, ",") + "}"
			values[name] = value(f.GetType(), sample)
		}
	}
	return values
}

func value(kind dto.MetricType, m *dto.Metric) float64 {
	switch kind {
	case dto.MetricType_COUNTER:
		return m.GetCounter().GetValue()
	case dto.MetricType_HISTOGRAM:
		return float64(m.GetHistogram().GetSampleCount())
	default:
		return m.GetGauge().GetValue()
	}
}

const v1, v2 = "channel-0:acme/vibration@1.0.0", "channel-0:acme/vibration@1.1.0"

func TestRequests(t *testing.T) {
	m := NewMetrics(Build{Version: "v1.2.3", Runtime: "1.24.3", Provider: "cpu"})
	for status, outcome := range map[int]string{
		http.StatusOK: "ok", http.StatusBadRequest: "invalid", http.StatusRequestEntityTooLarge: "invalid",
		http.StatusUnauthorized: "unauthorized", http.StatusNotFound: "not-found", http.StatusGatewayTimeout: "deadline",
		http.StatusRequestTimeout: "deadline", http.StatusConflict: "stale", http.StatusTooManyRequests: "overload", 499: "canceled",
		http.StatusServiceUnavailable: "unavailable", http.StatusInternalServerError: "failed", 0: "failed", -1: "failed", 999: "failed",
	} {
		name := "requests_total{outcome=" + outcome + ",protocol=grpc,version=" + v1 + "}"
		before := gather(t, m)[name]
		m.Request(v1, GRPC, status, time.Millisecond)
		require.InDelta(t, before+1, gather(t, m)[name], 0, status)
	}
	m.Request("", REST, http.StatusNotFound, time.Millisecond)
	m.Request(v1, Protocol(7), http.StatusOK, time.Millisecond)
	values := gather(t, m)
	require.InDelta(t, 1, values["requests_total{outcome=not-found,protocol=rest,version=}"], 0)
	require.InDelta(t, 1, values["requests_total{outcome=ok,protocol=rest,version="+v1+"}"], 0)
	require.InDelta(t, 2, values["request_duration_seconds{version="+v1+"}"], 0, "of successful ones alone")
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	m := NewMetrics(Build{})
	m.Request(v1, REST, http.StatusOK, time.Millisecond)
	m.Request(v2, REST, http.StatusOK, time.Millisecond)
	took := 37 * time.Microsecond
	for name, f := range map[string]func(){
		"request":           func() { m.Request(v1, REST, http.StatusOK, took) },
		"refused":           func() { m.Request("", GRPC, http.StatusTooManyRequests, took) },
		"proof":             func() { m.Proof(v1, "proved", time.Second) },
		"chain update":      func() { m.ChainUpdate("") },
		"span of no traces": func() { noSpan(t) },
	} {
		require.Zero(t, testing.AllocsPerRun(1000, f), name)
	}
}

func noSpan(t *testing.T) {
	ctx := t.Context()
	got, span := (*Tracing)(nil).Start(ctx, "infer")
	span.Text("version", v1)
	span.Number("size", 1)
	span.End(nil)
	if got != ctx {
		t.Fatal("another context")
	}
}

func TestVersionsThatAreGone(t *testing.T) {
	m := NewMetrics(Build{})
	now := time.Unix(1_700_000_000, 0)
	m.now = func() time.Time { return now }
	serving := v1
	m.SetSource(func() State { return State{Models: []ModelState{{Model: "acme/vibration", Serving: serving}}} })
	m.Request(v1, REST, http.StatusOK, time.Millisecond)
	m.Request(v2, REST, http.StatusOK, time.Millisecond)
	m.Proof(v2, "proved", 0)
	duration := "request_duration_seconds{version=" + v2 + "}"
	require.Contains(t, gather(t, m), duration)

	now = now.Add(forgetAfter - 1)
	require.Contains(t, gather(t, m), duration, "not yet")
	m.Request(v2, REST, http.StatusOK, time.Millisecond)
	now = now.Add(1)
	require.Contains(t, gather(t, m), duration, "it was used")
	now = now.Add(forgetAfter)
	gather(t, m)
	for name := range gather(t, m) {
		require.NotContains(t, name, v2)
	}
	require.Contains(t, gather(t, m), "request_duration_seconds{version="+v1+"}", "in use, though idle")
	require.Contains(t, gather(t, m), "requests_total{outcome=ok,protocol=rest,version=}")

	m.Request(v2, REST, http.StatusOK, time.Millisecond)
	require.InDelta(t, 1, gather(t, m)["requests_total{outcome=ok,protocol=rest,version="+v2+"}"], 0, "and back")
	now = now.Add(-24 * time.Hour)
	require.Contains(t, gather(t, m), duration, "a clock that was set back")
	serving, now = "", now.Add(2*forgetAfter)
	gather(t, m)
	require.NotContains(t, gather(t, m), duration)
}

// Whatever versions come, the number of series stays the same.
func TestSeriesAreBounded(t *testing.T) {
	m := NewMetrics(Build{})
	count := func() int { return len(gather(t, m)) }
	m.Request(v1, REST, http.StatusOK, 0)
	for i := range MaxVersions {
		m.Request(fmt.Sprintf("acme/model@1.0.%d", i), REST, http.StatusOK, 0)
		m.Request(v1, REST, http.StatusOK, 0)
	}
	full := count()
	for i := range 3 * MaxVersions {
		m.Request(fmt.Sprintf("acme/other@1.0.%d\xff", i), REST, http.StatusOK, 0)
		m.Request(v1, REST, http.StatusOK, 0)
	}
	require.Equal(t, full, count())
	require.Len(t, *m.versions.Load(), MaxVersions)
	require.InDelta(t, 1+4*MaxVersions, gather(t, m)["requests_total{outcome=ok,protocol=rest,version="+v1+"}"], 0, "what is used stays")
}

func TestWordsAreBounded(t *testing.T) {
	m := NewMetrics(Build{})
	m.Proof(v1, "a new event", time.Minute)
	m.Progress("acme/vibration", "ready", "")
	m.Progress("acme/vibration", "failed", "self-test")
	m.Progress("acme/vibration", "odd", "odd")
	m.Swapped("acme/vibration")
	m.ChainUpdate("")
	m.ChainUpdate("divergence")
	m.ChainUpdate("no such cause")
	m.Transaction("proof", "accepted")
	m.Transaction("x", "y")
	values := gather(t, m)
	for _, name := range []string{
		"proof_events_total{event=other,version=" + v1 + "}", "proof_duration_seconds{}",
		"model_progress_total{code=,model=acme/vibration,phase=ready}", "model_progress_total{code=self-test,model=acme/vibration,phase=failed}",
		"model_progress_total{code=other,model=acme/vibration,phase=other}", "model_swaps_total{model=acme/vibration}",
		"chain_updates_total{}", "chain_update_failures_total{cause=divergence}", "chain_update_failures_total{cause=other}",
		"transactions_total{kind=proof,outcome=accepted}", "transactions_total{kind=other,outcome=other}",
	} {
		require.InDelta(t, 1, values[name], 0, name)
	}
	for _, cause := range ChainCauses() {
		require.Contains(t, values, "chain_update_failures_total{cause="+cause+"}", "known before it happens, so that a rate sees the first")
	}
}

func TestConcurrentUse(t *testing.T) {
	m := NewMetrics(Build{})
	var hours atomic.Int64
	m.now = func() time.Time { return time.Unix(hours.Add(3600), 0) } // each look is an hour later
	m.SetSource(func() State { return State{Queue: &QueueState{}} })
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 300 {
				m.Request(fmt.Sprintf("acme/m@1.0.%d", (i+g)%200), REST, http.StatusOK, time.Millisecond)
				if i%100 == 0 {
					m.forget(nil)
					_, _ = m.Registry().Gather()
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, len(*m.versions.Load()), MaxVersions)
}

func fullState() State {
	queue := &QueueState{Waiting: 3, Running: 2, Done: 100, Failed: 1}
	queue.Dropped.Stale = 7
	return State{
		Queue: queue,
		Chain: &ChainState{
			Height: 42, Age: 3 * time.Second, TrustLeft: time.Hour, Standing: "active",
			Endpoints: []EndpointState{{URL: "https://user:secret@rpc.example.com:26657/path?token=secret", Up: true}, {URL: "http://b:1"}, {URL: "http://b:1?x", Up: true}, {URL: "\x00"}},
		},
		Journal:   &JournalState{Bytes: 10, MaxBytes: 100, Entries: 3, MaxEntries: 10, Pending: 2, Proved: 1, DroppedPending: 4, OldestPending: time.Minute},
		Artifacts: &ArtifactsState{Bytes: 5, MaxBytes: 50},
		Models: []ModelState{
			{Model: "acme/vibration", Serving: v1, Candidate: v2, Phase: "ready", Weight: 10, Behind: true, Failures: 2},
			{Model: "acme/kws", Weight: 50},
			{Model: "acme/kws"},
		},
		ReportsWaiting: 1,
	}
}

func TestState(t *testing.T) {
	m := NewMetrics(Build{})
	require.NotContains(t, gather(t, m), "queue_waiting{}", "nothing before there is a source")
	m.SetSource(fullState)
	values := gather(t, m)
	for name, want := range map[string]float64{
		"queue_waiting{}": 3, "queue_running{}": 2, "queue_runs_total{result=done}": 100, "queue_runs_total{result=failed}": 1,
		"queue_dropped_total{cause=stale}": 7, "queue_dropped_total{cause=overload}": 0,
		"chain_height{}": 42, "chain_header_age_seconds{}": 3, "chain_trust_left_seconds{}": 3600, "chain_diverged{}": 0,
		"device_standing{standing=active}": 1, "device_standing{standing=revoked}": 0,
		"chain_endpoint_up{endpoint=https://rpc.example.com:26657/path}": 1, "chain_endpoint_up{endpoint=http://b:1}": 0,
		"chain_endpoint_up{endpoint=invalid}": 0,
		"journal_entries{state=pending}":      2, "journal_entries{state=proved}": 1, "journal_dropped_total{cause=pending}": 4,
		"journal_oldest_pending_seconds{}": 60, "artifacts_bytes{}": 5, "artifacts_bytes_limit{}": 50, "reports_waiting{}": 1,
		"model_ready{model=acme/vibration}": 1, "model_ready{model=acme/kws}": 0, "model_behind{model=acme/vibration}": 1,
		"model_serving_info{model=acme/vibration,version=" + v1 + "}":               1,
		"model_candidate_info{model=acme/vibration,phase=ready,version=" + v2 + "}": 1,
		"model_candidate_weight_ratio{model=acme/vibration}":                        0.1,
		"model_candidate_weight_ratio{model=acme/kws}":                              0, // without a candidate
		"model_runtime_failures_total{model=acme/vibration}":                        2,
	} {
		got, ok := values[name]
		require.True(t, ok, name)
		require.InDelta(t, want, got, 1e-9, name)
	}
	for name := range values {
		require.NotContains(t, name, "secret")
	}
}

// A server sees no increase in a series that begins with 1, and an alert that asks for one would not fire.
func TestSeriesBeginWithZero(t *testing.T) {
	m := NewMetrics(Build{})
	m.SetSource(fullState)
	gather(t, m)
	values := gather(t, m)
	for _, name := range []string{
		"model_progress_total{code=self-test,model=acme/vibration,phase=failed}", "model_swaps_total{model=acme/kws}",
		"transactions_total{kind=report,outcome=refused}", "chain_update_failures_total{cause=divergence}",
	} {
		require.Contains(t, values, name)
		require.Zero(t, values[name], name)
	}
	m.Request(v1, REST, http.StatusOK, 0)
	require.Contains(t, gather(t, m), "proof_events_total{event=mismatch,version="+v1+"}")
}

func TestStateInParts(t *testing.T) {
	m := NewMetrics(Build{})
	m.SetSource(func() State { return State{Chain: &ChainState{Standing: "odd"}} })
	values := gather(t, m)
	require.NotContains(t, values, "chain_header_age_seconds{}", "no header, no age")
	require.NotContains(t, values, "queue_waiting{}")
	require.NotContains(t, values, "journal_bytes{}")
	require.InDelta(t, 1, values["device_standing{standing=unknown}"], 0)
}

func TestNamesAndHelp(t *testing.T) {
	m := NewMetrics(Build{Version: "\xff"})
	m.SetSource(fullState)
	m.Request(v1, REST, http.StatusOK, 0)
	m.Progress("m", "ready", "")
	m.Swapped("m")
	m.Transaction("proof", "retry")
	families, err := m.Registry().Gather()
	require.NoError(t, err)
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	require.NoError(t, err)
	problems = slices.DeleteFunc(problems, func(p promlint.Problem) bool { return !strings.HasPrefix(p.Metric, namespace) })
	require.Empty(t, problems)
	require.NotPanics(t, func() { prometheus.NewRegistry().MustRegister(stateCollector{m}) })
}

func BenchmarkRequest(b *testing.B) {
	m := NewMetrics(Build{})
	m.Request(v1, REST, http.StatusOK, time.Millisecond)
	b.ReportAllocs()
	for b.Loop() {
		m.Request(v1, REST, http.StatusOK, 37*time.Microsecond)
	}
}
