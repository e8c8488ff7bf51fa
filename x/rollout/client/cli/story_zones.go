package cli

import (
	"fmt"
	"strings"

	"github.com/assay-chain/assay/x/rollout/types"
)

// packetsShown is how many of the latest packets are listed.
const packetsShown = 10

// zoneParts tell each zone's part in a rollout, as the chain where it was started knows it.
func (v *hubView) zoneParts(p *page) {
	p.title("zones: %s", zoneCounts(v.Rollout.Zones))
	var rows [][]string
	for _, z := range v.zones {
		lines := v.zoneLines(p, z)
		rows = append(rows, []string{z.State.Zone, lines[0]})
		for _, l := range lines[1:] {
			rows = append(rows, []string{"", l})
		}
	}
	p.table(rows)
}

func (v *hubView) zoneLines(p *page, z types.ZoneStatus) (lines []string) {
	first := p.paint(standingTone(z.State.Standing), standingWord(z.State.Standing)) + standingWhy(z.State)
	if !z.State.Standing.Out() {
		first += unlessOpen("; ", z.Link, linkText(p, z.Link, v.links, z.State.Zone))
	}
	lines = append(lines, first)
	lines = append(lines, selectorText(z.Target, z.State.Skipped))
	lines = append(lines, v.generationText(z.State))
	lines = append(lines, v.packetTexts(z.State)...)
	for _, f := range z.State.Fleets {
		lines = append(lines, fleetText(f))
	}
	if v.Rollout.Phase.Ended() && !z.State.Settled {
		lines = append(lines, p.paint(warn, "not settled: it has not heard of the end"))
	}
	return withoutEmpty(lines)
}

