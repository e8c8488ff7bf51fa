package types

import (
	"cmp"
	"fmt"
)

// DefaultGenesis is a chain without rollouts that accepts none from elsewhere.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextRolloutId: 1, NextNumber: 1}
}

// Validate checks that the state is one that a chain could have exported: records in order, that name each other, and
// whose sums agree. Errors: ErrInvalidParams, ErrInvalidPolicy, ErrInvalidGenesis.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if err := g.Policy.Validate(); err != nil {
		return err
	}
	if g.NextRolloutId == 0 || g.NextNumber == 0 {
		return ErrInvalidGenesis.Wrap("expected the next id and number from 1")
	}
	for _, check := range []func() error{g.checkOrder, g.checkRollouts, g.checkZones, g.checkHistory, g.checkZoneRollouts, g.checkZoneFleets} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (g *GenesisState) checkOrder() error {
	for _, err := range []error{
		ascending("rollouts", g.Rollouts, func(a, b Rollout) int { return cmp.Compare(a.Id, b.Id) }),
		ascending("targets", g.Targets, func(a, b ZoneTarget) int {
			return cmp.Or(cmp.Compare(a.Rollout, b.Rollout), cmp.Compare(a.Target.Zone, b.Target.Zone))
		}),
		ascending("zones", g.Zones, func(a, b ZoneState) int {
			return cmp.Or(cmp.Compare(a.Rollout, b.Rollout), cmp.Compare(a.Zone, b.Zone))
		}),
		ascending("attempts", g.Attempts, func(a, b Attempt) int {
			return cmp.Or(cmp.Compare(a.Rollout, b.Rollout), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Number, b.Number))
		}),
		ascending("transitions", g.Transitions, func(a, b Transition) int {
			return cmp.Or(cmp.Compare(a.Rollout, b.Rollout), cmp.Compare(a.Generation, b.Generation))
		}),
		ascending("fan outs", g.FanOuts, func(a, b FanOut) int {
			return cmp.Or(cmp.Compare(a.Height, b.Height), cmp.Compare(a.Rollout, b.Rollout))
		}),
		ascending("zone rollouts", g.ZoneRollouts, func(a, b ZoneRollout) int { return cmp.Compare(a.Number, b.Number) }),
		ascending("progress", g.Progress, func(a, b NumberedProgress) int { return cmp.Compare(a.Number, b.Number) }),
		ascending("zone fleets", g.ZoneFleets, func(a, b ZoneFleet) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Evidence.Fleet, b.Evidence.Fleet))
		}),
		ascending("assignments", g.Assignments, func(a, b Assignment) int {
			return cmp.Or(cmp.Compare(a.Fleet, b.Fleet), cmp.Compare(a.Model, b.Model))
		}),
		ascending("devices", g.Devices, func(a, b ZoneDevice) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Device, b.Device))
		}),
		ascending("links", g.Links, func(a, b Link) int { return cmp.Compare(a.Source, b.Source) }),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func ascending[T any](what string, list []T, compare func(a, b T) int) error {
	for i := 1; i < len(list); i++ {
		if compare(list[i-1], list[i]) >= 0 {
			return ErrInvalidGenesis.Wrapf("%s: entry %d: expected ascending keys", what, i)
		}
	}
	return nil
}

func (g *GenesisState) checkRollouts() error {
	for _, r := range g.Rollouts {
		if err := r.validate(g.NextRolloutId); err != nil {
			return ErrInvalidGenesis.Wrapf("rollout %d: %s", r.Id, err)
		}
	}
	return nil
}

func (r Rollout) validate(next uint64) error {
	switch {
	case r.Id == 0 || r.Id >= next:
		return fmt.Errorf("expected an id from 1 to %d", next-1)
	case r.Phase < PhasePending || r.Phase > PhaseAborted:
		return fmt.Errorf("no phase %d", r.Phase)
	case r.Generation == 0:
		return fmt.Errorf("expected a generation from 1")
	case r.Phase == PhasePromoted && int(r.Step) != len(r.Steps) || r.Phase != PhasePromoted && int(r.Step) >= len(r.Steps):
		return fmt.Errorf("phase %s: step %d of %d", r.Phase, r.Step, len(r.Steps))
	case r.WaitsFor != 0 && (r.Phase != PhasePending || r.WaitsFor >= r.Id):
		return fmt.Errorf("phase %s: waits for %d", r.Phase, r.WaitsFor)
	case r.Due < 0:
		return fmt.Errorf("due in block %d", r.Due)
	}
	if err := validateSteps(r.Steps, HardParams()); err != nil {
		return err
	}
	return Plan{Version: r.Version, Replaces: r.Replaces}.validateVersions()
}

