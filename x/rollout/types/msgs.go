package types

import (
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Validate checks a report's phase and code. Errors: ErrInvalidReport.
func (m *MsgReportPhase) Validate() error {
	switch {
	case m.Phase < DevicePhaseSeen || m.Phase > DevicePhaseFailed:
		return ErrInvalidReport.Wrapf("no phase %d", m.Phase)
	case m.Phase != DevicePhaseFailed && m.Code != FailureUnspecified:
		return ErrInvalidReport.Wrapf("phase %s: expected no code, got %s", m.Phase, m.Code)
	case m.Phase == DevicePhaseFailed && (m.Code < FailureFetch || m.Code > FailureOther):
		return ErrInvalidReport.Wrapf("failed: expected a code from %d to %d, got %d", FailureFetch, FailureOther, m.Code)
	}
	return nil
}

// Validate checks a zone policy. Errors: ErrInvalidPolicy.
func (p ZonePolicy) Validate() error {
	if len(p.Rules) > MaxRulesCap {
		return ErrInvalidPolicy.Wrapf("expected at most %d rules, got %d", MaxRulesCap, len(p.Rules))
	}
	for i, r := range p.Rules {
		if i > 0 && r.Source <= p.Rules[i-1].Source {
			return ErrInvalidPolicy.Wrapf("rules: expected ascending sources, got %q after %q", r.Source, p.Rules[i-1].Source)
		}
		if err := r.validate(); err != nil {
			return ErrInvalidPolicy.Wrapf("rule of %q: %s", r.Source, err)
		}
	}
	return validateOperators(p.FleetOperators)
}

func validateOperators(operators []string) error {
	if len(operators) > MaxFleetOperatorsCap {
		return ErrInvalidPolicy.Wrapf("expected at most %d fleet operators, got %d", MaxFleetOperatorsCap, len(operators))
	}
	for i, o := range operators {
		if _, err := sdk.AccAddressFromBech32(o); err != nil {
			return ErrInvalidPolicy.Wrapf("fleet operator %.128q: %s", o, err)
		}
		if i > 0 && o <= operators[i-1] {
			return ErrInvalidPolicy.Wrapf("fleet operators: expected ascending, got %q after %q", o, operators[i-1])
		}
	}
	return nil
}

func (r HubRule) validate() error {
	if err := ValidateSource(r.Source); err != nil {
		return err
	}
	if err := validateNames(r.Publishers, false); err != nil {
		return err
	}
	return validateNames(r.Models, true)
}

func validateNames(names []string, models bool) error {
	if len(names) > MaxRuleNamesCap {
		return ErrInvalidPolicy.Wrapf("expected at most %d names, got %d", MaxRuleNamesCap, len(names))
	}
	for i, n := range names {
		if strings.Contains(n, "/") != models {
			return ErrInvalidPolicy.Wrapf("%.128q: expected a publisher among publishers, publisher/model among models", n)
		}
		if err := ValidateModelName(n); err != nil {
			return err
		}
		if i > 0 && n <= names[i-1] {
			return ErrInvalidPolicy.Wrapf("expected ascending names, got %q after %q", n, names[i-1])
		}
	}
	return nil
}

// RuleFor returns the rule of a source.
func (p ZonePolicy) RuleFor(source string) (HubRule, bool) {
	for _, r := range p.Rules {
		if r.Source == source {
			return r, true
		}
	}
	return HubRule{}, false
}

// Accepts says whether the rule has the publisher or the model.
func (r HubRule) Accepts(publisher, model string) bool {
	if len(r.Publishers) == 0 && len(r.Models) == 0 {
		return true
	}
	for _, p := range r.Publishers {
		if p == publisher {
			return true
		}
	}
	for _, m := range r.Models {
		if m == publisher+"/"+model {
			return true
		}
	}
	return false
}

// FitsSize says whether the key and the artifacts are within the rule's sizes.
func (r HubRule) FitsSize(keyBytes int, artifactBytes uint64) bool {
	return (r.MaxKeyBytes == 0 || uint64(keyBytes) <= uint64(r.MaxKeyBytes)) &&
		(r.MaxArtifactBytes == 0 || artifactBytes <= r.MaxArtifactBytes)
}