func withoutEmpty(lines []string) (out []string) {
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func standingTone(s types.Standing) tone {
	switch {
	case s == types.StandingAccepted:
		return good
	case s.Out():
		return bad
	}
	return warn
}

// standingWhy says why a zone is out, or what it waits for.
func standingWhy(z types.ZoneState) string {
	code := types.AckCode(z.Code)
	switch {
	case z.Standing == types.StandingLost:
		return ": the channel is closed"
	case z.Standing == types.StandingHeld:
		return ": its operator has to accept or refuse it"
	case z.Standing.Out() && code != types.AckUnspecified && !code.IsSuccess():
		return ": " + answerText(z.Code)
	case z.Standing == types.StandingStopped:
		return ": its operator or governance stopped it there"
	case z.Standing == types.StandingRefused:
		return ": its operator refused"
	}
	return ""
}

// unlessOpen leaves a text about a link out where there is nothing to say.
func unlessOpen(separator string, link types.LinkStatus, text string) string {
	if link == types.LinkOpen {
		return ""
	}
	return separator + text
}

// linkText tells the state of a channel or client, and since when the chain knows of it.
func linkText(p *page, link types.LinkStatus, links []types.Link, zone string) string {
	at := ""
	for _, l := range links {
		if l.Source == zone && l.Status == link {
			at = fmt.Sprintf(" since block %d", l.Height)
		}
	}
	switch link {
	case types.LinkOpen:
		return "packets can go again"
	case types.LinkClosed:
		return "the channel is " + p.paint(bad, linkWord(link)) + at
	case types.LinkFrozen, types.LinkExpired:
		return "the client is " + p.paint(bad, linkWord(link)) + at + ": governance can recover it"
	}
	return "there is " + p.paint(bad, "no such channel or client") + ", or it is not set up"
}

// selectorText tells which fleets are selected.
func selectorText(t types.Target, skipped uint32) string {
	s := "all fleets of trusted operators"
	switch {
	case len(t.Fleets) == 1:
		s = fmt.Sprintf("fleet %d", t.Fleets[0])
	case len(t.Fleets) > 1:
		s = "fleets " + strings.Trim(strings.ReplaceAll(fmt.Sprint(t.Fleets), " ", ", "), "[]")
	case len(t.Labels) > 0:
		s = "fleets with " + strings.Join(t.Labels, ", ")
	}
	if skipped > 0 {
		s += fmt.Sprintf("; %d selected not taking part", skipped)
	}
	return s
}

// generationText compares what the zone has on record with the present state.
func (v *hubView) generationText(z types.ZoneState) string {
	if z.Standing.Out() || z.Standing == types.StandingAnnounced {
		return ""
	}
	s := fmt.Sprintf("has generation %d of %d", z.AckedGeneration, v.Rollout.Generation)
	if z.AckedGeneration < v.Rollout.Generation && z.Phase != types.PhaseUnspecified {
		s += ", where it was " + phaseWord(z.Phase)
	}
	if z.Revision > 0 {
		s += fmt.Sprintf("; last news in %s", since(z.UpdatedHeight, v.Height))
	}
	return s
}

// packetTexts tell what is on its way to a zone and when it is tried again.
func (v *hubView) packetTexts(z types.ZoneState) []string {
	if z.Settled || z.Standing.Out() || z.Attempts == 0 || !z.InFlight && z.Retries == 0 && z.NextSend == 0 {
		return nil
	}
	s := count(z.Attempts, "packet") + " sent"
	if z.Retries > 0 {
		s += fmt.Sprintf(", the latest %d in vain", z.Retries)
	}
	if z.NextSend > 0 {
		s += "; next try in " + until(z.NextSend, v.Height)
	}
	if a, ok := v.latestPacket(z.Zone); ok {
		return []string{s, fmt.Sprintf("latest (%s) in %s, %s", packetWord(a.Action), since(a.Height, v.Height), outcomeText(a))}
	}
	return []string{s}
}

func (v *hubView) latestPacket(zone string) (latest types.Attempt, ok bool) {
	for _, a := range v.packets {
		if a.Zone == zone && a.Number >= latest.Number {
			latest, ok = a, true
		}
	}
	return latest, ok
}

// packetPart lists the latest packets to zones where something is still to be done.
func (v *hubView) packetPart(p *page) {
	if len(v.packets) == 0 {
		return
	}
	p.title("packets")
	var rows [][]string
	for _, a := range v.packets[max(len(v.packets)-packetsShown, 0):] {
		rows = append(rows, []string{
			fmt.Sprintf("block %d", a.Height), a.Zone, fmt.Sprintf("packet %d (%s) %s", a.Number, packetWord(a.Action), outcomeText(a)),
		})
	}
	p.table(rows)
}

// outcomeText tells what became of a packet.
func outcomeText(a types.Attempt) string {
	switch a.Outcome {
	case types.OutcomeAcknowledged:
		return "answered: " + answerText(a.Code)
	case types.OutcomeTimedOut:
		return "timed out"
	case types.OutcomeNotSent:
		return "could not be sent"
	}
	return "under way"
}

// block implements view.
func (v *zoneView) block() int64 { return v.Height }

// over implements view. It is settled when the hub has the last of the evidence.
func (v *zoneView) over(settled bool) bool {
	z := v.Rollout
	return (z.Phase.Ended() || z.Standing.Out()) &&
		(!settled || v.Progress.AckedRevision >= v.Progress.Revision || v.Link == types.LinkClosed)
}

// verdict implements view.
func (v *zoneView) verdict() error {
	if v.Rollout.Standing.Out() {
		return fmt.Errorf("rollout %d was %s on this zone: %s", v.Rollout.Number, standingWord(v.Rollout.Standing), causeText(v.Rollout.Cause))
	}
	return verdict(v.Rollout.Number, v.Rollout.Phase, v.Rollout.Cause)
}

// story implements view.
func (v *zoneView) story(color, _ bool) string {
	p := &page{color: color}
	v.head(p)
	v.progress(p)
	v.reports(p)
	tellHistory(p, v.history, len(v.Rollout.Steps))
	return p.String()
}

func (v *zoneView) head(p *page) {
	z := v.Rollout
	p.line("%s", p.paint(bold, fmt.Sprintf("rollout %d of this zone: %s", z.Number, versions(z.Version, z.Replaces))))
	rows := [][]string{
		{"from", fmt.Sprintf("%s, rollout %d there%s", z.Source, z.Id, unlessOpen("; ", v.Link, linkText(p, v.Link, v.links, z.Source)))},
		{"standing", p.paint(standingTone(z.Standing), standingWord(z.Standing)) + v.standingHelp()},
		{"phase", p.paint(phaseTone(z.Phase), phaseText(z.Phase, z.Step, z.Steps)) + v.notBinding()},
		{"since", since(z.PhaseHeight, v.Height)},
		{"cause", causeText(z.Cause)},
	}
	if n := len(v.history); n > 0 {
		rows = append(rows, actorRows(v.history[n-1])...)
	}
	p.table(append(rows,
		[]string{"received", fmt.Sprintf("block %d", z.ReceivedHeight)},
		[]string{"selects", selectorText(z.Target, z.Skipped)},
		[]string{"as of", fmt.Sprintf("block %d", v.Height)}))
}

// standingHelp says what the operator can do.
func (v *zoneView) standingHelp() string {
	if v.Rollout.Standing == types.StandingHeld && !v.Rollout.Phase.Ended() {
		return fmt.Sprintf(": the operator has to decide, 'assayd tx rollout accept %d' or refuse", v.Rollout.Number)
	}
	return ""
}

// notBinding says that devices do not follow the phase.
func (v *zoneView) notBinding() string {
	if s := v.Rollout.Standing; s == types.StandingHeld || s == types.StandingRefused {
		return "; devices do not follow it"
	}
	return ""
}

// progress tells the evidence of this zone beside the step's thresholds, which the hub judges over all zones.
func (v *zoneView) progress(p *page) {
	z := v.Rollout
	if z.Standing != types.StandingAccepted && z.Standing != types.StandingStopped {
		return
	}
	t := v.Progress.Totals
	if z.Phase != types.PhaseCanary && z.Phase != types.PhasePaused {
		p.title("evidence of this zone")
		p.table([][]string{{"devices", devicesText(t)}, {"attestations", fmt.Sprint(t.Attestations)}})
	} else {
		p.title("evidence of this zone; the hub judges that of all zones")
		p.table(thresholds(p, z.Steps[min(int(z.Step), len(z.Steps)-1)], t))
	}
	p.title("%s taking part", count(z.Fleets, "fleet"))
	for _, f := range v.Fleets {
		p.line("  %s", fleetText(f))
	}
}

// reports tell how far the hub knows.
func (v *zoneView) reports(p *page) {
	g := v.Progress
	if v.Rollout.Source == types.LocalZone || g.Revision == 0 {
		return
	}
	p.title("news for the hub")
	rows := [][]string{{"changes", fmt.Sprintf("%d, of which the hub has %d", g.Revision, g.AckedRevision)}}
	if g.SentRevision > g.AckedRevision && g.SentHeight > 0 {
		rows = append(rows, []string{"latest packet", fmt.Sprintf("block %d, not answered yet", g.SentHeight)})
	}
	if g.Retries > 0 {
		rows = append(rows, []string{"in vain", count(g.Retries, "packet") + " in a row"})
	}
	if g.NextEvidence > 0 {
		rows = append(rows, []string{"next packet", until(g.NextEvidence, v.Height)})
	}
	p.table(rows)
}
