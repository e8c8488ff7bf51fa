package types

// Ended says whether the phase is final.
func (p Phase) Ended() bool {
	return p == PhasePromoted || p == PhaseRolledBack || p == PhaseAborted
}

// Out says whether a zone of the standing is out for good.
func (s Standing) Out() bool {
	return s == StandingRefused || s == StandingStopped || s == StandingLost
}

// Move is a transition that is due, with its one cause.
type Move struct {
	Action Action
	Cause  Cause
}

// none says that nothing is due.
func (m Move) none() bool { return m.Action == ActionUnspecified }

// IsDue says whether there is a transition to make.
func (m Move) IsDue() bool { return !m.none() }

// Current is the present step. Only a live rollout has one.
func (r Rollout) Current() Step { return r.Steps[min(int(r.Step), len(r.Steps)-1)] }

// in is how many zones take part or may yet.
func (z ZoneCounts) in() uint32 { return z.Announced + z.Held + z.Accepted }

// of is the count of a standing.
func (z *ZoneCounts) of(s Standing) *uint32 {
	switch s {
	case StandingHeld:
		return &z.Held
	case StandingAccepted:
		return &z.Accepted
	case StandingRefused:
		return &z.Refused
	case StandingStopped:
		return &z.Stopped
	case StandingLost:
		return &z.Lost
	}
	return &z.Announced
}

// Move counts a zone that goes from one standing to another.
func (z *ZoneCounts) Move(from, to Standing) {
	*z.of(from)--
	*z.of(to)++
}

// Total is how many zones there are.
func (z ZoneCounts) Total() uint32 { return z.in() + z.Refused + z.Stopped + z.Lost }

// Judge returns the transition that is due in a block, if any. It is a function of the record alone, of the height, and
// of whether the version was yanked; the step's decider is asked by the caller where NeedsVote says so.
//
// The order is the order of safety: a yank and failures first, then a rollout without zones, then the step's evidence,
// then its deadline; so a step whose evidence is complete at its deadline advances.
func (r Rollout) Judge(height int64, yanked bool, vote Vote) Move {
	switch {
	case r.Phase.Ended():
		return Move{}
	case yanked:
		return Move{ActionRollBack, CauseYanked}
	case r.WaitsFor != 0:
		return Move{}
	case r.Phase != PhasePending && r.Current().Exceeds(r.Totals):
		return Move{ActionRollBack, CauseFailures}
	case r.Zones.in() == 0:
		return Move{ActionAbort, CauseNoZone}
	case r.Phase == PhasePending && r.Zones.Accepted > 0:
		return Move{ActionAdvance, CauseZoneAccepted}
	case r.Phase != PhaseCanary:
		return Move{}
	case r.complete(height) && vote == VoteNo:
		return Move{ActionRollBack, CauseVote}
	case r.complete(height) && (vote == VoteYes || r.Current().Decider == ""):
		return Move{ActionAdvance, CauseEvidence}
	case r.pastDeadline(height):
		return r.Current().deadlineMove()
	}
	return Move{}
}

func (s Step) deadlineMove() Move {
	if s.OnDeadline == OnDeadlineRollBack {
		return Move{ActionRollBack, CauseDeadline}
	}
	return Move{ActionPause, CauseDeadline}
}

// complete says whether all that the step asks for is there, apart from its decider's vote.
func (r Rollout) complete(height int64) bool {
	s := r.Current()
	return r.Zones.Accepted > 0 && s.Met(r.Totals) && r.Contributors >= s.MinContributors && r.baked(height)
}

func (r Rollout) baked(height int64) bool {
	return uint64(max(height-r.StepHeight, 0)) >= r.Current().BakeBlocks
}

func (r Rollout) pastDeadline(height int64) bool {
	d := r.Current().DeadlineBlocks
	return d > 0 && uint64(max(height-r.StepHeight, 0)) >= d
}

// NeedsVote says whether the step's decider has to be asked now.
func (r Rollout) NeedsVote(height int64) bool {
	return r.Phase == PhaseCanary && r.WaitsFor == 0 && r.Current().Decider != "" && !r.Current().Exceeds(r.Totals) && r.complete(height)
}

// NextClock is the next height at which time alone may make a transition due; 0 is never.
func (r Rollout) NextClock(height int64) int64 {
	if r.Phase != PhaseCanary || r.WaitsFor != 0 {
		return 0
	}
	s, next := r.Current(), int64(0)
	for _, at := range []int64{r.StepHeight + int64(s.BakeBlocks), r.deadlineHeight(), r.voteHeight(height)} {
		if at > height && (next == 0 || at < next) {
			next = at
		}
	}
	return next
}

