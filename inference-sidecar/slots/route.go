package slots

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
)

var (
	// ErrNotReady is returned by Lease where a version that may answer is not ready, or there is none.
	ErrNotReady = errors.New("no version ready")
	// ErrNoVersion is returned by Lease for an explicit version that may not answer.
	ErrNoVersion = errors.New("version not served")
	// ErrClosed is returned by slots that were closed.
	ErrClosed = errors.New("slots are closed")
)

// Route is what a request says about where it wants to go. The first that is set decides: Version, Canary, Key. A
// request that sets none takes its turn.
type Route struct {
	Key     string // the same key stays on one side for as long as the weight does not fall
	Canary  *bool  // true: the candidate, where it may answer; false: not the candidate
	Version string // the id of a version, which must be one that may answer now
}

// table is what may answer, and how requests are divided. It is never changed, only replaced.
type table struct {
	model              string
	number, generation uint64
	height             int64
	time               time.Time
	weight             int
	version            string   // id on record; "" for none
	coming             string   // id of the candidate, ready or not; "" for none
	active             *version // answers by default; nil until one is ready
	candidate          *version // answers its share; nil unless ready and of some weight
	closed             bool
}

// pick chooses the version for a request. turns counts the requests that say nothing.
func (t *table) pick(r Route, turns *atomic.Uint64) (v *version, candidate bool, err error) {
	if t.closed {
		return nil, false, ErrClosed
	}
	if r.Version != "" {
		return t.explicit(r.Version)
	}
	if t.candidate != nil && t.toCandidate(r, turns) {
		return t.candidate, true, nil
	}
	if t.active == nil {
		if t.version == "" {
			return nil, false, fmt.Errorf("%w: %s: no version on record", ErrNotReady, t.model)
		}
		return nil, false, fmt.Errorf("%w: %s", ErrNotReady, t.version)
	}
	return t.active, false, nil
}

func (t *table) explicit(id string) (v *version, candidate bool, err error) {
	switch {
	case t.active != nil && t.active.spec.ID == id:
		return t.active, false, nil
	case t.candidate != nil && t.candidate.spec.ID == id:
		return t.candidate, true, nil
	case t.version == id, t.coming == id && t.weight > 0:
		return nil, false, fmt.Errorf("%w: %s", ErrNotReady, id)
	}
	return nil, false, fmt.Errorf("%w: %q", ErrNoVersion, id)
}

func (t *table) toCandidate(r Route, turns *atomic.Uint64) bool {
	switch {
	case r.Canary != nil:
		return *r.Canary
	case r.Key != "":
		return bucket(t.model, r.Key) < t.weight
	default:
		return taken(turns.Add(1), t.weight)
	}
}

// bucket is the key's place in 0 to 99: the candidate has those below its weight, so that a growing weight only ever
// moves keys to it. It is XXH64 of the model, a zero byte and the key, scaled.
func bucket(model, key string) int {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(model)
	_, _ = d.WriteString("\x00")
	_, _ = d.WriteString(key)
	return int(d.Sum64() >> 32 * 100 >> 32)
}

// taken says whether the candidate has a turn: weight of any 100 in a row, evenly spread.
func taken(turn uint64, weight int) bool {
	at := turn % 100 * uint64(weight) % 100
	return at < uint64(weight)
}
