package circuit

import (
	"fmt"
	"math"
	"math/bits"
)

const (
	maxShift = 34 // largest k of a linear rule
	// minLimbBits and maxLimbBits bound the limbs that plan.chooseLimbs picks from.
	minLimbBits, maxLimbBits = 6, 14
	// pairFactor separates the two halves of a pair in a table. See rule.
	pairFactor = 1 << 20
	// maxClampRows bounds the unclamped range of a linear rule, below pairFactor/4.
	maxClampRows = 1 << 15
	// maxFittedShift bounds a shift after fit, so that 2^shift*pairFactor stays a positive int64.
	maxFittedShift = 42
	// stepFactor separates the two halves of a pair in a table of steps.
	stepFactor = 1 << 48
)

// rule is an integer rule that equals a step function on its whole range.
//
// The linear rule is v = clamp(floor((x*mul + add) / 2^shift), 0, 255). With r the remainder in
// limbs of limbBits bits and q the unclamped quotient, (x*mul + add - r) / 2^shift as an expression,
// the queries are
//
//	each limb of r in the limb table;    v in the byte table;    q + pairFactor*v in the clamp table.
//
// Sound, given that x is an integer in [lo, hi] (by induction: it is a fixed combination of wires
// that are bytes): r is an integer in [0, 2^shift). q + pairFactor*v is a row, thus an integer, and v
// is an integer, so q is one too (hence the factor is on v: a factor on q would admit fractions of
// it). So 2^shift*q = x*mul + add - r is divisible, which fixes r and makes q the true quotient: no
// wrap-around, as all of this is below 2^63 and the modulus is about 2^254. Rows other than
// that of q differ from it in the first half by less than pairFactor, so v is the row's v.
//
// The table rule, for functions that are no such line (exact ties that go to even), has wires
// v, d, u with, for t(v) the least x of step v,
//
//	limbs of d and u in the limb table;  v in the byte table;
//	(x-d) + stepFactor*v in the table of t(v);  (x+u+1) + stepFactor*v in the table of t(v+1).
//
// Sound: x-d and x+u+1 differ from every t by less than stepFactor, so both rows are those of v, and
// t(v) = x-d <= x < x+u+1 = t(v+1).
type rule struct {
	mul, add int64
	shift    int

	table      bool
	low, high  *table // table rule: t(v) and t(v+1)
	limbs      int    // limbs of r, or of d and of u each
	qmin, qmax int64  // linear rule: range of the quotient
}

// wires is the number of secret wires of one activation: v and its limbs.
func (r *rule) wires() int {
	if r.table {
		return 1 + 2*r.limbs
	}
	return 1 + r.limbs
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
	if !ok || lo > maxShift || r.qmax-r.qmin >= maxClampRows {
		r = rule{table: true}
	}
	s.rule = r
	return nil
}

// level is what the thresholds say that eval(x) is.
func (s *step) level(x int64) int64 {
	v := int64(0)
	for v < 255 && s.thresholds[v+1] <= x {
		v++
	}
	return v
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
	magnitude := max(s.hi, -s.lo, 1)
	if bits.Len64(uint64(lo))+bits.Len64(uint64(magnitude)) > 62-maxLimbBits {
		return rule{}, false
	}
	r := rule{mul: lo, add: least - lo*origin, shift: shift}
	r.qmin, r.qmax = (s.lo*lo+r.add)>>shift, (s.hi*lo+r.add)>>shift
	return r, true
}

// fit sets the number of limbs for limbs of the given size, and scales a linear rule so that they
// hold its remainder exactly.
func (s *step) fit(limbBits int) {
	r := &s.rule
	if r.table {
		widest := int64(1)
		for v := 0; v < 256; v++ {
			widest = max(widest, s.thresholds[v+1]-s.thresholds[v])
		}
		r.limbs = max(1, (bits.Len64(uint64(widest-1))+limbBits-1)/limbBits)
		return
	}
	r.limbs = (r.shift + limbBits - 1) / limbBits
	extra := r.limbs*limbBits - r.shift
	r.shift += extra
	r.mul <<= extra
	r.add <<= extra
}

// value is the rule's own result, for checks.
func (r *rule) value(x int64) int64 { return min(max((x*r.mul+r.add)>>r.shift, 0), 255) }
