package circuit

import (
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	cs_bn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/stretchr/testify/require"
)

// adversary reads a circuit from its constraints alone, not from what the emitter meant to write,
// and may choose every secret wire.
type adversary struct {
	*Compiled
	challenge wire
	queries   []lookupQuery
	of        map[wire][]int   // queries by wire
	products  []constraint.R1C // what is neither a query nor part of a table's sum
	factors   map[wire][]int   // products by wire of the left side
}

// lookupQuery is one query as it stands in the constraints.
type lookupQuery struct {
	table *table
	value expression
}

// newAdversary sorts the constraints, and demands of the lookup argument what its proof relies on:
//
//   - a query inv*(scale*X - value) = scale has its own inverse, and a value of secret wires only,
//     all of which are committed to before X is drawn;
//   - row t has a constraint quotient*(X-t) = m with a secret wire m that nothing else has a use for;
//   - the sum of a table has every one of its quotients and every one of its inverses once.
func newAdversary(t *testing.T, c *Compiled) *adversary {
	t.Helper()
	commitment := c.System.GetCommitments().(constraint.Groth16Commitments)[0]
	a := &adversary{Compiled: c, challenge: wire(commitment.CommitmentIndex), of: map[wire][]int{}, factors: map[wire][]int{}}
	committed := map[wire]bool{oneWire: true}
	for _, w := range commitment.PrivateCommitted {
		committed[wire(w)] = true
	}
	inverses, quotients, seen := map[wire]*table{}, map[wire]*table{}, map[wire]int{}
	for _, x := range c.plan.tables.all() {
		for _, inv := range x.inverses {
			inverses[inv] = x
		}
	}
	var sums []constraint.LinearExpression
	rows := map[wire]*table{}
	for _, x := range c.plan.tables.all() {
		for i := range x.rows {
			rows[x.first+wire(i)] = x
		}
	}
	it := c.System.(*cs_bn254.R1CS).GetR1CIterator()
	for r := it.Next(); r != nil; r = it.Next() {
		l, right, o := a.read(r.L), a.read(r.R), a.read(r.O)
		switch {
		case len(l) == 1 && inverses[l[0].wire] != nil:
			seen[l[0].wire]++
			a.query(t, inverses[l[0].wire], right, o, committed)
		case len(o) == 1 && rows[o[0].wire] != nil:
			x := rows[o[0].wire]
			var row fr.Element
			row.SetInt64(-x.rows[o[0].wire-x.first])
			want := expression{{a.challenge, fr.One()}, {oneWire, row}}
			if row.IsZero() {
				want = want[:1]
			}
			require.Equal(t, []expression{want.reduced(), single(o[0].wire)}, []expression{right.reduced(), o})
			require.True(t, len(l) == 1 && l[0].coeff.IsOne() && committed[o[0].wire])
			quotients[l[0].wire] = x
			seen[l[0].wire]++
		case len(l) > 0 && quotients[l[0].wire] != nil:
			require.True(t, a.isOne(right) && a.isZero(o))
			sums = append(sums, r.L.Clone())
		default:
			for _, x := range l {
				a.factors[x.wire] = append(a.factors[x.wire], len(a.products))
			}
			a.products = append(a.products, constraint.R1C{L: r.L.Clone(), R: r.R.Clone(), O: r.O.Clone()})
		}
	}
	require.Len(t, quotients, len(rows))
	require.Len(t, sums, len(c.plan.tables.all()))
	for _, sum := range sums {
		a.sum(t, a.read(sum), inverses, quotients)
	}
	require.Len(t, seen, len(inverses)+len(quotients))
	for w, n := range seen {
		require.Equal(t, 1, n, "wire %d", w)
	}
	for _, p := range a.products {
		for _, x := range append(append(a.read(p.L), a.read(p.R)...), a.read(p.O)...) {
			require.True(t, inverses[x.wire] == nil && quotients[x.wire] == nil && rows[x.wire] == nil && x.wire != a.challenge)
		}
	}
	return a
}

func (a *adversary) query(t *testing.T, in *table, right, o expression, committed map[wire]bool) {
	t.Helper()
	require.True(t, len(o) == 1 && o[0].wire == oneWire && !o[0].coeff.IsZero())
	var factor fr.Element
	factor.Inverse(&o[0].coeff).Neg(&factor)
	q, drawn := lookupQuery{table: in}, false
	for _, x := range right {
		if x.wire == a.challenge {
			require.True(t, x.coeff.Equal(&o[0].coeff) && !drawn)
			drawn = true
			continue
		}
		require.True(t, committed[x.wire], "a query of wire %d, which is not committed to", x.wire)
		x.coeff.Mul(&x.coeff, &factor)
		q.value = append(q.value, x)
	}
	require.True(t, drawn)
	q.value = q.value.reduced()
	for _, x := range q.value {
		a.of[x.wire] = append(a.of[x.wire], len(a.queries))
	}
	a.queries = append(a.queries, q)
}

func (a *adversary) sum(t *testing.T, terms expression, inverses, quotients map[wire]*table) {
	t.Helper()
	of := quotients[terms[0].wire]
	minus := new(fr.Element).SetInt64(-1)
	rows, queries, seen := 0, 0, map[wire]bool{}
	for _, x := range terms {
		require.False(t, seen[x.wire])
		seen[x.wire] = true
		if quotients[x.wire] == of && x.coeff.IsOne() {
			rows++
		} else if inverses[x.wire] == of && x.coeff.Equal(minus) {
			queries++
		}
	}
	require.Equal(t, []int{len(of.rows), len(of.inverses)}, []int{rows, queries})
	require.Len(t, terms, rows+queries)
}

// read returns an expression of the constraint system.
func (a *adversary) read(x constraint.LinearExpression) expression {
	out := make(expression, 0, len(x))
	for _, t := range x {
		w := weighted{wire: t.VID}
		u := a.System.(*cs_bn254.R1CS).GetCoefficient(int(t.CID))
		copy(w.coeff[:], u[:])
		if !w.coeff.IsZero() {
			out = append(out, w)
		}
	}
	return out
}

func (a *adversary) isZero(x expression) bool { return len(x) == 0 }

func (a *adversary) isOne(x expression) bool {
	return len(x) == 1 && x[0].wire == oneWire && x[0].coeff.IsOne()
}

// ranged demands that the wire alone is a row of the table.
func (a *adversary) ranged(t *testing.T, w wire, in *table) {
	t.Helper()
	for _, i := range a.of[w] {
		if q := &a.queries[i]; q.table == in && len(q.value) == 1 && q.value[0].coeff.IsOne() {
			return
		}
	}
	require.Failf(t, "a wire without a range", "wire %d, table %q", w, in.name)
}

// joint is the one query of the table that has all the wires.
func (a *adversary) joint(t *testing.T, in *table, wires ...wire) expression {
	t.Helper()
	var found []expression
	for _, i := range a.of[wires[0]] {
		q := &a.queries[i]
		if q.table == in && !slices.ContainsFunc(wires, func(w wire) bool {
			return !slices.ContainsFunc(q.value, func(x weighted) bool { return x.wire == w })
		}) && len(q.value) > 1 {
			found = append(found, q.value)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// small is an expression with small coefficients.
func small(terms ...term) expression {
	var out expression
	for _, x := range terms {
		out = append(out, weighted{x.wire, *new(fr.Element).SetInt64(x.coeff)})
	}
	return out.reduced()
}