func (r Rollout) deadlineHeight() int64 {
	if d := r.Current().DeadlineBlocks; d > 0 {
		return r.StepHeight + int64(d)
	}
	return 0
}

func (r Rollout) voteHeight(height int64) int64 {
	if r.NeedsVote(height) {
		return height + VoteInterval
	}
	return 0
}

// Apply makes a transition and returns the rollout after it and its record. It is the only place where a rollout's phase
// changes. Errors: ErrEnded, ErrWrongPhase, ErrInvalidAction.
func (r Rollout) Apply(m Move, height int64) (Rollout, Transition, error) {
	to, step, err := r.target(m.Action)
	if err != nil {
		return r, Transition{}, err
	}
	t := Transition{
		Rollout: r.Id, Generation: r.Generation + 1, From: r.Phase, To: to, FromStep: r.Step, Step: step,
		Cause: m.Cause, Totals: r.Totals, Height: height,
	}
	r.Phase, r.Step, r.Generation, r.Cause, r.PhaseHeight = to, step, t.Generation, m.Cause, height
	if m.Action == ActionAdvance || m.Action == ActionResume {
		r.StepHeight = height
	}
	if to.Ended() {
		r.WaitsFor = 0
	}
	return r, t, nil
}

// target is where an action leads.
func (r Rollout) target(a Action) (Phase, uint32, error) {
	if r.Phase.Ended() {
		return 0, 0, ErrEnded.Wrapf("rollout %d is %s", r.Id, r.Phase)
	}
	switch {
	case a == ActionRollBack:
		return PhaseRolledBack, r.Step, nil
	case a == ActionAbort:
		return PhaseAborted, r.Step, nil
	case a == ActionPause && r.Phase == PhaseCanary:
		return PhasePaused, r.Step, nil
	case a == ActionResume && r.Phase == PhasePaused:
		return PhaseCanary, r.Step, nil
	case a == ActionAdvance && r.Phase == PhasePending && r.WaitsFor == 0:
		return PhaseCanary, 0, nil
	case a == ActionAdvance && r.Phase == PhaseCanary && int(r.Step)+1 < len(r.Steps):
		return PhaseCanary, r.Step + 1, nil
	case a == ActionAdvance && r.Phase == PhaseCanary:
		return PhasePromoted, uint32(len(r.Steps)), nil
	case a < ActionAdvance || a > ActionAbort:
		return 0, 0, ErrInvalidAction.Wrapf("no action %d", a)
	}
	return 0, 0, ErrWrongPhase.Wrapf("rollout %d is %s: no %s", r.Id, r.Phase, a)
}

// Command is the packet that brings a zone to the present state; nil while pending, when there is nothing to do.
func (r Rollout) Command() *Command {
	if r.Phase == PhasePending {
		return nil
	}
	return &Command{Rollout: r.Id, Action: r.Action(), Generation: r.Generation, Step: r.Step}
}

// Action is the action that led to the present phase; unspecified while pending.
func (r Rollout) Action() Action {
	switch r.Phase {
	case PhaseCanary, PhasePromoted:
		return ActionAdvance
	case PhasePaused:
		return ActionPause
	case PhaseRolledBack:
		return ActionRollBack
	case PhaseAborted:
		return ActionAbort
	}
	return ActionUnspecified
}

// Waits says what is missing for the next transition by evidence.
func (r Rollout) Waits(height int64) (w []Wait) {
	switch {
	case r.Phase.Ended():
		return waitFor(w, WaitSettle, uint64(r.Zones.Settled), uint64(r.Zones.Total()))
	case r.WaitsFor != 0:
		return append(w, Wait{Kind: WaitRollout, Need: r.WaitsFor})
	case r.Phase == PhasePaused:
		return append(w, Wait{Kind: WaitResume, Need: 1})
	}
	w = waitFor(w, WaitZone, uint64(r.Zones.Accepted), 1)
	if r.Phase == PhasePending {
		return w
	}
	s := r.Current()
	w = waitFor(w, WaitReady, r.Totals.ReadyDevices(), uint64(s.MinReady))
	w = waitFor(w, WaitAttestations, r.Totals.Attestations, s.MinAttestations)
	w = waitFor(w, WaitBake, uint64(max(height-r.StepHeight, 0)), s.BakeBlocks)
	w = waitFor(w, WaitContributors, uint64(r.Contributors), uint64(s.MinContributors))
	if r.NeedsVote(height) {
		w = append(w, Wait{Kind: WaitVote, Need: 1})
	}
	return w
}

