package slots

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

// ErrOrder is returned by Apply for an order that is not for this model, contradicts itself, or is older than the
// one in force.
var ErrOrder = errors.New("order")

// Tensor is the input or output of a version.
type Tensor struct {
	Name  string `json:"name"`
	Type  string `json:"type"`  // int8 or uint8
	Shape []int  `json:"shape"` // static
}

// Spec is a version as verified chain state describes it. A Spec is not changed once it was handed over.
type Spec struct {
	ID            string // such as channel-0:acme/vibration@1.2.0
	Artifacts     []artifacts.Artifact
	Input, Output Tensor
	Options       map[string]string // ONNX Runtime session options
	CircuitDigest [32]byte
	KeyDigest     [32]byte // of the verifying key
	Yanked        bool
}

// Artifact finds an artifact by its name.
func (s *Spec) Artifact(name string) (artifacts.Artifact, bool) {
	for _, a := range s.Artifacts {
		if a.Name == name {
			return a, true
		}
	}
	return artifacts.Artifact{}, false
}

// Order is what verified state says about one model at one height.
type Order struct {
	Model              string // such as channel-0:acme/vibration
	Height             int64
	Time               time.Time // of the block
	Number, Generation uint64    // of the rollout; 0: none
	Weight             int       // per cent of requests for the candidate
	Version            *Spec     // on record; nil: none
	Candidate          *Spec     // of the rollout under way; nil: none
}

func (o *Order) validate(model string) error {
	switch {
	case o.Model != model:
		return fmt.Errorf("%w: model: expected %q, got %q", ErrOrder, model, o.Model)
	case o.Height < 1:
		return fmt.Errorf("%w: height: expected 1 or more, got %d", ErrOrder, o.Height)
	case o.Weight < 0 || o.Weight > 100:
		return fmt.Errorf("%w: weight: expected 0 to 100 per cent, got %d", ErrOrder, o.Weight)
	}
	return ofModel(model, o.Version, o.Candidate)
}

// ofModel checks that versions, where there are any, are of a model.
func ofModel(model string, versions ...*Spec) error {
	for _, s := range versions {
		if s != nil && !strings.HasPrefix(s.ID, model+"@") {
			return fmt.Errorf("%w: version: expected one of %q, got %q", ErrOrder, model, s.ID)
		}
	}
	return nil
}

// Phase is how far a device is with a version, in the words of the chain.
type Phase string

// The phases in their order. A device that failed says so in place of any later one.
const (
	PhaseSeen    Phase = "seen"    // ordered
	PhaseFetched Phase = "fetched" // all that it needs is in the store
	PhaseChecked Phase = "checked" // digest, canonical form, signature, options
	PhaseReady   Phase = "ready"   // loaded, self-tested, warm
	PhaseServing Phase = "serving" // has answered a request
	PhaseFailed  Phase = "failed"
)

// Code says why a version failed, in the words of the chain. Codes are for machines; the error beside it is for people.
type Code string

// The codes.
const (
	CodeNone      Code = ""
	CodeFetch     Code = "fetch"
	CodeDigest    Code = "digest"
	CodeForm      Code = "form"
	CodeSelfTest  Code = "self-test"
	CodeLoad      Code = "load"
	CodeWarmUp    Code = "warm-up"
	CodeServe     Code = "serve"
	CodeResources Code = "resources"
	CodeOther     Code = "other"
)

// Progress tells how far a version came.
type Progress struct {
	Model   string
	Number  uint64 // of the rollout that the version is the candidate of; 0 for the version on record
	Version string
	Phase   Phase
	Code    Code  // of PhaseFailed
	Err     error // of PhaseFailed; nil after a restart that found the failure on disk
}
