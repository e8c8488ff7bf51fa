package cli

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assay-chain/assay/x/rollout/types"
)

// news implements view.
func (v *hubView) news(earlier view) (notes []note) {
	before, _ := earlier.(*hubView)
	if before == nil {
		before = new(hubView)
		notes = append(notes, note{v.Rollout.StartedHeight, fmt.Sprintf("rollout %d: %s", v.Rollout.Id, versions(v.Rollout.Version, v.Rollout.Replaces))})
	}
	for _, t := range v.history {
		if t.Generation > before.Rollout.Generation {
			notes = append(notes, note{t.Height, transitionText(t, len(v.Rollout.Steps))})
		}
	}
	if first := v.Rollout.WaitsFor; first != 0 && first != before.Rollout.WaitsFor {
		notes = append(notes, note{v.Height, "waits for " + v.firstText(first)})
	}
	for _, z := range v.zones {
		notes = append(notes, v.zoneNews(z, before.zone(z.State.Zone))...)
	}
	notes = append(notes, v.packetNews(before)...)
	return byHeight(append(notes, totalsNews(v.Height, v.Rollout.Totals, before.Rollout.Totals)...))
}

// byHeight orders notes by height; those of a block stay as they are.
func byHeight(notes []note) []note {
	slices.SortStableFunc(notes, func(a, b note) int { return cmp.Compare(a.height, b.height) })
	return notes
}

func (v *hubView) zone(name string) types.ZoneStatus {
	for _, z := range v.zones {
		if z.State.Zone == name {
			return z
		}
	}
	return types.ZoneStatus{Link: types.LinkOpen}
}

func (v *hubView) zoneNews(now, before types.ZoneStatus) (notes []note) {
	say := func(text string) { notes = append(notes, note{v.Height, "zone " + now.State.Zone + text}) }
	if now.State.Standing != before.State.Standing {
		say(" " + standingWord(now.State.Standing) + standingWhy(now.State))
	}
	if now.Link != before.Link {
		say(": " + linkText(new(page), now.Link, v.links, now.State.Zone))
	}
	if now.State.Settled && !before.State.Settled && v.Rollout.Phase.Ended() && !now.State.Standing.Out() {
		say(" has heard of the end")
	}
	return notes
}

// packetNews are the packets to which something happened since. A success tells itself by what it changes.
func (v *hubView) packetNews(before *hubView) (notes []note) {
	for _, a := range v.packets {
		known := slices.ContainsFunc(before.packets, func(b types.Attempt) bool {
			return b.Zone == a.Zone && b.Number == a.Number && b.Outcome == a.Outcome
		})
		success := a.Outcome == types.OutcomeUnspecified || a.Outcome == types.OutcomeAcknowledged && types.AckCode(a.Code).IsSuccess()
		if !known && !success {
			notes = append(notes, note{a.OutcomeHeight, fmt.Sprintf("zone %s: packet %d (%s) %s", a.Zone, a.Number, packetWord(a.Action), outcomeText(a))})
		}
	}
	return notes
}

func totalsNews(height int64, now, before types.Totals) []note {
	if now.Equal(&before) {
		return nil
	}
	return []note{{height, fmt.Sprintf("evidence: %s; %s failed; %s", devicesText(now), count(now.Failures, "device"), count(now.Attestations, "attestation"))}}
}

// news implements view.
func (v *zoneView) news(earlier view) (notes []note) {
	z := v.Rollout
	before, _ := earlier.(*zoneView)
	if before == nil {
		before = new(zoneView)
		before.Link = types.LinkOpen
		notes = append(notes, note{z.ReceivedHeight, fmt.Sprintf("rollout %d of this zone, from %s: %s", z.Number, z.Source, versions(z.Version, z.Replaces))})
	}
	fresh := min(int(z.Transitions-before.Rollout.Transitions), len(v.history))
	for _, t := range v.history[len(v.history)-fresh:] {
		notes = append(notes, note{t.Height, transitionText(t, len(z.Steps))})
	}
	if z.Standing != before.Rollout.Standing {
		notes = append(notes, note{v.Height, standingWord(z.Standing) + v.standingHelp()})
	}
	if v.Link != before.Link {
		notes = append(notes, note{v.Height, z.Source + ": " + linkText(new(page), v.Link, v.links, z.Source)})
	}
	return byHeight(append(notes, totalsNews(v.Height, v.Progress.Totals, before.Progress.Totals)...))
}
