package telemetry

import (
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is how a sidecar stands at one moment. What is nil is not reported.
type State struct {
	Queue     *QueueState
	Chain     *ChainState
	Journal   *JournalState
	Artifacts *ArtifactsState
	Models    []ModelState
	// ReportsWaiting is the number of reports that are not on record yet.
	ReportsWaiting int
}

// QueueState is the scheduler's.
type QueueState struct {
	Waiting, Running int
	Done, Failed     uint64
	// Dropped counts requests that never ran.
	Dropped struct{ Overload, Deadline, Stale, Canceled, Closed uint64 }
}

// ChainState is the light client's.
type ChainState struct {
	Height    int64         // of the newest verified header; 0: none
	Age       time.Duration // of that header, by the device's clock
	TrustLeft time.Duration // until that header is too old to go on from; below 0: it is
	Diverged  bool
	Standing  string // of the device: active, suspect, revoked; "" where it is not known
	Endpoints []EndpointState
}

// EndpointState is that of one endpoint.
type EndpointState struct {
	URL string // shown without user, password and query
	Up  bool
}

// JournalState is that of the inputs to prove.
type JournalState struct {
	Bytes, MaxBytes     int64
	Entries, MaxEntries int
	// Entries by state; the sum is Entries.
	Pending, Proving, Proved, Submitted, Failed int
	// Totals of entries that were lost.
	DroppedBusy, DroppedWrite, DroppedPending, DroppedProved, DroppedSettled, Corrupt uint64
	OldestPending                                                                     time.Duration // its age; 0: none
	Damaged                                                                           bool
}

// ArtifactsState is the store's.
type ArtifactsState struct{ Bytes, MaxBytes int64 }

// ModelState is that of one model of the configuration.
type ModelState struct {
	Model     string
	Serving   string // version id; "" for none
	Candidate string // version id; "" for none
	Phase     string // of the candidate, a slots.Phase
	Weight    int    // per cent, of the candidate
	Behind    bool   // Serving is not the version on record
	Failures  uint64 // inferences that ended with an error of the runtime
}

// stateCollector asks for the state at each look.
type stateCollector struct{ metrics *Metrics }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	queueWaiting = desc("queue_waiting", "Requests that wait.")
	queueRunning = desc("queue_running", "Inferences under way.")
	queueRuns    = desc("queue_runs_total", "Inferences that ended, by result.", "result")
	queueDropped = desc("queue_dropped_total", "Requests that were dropped before they ran, by cause.", "cause")

	chainHeight   = desc("chain_height", "Height of the newest verified header.")
	chainAge      = desc("chain_header_age_seconds", "Age of the newest verified header.")
	chainTrust    = desc("chain_trust_left_seconds", "Time until the newest verified header is too old to go on from.")
	chainDiverged = desc("chain_diverged", "1 where endpoints showed different chains and an operator has to decide.")
	chainStanding = desc("device_standing", "1 for the device's standing on the zone.", "standing")
	chainEndpoint = desc("chain_endpoint_up", "1 for an endpoint that answers.", "endpoint")

	journalEntries    = desc("journal_entries", "Entries of the journal, by state.", "state")
	journalMaxEntries = desc("journal_entries_limit", "Entries that the journal takes.")
	journalBytes      = desc("journal_bytes", "Size of the journal's entries.")
	journalMaxBytes   = desc("journal_bytes_limit", "Size that the journal takes.")
	journalDropped    = desc("journal_dropped_total", "Entries that were lost, by cause.", "cause")
	journalOldest     = desc("journal_oldest_pending_seconds", "Age of the oldest entry that waits for its proof.")
	journalDamaged    = desc("journal_damaged", "1 where the journal on disk did not read.")

	artifactsBytes    = desc("artifacts_bytes", "Size of the artifacts on disk.")
	artifactsMaxBytes = desc("artifacts_bytes_limit", "Size that artifacts may take.")

	modelServing   = desc("model_serving_info", "1 for the version that answers by default.", "model", "version")
	modelCandidate = desc("model_candidate_info", "1 for the candidate, with its phase.", "model", "version", "phase")
	modelReady     = desc("model_ready", "1 where a version serves.", "model")
	modelBehind    = desc("model_behind", "1 where what serves is not the version on record.", "model")
	modelWeight    = desc("model_candidate_weight_ratio", "Share of requests that the candidate answers.", "model")
	modelFailures  = desc("model_runtime_failures_total", "Inferences of the version on record that the runtime failed.", "model")

	reportsWaiting = desc("reports_waiting", "Reports to the zone that are not on record yet.")

	descriptions = []*prometheus.Desc{
		queueWaiting, queueRunning, queueRuns, queueDropped,
		chainHeight, chainAge, chainTrust, chainDiverged, chainStanding, chainEndpoint,
		journalEntries, journalMaxEntries, journalBytes, journalMaxBytes, journalDropped, journalOldest, journalDamaged,
		artifactsBytes, artifactsMaxBytes,
		modelServing, modelCandidate, modelReady, modelBehind, modelWeight, modelFailures,
		reportsWaiting,
	}
)

