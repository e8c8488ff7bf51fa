package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// Operator sets whose meaning the importer knows.
const (
	minOpset = 7
	maxOpset = 25
)

// Options direct Import. The zero value is the normal case.
type Options struct {
	// Name of the graph, 1 to 128 visible ASCII characters. If empty, it is "model", or that which
	// a canonical file has.
	Name string
	// Bind turns inputs of the file into constants: name to serialized ONNX TensorProto.
	Bind map[string][]byte
}

// Import reads a quantized ONNX file, in QDQ or QOperator form or written by Marshal, and rewrites
// it to the canonical form. Everything that it cannot express is refused: all unsupported
// operators together with an *UnsupportedError, any other fault with an *Error, the first found.
func Import(data []byte, opts Options) (*Graph, *Report, error) {
	m, err := decode(data)
	if err != nil {
		return nil, nil, err
	}
	if m.Producer == canonicalProducer {
		return importCanonical(data, opts)
	}
	if opts.Name == "" {
		opts.Name = "model"
	}
	imp := &importer{
		report: &Report{Producer: m.Producer}, graph: m.Graph, opsets: map[string]int64{},
		states: map[string]any{}, given: map[string]bool{}, input: -1,
	}
	if err := imp.begin(m, opts); err != nil {
		return nil, nil, err
	}
	if err := imp.nodes(); err != nil {
		return nil, nil, err
	}
	g, err := imp.end(opts.Name)
	if err != nil {
		return nil, nil, err
	}
	return g, imp.report, nil
}

// importer walks the nodes in topological order and keeps a state for every name: what the tensor
// is in terms of the graph that is being built.
//
//	*constant    a constant
//	*weights     a dequantized constant
//	*activation  a quantized tensor: a value of the builder
//	*real        real numbers between a dequantization and a quantization
//	*head        the graph's float input before its quantization
//	*tail        what follows the canonical output
//	poisoned     computed from something unsupported
type importer struct {
	builder
	graph       *onnxpb.Graph
	opsets      map[string]int64
	states      map[string]any
	given       map[string]bool
	report      *Report
	unsupported []Unsupported
	input       int // the builder's value of the input, or -1
	derived     int // elements of constants computed so far
}

type activation struct{ value int }

type poisoned struct{}

func (imp *importer) begin(m *onnxpb.Model, opts Options) error {
	for _, o := range m.Opsets {
		if o.Domain == "ai.onnx" {
			o.Domain = ""
		}
		imp.opsets[o.Domain] = o.Version
		if o.Domain == "" && (o.Version < minOpset || o.Version > maxOpset) {
			return refuse(ErrUnsupported, "opset: expected %d to %d, got %d", minOpset, maxOpset, o.Version)
		}
	}
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		if n.Domain == "ai.onnx" {
			n.Domain = ""
		}
		if _, ok := imp.opsets[n.Domain]; !ok {
			return at(refuse(ErrMalformed, "operator set %q is not named", n.Domain), operator(n), label(n))
		}
	}
	for i := range m.Graph.Initializers {
		t := &m.Graph.Initializers[i]
		if imp.given[t.Name] {
			return refuse(ErrDuplicate, "initializer %q", t.Name)
		}
		if err := imp.constant(t.Name, t); err != nil {
			return err
		}
	}
	return imp.inputs(opts)
}

func (imp *importer) constant(name string, t *onnxpb.Tensor) error {
	c, err := newConstant(t)
	if err != nil {
		return err
	}
	imp.states[name], imp.given[name] = c, true
	return nil
}

// inputs takes the one input that is neither bound nor an initializer.
func (imp *importer) inputs(opts Options) error {
	var free []*onnxpb.ValueInfo
	for i := range imp.graph.Inputs {
		in := &imp.graph.Inputs[i]
		if data, ok := opts.Bind[in.Name]; ok {
			t, err := onnxpb.DecodeTensor(data)
			if err != nil {
				return &Error{Err: ErrMalformed, Detail: fmt.Sprintf("tensor for input %q", in.Name), Cause: err}
			}
			if err := imp.constant(in.Name, &t); err != nil {
				return err
			}
			continue
		}
		if !imp.given[in.Name] { // files before IR version 4 list initializers as inputs
			free = append(free, in)
		}
	}
	if len(free) != 1 || len(imp.graph.Outputs) != 1 {
		return refuse(ErrSignature, "expected one input and one output, got %d and %d", len(free), len(imp.graph.Outputs))
	}
	return imp.freeInput(free[0])
}

