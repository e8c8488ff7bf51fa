package net

import (
	"fmt"
	"slices"

	"github.com/assay-chain/assay/x/rollout/types"
)

// view is what was read of a hub and a zone: the hub before the zone and again after it, so that what moves meanwhile can
// be told from what is wrong.
type view struct {
	before, after map[uint64]hubRollout
	zone          []zoneRollout
}

// Finding is something about one rollout. Behind is news on its way; anything else is wrong for good.
type Finding struct {
	Rollout uint64 `json:"rollout"`
	Behind  bool   `json:"behind"`
	Text    string `json:"text"`
}

// findings collects what is found about one rollout.
type findings struct {
	id   uint64
	list []Finding
}

func (f *findings) wrong(format string, args ...any) {
	f.list = append(f.list, Finding{Rollout: f.id, Text: fmt.Sprintf(format, args...)})
}

func (f *findings) behind(format string, args ...any) {
	f.list = append(f.list, Finding{Rollout: f.id, Behind: true, Text: fmt.Sprintf(format, args...)})
}

// Compare returns what does not agree, by rollout.
func (v view) Compare() []Finding {
	var list []Finding
	seen := make(map[uint64]zoneRollout, len(v.zone))
	for _, z := range v.zone {
		f := findings{id: z.rollout.Id}
		if _, twice := seen[z.rollout.Id]; twice {
			f.wrong("applied twice on the zone: number %d is the second", z.rollout.Number)
		}
		seen[z.rollout.Id] = z
		if _, ok := v.after[z.rollout.Id]; !ok {
			f.wrong("number %d on the zone: no such rollout on the hub", z.rollout.Number)
		}
		list = append(list, f.list...)
	}
	for _, id := range sortedIDs(v.after) {
		after := v.after[id]
		before, old := v.before[id]
		z, there := seen[id]
		f := findings{id: id}
		switch {
		case there && old:
			f.compare(before, z, after)
		case there || !old:
			// The rollout is younger than the first reading; the next one will see it whole.
			f.behind("started while reading")
		default:
			f.absent(before)
		}
		list = append(list, f.list...)
	}
	return list
}

func sortedIDs(m map[uint64]hubRollout) []uint64 {
	ids := make([]uint64, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// absent judges a rollout that the zone does not have.
func (f *findings) absent(h hubRollout) {
	switch h.zone.Standing {
	case types.StandingAnnounced:
		if !h.rollout.Phase.Ended() || !h.zone.Settled {
			f.behind("not announced yet: %d attempts, code %s", h.zone.Attempts, types.AckCode(h.zone.Code))
		}
	case types.StandingRefused, types.StandingLost:
	default:
		f.wrong("lost: the zone answered %s and has no such rollout", h.zone.Standing)
	}
}

// compare judges a rollout that both have.
func (f *findings) compare(before hubRollout, z zoneRollout, after hubRollout) {
	f.versions(z, after)
	f.generations(before, z, after)
	f.history(z, after)
	f.evidence(before, z, after)
}

func (f *findings) versions(z zoneRollout, h hubRollout) {
	id, err := types.ParseVersionID(z.rollout.Version)
	if err != nil || id.Unqualified().String() != h.rollout.Version {
		f.wrong("version: hub has %s, zone has %s", h.rollout.Version, z.rollout.Version)
	}
	if !slices.EqualFunc(z.rollout.Steps, h.rollout.Steps, func(a, b types.Step) bool { return a == b }) {
		f.wrong("steps differ")
	}
}

func (f *findings) generations(before hubRollout, z zoneRollout, after hubRollout) {
	own := z.rollout.Generation
	switch {
	case own > after.rollout.Generation:
		f.wrong("generation: zone has %d, hub only %d", own, after.rollout.Generation)
	case own < before.zone.AckedGeneration:
		f.wrong("generation: zone has %d, and had acknowledged %d", own, before.zone.AckedGeneration)
	case z.rollout.Standing.Out():
	case own < after.rollout.Generation:
		f.behind("generation: zone has %d, hub %d", own, after.rollout.Generation)
	case z.rollout.Phase != after.rollout.Phase || z.rollout.Step != after.rollout.Step:
		f.wrong("state of generation %d: zone has %s step %d, hub %s step %d", own, z.rollout.Phase, z.rollout.Step, after.rollout.Phase, after.rollout.Step)
	}
	if z.rollout.Standing != after.zone.Standing && after.zone.Standing != types.StandingLost {
		f.behind("standing: zone is %s, hub has %s", z.rollout.Standing, after.zone.Standing)
	}
}

// history checks that the zone followed the hub's transitions, each at most once and in order.
func (f *findings) history(z zoneRollout, h hubRollout) {
	made := make(map[uint64]types.Transition, len(h.transitions))
	for i, t := range h.transitions {
		if t.Generation != uint64(i)+1 {
			f.wrong("history of the hub: transition %d has generation %d", i+1, t.Generation)
		}
		made[t.Generation] = t
	}
	last := uint64(0)
	for i, t := range z.transitions {
		if t.Cause != types.CauseCommand || i == 0 {
			last = max(last, t.Generation)
			continue
		}
		if t.Generation <= last {
			f.wrong("history of the zone: generation %d after %d", t.Generation, last)
		}
		last = t.Generation
		if m, ok := made[t.Generation]; ok && (m.To != t.To || m.Step != t.Step) {
			f.wrong("generation %d: hub went to %s step %d, zone to %s step %d", t.Generation, m.To, m.Step, t.To, t.Step)
		}
	}
}

func (f *findings) evidence(before hubRollout, z zoneRollout, after hubRollout) {
	p := z.progress
	switch {
	case before.zone.Revision > p.Revision:
		f.wrong("evidence: hub has revision %d, zone only %d", before.zone.Revision, p.Revision)
	case p.AckedRevision > after.zone.Revision:
		f.wrong("evidence: hub acknowledged revision %d and has %d", p.AckedRevision, after.zone.Revision)
	case before.zone.Revision == p.Revision:
		f.equal(before.zone, z)
	case after.zone.Revision == p.Revision:
		f.equal(after.zone, z)
	case after.zone.Revision > p.Revision:
		f.behind("evidence: moved on while reading")
	case after.zone.Standing != types.StandingLost:
		f.behind("evidence: hub has revision %d, zone %d", after.zone.Revision, p.Revision)
	}
}

func (f *findings) equal(hub types.ZoneState, z zoneRollout) {
	if hub.Totals != z.progress.Totals {
		f.wrong("evidence of revision %d: hub counts %v, zone %v", hub.Revision, hub.Totals, z.progress.Totals)
	}
	if !slices.EqualFunc(hub.Fleets, z.fleets, func(a, b types.FleetEvidence) bool { return a == b }) {
		f.wrong("evidence of revision %d by fleet differs", hub.Revision)
	}
}
