package slots

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// job prepares a version until it is ready, was refused for good, or is not wanted any more.
type job struct {
	spec   *Spec
	print  fingerprint
	cancel context.CancelCauseFunc

	// Guarded by Model.mu.
	stage   Stage
	since   time.Time // of the stage
	retries int
	err     error // of the last attempt
}

// errDropped ends the preparation of a version that the order does not name any more.
var errDropped = errors.New("version is not wanted any more")

// start begins to prepare a version, unless it is loaded or being prepared. Caller holds mu.
func (m *Model) start(spec *Spec) {
	if spec == nil || spec.Yanked || m.closed {
		return
	}
	print := spec.print()
	if m.loaded[print] != nil || m.preparing[print] != nil {
		return
	}
	ctx, cancel := context.WithCancelCause(m.ctx)
	j := &job{spec: spec, print: print, cancel: cancel, stage: StageFetch, since: m.o.Now()}
	m.preparing[print] = j
	m.jobs.Go(func() { m.work(ctx, j) })
}

// stop ends a preparation. Caller holds mu.
func (m *Model) stop(print fingerprint) {
	m.preparing[print].cancel(errDropped)
	delete(m.preparing, print)
}

// wake ends the pauses of preparations that failed before: a new order is a new chance. Caller holds mu.
func (m *Model) wake() {
	for print, j := range m.preparing {
		if j.stage == StageWait {
			m.stop(print)
		}
	}
}

func (m *Model) work(ctx context.Context, j *job) {
	pause := m.o.Retry
	for {
		e, err := m.prepare(ctx, m.o.Store, j.spec, func(s Stage) error { return m.enter(j, s) })
		if !m.finish(j, e, err) {
			return
		}
		if sleep(ctx, pause) != nil {
			return
		}
		pause = min(2*pause, m.o.MaxRetry)
	}
}

// enter notes that a preparation comes to a stage, and what it has behind it.
func (m *Model) enter(j *job, s Stage) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.tell()
	if m.preparing[j.print] != j {
		return errDropped
	}
	j.stage, j.since = s, m.o.Now()
	if !m.isCandidate(j.print) {
		return nil
	}
	switch s {
	case StageCheck:
		m.note(PhaseFetched, nil)
	case StageLoad:
		if m.candidate.Attempts >= maxAttempts {
			return fail(CodeLoad, fmt.Errorf("the process ended %d times while it was loaded", m.candidate.Attempts))
		}
		m.candidate.Attempts++
		_ = m.save() // logged; without it the count is too low after a crash
	case StageWarm:
		m.note(PhaseChecked, nil)
	}
	return nil
}

// finish takes in the outcome of an attempt, and says whether there is to be another.
func (m *Model) finish(j *job, e Engine, err error) (again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.tell()
	candidate := m.isCandidate(j.print)
	if candidate {
		m.candidate.Attempts = 0
	}
	if m.closed || m.preparing[j.print] != j {
		if m.closed {
			_ = m.save() // logged; the count of attempts is back to none
		}
		if e != nil {
			m.engines.Add(1)
			m.closeEngine(newVersion(j.spec, j.print, e, m.closeEngine))
		}
		return false
	}
	if err == nil {
		delete(m.preparing, j.print)
		m.install(j, e)
		return false
	}
	f := asFailure(err)
	j.stage, j.since, j.retries, j.err = StageWait, m.o.Now(), j.retries+1, f
	m.o.Logger.Warn("version not prepared", "version", j.spec.ID, "code", f.code, "final", f.final, "error", f.err)
	if candidate {
		m.note(PhaseFailed, f)
		_ = m.save() // logged, and tried again by the next Apply
	}
	// The version on record is what the device should run, so it is tried for as long as it is on record.
	if m.order.Version.print() != j.print && f.final {
		delete(m.preparing, j.print)
		return false
	}
	return true
}

// install makes a prepared version ready. Caller holds mu.
func (m *Model) install(j *job, e Engine) {
	m.engines.Add(1)
	m.loaded[j.print] = newVersion(j.spec, j.print, e, m.closeEngine)
	m.o.Logger.Info("version is ready", "version", j.spec.ID)
	if m.isCandidate(j.print) {
		m.note(PhaseReady, nil)
	}
	m.settle()
	_ = m.save() // logged, and tried again by the next Apply
}

// sleep waits for the pause and up to a quarter more, so that devices that began together spread.
func sleep(ctx context.Context, pause time.Duration) error {
	t := time.NewTimer(pause + rand.N(pause/4+1))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
