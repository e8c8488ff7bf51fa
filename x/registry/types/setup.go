package types

import (
	errorsmod "cosmossdk.io/errors"
)

const (
	maxContributionNameBytes = 128
	// minCeremony is the fewest contributions that make a ceremony: one alone is a single party.
	minCeremony = 2
	// maxSingleParty is the most contributions that a single party can make.
	maxSingleParty = 1
)

// Validate checks that the provenance agrees with itself and with the limits.
func (s SetupProvenance) Validate(p Params) error {
	n := len(s.Contributions)
	if uint64(n) > uint64(p.MaxContributions) {
		return errorsmod.Wrapf(ErrLimit, "setup: expected at most %d contributions, got %d", p.MaxContributions, n)
	}
	switch s.Kind {
	case SETUP_KIND_SINGLE_PARTY_INSECURE:
		if n > maxSingleParty {
			return errorsmod.Wrapf(ErrInvalidSetup, "single party: expected at most %d contribution, got %d", maxSingleParty, n)
		}
	case SETUP_KIND_CEREMONY:
		if n < minCeremony {
			return errorsmod.Wrapf(ErrInvalidSetup, "ceremony: expected at least %d contributions, got %d", minCeremony, n)
		}
	default:
		return errorsmod.Wrapf(ErrInvalidSetup, "kind %d: expected single party or ceremony", s.Kind)
	}
	for i, c := range s.Contributions {
		if err := c.validate(p); err != nil {
			return errorsmod.Wrapf(err, "contribution %d", i)
		}
	}
	return nil
}

func (c Contribution) validate(p Params) error {
	if err := ValidateText("name", c.Name, maxContributionNameBytes); err != nil {
		return err
	}
	if c.Name == "" {
		return errorsmod.Wrap(ErrInvalidSetup, "empty name")
	}
	if err := ValidateDigest("contribution "+c.Name, c.Digest); err != nil {
		return err
	}
	return ValidateText("attestation", c.Attestation, p.MaxAttestationBytes)
}