// Describe is of prometheus.Collector.
func (c stateCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descriptions {
		to <- d
	}
}

// Collect is of prometheus.Collector.
func (c stateCollector) Collect(to chan<- prometheus.Metric) {
	source := c.metrics.source.Load()
	if source == nil {
		return
	}
	s := (*source)()
	e := emitter(to)
	if s.Queue != nil {
		s.Queue.emit(e)
	}
	if s.Chain != nil {
		s.Chain.emit(e)
	}
	if s.Journal != nil {
		s.Journal.emit(e)
	}
	if a := s.Artifacts; a != nil {
		e.gauge(artifactsBytes, float64(a.Bytes))
		e.gauge(artifactsMaxBytes, float64(a.MaxBytes))
	}
	c.models(s.Models, e)
	e.gauge(reportsWaiting, float64(s.ReportsWaiting))
}

func (c stateCollector) models(models []ModelState, e emitter) {
	seen, inUse := map[string]bool{}, map[string]bool{}
	for i := range models {
		m := &models[i]
		inUse[m.Serving], inUse[m.Candidate] = true, true
		if !seen[m.Model] {
			seen[m.Model] = true
			c.metrics.prepare(valid(m.Model))
			m.emit(e)
		}
	}
	c.metrics.forget(inUse)
}

type emitter chan<- prometheus.Metric

func (e emitter) gauge(d *prometheus.Desc, v float64, labels ...string) {
	e <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (e emitter) counter(d *prometheus.Desc, v uint64, labels ...string) {
	e <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

func (e emitter) flag(d *prometheus.Desc, on bool, labels ...string) {
	v := 0.0
	if on {
		v = 1
	}
	e.gauge(d, v, labels...)
}

func (q *QueueState) emit(e emitter) {
	e.gauge(queueWaiting, float64(q.Waiting))
	e.gauge(queueRunning, float64(q.Running))
	e.counter(queueRuns, q.Done, "done")
	e.counter(queueRuns, q.Failed, "failed")
	e.counter(queueDropped, q.Dropped.Overload, "overload")
	e.counter(queueDropped, q.Dropped.Deadline, "deadline")
	e.counter(queueDropped, q.Dropped.Stale, "stale")
	e.counter(queueDropped, q.Dropped.Canceled, "canceled")
	e.counter(queueDropped, q.Dropped.Closed, "closed")
}

var standings = [...]string{"active", "suspect", "revoked", "unknown"}

func (c *ChainState) emit(e emitter) {
	e.gauge(chainHeight, float64(c.Height))
	if c.Height > 0 {
		e.gauge(chainAge, c.Age.Seconds())
		e.gauge(chainTrust, c.TrustLeft.Seconds())
	}
	e.flag(chainDiverged, c.Diverged)
	standing := oneOf(standings[:], c.Standing)
	for _, s := range standings {
		e.flag(chainStanding, s == standing, s)
	}
	seen := map[string]bool{}
	for _, endpoint := range c.Endpoints {
		if name := endpointName(endpoint.URL); !seen[name] {
			seen[name] = true
			e.flag(chainEndpoint, endpoint.Up, name)
		}
	}
}

// endpointName leaves out what may be secret.
func endpointName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "invalid"
	}
	return valid((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}

func (j *JournalState) emit(e emitter) {
	e.gauge(journalEntries, float64(j.Pending), "pending")
	e.gauge(journalEntries, float64(j.Proving), "proving")
	e.gauge(journalEntries, float64(j.Proved), "proved")
	e.gauge(journalEntries, float64(j.Submitted), "submitted")
	e.gauge(journalEntries, float64(j.Failed), "failed")
	e.gauge(journalMaxEntries, float64(j.MaxEntries))
	e.gauge(journalBytes, float64(j.Bytes))
	e.gauge(journalMaxBytes, float64(j.MaxBytes))
	e.counter(journalDropped, j.DroppedBusy, "busy")
	e.counter(journalDropped, j.DroppedWrite, "write")
	e.counter(journalDropped, j.DroppedPending, "pending")
	e.counter(journalDropped, j.DroppedProved, "proved")
	e.counter(journalDropped, j.DroppedSettled, "settled")
	e.counter(journalDropped, j.Corrupt, "corrupt")
	e.gauge(journalOldest, j.OldestPending.Seconds())
	e.flag(journalDamaged, j.Damaged)
}

func (m *ModelState) emit(e emitter) {
	model := valid(m.Model)
	e.flag(modelReady, m.Serving != "", model)
	e.flag(modelBehind, m.Behind, model)
	e.counter(modelFailures, m.Failures, model)
	if m.Serving != "" {
		e.gauge(modelServing, 1, model, valid(m.Serving))
	}
	weight := 0
	if m.Candidate != "" {
		e.gauge(modelCandidate, 1, model, valid(m.Candidate), oneOf(phases[:], m.Phase))
		weight = m.Weight
	}
	e.gauge(modelWeight, float64(weight)/100, model)
}
