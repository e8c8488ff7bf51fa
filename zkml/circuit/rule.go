package circuit

import (
	"fmt"
	"math"
	"math/bits"
	"sort"
)

const (
	maxShift = 34 // largest k of a linear rule
	// minLimbBits and maxLimbBits bound the limbs that choose picks from.
	minLimbBits, maxLimbBits = 6, 14
	// pairFactor separates the two halves of a pair in a table. See rule.
	pairFactor = 1 << 20
	// maxQuotient bounds the quotients of a linear rule, well below pairFactor.
	maxQuotient = 1 << 18
	// maxFittedShift bounds a shift after fit, so that 2^shift*pairFactor stays a positive int64.
	maxFittedShift = 42
	// stepFactor separates the two halves of a pair in a table of steps.
	stepFactor = 1 << 48
)

// mode is how a rule is proved.
type mode uint8

const (
	modeClamp mode = iota + 1 // linear, the clamp by the clamp table
	modeWide                  // linear, the clamp by two products, for a quotient of wide range
	modeSteps                 // two tables of thresholds, for what is no line
)

// rule is an integer rule that equals a step function on its whole range.
//
// A linear rule is v = clamp(q, 0, 255) with q = floor((x*mul + add) / 2^shift). In all of what
// follows x is known to be an integer in [lo, hi], by induction, as it is a fixed combination of
// wires that are bytes; every quantity is below 2^80 in size and the modulus is about 2^254, so
// nothing wraps around; and an r in limbs is an integer in [0, 2^shift), as each limb is in the limb
// table.
//
// modeClamp has wires v and the limbs of r. With q the expression (x*mul + add - r) / 2^shift:
//
//	limbs of r in the limb table;  v in the byte table;  q + pairFactor*v in the clamp table.
//
// Sound: q + pairFactor*v is a row, so an integer, and v is an integer, so q is one (which is why
// the factor is on v: a factor on q would admit fractions of it). So 2^shift divides x*mul + add - r,
// which fixes r and makes q the true quotient. Its distance to the first half of any row is below
// pairFactor, so the row is that of q and v is its second half.
//
// modeWide has wires v, the limbs of r but the least, o, and the limbs of m. With q = v + 2*o - m:
//
//	limbs of m and of r in the limb table, the least of r as x*mul + add - 2^shift*q - the others;
//	v in the byte table;  o*(255-v) = 0;  (m-o)*v = 0.
//
// Sound: v = 0 leaves o = 0 and q = -m <= 0; v = 255 leaves o = m and q = 255+m >= 255; any other v
// leaves o = m = 0 and q = v. In every case q is an integer and v its clamp, and r in [0, 2^shift)
// makes q the true quotient.
//
// modeSteps, for functions that are no such line (exact ties that go to even), has wires v and the
// limbs of d and of u. With t(v) the least x of step v:
//
//	limbs of d and u in the limb table;  v in the byte table;
//	(x-d) + stepFactor*v in the table of t(v);  (x+u+1) + stepFactor*v in the table of t(v+1).
//
// Sound: x-d and x+u+1 are integers that differ from every t by less than stepFactor, so both rows
// are those of v, and t(v) = x-d <= x < x+u+1 = t(v+1).
type rule struct {
	mode     mode
	mul, add int64
	shift    int
	limbs    int // of r; modeSteps: of d and of u each
	excess   int // of m

	low, high  *table // modeSteps: t(v) and t(v+1)
	qmin, qmax int64  // linear: range of the quotient
}

// wires is the number of secret wires of one activation, v first.
func (r *rule) wires() int {
	switch r.mode {
	case modeWide:
		return 1 + r.limbs - 1 + 1 + r.excess
	case modeSteps:
		return 1 + 2*r.limbs
	default:
		return 1 + r.limbs
	}
}

// cost is the number of constraints of one activation.
func (r *rule) cost() int {
	switch r.mode {
	case modeWide:
		return r.limbs + r.excess + 3
	case modeSteps:
		return 2*r.limbs + 3
	default:
		return r.limbs + 2
	}
}

