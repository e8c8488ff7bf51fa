package slots

import "github.com/assay-chain/assay/inference-sidecar/artifacts"

// Saved is what the state file of a model says.
type Saved struct {
	Order Order // in force when it was written; heights that bring nothing new are written seldom
	// Good is what is served by default after a restart, without any network; nil: nothing.
	Good *Spec
	// Phase, Code and Error are how far the candidate of the order came; empty where it has none.
	Phase Phase
	Code  Code
	Error string
}

// ReadSaved reads the state file of a model in a folder, whether or not a process has the slots open. It is nil where
// there is none that is whole. The errors are those of files that are not; a damaged file does not keep the copy from
// before from being read.
func ReadSaved(dir, model string) (*Saved, []error) {
	s, damaged := newStateFile(dir, model).read(model)
	if s == nil {
		return nil, damaged
	}
	out := &Saved{Order: s.order(), Good: fromJSON(s.Good)}
	if r := s.Record; r != nil {
		out.Phase, out.Code, out.Error = r.Phase, r.Code, r.Text
	}
	return out, damaged
}

// Needs are the artifacts without which the version is not served.
func (s *Spec) Needs() []artifacts.Artifact { return needed(s) }
