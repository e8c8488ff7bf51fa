package sidecar

import (
	"slices"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/slots"
)

// maxSkew is how far the clock may be from those of the endpoints.
const maxSkew = time.Minute

// checkClock compares the clock with what was verified, with the newest headers, and with the endpoints' own clocks.
func (d *doctor) checkClock(nodes []*node, view *view) Finding {
	const check, setIt = "clock", "timedatectl set-ntp true; timedatectl"
	now, drift := d.now(), d.config.Chain.MaxClockDrift.Duration
	if last := d.lastVerified(view); last.Sub(now) > drift {
		return wrong(check, "%s: before a header that was verified, of %s", stamp(now), stamp(last)).
			means("the clock went backwards: new headers are refused as headers from the future").hint("%s", setIt)
	}
	var newest time.Time
	var skews []time.Duration
	for _, n := range d.onChain(nodes) {
		if n.time.After(newest) {
			newest = n.time
		}
		if !n.date.IsZero() {
			skews = append(skews, now.Sub(n.date))
		}
	}
	if view.update == nil && view.client != nil { // it verified what is newest: what one endpoint says beside it counts for nothing
		newest = view.status.Head.Time
	}
	if newest.Sub(now) > drift {
		return wrong(check, "%s: %s behind the newest header, of %s", stamp(now), length(newest.Sub(now)), stamp(newest)).
			means("headers that are further ahead than chain.max_clock_drift are refused").hint("%s", setIt)
	}
	if len(skews) == 0 {
		if newest.IsZero() {
			return unchecked(check, "%s; no endpoint to compare it with", stamp(now))
		}
		return fine(check, "%s, not before the newest header, of %s", stamp(now), stamp(newest))
	}
	slices.Sort(skews)
	if skew := skews[len(skews)/2]; skew.Abs() > maxSkew {
		return wrong(check, "%s: %s ahead of the endpoints' clocks (unverified)", stamp(now), length(skew)).
			means("a clock that is wrong by the trust period makes what is verified expire, or last too long").hint("%s", setIt)
	}
	return fine(check, "%s, as the endpoints' clocks say", stamp(now))
}

// lastVerified is the latest time that verified state has shown.
func (d *doctor) lastVerified(v *view) time.Time {
	var last time.Time
	if v.stored {
		last = v.status.Head.Time
	}
	for _, m := range d.config.Models {
		if s, _ := slots.ReadSaved(d.slots(), m.Name); s != nil && s.Order.Time.After(last) {
			last = s.Order.Time
		}
	}
	return last
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
