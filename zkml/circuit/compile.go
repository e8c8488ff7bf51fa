package circuit

import (
	"crypto/sha256"
	"fmt"

	"github.com/consensys/gnark/constraint"

	"github.com/assay-chain/assay/zkml/onnx"
)

// Compiled is the circuit of a model.
type Compiled struct {
	// System is the constraint system. It must not be changed.
	System constraint.ConstraintSystem
	// Digest is the circuit digest: SHA-256 of System.WriteTo's bytes, which are gnark v0.15.0's
	// serialization (32 bytes of length and version, sections, CBOR in core deterministic encoding,
	// coefficients in Montgomery form, little endian). circuit.r1cs holds exactly these bytes.
	Digest [sha256.Size]byte
	Stats  Stats

	plan *plan
}

// Stats says what a circuit costs.
type Stats struct {
	Constraints  int
	PublicInputs int // without the constant one
	SecretWires  int // all of them in the one commitment
	Layers       []LayerStats
	LimbBits     int    // size of the limbs of remainders
	Rules        [3]int // distinct step functions: linear with clamp table, linear with products, tables of steps
	Tables       []TableStats
	Terms        int // non-zero entries of the three matrices
}

// LayerStats is the share of one part: a node of the graph, or "input", "output", "hashes"
// (with the context) and "lookups" (rows of the tables; queries count where they are made).
type LayerStats struct {
	Name        string
	Constraints int
}

// TableStats is one lookup table.
type TableStats struct {
	Name          string
	Rows, Queries int
}

// emitter writes the constraints of a plan.
type emitter struct {
	*builder
	plan      *plan
	challenge wire
	scratch   []term
	stats     []LayerStats
}

// Compile makes the circuit of a graph. The same graph gives the same system, byte for byte.
// Its errors are ErrGraph and ErrUnsupported.
func Compile(g *onnx.Graph) (*Compiled, error) {
	p, err := newPlan(g)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	c, err := p.compile()
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return c, nil
}

// compile writes the constraints of a finished plan.
func (p *plan) compile() (*Compiled, error) {
	e := &emitter{builder: newBuilder(p.public, p.secrets), plan: p}
	if err := e.emit(); err != nil {
		return nil, err
	}
	c := &Compiled{System: e.cs, plan: p}
	c.Stats = p.stats(e)
	h := sha256.New()
	if _, err := c.System.WriteTo(h); err != nil {
		return nil, fmt.Errorf("serialize: %w", err)
	}
	h.Sum(c.Digest[:0])
	return c, nil
}

// emit writes all constraints.
func (e *emitter) emit() (err error) {
	p := e.plan
	if e.challenge, err = e.commit(p.firstSecret(), p.secrets); err != nil {
		return err
	}
	e.part("input", func() {
		e.equal(e.sum(0, term{p.mask, 1}), e.sum(0, term{p.mask, 1})) // a wire in no constraint has no point in the commitment, and would not hide
		p.input.constrain(e)
	})
	for i, l := range p.layers {
		e.part(p.names[i], func() { l.constrain(e) })
	}
	e.part("output", func() {
		if p.output.signs != nil {
			p.output.constrain(e)
		}
	})
	e.part("hashes", e.statement)
	e.part("lookups", e.close)
	return nil
}

// part writes constraints and counts them.
func (e *emitter) part(name string, write func()) {
	before := e.cs.GetNbConstraints()
	write()
	e.stats = append(e.stats, LayerStats{name, e.cs.GetNbConstraints() - before})
}

// statement ties the public inputs: digest of the input, output, context.
func (e *emitter) statement() {
	p := e.plan
	public := func(i int) constraint.LinearExpression { return e.sum(0, term{wire(1 + i), 1}) }
	e.equal(e.linear(e.digest(p.input.Len(), p.input.packed())), public(0))
	out := p.output.packed()
	if p.outputHashed {
		out = []expression{e.digest(p.output.Len(), out)}
	}
	for i, x := range out {
		e.equal(e.linear(x), public(1+i))
	}
	// The context is free, but it has to take part: else its share of the verifying key would be
	// the point at infinity, and any context would do. On the left of a constraint that has no other
	// wire there, it cannot be traded for other wires either: a proof for one context, without its
	// witness, is of no use for another.
	context := public(len(p.public) - 1)
	e.product(context, context, e.sum(0, term{e.internal(), 1}))
}

func (p *plan) stats(e *emitter) Stats {
	s := Stats{
		Constraints:  e.cs.GetNbConstraints(),
		PublicInputs: len(p.public),
		SecretWires:  p.secrets,
		Layers:       e.stats,
		LimbBits:     p.tables.limbBits,
	}
	for _, x := range p.steps {
		s.Rules[x.rule.mode-1]++
	}
	for _, t := range p.tables.all() {
		s.Tables = append(s.Tables, TableStats{t.name, len(t.rows), len(t.inverses)})
	}
	it := e.cs.GetR1CIterator()
	for c := it.Next(); c != nil; c = it.Next() {
		s.Terms += len(c.L) + len(c.R) + len(c.O)
	}
	return s
}
