package types

import (
	"slices"
	"strings"
)

// Validate checks a plan as a publisher gives it, against limits. Errors: ErrInvalidPlan, ErrInvalidZone, ErrLimit.
func (p Plan) Validate(limits Params) error {
	if err := p.validateVersions(); err != nil {
		return err
	}
	if len(p.Targets) == 0 {
		return ErrInvalidPlan.Wrap("expected at least 1 target")
	}
	if uint64(len(p.Targets)) > uint64(limits.MaxZones) {
		return ErrLimit.Wrapf("targets: expected at most %d, got %d", limits.MaxZones, len(p.Targets))
	}
	for i, t := range p.Targets {
		if err := ValidateZone(t.Zone); err != nil {
			return err
		}
		if i > 0 && t.Zone <= p.Targets[i-1].Zone {
			return ErrInvalidPlan.Wrapf("targets: expected ascending zones, got %q after %q", t.Zone, p.Targets[i-1].Zone)
		}
		if err := t.validateSelector(limits); err != nil {
			return err
		}
	}
	return validateSteps(p.Steps, limits)
}

// ValidateReceived checks a plan as a packet brings it: with one target, whose zone is empty.
func (p Plan) ValidateReceived(limits Params) error {
	if err := p.validateVersions(); err != nil {
		return err
	}
	if len(p.Targets) != 1 || p.Targets[0].Zone != "" {
		return ErrInvalidPlan.Wrap("expected one target without a zone")
	}
	if p.Wait {
		return ErrInvalidPlan.Wrap("expected no wait in a packet")
	}
	if err := p.Targets[0].validateSelector(limits); err != nil {
		return err
	}
	return validateSteps(p.Steps, limits)
}

func (p Plan) validateVersions() error {
	version, err := ParseVersionID(p.Version)
	if err != nil {
		return ErrInvalidPlan.Wrapf("version: %s", err)
	}
	if p.Version != version.String() || version.IsMirror() {
		return ErrInvalidPlan.Wrapf("version %.128q: expected publisher/model@number of this chain's own", p.Version)
	}
	if p.Replaces == "" {
		return nil
	}
	old, err := ParseVersionID(p.Replaces)
	switch {
	case err != nil:
		return ErrInvalidPlan.Wrapf("replaces: %s", err)
	case p.Replaces != old.String() || old.Publisher != version.Publisher || old.Model != version.Model || old.IsMirror():
		return ErrInvalidPlan.Wrapf("replaces %.128q: expected a version of %s/%s", p.Replaces, version.Publisher, version.Model)
	case p.Replaces == p.Version:
		return ErrInvalidPlan.Wrapf("replaces %q: expected another version", p.Replaces)
	}
	return nil
}

func (t Target) validateSelector(limits Params) error {
	if len(t.Fleets) > 0 && len(t.Labels) > 0 {
		return ErrInvalidPlan.Wrapf("target %q: expected ids of fleets or labels, got both", t.Zone)
	}
	if uint64(len(t.Fleets)) > uint64(limits.MaxFleets) {
		return ErrLimit.Wrapf("target %q: expected at most %d fleets, got %d", t.Zone, limits.MaxFleets, len(t.Fleets))
	}
	for i, id := range t.Fleets {
		if id == 0 || i > 0 && id <= t.Fleets[i-1] {
			return ErrInvalidPlan.Wrapf("target %q: expected ids of fleets from 1, ascending", t.Zone)
		}
	}
	return validateLabels(t.Labels)
}

func validateLabels(labels []string) error {
	if len(labels) > MaxLabelsCap {
		return ErrLimit.Wrapf("labels: expected at most %d, got %d", MaxLabelsCap, len(labels))
	}
	for i, l := range labels {
		if err := ValidateLabel(l); err != nil {
			return ErrInvalidPlan.Wrap(err.Error())
		}
		if i > 0 && l <= labels[i-1] {
			return ErrInvalidPlan.Wrapf("labels: expected ascending, got %.64q after %.64q", l, labels[i-1])
		}
	}
	return nil
}

func validateSteps(steps []Step, limits Params) error {
	if len(steps) == 0 {
		return ErrInvalidPlan.Wrap("expected at least 1 step")
	}
	if uint64(len(steps)) > uint64(limits.MaxSteps) {
		return ErrLimit.Wrapf("steps: expected at most %d, got %d", limits.MaxSteps, len(steps))
	}
	last := uint32(0)
	for i, s := range steps {
		if s.Weight <= last || s.Weight > FullWeight {
			return ErrInvalidPlan.Wrapf("step %d: weight: expected %d to %d, got %d", i, last+1, FullWeight, s.Weight)
		}
		last = s.Weight
		if err := s.validate(); err != nil {
			return ErrInvalidPlan.Wrapf("step %d: %s", i, err)
		}
	}
	if last != FullWeight {
		return ErrInvalidPlan.Wrapf("step %d: weight: expected %d in the last step, got %d", len(steps)-1, FullWeight, last)
	}
	return nil
}

func (s Step) validate() error {
	switch {
	case s.MaxFailureShare > FullShare:
		return ErrInvalidPlan.Wrapf("failure share: expected at most %d, got %d", FullShare, s.MaxFailureShare)
	case s.BakeBlocks > MaxBlocksCap || s.DeadlineBlocks > MaxBlocksCap:
		return ErrInvalidPlan.Wrapf("bake and deadline: expected at most %d blocks", MaxBlocksCap)
	case s.DeadlineBlocks > 0 && s.DeadlineBlocks <= s.BakeBlocks:
		return ErrInvalidPlan.Wrapf("deadline: expected more than the %d blocks of baking, got %d", s.BakeBlocks, s.DeadlineBlocks)
	case s.DeadlineBlocks > 0 && s.OnDeadline != OnDeadlinePause && s.OnDeadline != OnDeadlineRollBack:
		return ErrInvalidPlan.Wrap("on deadline: expected pause or roll back")
	case s.DeadlineBlocks == 0 && s.OnDeadline != OnDeadlineUnspecified:
		return ErrInvalidPlan.Wrap("on deadline: expected a deadline")
	case len(s.Decider) > MaxDeciderBytes || strings.ContainsFunc(s.Decider, func(r rune) bool { return r <= ' ' || r > '~' }):
		return ErrInvalidPlan.Wrapf("decider: expected at most %d printable ASCII characters", MaxDeciderBytes)
	}
	return nil
}

// MinContributors is the most that any step asks for.
func MinContributors(steps []Step) (n uint32) {
	for _, s := range steps {
		n = max(n, s.MinContributors)
	}
	return n
}

// Overlaps says whether two targets of the same zone may select a common fleet. Labels may select any.
func (t Target) Overlaps(o Target) bool {
	if len(t.Fleets) == 0 || len(o.Fleets) == 0 {
		return true
	}
	return slices.ContainsFunc(t.Fleets, func(id uint64) bool {
		_, found := slices.BinarySearch(o.Fleets, id)
		return found
	})
}

// ModelOf returns "publisher/model" of a version id's parts, as this chain names it.
func ModelOf(id VersionID) string { return id.QualifiedPublisher() + "/" + id.Model }

func validateModelName(name string, check func(what, name string) error) error {
	publisher, model, both := strings.Cut(name, "/")
	if err := check("publisher", publisher); err != nil {
		return err
	}
	if !both {
		return nil
	}
	return check("model", model)
}