// derive finds the rule of a solved step function, the linear one with the least shift if there is one.
func (s *step) derive() error {
	if s.hi < s.lo || s.hi > math.MaxInt32 || s.lo < math.MinInt32 {
		return fmt.Errorf("%w: %s: accumulator range: expected 32 bits, got [%d, %d]", ErrUnsupported, s.where, s.lo, s.hi)
	}
	s.solve()
	if s.eval(s.lo) != s.level(s.lo) || s.eval(s.hi) != s.level(s.hi) {
		return fmt.Errorf("%w: %s: the function is not monotone", ErrUnsupported, s.where)
	}
	lo, hi := 1, maxShift+1 // feasible at k implies feasible at k+1
	for lo < hi {
		mid := (lo + hi) / 2
		if _, ok := s.linear(mid); ok {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	r, ok := s.linear(lo)
	if !ok {
		r = rule{mode: modeSteps}
	}
	s.rule = r
	return nil
}

// level is what the thresholds say that eval(x) is.
func (s *step) level(x int64) int64 {
	return int64(sort.Search(255, func(v int) bool { return s.thresholds[v+1] > x }))
}

// linear finds a linear rule with the given shift. For every v from 1 to 255 with threshold t it needs
//
//	mul*t + add >= v*2^shift  (if t <= hi)   and   mul*(t-1) + add < v*2^shift  (if t > lo).
//
// The slack that a mul leaves for add is concave in mul, so the best mul is found by bisection.
func (s *step) linear(shift int) (rule, bool) {
	steps := s.thresholds[1:256]
	origin, last := s.thresholds[1], s.thresholds[255]
	if origin > s.hi {
		origin = s.lo
	}
	limit := int64(256) << shift
	if span := last - 1 - origin; span > 0 {
		limit = limit/span + 1
	}
	extent := max(s.hi-origin, origin-s.lo) + 1
	if bits.Len64(uint64(limit))+bits.Len64(uint64(extent)) > 60 {
		return rule{}, false
	}
	window := func(mul int64) (least, most int64) {
		least, most = math.MinInt64/2, math.MaxInt64/2
		for i, t := range steps {
			v := int64(i+1) << shift
			if t <= s.hi {
				least = max(least, v-mul*(t-origin))
			}
			if t > s.lo {
				most = min(most, v-1-mul*(t-1-origin))
			}
		}
		return least, most
	}
	slack := func(mul int64) int64 {
		least, most := window(mul)
		return most - least
	}
	lo, hi := int64(0), limit
	for lo < hi {
		mid := (lo + hi) / 2
		if slack(mid) < slack(mid+1) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	least, most := window(lo)
	if least > most {
		return rule{}, false
	}
	if least == math.MinInt64/2 {
		least = most
	}
	if bits.Len64(uint64(lo))+bits.Len64(uint64(s.magnitude)) > 62-maxLimbBits {
		return rule{}, false
	}
	r := rule{mode: modeClamp, mul: lo, add: least - lo*origin, shift: shift}
	r.qmin, r.qmax = (s.lo*lo+r.add)>>shift, (s.hi*lo+r.add)>>shift
	return r, max(r.qmax, -r.qmin) <= maxQuotient
}

// fit sets the number of limbs for limbs of the given size, and scales a linear rule so that they
// hold its remainder exactly.
func (s *step) fit(limbBits int) {
	r := &s.rule
	if r.mode == modeSteps {
		widest := int64(1)
		for v := 0; v < 256; v++ {
			widest = max(widest, s.thresholds[v+1]-s.thresholds[v])
		}
		r.limbs = limbsOf(widest-1, limbBits)
		return
	}
	r.excess = limbsOf(max(r.qmax-255, -r.qmin), limbBits)
	r.limbs = (r.shift + limbBits - 1) / limbBits
	extra := r.limbs*limbBits - r.shift
	r.shift += extra
	r.mul <<= extra
	r.add <<= extra
}

// limbsOf is how many limbs hold 0 … most.
func limbsOf(most int64, limbBits int) int {
	return max(1, (bits.Len64(uint64(max(most, 0)))+limbBits-1)/limbBits)
}

// value is the rule's own result, for checks.
func (r *rule) value(x int64) int64 { return min(max((x*r.mul+r.add)>>r.shift, 0), 255) }
