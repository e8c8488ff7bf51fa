package cli

import (
	"fmt"
	"math"
	"strings"

	"github.com/assay-chain/assay/x/rollout/types"
)

// historyShown is how many of the latest transitions a story ends with.
const historyShown = 8

// block implements view.
func (v *hubView) block() int64 { return v.Height }

// over implements view.
func (v *hubView) over(zones bool) bool {
	return v.Rollout.Phase.Ended() && (!zones || v.Rollout.Zones.Settled >= v.Rollout.Zones.Total())
}

// verdict implements view.
func (v *hubView) verdict() error { return verdict(v.Rollout.Id, v.Rollout.Phase, v.Rollout.Cause) }

func verdict(id uint64, phase types.Phase, cause types.Cause) error {
	if !phase.Ended() || phase == types.PhasePromoted {
		return nil
	}
	return fmt.Errorf("rollout %d was %s: %s", id, phaseWord(phase), causeText(cause))
}

// story implements view.
func (v *hubView) story(color, packets bool) string {
	p := &page{color: color}
	v.head(p)
	v.waiting(p)
	v.evidence(p)
	v.zoneParts(p)
	tellHistory(p, v.history, len(v.Rollout.Steps))
	if packets {
		v.packetPart(p)
	}
	return p.String()
}

func (v *hubView) head(p *page) {
	r := v.Rollout
	p.line("%s", p.paint(bold, fmt.Sprintf("rollout %d: %s", r.Id, versions(r.Version, r.Replaces))))
	rows := [][]string{
		{"phase", p.paint(phaseTone(r.Phase), phaseText(r.Phase, r.Step, r.Steps))},
		{"since", v.ago(r.PhaseHeight)},
		{"cause", causeText(r.Cause)},
	}
	rows = append(rows, actorRows(v.Last)...)
	if v.Last.Generation > 1 {
		rows = append(rows, []string{"started", fmt.Sprintf("block %d by %s", r.StartedHeight, r.Owner)})
	}
	p.table(append(rows, []string{"as of", fmt.Sprintf("block %d", v.Height)}))
}

func versions(version, replaces string) string {
	if replaces == "" {
		return version
	}
	return version + ", replaces " + replaces
}

func phaseTone(phase types.Phase) tone {
	switch phase {
	case types.PhasePromoted:
		return good
	case types.PhasePaused:
		return warn
	case types.PhaseRolledBack, types.PhaseAborted:
		return bad
	}
	return ""
}

// phaseText says where a rollout stands.
func phaseText(phase types.Phase, step uint32, steps []types.Step) string {
	switch phase {
	case types.PhaseCanary, types.PhasePaused:
		return fmt.Sprintf("%s, %s, %d%% of requests", phaseWord(phase), stepText(step, len(steps)), weightOf(steps, step))
	case types.PhasePromoted:
		return phaseWord(phase) + ": the version is the one on record"
	case types.PhaseRolledBack, types.PhaseAborted:
		return phaseWord(phase) + ": the version before is the one on record"
	}
	return phaseWord(phase)
}

func stepText(step uint32, steps int) string { return fmt.Sprintf("step %d of %d", step+1, steps) }

func weightOf(steps []types.Step, step uint32) uint32 {
	if int(step) >= len(steps) {
		return types.FullWeight
	}
	return steps[step].Weight
}

// actorRows tell who asked for a transition, and why.
func actorRows(t types.Transition) (rows [][]string) {
	if t.Actor != "" {
		rows = append(rows, []string{"by", printable(t.Actor)})
	}
	if t.Reason != "" {
		rows = append(rows, []string{"reason", `"` + printable(t.Reason) + `"`})
	}
	return rows
}

// ago says when a block was.
func (v *hubView) ago(height int64) string { return since(height, v.Height) }

func since(height, now int64) string {
	switch {
	case height > now:
		return fmt.Sprintf("block %d", height)
	case height == now:
		return fmt.Sprintf("block %d, this one", height)
	}
	return fmt.Sprintf("block %d, %s ago", height, count(now-height, "block"))
}

// until says when a block will be.
func until(height, now int64) string {
	if height <= now {
		return fmt.Sprintf("block %d", height)
	}
	return fmt.Sprintf("block %d, in %s", height, count(height-now, "block"))
}

// waiting tells what is missing, and since when.
func (v *hubView) waiting(p *page) {
	if v.over(true) {
		return
	}
	p.title("waits for")
	if len(v.Waits) == 0 {
		p.line("  nothing: it is looked at again %s", lookedAt(v.Rollout.Due, v.Height))
		return
	}
	var rows [][]string
	for _, w := range v.Waits {
		rows = append(rows, []string{v.waitText(w), "since block " + fmt.Sprint(v.waitSince(w.Kind))})
	}
	p.table(rows)
}

