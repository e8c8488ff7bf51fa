package slots

import (
	"crypto/sha256"
	"encoding/json"
	"sync/atomic"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

// version is a loaded version. It lives as long as someone holds it: the slot, and each lease.
type version struct {
	spec     *Spec
	print    fingerprint
	engine   Engine
	holds    atomic.Int64
	answered atomic.Bool
	drained  func(*version) // called once nobody holds it
}

func newVersion(spec *Spec, print fingerprint, e Engine, drained func(*version)) *version {
	v := &version{spec: spec, print: print, engine: e, drained: drained}
	v.holds.Store(1)
	return v
}

// hold fails on a version that was let go by all.
func (v *version) hold() bool {
	for {
		n := v.holds.Load()
		if n == 0 {
			return false
		}
		if v.holds.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (v *version) release() {
	if v.holds.Add(-1) == 0 {
		v.drained(v)
	}
}

// fingerprint tells versions apart by all that a device makes of them. Two orders name the same version even if a
// yank or another URI came in between.
type fingerprint [sha256.Size]byte

// print is the fingerprint of a spec; that of none is zero.
func (s *Spec) print() fingerprint {
	if s == nil {
		return fingerprint{}
	}
	bare := *s
	bare.Yanked = false
	bare.Artifacts = make([]artifacts.Artifact, len(s.Artifacts))
	for i, a := range s.Artifacts {
		a.URIs = nil
		bare.Artifacts[i] = a
	}
	data, err := json.Marshal(bare)
	if err != nil {
		panic(err) // strings and numbers
	}
	return sha256.Sum256(data)
}
