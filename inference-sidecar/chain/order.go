package chain

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// ErrVersion is returned for a version on record that a device cannot run whatever it does.
var ErrVersion = errors.New("version cannot be run")

// Spec is what a device needs of a version on record. A device runs versions of one input and one output.
func Spec(v registrytypes.Version) (*slots.Spec, error) {
	if len(v.Inputs) != 1 || len(v.Outputs) != 1 {
		return nil, fmt.Errorf("%w: %s: expected 1 input and 1 output, got %d and %d", ErrVersion, v.Id, len(v.Inputs), len(v.Outputs))
	}
	s := &slots.Spec{ID: v.Id, Options: map[string]string{}, Yanked: v.Yanked}
	var err error
	if s.Input, err = tensor(v.Inputs[0]); err != nil {
		return nil, fmt.Errorf("%w: %s: input: %w", ErrVersion, v.Id, err)
	}
	if s.Output, err = tensor(v.Outputs[0]); err != nil {
		return nil, fmt.Errorf("%w: %s: output: %w", ErrVersion, v.Id, err)
	}
	for _, o := range v.SessionOptions {
		s.Options[o.Key] = o.Value
	}
	for _, a := range v.Artifacts {
		if a.Size_ > math.MaxInt64 || len(a.Digest) != len(artifacts.Artifact{}.Digest) {
			return nil, fmt.Errorf("%w: %s: artifact %q: digest or size out of range", ErrVersion, v.Id, a.Name)
		}
		s.Artifacts = append(s.Artifacts, artifacts.Artifact{
			Name: a.Name, MediaType: a.MediaType, Digest: [32]byte(a.Digest), Size: int64(a.Size_), URIs: a.Uris,
		})
	}
	copy(s.CircuitDigest[:], v.CircuitDigest)
	copy(s.KeyDigest[:], v.VerifyingKeyDigest)
	return s, nil
}

func tensor(t registrytypes.TensorSignature) (slots.Tensor, error) {
	out := slots.Tensor{Name: t.Name}
	switch t.ElementType {
	case registrytypes.ELEMENT_TYPE_INT8:
		out.Type = "int8"
	case registrytypes.ELEMENT_TYPE_UINT8:
		out.Type = "uint8"
	default:
		return out, fmt.Errorf("element type: expected int8 or uint8, got %s", t.ElementType)
	}
	for _, d := range t.Shape {
		out.Shape = append(out.Shape, int(d))
	}
	return out, nil
}

// order is what a directive, with the versions that it names, tells a device to do.
func order(model string, height int64, at time.Time, d rollouttypes.Directive, version, candidate *slots.Spec) slots.Order {
	return slots.Order{
		Model: model, Height: height, Time: at, Number: d.Number, Generation: d.Generation,
		Weight: int(d.Weight), Version: version, Candidate: candidate,
	}
}
