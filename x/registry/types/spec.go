package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/statement"
)

// boundInputs are the public inputs of a proof besides the output: the input digest and the context.
const boundInputs = 2

// Validate checks everything about the spec that needs no state.
func (s VersionSpec) Validate(p Params) error {
	if err := ValidateText("description", s.Description, p.MaxDescriptionBytes); err != nil {
		return err
	}
	if err := validateArtifacts(s.Artifacts, p); err != nil {
		return err
	}
	if err := validateTensors("inputs", s.Inputs, p); err != nil {
		return err
	}
	if err := validateTensors("outputs", s.Outputs, p); err != nil {
		return err
	}
	if err := validateSessionOptions(s.SessionOptions, p); err != nil {
		return err
	}
	if err := ValidateDigest("circuit", s.CircuitDigest); err != nil {
		return err
	}
	if err := ValidateDigest("verifying key", s.VerifyingKeyDigest); err != nil {
		return err
	}
	return s.Setup.Validate(p)
}

func validateArtifacts(artifacts []Artifact, p Params) error {
	if len(artifacts) == 0 {
		return errorsmod.Wrap(ErrInvalidArtifact, "expected at least 1 artifact")
	}
	if uint64(len(artifacts)) > uint64(p.MaxArtifacts) {
		return errorsmod.Wrapf(ErrLimit, "expected at most %d artifacts, got %d", p.MaxArtifacts, len(artifacts))
	}
	seen := make(map[string]bool, len(artifacts))
	for _, a := range artifacts {
		if err := a.Validate(p); err != nil {
			return err
		}
		if seen[a.Name] {
			return errorsmod.Wrapf(ErrInvalidArtifact, "name %q twice", a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

// OutputBytes is the size of the output of a proof: of all outputs, one after the other.
func (s VersionSpec) OutputBytes() (int, error) {
	n, err := tensorBytes("outputs", s.Outputs, MaxParams())
	return int(n), err
}

// PublicInputs is the number of public inputs that a verifying key of the version must have: the
// input digest, the output's elements, the context.
func (s VersionSpec) PublicInputs() (int, error) {
	n, err := s.OutputBytes()
	if err != nil {
		return 0, err
	}
	return statement.OutputElements(n) + boundInputs, nil
}
