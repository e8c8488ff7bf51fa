package slots

import (
	"fmt"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/engine"
)

// Lease is a request's hold on the version that answers it. The version stays loaded until Release.
type Lease struct {
	model     *Model
	table     *table
	version   *version
	candidate bool
}

// Lease chooses the version for a request, and holds it. Errors: ErrNotReady, ErrNoVersion for an explicit version
// that may not answer, ErrClosed. It allocates nothing in steady state. The caller calls Release, once.
func (m *Model) Lease(r Route) (*Lease, error) {
	for {
		t := m.table.Load()
		v, candidate, err := t.pick(r, &m.turns)
		if err != nil {
			return nil, err
		}
		if !v.hold() {
			continue // let go since, so there is another table
		}
		l := m.leases.Get().(*Lease)
		l.table, l.version, l.candidate = t, v, candidate
		return l, nil
	}
}

// Ready says whether a request could be leased a version: that of the id, or where it is "" any. Unlike a Lease it
// takes no turn, so asking often does not change shares.
func (m *Model) Ready(id string) error {
	t := m.table.Load()
	switch {
	case t.closed:
		return ErrClosed
	case id != "":
		_, _, err := t.explicit(id)
		return err
	case t.active == nil && t.candidate == nil:
		return fmt.Errorf("%w: %s", ErrNotReady, m.name)
	}
	return nil
}

// Spec describes the version.
func (l *Lease) Spec() *Spec { return l.version.spec }

// Engine is the version's loaded model; nil where Options.Loader made another kind.
func (l *Lease) Engine() *engine.Model {
	m, _ := l.version.engine.(*engine.Model)
	return m
}

// Runner is the version's loaded model, of whatever kind.
func (l *Lease) Runner() Engine { return l.version.engine }

// Candidate says whether the version answers as the candidate.
func (l *Lease) Candidate() bool { return l.candidate }

// Order is what was in force when the lease was taken: the rollout's number and generation, the verified height, and
// the candidate's weight in per cent.
func (l *Lease) Order() (number, generation uint64, height int64, weight int) {
	return l.table.number, l.table.generation, l.table.height, l.table.weight
}

// Verified is the height and block time of the state in force when the lease was taken.
func (l *Lease) Verified() (height int64, at time.Time) { return l.table.height, l.table.time }

// Outcome tells what became of a run of the engine: nil after an answer, or the error of Run. The first answer of a
// candidate is progress; an error of one ends it with CodeServe, for inputs of a fixed size give no cause for errors.
func (l *Lease) Outcome(err error) {
	switch {
	case err != nil:
		l.model.broke(l.version, err)
	case l.candidate && !l.version.answered.Load() && l.version.answered.CompareAndSwap(false, true):
		go l.model.answered(l.version) // it goes to disk, and no request should wait for that
	}
}

// Release gives the version back. The lease must not be used any more.
func (l *Lease) Release() {
	m, v := l.model, l.version
	*l = Lease{model: m}
	m.leases.Put(l)
	v.release()
}
