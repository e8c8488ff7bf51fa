package circuit

import "github.com/consensys/gnark/constraint"

// table is a fixed set of integers that queried expressions are proved to lie in.
//
// All tables share one argument (Haböck, https://eprint.iacr.org/2022/1530): with X a challenge
// drawn after the queries q and the multiplicities m are committed to, a table T with rows t holds
// all of its queries if and only if, but for a chance of about (rows+queries)/2^254,
//
//	Σ_q 1/(X-q) = Σ_t m_t/(X-t).
//
// The multiplicities may be any field elements: a query outside the table leaves a pole at q, with the
// number of such queries as its residue, which is below the modulus and so not zero. Where X meets a
// query there is no inverse, and where it meets a row the quotient is free; that chance is counted above.
// Each table has a sum of its own, so a query of one can never be answered by a row of another.
//
// Every query is a linear combination of secret wires alone, and all secret wires, multiplicities
// included, are in the commitment. A prover who opens that in two ways knows, by Groth16's own
// argument, wires that cancel in all constraints at once, queries included, so even then every q and m
// is fixed before X is drawn. X is the hash of the commitment, which the verifier computes itself. It
// need not cover the public inputs: digest and output follow from the secret wires, and the context is
// in no lookup.
//
// A query costs one constraint: inv*(X-q) = 1. The expression stands on the B side on purpose: its
// wires hold small values, which keeps the expensive multi-scalar multiplications (B in G2) short,
// while the inverses, which have full size, stay on the A side.
type table struct {
	name     string
	rows     []int64
	used     bool
	first    wire   // multiplicity of row 0; rows follow each other
	inverses []wire // one for each query, filled while constraints are written
}

// rangeTable holds 0 … n-1.
func rangeTable(name string, n int) *table {
	t := &table{name: name, rows: make([]int64, n)}
	for i := range t.rows {
		t.rows[i] = int64(i)
	}
	return t
}

// query demands that (constant + Σ terms) / scale is a row of t. scale is a power of two: it
// keeps coefficients integers where the value is a quotient by 2^k.
func (e *emitter) query(t *table, scale, constant int64, terms ...term) {
	inv := e.internal()
	value := make([]term, 0, len(terms)+1)
	value = append(value, term{e.challenge, scale})
	for _, x := range terms {
		value = append(value, term{x.wire, -x.coeff})
	}
	e.product(e.sum(0, term{inv, 1}), e.sum(-constant, value...), e.sum(scale))
	t.inverses = append(t.inverses, inv)
}

// close writes the sums of every table.
func (e *emitter) close() {
	for _, t := range e.plan.tables.all() {
		total := make(constraint.LinearExpression, 0, len(t.rows)+len(t.inverses))
		for i, row := range t.rows {
			quotient := e.internal()
			e.product(e.sum(0, term{quotient, 1}), e.sum(-row, term{e.challenge, 1}),
				e.sum(0, term{t.first + wire(i), 1}))
			total = append(total, e.term(quotient, 1))
		}
		for _, inv := range t.inverses {
			total = append(total, e.term(inv, -1))
		}
		e.equal(total, e.sum(0))
	}
}

// tables are those of one circuit.
type tables struct {
	limb  *table // 0 … 2^limbBits-1
	byte  *table // 0 … 255
	seven *table // 0 … 127, splits the sign from an int8
	clamp *table // q + pairFactor*clamp(q), q from clampLow; see rule.go
	extra []*table

	limbBits int
	clampLow int64
}

// all lists the tables in use in a fixed order.
func (t *tables) all() []*table {
	var out []*table
	for _, x := range append([]*table{t.limb, t.byte, t.seven, t.clamp}, t.extra...) {
		if x != nil && x.used {
			out = append(out, x)
		}
	}
	return out
}
