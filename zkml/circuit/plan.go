package circuit

import (
	"fmt"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/onnx"
)

// layer is one operator of the circuit: the seam behind which its gadget can be replaced.
// A constructor, given a node of a valid graph, registers the step functions and sets the range of
// the output; then every pass below runs over all layers in the order of the graph.
type layer interface {
	// allocate takes the secret wires of the output and of whatever the gadget needs.
	allocate(p *plan)
	// constrain writes the constraints.
	constrain(e *emitter)
	// assign sets the wires that allocate took, from those of the inputs.
	assign(w *witness)
}

// tensor is what the plan knows of a value of the graph.
type tensor struct {
	*onnx.Value
	lo, hi int64  // proven range of the elements, as q
	wires  []wire // one for each element, row major; nil until allocated
}

// offset is what turns the wire v of an element into its real number over the scale: q-Zero = v+offset.
func (t *tensor) offset() int64 { return int64(t.Type.Min()) - int64(t.Zero) }

// plan is everything about a circuit but its constraints. It follows from the graph alone.
type plan struct {
	graph   *onnx.Graph
	tensors []*tensor
	steps   []*step
	byKey   map[any]*step
	layers  []layer
	names   []string // of layers
	tables  tables
	byRows  map[string]*table

	public       []string // names, the constant one not counted
	secrets      int
	input        *port
	output       *port
	mask         wire
	outputHashed bool
}

// newPlan checks the graph and decides everything: ranges, rules, tables, wires.
func newPlan(g *onnx.Graph) (*plan, error) {
	p, err := planned(g)
	if err != nil {
		return nil, err
	}
	return p, p.finish()
}

// planned checks the graph and registers all layers with their ranges and step functions.
func planned(g *onnx.Graph) (*plan, error) {
	if err := g.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGraph, err)
	}
	p := &plan{graph: g, byKey: make(map[any]*step), byRows: make(map[string]*table)}
	for i := range g.Values {
		v := &g.Values[i]
		p.tensors = append(p.tensors, &tensor{Value: v, lo: int64(v.Type.Min()), hi: int64(v.Type.Max())})
	}
	p.tables.byte, p.tables.seven = rangeTable("byte", 256), rangeTable("seven bits", 128)
	for i := range g.Nodes {
		n := &g.Nodes[i]
		l, err := p.newLayer(n)
		if err != nil {
			return nil, fmt.Errorf("node %q: %w", n.Name, err)
		}
		p.layers, p.names = append(p.layers, l), append(p.names, n.Name)
	}
	return p, nil
}

// finish decides rules, tables and wires.
func (p *plan) finish() error {
	if err := p.resolve(); err != nil {
		return err
	}
	p.allocate()
	return nil
}

func (p *plan) newLayer(n *onnx.Node) (layer, error) {
	switch n.Op {
	case onnx.OpConv:
		return newConv(p, n)
	case onnx.OpMatMul:
		return newMatMul(p, n)
	case onnx.OpAdd:
		return newAdd(p, n)
	case onnx.OpTable:
		return newTable(p, n)
	case onnx.OpMaxPool:
		return newMaxPool(p, n)
	case onnx.OpReshape:
		return newReshape(p, n)
	case onnx.OpTranspose:
		return newTranspose(p, n)
	default:
		return nil, fmt.Errorf("%w: operator %v", ErrUnsupported, n.Op)
	}
}

// step registers a use of a step function, count times on b. Functions with equal keys are one.
func (p *plan) step(key any, eval func(int64) int64, b bounds, count int, where string) *step {
	s, ok := p.byKey[key]
	if !ok {
		s = &step{eval: eval, lo: b.lo, hi: b.hi, where: where}
		p.byKey[key] = s
		p.steps = append(p.steps, s)
	}
	s.lo, s.hi, s.magnitude = min(s.lo, b.lo), max(s.hi, b.hi), max(s.magnitude, b.magnitude)
	s.count += count
	return s
}

// pairs registers a table of the given rows; equal tables are one.
func (p *plan) pairs(name string, rows []int64) *table {
	key := fmt.Sprint(rows)
	t, ok := p.byRows[key]
	if !ok {
		t = &table{name: name, rows: rows}
		p.byRows[key] = t
		p.tables.extra = append(p.tables.extra, t)
	}
	t.used = true
	return t
}

// resolve derives the rules and the tables that they need.
func (p *plan) resolve() error {
	for _, s := range p.steps {
		if s.eval == nil { // came with its rule
			continue
		}
		if err := s.derive(); err != nil {
			return err
		}
	}
	c := choose(p.steps)
	p.tables.limbBits = c.limbBits
	p.tables.limb = rangeTable("limb", 1<<c.limbBits)
	for _, s := range p.steps {
		s.fit(c.limbBits)
		p.tables.limb.used, p.tables.byte.used = true, true
		switch {
		case s.rule.mode == modeSteps:
			p.stepTables(s)
		case !c.serves(&s.rule):
			s.rule.mode = modeWide
		}
	}
	if c.narrow {
		p.clampTable(c.low, c.high)
	}
	return nil
}

// clampTable makes the table of the pairs of q and its clamp.
func (p *plan) clampTable(low, high int64) {
	p.tables.clampLow = low
	rows := make([]int64, 0, high-low+1)
	for q := low; q <= high; q++ {
		rows = append(rows, q+pairFactor*min(max(q, 0), 255))
	}
	p.tables.clamp = &table{name: "clamp", rows: rows, used: true}
}

// stepTables makes the tables of a table rule: row v of the first holds t(v), of the second t(v+1).
func (p *plan) stepTables(s *step) {
	low, high := make([]int64, 256), make([]int64, 256)
	for v := range int64(256) {
		low[v] = s.thresholds[v] + stepFactor*v
		high[v] = s.thresholds[v+1] + stepFactor*v
	}
	s.rule.low, s.rule.high = p.pairs("steps", low), p.pairs("steps", high)
}

// allocate lays out the wires: public inputs, then input bytes, layers, output, multiplicities, mask.
func (p *plan) allocate() {
	out := p.tensors[p.graph.Output]
	p.outputHashed = statement.OutputHashed(out.Len())
	p.public = []string{"input_digest"}
	for i := range statement.OutputElements(out.Len()) {
		p.public = append(p.public, fmt.Sprintf("output_%d", i))
	}
	p.public = append(p.public, "context")

	in := p.tensors[p.graph.Input]
	in.wires = p.take(in.Len())
	p.input = newPort(p, in, true)
	for _, l := range p.layers {
		l.allocate(p)
	}
	p.output = newPort(p, out, false)
	for _, t := range p.tables.all() {
		t.first = p.take(len(t.rows))[0]
	}
	p.mask = p.take(1)[0]
}

// firstSecret is the first secret wire.
func (p *plan) firstSecret() wire { return wire(1 + len(p.public)) }

// take allocates n secret wires.
func (p *plan) take(n int) []wire {
	out := make([]wire, n)
	for i := range out {
		out[i] = p.firstSecret() + wire(p.secrets+i)
	}
	p.secrets += n
	return out
}

// activate allocates the wires of an output whose element i goes through the step of(i).
func (p *plan) activate(t *tensor, of func(i int) *step) {
	t.wires = make([]wire, t.Len())
	for i := range t.wires {
		t.wires[i] = p.take(of(i).rule.wires())[0]
	}
}
