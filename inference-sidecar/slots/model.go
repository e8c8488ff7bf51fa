package slots

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// ErrYanked is behind the failure of a version that was yanked before it was ready. One that is ready already goes on:
// a yank keeps a version from being started anew, and it is for a rollout to take it back.
var ErrYanked = errors.New("version is yanked")

// saveInterval is how often an order is saved that brought nothing but a newer height: flash memory wears.
const saveInterval = 10 * time.Minute

// silence is how long a device must have heard nothing to take an order as a sign that its network is back.
const silence = 2 * time.Minute

// Model holds the versions of one model. It is safe for use by many goroutines.
type Model struct {
	name    string
	o       Options
	file    stateFile
	table   atomic.Pointer[table]
	turns   atomic.Uint64
	leases  sync.Pool
	notes   *notes
	ctx     context.Context // of preparations
	cancel  context.CancelCauseFunc
	jobs    sync.WaitGroup // preparations
	engines sync.WaitGroup // loaded versions, until their engines are closed
	loading chan struct{}  // holds a token while a version is loaded

	mu        sync.Mutex
	closed    bool
	order     Order // in force; of height 0 before the first
	good      *Spec // answers by default: the version on record that was ready last
	previous  *Spec // was good before; its artifacts are kept for a rollback
	candidate *record
	loaded    map[fingerprint]*version
	preparing map[fingerprint]*job
	draining  map[*version]struct{}
	untold    []Progress
	failures  uint64    // runs of the version on record that failed
	heard     time.Time // of the latest order
	saved     time.Time // block time of the order on disk
	unsaved   error     // why the state on disk is older than the one in force
}

// New opens the slots of a model. What the state file says was served last is loaded from the store, without any
// network, and serves when New returns. What cannot be loaded is prepared in the background, as after Apply, and
// Status says why; only options and a folder that cannot work are errors. The caller closes the model.
func New(name string, o Options) (*Model, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open slots of %q: %w", name, err)
	}
	m := &Model{
		name: name, o: o, file: newStateFile(o.Dir, name), notes: newNotes(o.Progress),
		loading: make(chan struct{}, 1), loaded: map[fingerprint]*version{}, preparing: map[fingerprint]*job{}, draining: map[*version]struct{}{},
	}
	m.o.Logger = o.Logger.With("model", name)
	m.leases.New = func() any { return &Lease{model: m} }
	m.ctx, m.cancel = context.WithCancelCause(context.Background())
	m.table.Store(&table{model: name})
	m.restore()
	return m, nil
}

