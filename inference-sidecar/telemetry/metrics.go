package telemetry

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

const namespace = "assay_sidecar"

// Build is what runs.
type Build struct {
	Version, Commit string // of the sidecar
	Runtime         string // version of ONNX Runtime; "" where it did not load
	Provider        string // its execution provider
}

// Metrics are a sidecar's metrics, in a registry of their own. Its methods may be called from many goroutines.
type Metrics struct {
	registry *prometheus.Registry
	source   atomic.Pointer[func() State]
	now      func() time.Time

	mu       sync.Mutex // of changes to versions
	versions atomic.Pointer[map[string]*version]
	none     *version // of requests that no version answered
	uses     atomic.Int64

	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	proofs    *prometheus.CounterVec
	proving   prometheus.Histogram
	progress  *prometheus.CounterVec
	swaps     *prometheus.CounterVec
	updates   prometheus.Counter
	failures  *prometheus.CounterVec
	submitted *prometheus.CounterVec
	spans     prometheus.Counter
}

// nativeBuckets bounds the buckets of a native histogram, which servers get that ask for one. A bucket is allocated when
// its first observation comes.
const nativeBuckets = 100

// From 50 microseconds, the overhead of the Unix socket, to 2 seconds.
var requestBuckets = []float64{
	50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3, 150e-3, 250e-3, 500e-3, 1, 2,
}

var provingBuckets = []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800}

// NewMetrics makes the metrics of a process.
func NewMetrics(b Build) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		now:      time.Now,
		requests: counter("requests_total", "Inference requests that were answered, by the version that ran (empty: none) and how it went.", "version", "protocol", "outcome"),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "request_duration_seconds", Buckets: requestBuckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: nativeBuckets, NativeHistogramMinResetDuration: time.Hour,
			Help: "Time to answer successful inference requests, waiting and protocol included.",
		}, []string{"version"}),
		proofs: counter("proof_events_total", "What became of proofs.", "version", "event"),
		proving: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "proof_duration_seconds", Buckets: provingBuckets, Help: "Time that provers took for a proof.",
		}),
		progress:  counter("model_progress_total", "Phases that versions reached, with the code of a failure.", "model", "phase", "code"),
		swaps:     counter("model_swaps_total", "Changes of the version that answers by default.", "model"),
		updates:   prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "chain_updates_total", Help: "Reads of verified state that went well."}),
		failures:  counter("chain_update_failures_total", "Reads of verified state that did not, by cause.", "cause"),
		submitted: counter("transactions_total", "Transactions of this device, by kind and outcome.", "kind", "outcome"),
		spans:     prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "trace_export_failures_total", Help: "Errors while traces were sent."}),
	}
	m.registry.MustRegister(m.requests, m.durations, m.proofs, m.proving, m.progress, m.swaps, m.updates, m.failures, m.submitted, m.spans,
		buildInfo(b), stateCollector{m}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.versions.Store(&map[string]*version{})
	m.none = m.resolve("")
	for _, cause := range chainCauses {
		m.failures.WithLabelValues(cause)
	}
	for _, kind := range transactions[:len(transactions)-1] {
		for _, outcome := range transactionOutcomes[:len(transactionOutcomes)-1] {
			m.submitted.WithLabelValues(kind, outcome)
		}
	}
	return m
}

// prepare makes a model's series before there is anything to count: a server sees no increase in one that begins with 1.
func (m *Metrics) prepare(model string) {
	m.swaps.WithLabelValues(model)
	for _, code := range codes[1:] {
		m.progress.WithLabelValues(model, "failed", code)
	}
}

func buildInfo(b Build) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{
			"version": valid(b.Version), "commit": valid(b.Commit), "go_version": runtime.Version(),
			"onnx_runtime": valid(b.Runtime), "provider": valid(b.Provider),
		},
	})
	g.Set(1)
	return g
}

// Registry is where the metrics are gathered from.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// SetSource names the function that says how the sidecar stands, which is called at each look. It must not block.
func (m *Metrics) SetSource(source func() State) { m.source.Store(&source) }

// Proof counts an event of a proof (a proving.EventKind) of a version, which may be "". took is the prover's time where it
// is above 0.
func (m *Metrics) Proof(version, event string, took time.Duration) {
	m.version(version).proofs[indexOf(proofEvents[:], event)].Inc()
	if took > 0 {
		m.proving.Observe(took.Seconds())
	}
}

// Progress counts a phase (a slots.Phase) that a version of a model reached, with the code of a failure. The model must be
// one of the configuration's.
func (m *Metrics) Progress(model, phase, code string) {
	m.progress.WithLabelValues(valid(model), oneOf(phases[:], phase), oneOf(codes[:], code)).Inc()
}

// Swapped counts that another version answers by default from now on. The model must be one of the configuration's.
func (m *Metrics) Swapped(model string) { m.swaps.WithLabelValues(valid(model)).Inc() }

// ChainUpdate counts a read of verified state. cause is "" where it went well, else one of ChainCauses.
func (m *Metrics) ChainUpdate(cause string) {
	if cause == "" {
		m.updates.Inc()
		return
	}
	m.failures.WithLabelValues(oneOf(chainCauses[:], cause)).Inc()
}

// Transaction counts an attempt to put something on record. kind is one of proof, report and confirm, and outcome one of
// accepted, refused and retry.
func (m *Metrics) Transaction(kind, outcome string) {
	m.submitted.WithLabelValues(oneOf(transactions[:], kind), oneOf(transactionOutcomes[:], outcome)).Inc()
}

const other = "other"

// The words that labels may hold; the last one takes whatever is not in the list.
var (
	proofEvents         = [...]string{"proved", "submitted", "retry", "refused", "mismatch", "failed", "unavailable", other}
	phases              = [...]string{"seen", "fetched", "checked", "ready", "serving", "failed", other}
	codes               = [...]string{"", "fetch", "digest", "form", "self-test", "load", "warm-up", "serve", "resources", other}
	chainCauses         = [...]string{"unreachable", "divergence", "trust-expired", "header", "clock", "response", "witness", "proof", "state", "store", other}
	transactions        = [...]string{"proof", "report", "confirm", other}
	transactionOutcomes = [...]string{"accepted", "refused", "retry", other}
)

// ChainCauses are the causes that ChainUpdate tells apart.
func ChainCauses() []string { return append([]string(nil), chainCauses[:]...) }

func indexOf(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return len(words) - 1
}

func oneOf(words []string, word string) string { return words[indexOf(words, word)] }

// valid is what Prometheus takes for a label.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
