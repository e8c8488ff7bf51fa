package telemetry

import (
	"maps"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// MaxVersions is the number of versions that have series at one time. The one whose last request is the longest ago makes
// room for a new one.
const MaxVersions = 128

// forgetAfter is how long the series of a version that is gone stay, for the servers that have not seen its last values.
const forgetAfter = time.Hour

// Protocol is how a request came.
type Protocol int

// The protocols.
const (
	REST Protocol = iota
	GRPC
	protocols
)

var protocolNames = [protocols]string{"rest", "grpc"}

// outcomes are what an HTTP status says of a request, in the words of the label.
var outcomes = [...]string{"ok", "invalid", "unauthorized", "not-found", "deadline", "stale", "overload", "canceled", "unavailable", "failed"}

const (
	outcomeOK = iota
	outcomeInvalid
	outcomeUnauthorized
	outcomeNotFound
	outcomeDeadline
	outcomeStale
	outcomeOverload
	outcomeCanceled
	outcomeUnavailable
	outcomeFailed
)

func outcomeOf(status int) int {
	switch {
	case status >= 200 && status < 300:
		return outcomeOK
	case status == 401 || status == 403:
		return outcomeUnauthorized
	case status == 404:
		return outcomeNotFound
	case status == 408 || status == 504:
		return outcomeDeadline
	case status == 409:
		return outcomeStale
	case status == 429:
		return outcomeOverload
	case status == 499:
		return outcomeCanceled
	case status == 503:
		return outcomeUnavailable
	case status >= 400 && status < 500:
		return outcomeInvalid
	default:
		return outcomeFailed
	}
}

// version is a version's series.
type version struct {
	requests [protocols][len(outcomes)]prometheus.Counter
	duration prometheus.Observer
	proofs   [len(proofEvents)]prometheus.Counter
	used     atomic.Int64 // the number of the latest use, of all versions

	// What forget saw, under the mutex.
	usedBefore int64
	idleSince  time.Time
}

// Request counts a request that was answered with an HTTP status (of gRPC calls too). id is that of the version that
// answered, never what a caller wrote; "" for none.
func (m *Metrics) Request(id string, p Protocol, status int, took time.Duration) {
	if p < 0 || p >= protocols {
		p = REST
	}
	v := m.version(id)
	outcome := outcomeOf(status)
	v.requests[p][outcome].Inc()
	if outcome == outcomeOK {
		v.duration.Observe(took.Seconds())
	}
}

// version finds a version's series, or makes them.
func (m *Metrics) version(id string) *version {
	if id == "" {
		return m.none
	}
	v := (*m.versions.Load())[id]
	if v == nil {
		v = m.add(id)
	}
	v.used.Store(m.uses.Add(1))
	return v
}

func (m *Metrics) add(id string) *version {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := *m.versions.Load()
	if v := old[id]; v != nil {
		return v
	}
	next := maps.Clone(old)
	if len(next) >= MaxVersions {
		m.remove(next, leastUsed(next))
	}
	next[id] = m.resolve(valid(id))
	m.versions.Store(&next)
	return next[id]
}

func leastUsed(versions map[string]*version) string {
	least := ""
	for id, v := range versions {
		if least == "" || v.used.Load() < versions[least].used.Load() {
			least = id
		}
	}
	return least
}

func (m *Metrics) resolve(label string) *version {
	v := &version{duration: m.durations.WithLabelValues(label)}
	for p := range v.requests {
		for o := range v.requests[p] {
			v.requests[p][o] = m.requests.WithLabelValues(label, protocolNames[p], outcomes[o])
		}
	}
	for e := range v.proofs {
		v.proofs[e] = m.proofs.WithLabelValues(label, proofEvents[e])
	}
	return v
}

// forget deletes the series of versions that are not in use and had no request for a while: those that are gone. Versions
// are added by themselves.
func (m *Metrics) forget(inUse map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	next := maps.Clone(*m.versions.Load())
	for id, v := range next {
		if used := v.used.Load(); used != v.usedBefore || inUse[id] || now.Before(v.idleSince) {
			v.usedBefore, v.idleSince = used, now
			continue
		}
		if now.Sub(v.idleSince) >= forgetAfter {
			m.remove(next, id)
		}
	}
	m.versions.Store(&next)
}

func (m *Metrics) remove(from map[string]*version, id string) {
	delete(from, id)
	label := prometheus.Labels{"version": valid(id)}
	m.requests.DeletePartialMatch(label)
	m.proofs.DeletePartialMatch(label)
	m.durations.Delete(label)
}