func lookedAt(due, now int64) string {
	if due <= now {
		return "in the next block"
	}
	return "in " + until(due, now)
}

func (v *hubView) waitText(w types.Wait) string {
	r := v.Rollout
	lack := w.Need - min(w.Have, w.Need)
	switch w.Kind {
	case types.WaitRollout:
		return v.firstText(w.Need)
	case types.WaitZone:
		return fmt.Sprintf("a zone that accepts: %s", zoneCounts(r.Zones))
	case types.WaitReady:
		return fmt.Sprintf("%s to be ready: %d of %d", count(lack, "more device"), w.Have, w.Need)
	case types.WaitAttestations:
		return fmt.Sprintf("%s: %d of %d", count(lack, "more attestation"), w.Have, w.Need)
	case types.WaitBake:
		return fmt.Sprintf("%s in the step: %d of %d, until block %d", count(lack, "more block"), w.Have, w.Need, r.StepHeight+int64(w.Need))
	case types.WaitContributors:
		return fmt.Sprintf("%s to the ceremony: %d of %d, which cannot change", count(lack, "more contributor"), w.Have, w.Need)
	case types.WaitVote:
		return "the vote of " + printable(r.Current().Decider)
	case types.WaitResume:
		return "the publisher or governance, to resume it or to end it"
	case types.WaitSettle:
		return fmt.Sprintf("%s to hear of the end: %s", count(lack, "zone"), strings.Join(v.unsettled(), ", "))
	}
	return fmt.Sprintf("something that this program does not know: %d of %d", w.Have, w.Need)
}

func (v *hubView) firstText(id uint64) string {
	if v.first == nil {
		return fmt.Sprintf("rollout %d to end", id)
	}
	f := *v.first
	if f.Phase.Ended() {
		return fmt.Sprintf("rollout %d to settle: %s, %s", id, f.Version, phaseWord(f.Phase))
	}
	return fmt.Sprintf("rollout %d to end: %s, %s", id, f.Version, phaseText(f.Phase, f.Step, f.Steps))
}

func (v *hubView) waitSince(kind types.WaitKind) int64 {
	switch kind {
	case types.WaitResume, types.WaitSettle:
		return v.Rollout.PhaseHeight
	case types.WaitRollout:
		return v.Rollout.StartedHeight
	}
	return v.Rollout.StepHeight
}

func (v *hubView) unsettled() (zones []string) {
	for _, z := range v.zones {
		if !z.State.Settled {
			zones = append(zones, z.State.Zone)
		}
	}
	return zones
}

func zoneCounts(z types.ZoneCounts) string {
	var parts []string
	for _, c := range []struct {
		n        uint32
		standing types.Standing
	}{
		{z.Accepted, types.StandingAccepted},
		{z.Held, types.StandingHeld},
		{z.Announced, types.StandingAnnounced},
		{z.Refused, types.StandingRefused},
		{z.Stopped, types.StandingStopped},
		{z.Lost, types.StandingLost},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, standingWord(c.standing)))
		}
	}
	return strings.Join(parts, ", ")
}

// evidence compares what there is with what the step asks for.
func (v *hubView) evidence(p *page) {
	r := v.Rollout
	switch {
	case r.Phase == types.PhasePending || r.Phase.Ended() && v.Last.From == types.PhasePending:
		return // no step was entered
	case r.Phase == types.PhasePromoted:
		p.title("evidence at the end")
		p.table([][]string{{"devices", devicesText(r.Totals)}, {"attestations", fmt.Sprint(r.Totals.Attestations)}})
		return
	case r.Phase.Ended():
		p.title("evidence, in %s", stepText(r.Step, len(r.Steps)))
	default:
		p.title("evidence, in %s since %s", stepText(r.Step, len(r.Steps)), v.ago(r.StepHeight))
	}
	p.table(append(thresholds(p, r.Current(), r.Totals), v.clock(p)...))
}

// thresholds are the rows of what is counted against a step.
func thresholds(p *page, s types.Step, t types.Totals) [][]string {
	share := uint64(0)
	if n := t.Devices(); n > 0 {
		share = t.Failures * types.FullShare / n
	}
	rows := [][]string{
		{"devices ready", fmt.Sprint(t.ReadyDevices()), atLeast(uint64(s.MinReady)), lacking(p, t.ReadyDevices(), uint64(s.MinReady))},
		{"attestations", fmt.Sprint(t.Attestations), atLeast(s.MinAttestations), lacking(p, t.Attestations, s.MinAttestations)},
		{"devices failed", fmt.Sprint(t.Failures), atMost(s.MaxFailures), exceeded(p, t.Failures > uint64(s.MaxFailures))},
	}
	if s.MaxFailureShare < types.FullShare {
		over := t.Failures*types.FullShare > uint64(s.MaxFailureShare)*t.Devices()
		rows = append(rows, []string{"share failed", percent(share), "at most " + percent(uint64(s.MaxFailureShare)), exceeded(p, over)})
	}
	return rows
}

