package circuit

import (
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"
)

// RequireOneRun searches, for the input and for every element of every layer, all values that a
// cheating prover could give it: all bytes v, all rows of the tables to answer with, in the field and
// from the constraints as they are written. Only those of the run may be left, so by induction over
// the layers the run is the only one.
func (c *Compiled) RequireOneRun(t *testing.T, input []byte) {
	t.Helper()
	a := newAdversary(t, c)
	a.functional(t)
	w, err := c.plan.evaluate(input)
	require.NoError(t, err)
	a.port(t, w, c.plan.input)
	for _, l := range c.plan.layers {
		switch l := l.(type) {
		case *matMul:
			a.activations(t, w, l.y, l.step)
		case *conv:
			a.activations(t, w, l.y, l.step)
		case *addConst:
			a.activations(t, w, l.y, func(i int) *step { return l.steps[i] })
		case *add:
			if l.rows == nil {
				a.activations(t, w, l.y, func(int) *step { return l.rule })
				continue
			}
			a.rows(t, w, l.rows, l.y)
		case *lookup:
			if l.rows != nil {
				a.rows(t, w, l.rows, l.y)
			}
		case *maxPool:
			a.greatest(t, w, l)
		case *reshape:
		default:
			require.Failf(t, "a layer that nobody attacks", "%T", l)
		}
	}
	a.port(t, w, c.plan.output)
}

// functional demands that every wire of the products that is not committed to follows from those that
// are: of the sides of the product that first has it, it stands alone on the right.
func (a *adversary) functional(t *testing.T) {
	t.Helper()
	known := func(w wire) bool { return w < a.plan.firstSecret()+wire(a.plan.secrets) }
	public, seen := map[wire]bool{}, map[wire]bool{}
	for _, p := range a.products {
		for _, x := range append(a.read(p.L), a.read(p.R)...) {
			require.True(t, known(x.wire) || seen[x.wire], "wire %d", x.wire)
			public[x.wire] = true
		}
		o := a.read(p.O)
		for _, x := range o {
			require.True(t, known(x.wire) || seen[x.wire] || len(o) == 1, "wire %d", x.wire)
			seen[x.wire], public[x.wire] = true, true
		}
	}
	for i := range a.plan.public {
		require.True(t, public[wire(1+i)], "public input %d", i)
	}
}

func (a *adversary) activations(t *testing.T, w *witness, y *tensor, of func(i int) *step) {
	t.Helper()
	stride := 1 + len(y.wires)/12 // as a search takes up to 20 ms
	for i := 0; i < len(y.wires); i += stride {
		require.Equal(t, []int64{w.get(y.wires[i])}, a.outputs(t, w, of(i), y.wires[i]), "element %d", i)
	}
}

// rows tries all outputs of a table of pairs or of triples.
func (a *adversary) rows(t *testing.T, w *witness, in *table, y *tensor) {
	t.Helper()
	rows := map[fr.Element]bool{}
	for _, row := range in.rows {
		rows[*new(fr.Element).SetInt64(row)] = true
	}
	for i, v := range y.wires {
		a.ranged(t, v, a.plan.tables.byte)
		x := a.joint(t, in, v)
		for b := range int64(256) {
			require.Equal(t, b == w.get(v), rows[a.evaluate(w, x, map[wire]int64{v: b}, nil)], "element %d", i)
		}
	}
}

// greatest tries all outputs of a maximum.
func (a *adversary) greatest(t *testing.T, w *witness, l *maxPool) {
	t.Helper()
	for i, v := range l.y.wires {
		allowed := map[int64]int{}
		product := expression{{oneWire, fr.One()}}
		taps := l.taps(i)
		for _, x := range taps {
			difference := small(term{v, 1}, term{x, -1})
			require.Equal(t, difference, a.joint(t, a.plan.tables.byte, v, x))
			product = a.times(t, difference, product)
			for y := w.get(x); y < w.get(x)+256; y++ {
				allowed[y]++
			}
		}
		require.True(t, a.isZero(product), "the product of the differences")
		for _, x := range taps { // the only values that make the product zero
			require.Equal(t, w.get(x) == w.get(v), allowed[w.get(x)] == len(taps))
		}
	}
}