// checkZones checks that each zone has its rollout and target, and that the rollouts' counts and totals are their sums.
func (g *GenesisState) checkZones() error {
	type sum struct {
		counts ZoneCounts
		totals Totals
	}
	sums := make(map[uint64]*sum, len(g.Rollouts))
	for _, r := range g.Rollouts {
		sums[r.Id] = &sum{}
	}
	if len(g.Targets) != len(g.Zones) {
		return ErrInvalidGenesis.Wrapf("expected a target for each of %d zones, got %d", len(g.Zones), len(g.Targets))
	}
	for i, z := range g.Zones {
		s := sums[z.Rollout]
		if s == nil || g.Targets[i].Rollout != z.Rollout || g.Targets[i].Target.Zone != z.Zone {
			return ErrInvalidGenesis.Wrapf("zone %q of rollout %d: expected its rollout and its target", z.Zone, z.Rollout)
		}
		if err := ValidateZone(z.Zone); err != nil {
			return ErrInvalidGenesis.Wrap(err.Error())
		}
		if err := z.validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("zone %q of rollout %d: %s", z.Zone, z.Rollout, err)
		}
		*s.counts.of(z.Standing)++
		if z.Settled {
			s.counts.Settled++
		}
		s.totals = s.totals.Add(z.Totals)
	}
	for _, r := range g.Rollouts {
		if s := sums[r.Id]; s.counts != r.Zones || !s.totals.Equal(r.Totals) {
			return ErrInvalidGenesis.Wrapf("rollout %d: expected the counts and totals of its zones", r.Id)
		}
	}
	return nil
}

func (z ZoneState) validate() error {
	if z.Standing < StandingAnnounced || z.Standing > StandingLost {
		return fmt.Errorf("no standing %d", z.Standing)
	}
	if z.NextSend < 0 || z.Settled && z.NextSend != 0 {
		return fmt.Errorf("next send in block %d", z.NextSend)
	}
	var sum Totals
	for _, f := range z.Fleets {
		sum = sum.Add(f.Totals)
	}
	if !sum.Equal(z.Totals) {
		return fmt.Errorf("expected the totals of its fleets")
	}
	return nil
}

// checkHistory checks that each transition is on record, and that what names a rollout or a zone has it.
func (g *GenesisState) checkHistory() error {
	rollouts := make(map[uint64]Rollout, len(g.Rollouts))
	for _, r := range g.Rollouts {
		rollouts[r.Id] = r
		if _, ok := rollouts[r.WaitsFor]; r.WaitsFor != 0 && !ok {
			return ErrInvalidGenesis.Wrapf("rollout %d: expected rollout %d, which it waits for", r.Id, r.WaitsFor)
		}
	}
	counts := make(map[uint64]uint64, len(g.Rollouts))
	for _, t := range g.Transitions {
		if counts[t.Rollout]++; t.Generation != counts[t.Rollout] || t.Generation > rollouts[t.Rollout].Generation {
			return ErrInvalidGenesis.Wrapf("transition %d of rollout %d: expected its rollout, and each generation", t.Generation, t.Rollout)
		}
	}
	for _, r := range g.Rollouts {
		if counts[r.Id] != r.Generation {
			return ErrInvalidGenesis.Wrapf("rollout %d: expected %d transitions, got %d", r.Id, r.Generation, counts[r.Id])
		}
	}
	for _, f := range g.FanOuts {
		if _, ok := rollouts[f.Rollout]; !ok {
			return ErrInvalidGenesis.Wrapf("fan out of rollout %d: expected its rollout", f.Rollout)
		}
	}
	return g.checkAttempts()
}

func (g *GenesisState) checkAttempts() error {
	type key struct {
		rollout uint64
		zone    string
	}
	made := make(map[key]uint32, len(g.Zones))
	for _, z := range g.Zones {
		made[key{z.Rollout, z.Zone}] = z.Attempts
	}
	for _, a := range g.Attempts {
		if most := made[key{a.Rollout, a.Zone}]; a.Number == 0 || a.Number > most {
			return ErrInvalidGenesis.Wrapf("attempt %d of rollout %d and zone %q: expected one of %d", a.Number, a.Rollout, a.Zone, most)
		}
	}
	return nil
}

func (g *GenesisState) checkZoneRollouts() error {
	sources := make(map[string]bool, len(g.ZoneRollouts))
	for _, z := range g.ZoneRollouts {
		if err := z.validate(g.NextNumber); err != nil {
			return ErrInvalidGenesis.Wrapf("zone rollout %d: %s", z.Number, err)
		}
		key := fmt.Sprintf("%s/%d", z.Source, z.Id)
		if sources[key] {
			return ErrInvalidGenesis.Wrapf("zone rollout %d: rollout %d of %q twice", z.Number, z.Id, z.Source)
		}
		sources[key] = true
	}
	return g.checkZoneTransitions()
}

