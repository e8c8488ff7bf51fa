package circuit

import "slices"

// choice is a size of limbs, and which linear rules clamp by the table.
type choice struct {
	limbBits  int
	low, high int64 // the clamp table's quotients
	narrow    bool  // whether there is a clamp table
	cost      int   // constraints of the activations, and of the rows of limb and clamp table
}

// choose finds the cheapest sizes. Larger limbs make activations cheaper and the limb table longer;
// a longer clamp table serves more rules. All candidates are tried, in a fixed order.
func choose(steps []*step) choice {
	best := choice{cost: -1}
	for bits := minLimbBits; bits <= maxLimbBits; bits++ {
		if c, ok := chooseClamp(steps, bits); ok && (best.cost < 0 || c.cost < best.cost) {
			best = c
		}
	}
	return best
}

// chooseClamp finds the cheapest clamp table for a size of limbs: one that serves the rules whose
// quotients go up to some size. ok is false if shifts would become too large.
func chooseClamp(steps []*step, bits int) (best choice, ok bool) {
	type use struct {
		reach, low, high int64
		saved            int // constraints that the table saves
	}
	var uses []use
	cost := 1 << bits
	for _, s := range steps {
		t := *s
		t.fit(bits)
		if t.rule.shift > maxFittedShift {
			return choice{}, false
		}
		if t.rule.mode == modeSteps {
			cost += s.count * t.rule.cost()
			continue
		}
		narrow := t.rule.cost()
		t.rule.mode = modeWide
		cost += s.count * t.rule.cost()
		reach := max(t.rule.qmax, -t.rule.qmin)
		uses = append(uses, use{reach, t.rule.qmin, t.rule.qmax, s.count * (t.rule.cost() - narrow)})
	}
	best = choice{limbBits: bits, cost: cost}
	slices.SortStableFunc(uses, func(a, b use) int { return int(a.reach - b.reach) })
	low, high := int64(0), int64(0)
	for _, u := range uses {
		low, high = min(low, u.low), max(high, u.high)
		cost -= u.saved
		if rows := int(high - low + 1); cost+rows < best.cost {
			best = choice{bits, low, high, true, cost + rows}
		}
	}
	return best, true
}

// serves says whether the clamp table has the quotients of a linear rule.
func (c *choice) serves(r *rule) bool { return c.narrow && r.qmin >= c.low && r.qmax <= c.high }