// port tries both signs for every value.
func (a *adversary) port(t *testing.T, w *witness, x *port) {
	t.Helper()
	for i, v := range x.wires {
		if x.signs == nil {
			if x.input { // an output is the layer's matter
				a.ranged(t, v, a.plan.tables.byte)
			}
			continue
		}
		s := x.signs[i]
		require.True(t, a.isZero(a.times(t, single(s), small(term{oneWire, 1}, term{s, -1}))), "a boolean")
		sum := a.joint(t, a.plan.tables.seven, v, s)
		require.Equal(t, small(term{oneWire, -128}, term{v, 1}, term{s, 128}), sum)
	}
}

// times is the right side of the product with the given left sides.
func (a *adversary) times(t *testing.T, l, r expression) expression {
	t.Helper()
	for _, i := range a.factors[l[len(l)-1].wire] {
		p := a.products[i]
		if slices.Equal(a.read(p.L).reduced(), l.reduced()) && slices.Equal(a.read(p.R).reduced(), r.reduced()) {
			return a.read(p.O)
		}
	}
	require.Fail(t, "a product is missing")
	return nil
}

// TestOneActivation forces each kind of rule.
func TestOneActivation(t *testing.T) {
	for _, tc := range []struct {
		name       string
		multiplier float32
		mode       mode
	}{
		{"clamp", 0.0123, modeClamp},
		{"clamp, tiny", 1e-5, modeClamp},
		{"clamp, outside", 0.123, modeClamp},
		{"wide", 0.0123, modeWide},
		{"wide, tiny", 1e-5, modeWide},
		{"wide, far outside", 3.71828, modeWide},
		{"steps", 1.0 / 128, modeSteps},
	} {
		t.Run("success: "+tc.name, func(t *testing.T) {
			c, err := compile(oneOutput(tc.multiplier), func(s *step) {
				if tc.mode == modeClamp {
					s.count = 100_000 // as if the table paid off
				}
			})
			require.NoError(t, err)
			require.Equal(t, tc.mode, c.plan.steps[0].rule.mode)
			for _, input := range [][]byte{{200, 30, 50, 60}, {0, 0, 0, 0}, {255, 0, 255, 0}, {0, 255, 0, 255}, {1, 2, 3, 4}} {
				c.RequireOneRun(t, input)
			}
		})
	}
}

// outputs are all v for which the other wires of the activation can be chosen.
func (a *adversary) outputs(t *testing.T, w *witness, s *step, v wire) []int64 {
	t.Helper()
	a.ranged(t, v, a.plan.tables.byte)
	var out []int64
	search := map[mode]func(*testing.T, *witness, *rule, wire) func(y int64) bool{
		modeClamp: a.clamp, modeWide: a.wide, modeSteps: a.steps,
	}[s.rule.mode](t, w, &s.rule, v)
	for y := range int64(256) {
		if search(y) {
			out = append(out, y)
		}
	}
	return out
}

// clamp says whether there are limbs for output y and some row of the clamp table.
func (a *adversary) clamp(t *testing.T, w *witness, r *rule, v wire) func(int64) bool {
	x := a.joint(t, a.plan.tables.clamp, v, v+1)
	limbs := a.limbs(t, v+1, r.limbs)
	a.radix(t, x, limbs, 0)
	return func(y int64) bool {
		return a.reaches(w, x, map[wire]int64{v: y}, limbs, a.plan.tables.clamp.rows)
	}
}