func waitFor(w []Wait, kind WaitKind, have, need uint64) []Wait {
	if have >= need {
		return w
	}
	return append(w, Wait{Kind: kind, Have: have, Need: need})
}

// phaseAfter is the phase that a command brings a zone with that many steps to.
func (c *Command) phaseAfter(steps int) (Phase, error) {
	switch {
	case int(c.Step) > steps || int(c.Step) == steps && c.Action != ActionAdvance:
		return 0, ErrInvalidPacket.Wrapf("command: step: expected at most %d, got %d", steps, c.Step)
	case c.Action == ActionAdvance && int(c.Step) == steps:
		return PhasePromoted, nil
	case c.Action == ActionAdvance || c.Action == ActionResume:
		return PhaseCanary, nil
	case c.Action == ActionPause:
		return PhasePaused, nil
	case c.Action == ActionRollBack:
		return PhaseRolledBack, nil
	case c.Action == ActionAbort:
		return PhaseAborted, nil
	}
	return 0, ErrInvalidPacket.Wrapf("command: no action %d", c.Action)
}

// Obey follows a command and returns the zone's rollout after it, the record of the transition, and the answer. Only with
// AckApplied has anything changed. An older generation, or the same, is stale. What has ended does not change again,
// whatever the generation: a hub that asks for it is not honest.
func (z ZoneRollout) Obey(c *Command, height int64) (ZoneRollout, Transition, AckCode) {
	to, err := c.phaseAfter(len(z.Steps))
	switch {
	case err != nil || c.Rollout != z.Id:
		return z, Transition{}, AckMalformed
	case c.Generation <= z.Generation:
		return z, Transition{}, AckStale
	case z.Standing == StandingStopped:
		return z, Transition{}, AckStopped
	case z.Standing == StandingRefused:
		return z, Transition{}, AckRefused
	case z.Phase.Ended():
		return z, Transition{}, AckMalformed
	}
	t := z.transition(to, c.Step, CauseCommand, height)
	t.Generation = c.Generation
	z.Phase, z.Step, z.Generation, z.Cause, z.PhaseHeight = to, c.Step, c.Generation, CauseCommand, height
	return z, t, AckApplied
}

// Stop ends the rollout on this zone by its own word; the hub cannot undo it. Errors: ErrEnded.
func (z ZoneRollout) Stop(cause Cause, height int64) (ZoneRollout, Transition, error) {
	if z.Phase.Ended() || z.Standing.Out() {
		return z, Transition{}, ErrEnded.Wrapf("rollout %d is %s, %s", z.Number, z.Standing, z.Phase)
	}
	t := z.transition(PhaseRolledBack, z.Step, cause, height)
	z.Standing, z.Phase, z.Cause, z.PhaseHeight = StandingStopped, PhaseRolledBack, cause, height
	return z, t, nil
}

// Record is the record of a change of standing.
func (z ZoneRollout) Record(cause Cause, height int64) Transition {
	return z.transition(z.Phase, z.Step, cause, height)
}

func (z ZoneRollout) transition(to Phase, step uint32, cause Cause, height int64) Transition {
	return Transition{
		Rollout: z.Number, Generation: z.Generation, From: z.Phase, To: to, FromStep: z.Step, Step: step,
		Cause: cause, Height: height,
	}
}

// Live says whether the rollout binds its fleets: no other may take them for the same model.
func (z ZoneRollout) Live() bool { return z.Standing == StandingAccepted && !z.Phase.Ended() }

// Weight is the version's share of requests, in per cent.
func (z ZoneRollout) Weight() uint32 {
	switch {
	case z.Standing != StandingAccepted:
		return 0
	case z.Phase == PhasePromoted:
		return FullWeight
	case z.Phase == PhaseCanary || z.Phase == PhasePaused:
		return z.Steps[min(int(z.Step), len(z.Steps)-1)].Weight
	}
	return 0
}

// Resolve says what a fleet's devices may run of a model: the version on record, which is the rollout's once it is
// promoted, and the candidate while it is under way. A device may run nothing else.
func Resolve(a Assignment, z ZoneRollout) Directive {
	d := Directive{
		Fleet: a.Fleet, Model: a.Model, Version: a.Version,
		Number: z.Number, Phase: z.Phase, Step: z.Step, Generation: z.Generation,
	}
	switch {
	case z.Standing == StandingAccepted && z.Phase == PhasePromoted:
		d.Version = z.Version
	case z.Live():
		d.Candidate, d.Weight = z.Version, z.Weight()
	}
	return d
}
