package slots

import (
	"cmp"
	"slices"
	"time"
)

// Status is how the slots of a model stand.
type Status struct {
	Model              string
	Height             int64     // of the order in force; 0 before the first
	Time               time.Time // of its block
	Number, Generation uint64    // of the rollout; 0: none
	Weight             int       // per cent, of the candidate

	Version string // id on record; "" for none
	Serving string // id of what answers by default; "" for none
	// Behind says that Serving is not the version on record, which is not ready yet.
	Behind bool
	// Yanked says that the version on record is yanked: it goes on if it serves, and is not started if it does not.
	Yanked bool

	Candidate      string // id; "" for none
	CandidateLive  bool   // it answers its share
	CandidatePhase Phase
	CandidateCode  Code
	CandidateError string

	Preparing []Preparation // in order of id
	Draining  []string      // ids of versions with leases that they outlive
	// Failures counts inferences of the version on record that ended with an error of the runtime.
	Failures uint64
	// StateError is why the state on disk is older than the one in force; nil where it is not.
	StateError error
}

// Preparation is a version on its way.
type Preparation struct {
	Version string
	Stage   Stage
	Since   time.Time
	Retries int
	Err     error // of the last attempt; nil before the first failed
}

// Status takes stock.
func (m *Model) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.table.Load()
	s := Status{
		Model: m.name, Height: m.order.Height, Time: m.order.Time, Number: m.order.Number, Generation: m.order.Generation,
		Weight: m.order.Weight, Version: t.version, Candidate: t.coming, CandidateLive: t.candidate != nil,
		Failures: m.failures, StateError: m.unsaved,
	}
	if v := m.order.Version; v != nil {
		s.Yanked = v.Yanked
	}
	if t.active != nil {
		s.Serving = t.active.spec.ID
		s.Behind = t.active.print != m.order.Version.print()
	}
	if r := m.candidate; r != nil {
		s.CandidatePhase, s.CandidateCode, s.CandidateError = r.Phase, r.Code, r.Text
	}
	for _, j := range m.preparing {
		s.Preparing = append(s.Preparing, Preparation{j.spec.ID, j.stage, j.since, j.retries, j.err})
	}
	slices.SortFunc(s.Preparing, func(a, b Preparation) int { return cmp.Compare(a.Version, b.Version) })
	for v := range m.draining {
		s.Draining = append(s.Draining, v.spec.ID)
	}
	slices.Sort(s.Draining)
	return s
}