// clock are the rows of what does not come from zones.
func (v *hubView) clock(p *page) (rows [][]string) {
	r, s := v.Rollout, v.Rollout.Current()
	in := max(v.Height-r.StepHeight, 0)
	if r.Phase == types.PhaseCanary && s.BakeBlocks > 0 {
		rows = append(rows, []string{"blocks in the step", fmt.Sprint(in), atLeast(s.BakeBlocks), lacking(p, uint64(in), s.BakeBlocks)})
	}
	if r.Phase == types.PhaseCanary && s.DeadlineBlocks > 0 {
		rows = append(rows, []string{"deadline", fmt.Sprint(in), fmt.Sprintf("at most %d", s.DeadlineBlocks), deadlineText(s, r.StepHeight, v.Height)})
	}
	if s.MinContributors > 0 {
		rows = append(rows, []string{"contributors", fmt.Sprint(r.Contributors), atLeast(uint64(s.MinContributors)), lacking(p, uint64(r.Contributors), uint64(s.MinContributors))})
	}
	if s.Decider != "" {
		rows = append(rows, []string{"decider", "", printable(s.Decider)})
	}
	return rows
}

func deadlineText(s types.Step, entered, now int64) string {
	then := "pauses"
	if s.OnDeadline == types.OnDeadlineRollBack {
		then = "rolls back"
	}
	return fmt.Sprintf("%s in %s", then, until(entered+int64(s.DeadlineBlocks), now))
}

func atLeast(n uint64) string {
	if n == 0 {
		return "any number"
	}
	return fmt.Sprintf("at least %d", n)
}

func atMost(n uint32) string {
	if n == math.MaxUint32 {
		return "any number"
	}
	return fmt.Sprintf("at most %d", n)
}

func lacking(p *page, have, need uint64) string {
	switch {
	case need == 0:
		return ""
	case have >= need:
		return p.paint(good, "met")
	}
	return p.paint(warn, fmt.Sprintf("%d missing", need-have))
}

func exceeded(p *page, over bool) string {
	if over {
		return p.paint(bad, "exceeded")
	}
	return ""
}

// devicesText counts devices by the phase they are in.
func devicesText(t types.Totals) string {
	var parts []string
	for _, c := range []struct {
		n     uint64
		phase types.DevicePhase
	}{
		{t.Seen, types.DevicePhaseSeen},
		{t.Fetched, types.DevicePhaseFetched},
		{t.Checked, types.DevicePhaseChecked},
		{t.Ready, types.DevicePhaseReady},
		{t.Serving, types.DevicePhaseServing},
		{t.Failed, types.DevicePhaseFailed},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, word(types.DevicePhase_name, int32(c.phase))))
		}
	}
	if len(parts) == 0 {
		return "none has reported"
	}
	return strings.Join(parts, ", ")
}

// fleetText tells the totals of a fleet.
func fleetText(f types.FleetEvidence) string {
	s := devicesText(f.Totals)
	if f.Totals.Failures > f.Totals.Failed {
		s += fmt.Sprintf("; %d failed before", f.Totals.Failures-f.Totals.Failed)
	}
	if f.Totals.Failures > 0 && f.LastFailure != types.FailureUnspecified {
		s += fmt.Sprintf("; last failure: %s", failureWord(f.LastFailure))
	}
	return fmt.Sprintf("fleet %d: %s; %s", f.Fleet, s, count(f.Totals.Attestations, "attestation"))
}

// tellHistory lists the latest transitions.
func tellHistory(p *page, history []types.Transition, steps int) {
	if len(history) == 0 {
		return
	}
	p.title("history")
	var rows [][]string
	for _, t := range history[max(len(history)-historyShown, 0):] {
		rows = append(rows, []string{fmt.Sprintf("block %d", t.Height), transitionText(t, steps)})
	}
	p.table(rows)
}

// transitionText tells a transition in a line.
func transitionText(t types.Transition, steps int) string {
	s := phaseWord(t.To)
	if t.To == types.PhaseCanary || t.To == types.PhasePaused {
		s += ", " + stepText(t.Step, steps)
	}
	s += ": " + causeText(t.Cause)
	if t.Reason != "" {
		s += `, "` + printable(t.Reason) + `"`
	}
	return s
}