// Apply puts an order in force. What it drops is not leased any more when Apply returns; what it brings is prepared in
// the background. An order of an older height, for another model or out of range is ErrOrder and changes nothing.
// Where the state could not be saved the order is in force all the same, the error is ErrState, and the next Apply
// saves again.
func (m *Model) Apply(o Order) error {
	if err := o.validate(m.name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.tell()
	if m.closed {
		return ErrClosed
	}
	if o.Height < m.order.Height {
		return fmt.Errorf("%w: height: expected %d or later, got %d", ErrOrder, m.order.Height, o.Height)
	}
	news := !sameOrder(m.order, o)
	m.order = o
	now := m.o.Now()
	if news || now.Sub(m.heard) >= silence { // what failed for want of a network may work now
		m.wake()
	}
	m.heard = now
	m.settle()
	if news || m.unsaved != nil || o.Time.Sub(m.saved) >= saveInterval {
		return m.save()
	}
	return nil
}

// sameOrder says whether two orders differ in height and time alone.
func sameOrder(a, b Order) bool {
	a.Height, a.Time = b.Height, b.Time
	return reflect.DeepEqual(a, b)
}

// settle brings everything in line with the order: what answers, what is prepared, what is let go. Caller holds mu.
func (m *Model) settle() {
	wanted, coming := m.order.Version.print(), m.order.Candidate.print()
	switch {
	case m.order.Version == nil:
		m.setGood(nil)
	case m.loaded[wanted] != nil:
		m.setGood(m.order.Version)
	}
	m.follow()
	if m.candidate != nil && m.candidate.Final {
		coming = fingerprint{}
	}
	m.route(coming)
	m.letGo(coming)
	m.retain()
	for print := range m.preparing {
		if print != wanted && print != coming || print == wanted && m.order.Version.Yanked {
			m.stop(print)
		}
	}
	m.start(m.order.Version)
	if m.candidate != nil && !m.candidate.Final {
		m.start(m.order.Candidate)
	}
}

func (m *Model) setGood(spec *Spec) {
	if spec.print() != m.good.print() && m.good != nil {
		m.previous = m.good
	}
	m.good = spec
}

// route replaces the table. Caller holds mu.
func (m *Model) route(coming fingerprint) {
	t := &table{
		model: m.name, number: m.order.Number, generation: m.order.Generation, height: m.order.Height, time: m.order.Time,
		weight: m.order.Weight, closed: m.closed,
	}
	if m.order.Version != nil {
		t.version = m.order.Version.ID
	}
	if m.good != nil {
		t.active = m.loaded[m.good.print()]
	}
	if m.order.Candidate != nil {
		t.coming = m.order.Candidate.ID
		if v := m.loaded[coming]; v != t.active && m.order.Weight > 0 {
			t.candidate = v
		}
	}
	m.table.Store(t)
}

// letGo lets go of loaded versions that neither answer nor are to. They are closed when their last lease ends.
func (m *Model) letGo(coming fingerprint) {
	for print, v := range m.loaded {
		if print == coming || m.good != nil && print == m.good.print() {
			continue
		}
		m.retire(v)
	}
}

func (m *Model) retire(v *version) {
	delete(m.loaded, v.print)
	m.draining[v] = struct{}{}
	m.o.Logger.Info("version drains", "version", v.spec.ID)
	v.release()
}

// closeEngine ends a version that nobody holds any more, in the background, because the caller may have the lock.
func (m *Model) closeEngine(v *version) {
	go func() {
		defer m.engines.Done()
		err := v.engine.Close()
		m.mu.Lock()
		delete(m.draining, v)
		m.mu.Unlock()
		if err != nil {
			m.o.Logger.Warn("version closed with an error", "version", v.spec.ID, "error", err)
			return
		}
		m.o.Logger.Info("version closed", "version", v.spec.ID)
	}()
}

// retain keeps the artifacts of what serves, of what is to, and of what a rollback may lead to.
func (m *Model) retain() {
	var digests [][32]byte
	for _, s := range []*Spec{m.good, m.previous, m.order.Version, m.order.Candidate} {
		if s == nil {
			continue
		}
		for _, a := range s.Artifacts {
			digests = append(digests, a.Digest)
		}
	}
	m.o.Store.RetainFor(m.name, digests...)
}

// follow keeps the record of the candidate in line with the order. Caller holds mu.
func (m *Model) follow() {
	if m.order.Candidate == nil {
		m.candidate = nil
		return
	}
	print := m.order.Candidate.print()
	text := hex.EncodeToString(print[:])
	r := m.candidate
	switch {
	case r == nil || r.Number != m.order.Number || r.Print != text:
		m.candidate = &record{Number: m.order.Number, Generation: m.order.Generation, Print: text}
		m.note(PhaseSeen, nil)
		if v := m.loaded[print]; v != nil { // on record already, or a candidate before
			v.answered.Store(false)
			m.note(PhaseReady, nil)
		}
	case r.Generation != m.order.Generation:
		r.Generation = m.order.Generation
		if r.Phase == PhaseFailed { // a new step is a new chance
			*r = record{Number: r.Number, Generation: r.Generation, Print: r.Print, Phase: PhaseFailed, Code: r.Code, Text: r.Text}
		}
	}
	if m.order.Candidate.Yanked && m.loaded[print] == nil && !m.candidate.Final {
		m.note(PhaseFailed, fail(CodeOther, fmt.Errorf("%w: %s", ErrYanked, m.order.Candidate.ID)))
	}
}

// note records how far the candidate is; tell passes it on. Caller holds mu.
func (m *Model) note(phase Phase, err error) {
	r := m.candidate
	before := *r
	r.Phase, r.Code, r.Text, r.Final = phase, CodeNone, "", false
	if err != nil {
		f := asFailure(err)
		r.Code, r.Final, r.Text, err = f.code, f.final, clip(f.err.Error(), maxErrorText), f.err
	}
	if before.Phase == phase && before.Code == r.Code {
		return // told already
	}
	m.o.Logger.Info("candidate", "version", m.order.Candidate.ID, "rollout", r.Number, "phase", phase, "code", r.Code, "error", err)
	m.untold = append(m.untold, Progress{Model: m.name, Number: r.Number, Version: m.order.Candidate.ID, Phase: phase, Code: r.Code, Err: err})
}

// tell passes on what was noted, once it is in force and, where it has to be, on disk. Caller holds mu.
func (m *Model) tell() {
	for _, p := range m.untold {
		m.notes.add(p)
	}
	m.untold = m.untold[:0]
}

// isCandidate says whether the latest order names the version as the candidate. Caller holds mu.
func (m *Model) isCandidate(print fingerprint) bool {
	return m.order.Candidate != nil && m.order.Candidate.print() == print
}

// answered notes the first answer of the candidate.
func (m *Model) answered(v *version) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.tell()
	if m.closed || !m.isCandidate(v.print) || m.candidate.Phase != PhaseReady {
		return
	}
	m.note(PhaseServing, nil)
	_ = m.save() // logged, and tried again by the next Apply
}

// broke takes a version that fails at serving out of use, if it is the candidate.
func (m *Model) broke(v *version, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.tell()
	if m.closed || m.loaded[v.print] != v {
		return
	}
	if !m.isCandidate(v.print) || m.good != nil && m.good.print() == v.print {
		m.failures++
		m.o.Logger.Error("inference failed", "version", v.spec.ID, "error", err)
		return
	}
	m.note(PhaseFailed, fail(CodeServe, err))
	m.settle()
	_ = m.save() // logged, and tried again by the next Apply
}

// Close lets nothing be leased any more, ends preparations, and waits until the last lease was released and every
// version is closed, or the context ends. What is on disk serves after the next start.
func (m *Model) Close(ctx context.Context) error {
	m.mu.Lock()
	if !m.closed {
		m.closed = true
		m.cancel(ErrClosed)
		m.table.Store(&table{model: m.name, closed: true})
		for _, v := range m.loaded {
			m.retire(v)
		}
	}
	m.mu.Unlock()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		m.jobs.Wait() // a load cannot be interrupted
		m.notes.close()
		m.engines.Wait()
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close slots of %q: requests or a load under way: %w", m.name, context.Cause(ctx))
	}
}
