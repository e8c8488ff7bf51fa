package slots

import (
	"context"
	"fmt"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

// restore serves again what the state file says, from the store alone.
func (m *Model) restore() {
	s, damaged := m.file.read(m.name)
	for _, err := range damaged {
		m.o.Logger.Error("state file is damaged", "error", err, "previous_used", s != nil)
	}
	if s == nil {
		return
	}
	m.mu.Lock()
	m.order, m.good, m.previous, m.candidate = s.order(), fromJSON(s.Good), fromJSON(s.Previous), s.Record
	m.saved = m.order.Time
	m.retain()
	m.mu.Unlock()
	m.reload(m.good)
	if m.candidate != nil && (m.candidate.Phase == PhaseReady || m.candidate.Phase == PhaseServing) {
		m.reloadCandidate()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.tell()
	told := m.candidate
	m.settle()
	if told != nil && told == m.candidate { // the chain may not have heard, whatever the disk says
		p := Progress{Model: m.name, Number: told.Number, Version: m.order.Candidate.ID, Phase: told.Phase, Code: told.Code}
		if told.Text != "" {
			p.Err = fmt.Errorf("before a restart: %s", told.Text)
		}
		m.untold = append(m.untold, p)
	}
}

// reloadCandidate counts as a load does, so that a candidate that crashes the process at its start does so three times.
func (m *Model) reloadCandidate() {
	c := m.candidate
	if c.Attempts < maxAttempts {
		c.Attempts++
		m.persist()
		m.reload(m.order.Candidate)
		c.Attempts = 0
		m.persist()
	}
	if m.loaded[m.order.Candidate.print()] == nil {
		c.Phase = PhaseSeen // it begins again
	}
}

func (m *Model) persist() {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.save() // logged, and tried again by the next Apply
}

// reload loads a version that was ready before. What fails is left to a job, which has the network.
func (m *Model) reload(spec *Spec) {
	if spec == nil || m.loaded[spec.print()] != nil {
		return
	}
	e, err := m.prepare(m.ctx, offline{m.o.Store}, spec, func(Stage) error { return nil })
	if err != nil {
		m.o.Logger.Error("last good version not loaded", "version", spec.ID, "error", err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.engines.Add(1)
	print := spec.print()
	m.loaded[print] = newVersion(spec, print, e, m.closeEngine)
}

// offline is a store that fetches nothing.
type offline struct{ Store }

func (offline) Fetch(context.Context, artifacts.Artifact) (string, error) { return "", nil }