func (g *GenesisState) checkZoneTransitions() error {
	counts := make(map[uint64]uint32, len(g.ZoneRollouts))
	for i, t := range g.ZoneTransitions {
		if i > 0 && t.Rollout < g.ZoneTransitions[i-1].Rollout {
			return ErrInvalidGenesis.Wrapf("zone transitions: entry %d: expected ascending numbers", i)
		}
		counts[t.Rollout]++
	}
	for _, z := range g.ZoneRollouts {
		if counts[z.Number] != z.Transitions {
			return ErrInvalidGenesis.Wrapf("zone rollout %d: expected %d transitions, got %d", z.Number, z.Transitions, counts[z.Number])
		}
		delete(counts, z.Number)
	}
	if len(counts) != 0 {
		return ErrInvalidGenesis.Wrap("zone transitions: expected their rollouts")
	}
	return nil
}

func (z ZoneRollout) validate(next uint64) error {
	switch {
	case z.Number == 0 || z.Number >= next:
		return fmt.Errorf("expected a number from 1 to %d", next-1)
	case z.Phase < PhasePending || z.Phase > PhaseAborted:
		return fmt.Errorf("no phase %d", z.Phase)
	case z.Standing < StandingHeld || z.Standing > StandingStopped:
		return fmt.Errorf("no standing %d", z.Standing)
	case int(z.Step) > len(z.Steps) || z.Phase == PhasePromoted && int(z.Step) != len(z.Steps):
		return fmt.Errorf("phase %s: step %d of %d", z.Phase, z.Step, len(z.Steps))
	}
	if err := ValidateZone(z.Source); err != nil {
		return err
	}
	if _, err := ParseVersionID(z.Version); err != nil {
		return err
	}
	return validateSteps(z.Steps, HardParams())
}

// checkZoneFleets checks that what belongs to a zone's rollout has it, and that its totals are those of its fleets and
// its devices.
func (g *GenesisState) checkZoneFleets() error {
	numbers := make(map[uint64]bool, len(g.ZoneRollouts))
	for _, z := range g.ZoneRollouts {
		numbers[z.Number] = true
	}
	sums := make(map[uint64]Totals, len(g.ZoneRollouts))
	fleets := make(map[[2]uint64]Totals, len(g.ZoneFleets))
	for _, f := range g.ZoneFleets {
		if !numbers[f.Number] {
			return ErrInvalidGenesis.Wrapf("zone fleet %d of rollout %d: expected its rollout", f.Evidence.Fleet, f.Number)
		}
		sums[f.Number] = sums[f.Number].Add(f.Evidence.Totals)
		fleets[[2]uint64{f.Number, f.Evidence.Fleet}] = f.Evidence.Totals
	}
	for _, p := range g.Progress {
		if sum := sums[p.Number]; !numbers[p.Number] || !sum.Equal(p.Progress.Totals) {
			return ErrInvalidGenesis.Wrapf("progress of rollout %d: expected its rollout and the totals of its fleets", p.Number)
		}
	}
	for _, a := range g.Assignments {
		if !numbers[a.Number] {
			return ErrInvalidGenesis.Wrapf("assignment of fleet %d and %q: expected its rollout %d", a.Fleet, a.Model, a.Number)
		}
	}
	return g.checkDevices(fleets)
}

func (g *GenesisState) checkDevices(fleets map[[2]uint64]Totals) error {
	counted := make(map[[2]uint64]Totals, len(fleets))
	for _, d := range g.Devices {
		key := [2]uint64{d.Number, d.State.Fleet}
		if _, ok := fleets[key]; !ok {
			return ErrInvalidGenesis.Wrapf("device %d of rollout %d: expected its fleet %d", d.Device, d.Number, d.State.Fleet)
		}
		t := counted[key]
		t.Move(DevicePhaseUnspecified, d.State.Phase)
		if d.State.Failed {
			t.Failures++
		}
		counted[key] = t
	}
	for _, f := range g.ZoneFleets {
		t := counted[[2]uint64{f.Number, f.Evidence.Fleet}]
		t.Attestations = f.Evidence.Totals.Attestations
		if !t.Equal(f.Evidence.Totals) {
			return ErrInvalidGenesis.Wrapf("fleet %d of rollout %d: expected the totals of its devices", f.Evidence.Fleet, f.Number)
		}
	}
	return nil
}