// wide tries all m, and the only o that the products leave.
func (a *adversary) wide(t *testing.T, w *witness, r *rule, v wire) func(int64) bool {
	bits := a.plan.tables.limbBits
	over := v + wire(r.limbs)
	excessLimbs := a.limbs(t, over+1, r.excess)
	excess := make([]term, len(excessLimbs))
	for i, limb := range excessLimbs {
		excess[i] = term{limb, 1 << (i * bits)}
	}
	require.True(t, a.isZero(a.times(t, small(term{over, 1}), small(term{oneWire, 255}, term{v, -1}))))
	require.True(t, a.isZero(a.times(t, small(append(excess, term{over, -1})...), small(term{v, 1}))))
	x := a.joint(t, a.plan.tables.limb, v, over)
	limbs := a.limbs(t, v+1, r.limbs-1)
	a.radix(t, x, limbs, -1<<bits)
	a.radix(t, x, excessLimbs, 0)
	// The least limb is rest - Σ the others*2^(bits*i), so rest has to be an integer of all limbs.
	rest := func(y, m, o int64) fr.Element {
		known := map[wire]int64{v: y, over: o}
		for _, limb := range excessLimbs {
			known[limb] = 0
		}
		known[excessLimbs[0]] = m
		return a.evaluate(w, x, known, limbs)
	}
	return func(y int64) bool {
		now, unit, n := rest(y, 0, 0), rest(y, 1, 0), 1<<(r.excess*bits)
		switch {
		case y == 255: // o = m
			unit = rest(y, 1, 1)
		case y != 0: // o = m = 0
			n = 1
		}
		unit.Sub(&unit, &now)
		for range n {
			if i, ok := integer(now); ok && i < 1<<(r.limbs*bits) {
				return true
			}
			now.Add(&now, &unit)
		}
		return false
	}
}

// steps tries all rows of both tables.
func (a *adversary) steps(t *testing.T, w *witness, r *rule, v wire) func(int64) bool {
	down, up := a.limbs(t, v+1, r.limbs), a.limbs(t, v+1+wire(r.limbs), r.limbs)
	low, high := a.joint(t, r.low, v, down[0]), a.joint(t, r.high, v, up[0])
	a.radix(t, low, down, 0)
	a.radix(t, high, up, 0)
	return func(y int64) bool {
		known := map[wire]int64{v: y}
		return a.reaches(w, low, known, down, r.low.rows) && a.reaches(w, high, known, up, r.high.rows)
	}
}

// limbs are n wires in the limb table.
func (a *adversary) limbs(t *testing.T, first wire, n int) []wire {
	out := make([]wire, n)
	for i := range out {
		out[i] = first + wire(i)
		a.ranged(t, out[i], a.plan.tables.limb)
	}
	return out
}

// reaches says whether some limbs make x one of the rows.
func (a *adversary) reaches(w *witness, x expression, known map[wire]int64, limbs []wire, rows []int64) bool {
	rest := a.evaluate(w, x, known, limbs)
	at := slices.IndexFunc(x, func(t weighted) bool { return t.wire == limbs[0] })
	var unit fr.Element
	unit.Inverse(&x[at].coeff)
	for _, row := range rows {
		var need fr.Element
		need.SetInt64(row).Sub(&need, &rest).Mul(&need, &unit)
		if n, ok := integer(need); ok && n < 1<<(len(limbs)*a.plan.tables.limbBits) {
			return true
		}
	}
	return false
}

// radix demands that x has the limbs as one number of their base, times first if that is not 0.
func (a *adversary) radix(t *testing.T, x expression, limbs []wire, first int64) {
	t.Helper()
	want := *new(fr.Element).SetInt64(first)
	for i, limb := range limbs {
		at := slices.IndexFunc(x, func(t weighted) bool { return t.wire == limb })
		require.GreaterOrEqual(t, at, 0)
		if i == 0 && first == 0 {
			want = x[at].coeff
		}
		require.Equal(t, want, x[at].coeff)
		want = times(want, 1<<a.plan.tables.limbBits)
	}
}

// evaluate is the value of x but for the limbs, with known values before those of the run.
func (a *adversary) evaluate(w *witness, x expression, known map[wire]int64, limbs []wire) fr.Element {
	var sum fr.Element
	for _, t := range x {
		if len(limbs) > 0 && t.wire >= limbs[0] && t.wire <= limbs[len(limbs)-1] {
			continue
		}
		value := int64(1)
		if t.wire != oneWire {
			var ok bool
			if value, ok = known[t.wire]; !ok {
				value = w.get(t.wire)
			}
		}
		e := times(t.coeff, value)
		sum.Add(&sum, &e)
	}
	return sum
}

// integer is e as an integer below 2^62, if it is one.
func integer(e fr.Element) (int64, bool) {
	if e.IsUint64() && e.Uint64() < 1<<62 {
		return int64(e.Uint64()), true
	}
	return 0, false
}