func (imp *importer) freeInput(in *onnxpb.ValueInfo) error {
	shape, batch, err := staticShape(in)
	if err != nil {
		return err
	}
	imp.given[in.Name], imp.report.Batch = true, batch
	switch t := dtypeOf(in.Type); {
	case t != 0:
		imp.input = 0
		imp.values = append(imp.values, draft{shape, &params{typ: t}})
		imp.states[in.Name] = &activation{0}
	case in.Type == onnxpb.Float:
		imp.states[in.Name] = &head{first: shape, shape: shape}
	default:
		return refuse(ErrSignature, "input %q: expected int8, uint8 or float, got element type %d", in.Name, in.Type)
	}
	return nil
}

// nodes imports all nodes. A node that cannot be expressed is noted and poisons what depends on
// it, so that one pass names all of them.
func (imp *importer) nodes() error {
	order, err := sorted(imp.graph.Nodes, imp.given)
	if err != nil {
		return err
	}
	for i := range imp.graph.Nodes {
		n := &imp.graph.Nodes[i]
		if operators[operator(n)] == nil {
			imp.note(n, "no canonical form")
		}
	}
	for _, i := range order {
		if err = imp.node(&imp.graph.Nodes[i]); err != nil {
			break
		}
	}
	if len(imp.unsupported) > 0 {
		return &UnsupportedError{imp.unsupported}
	}
	return err
}

func (imp *importer) note(n *onnxpb.Node, reason string) {
	imp.unsupported = append(imp.unsupported, Unsupported{Node: label(n), Op: operator(n), Reason: reason})
}

func (imp *importer) node(pb *onnxpb.Node) error {
	for _, out := range pb.Outputs {
		imp.states[out] = poisoned{}
	}
	handle := operators[operator(pb)]
	poison := func(in string) bool { return in != "" && imp.states[in] == any(poisoned{}) }
	if handle == nil || slices.ContainsFunc(pb.Inputs, poison) {
		return nil
	}
	if len(pb.Outputs) == 0 || slices.ContainsFunc(pb.Outputs[1:], func(s string) bool { return s != "" }) {
		imp.note(pb, "expected one output")
		return nil
	}
	state, err := handle(&node{importer: imp, pb: pb})
	var e *Error
	if errors.As(err, &e) && errors.Is(e.Err, ErrUnsupported) {
		imp.note(pb, e.Detail)
		return nil
	}
	if err != nil {
		return at(err, operator(pb), label(pb))
	}
	imp.states[pb.Outputs[0]] = state
	return nil
}

// derive counts the elements of a constant that is about to be computed: a small file can ask for
// many large ones.
func (imp *importer) derive(elements int) error {
	if elements > MaxDerived-imp.derived {
		return refuse(ErrTooLarge, "expected at most %d elements in constants that follow from others", MaxDerived)
	}
	imp.derived += elements
	return nil
}

// end finds the output's value, records what follows it and builds the graph.
func (imp *importer) end(name string) (*Graph, error) {
	out := imp.graph.Outputs[0].Name
	var value int
	switch s := imp.states[out].(type) {
	case *activation:
		value = s.value
	case *tail:
		value = s.value
		imp.report.Tail = s.steps
	case *real:
		d, err := imp.settle(s)
		if err != nil {
			return nil, at(err, "output", out)
		}
		value = d
		p := imp.values[d].params
		imp.report.Tail = []Conversion{{Op: "DequantizeLinear", Node: s.sources[0], Type: p.typ.String(), Scale: p.scale, Zero: p.zero}}
	case nil:
		return nil, at(refuse(ErrUndefined, "%q", out), "output", out)
	default:
		return nil, at(refuse(ErrNotQuantized, "the output does not come from a quantized layer"), "output", out)
	}
	if value == imp.input {
		return nil, at(refuse(ErrInvalidGraph, "the output is the quantized input: there is no layer to prove"), "output", out)
	}
	g, layers, err := imp.finish(name, value)
	if err != nil {
		return nil, err
	}
	imp.report.Layers = layers
	return g, nil
}
