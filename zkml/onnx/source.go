package onnx

import (
	"errors"
	"slices"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// decode reads the file within the limits, and refuses what no canonical form can have.
func decode(data []byte) (*onnxpb.Model, error) {
	if len(data) > MaxFileBytes {
		return nil, refuse(ErrTooLarge, "file: expected at most %d bytes, got %d", MaxFileBytes, len(data))
	}
	m, err := onnxpb.Decode(data)
	switch {
	case errors.Is(err, onnxpb.ErrTooLarge):
		return nil, &Error{Err: ErrTooLarge, Cause: err}
	case err != nil:
		return nil, &Error{Err: ErrMalformed, Cause: err}
	case m.Graph == nil:
		return nil, refuse(ErrMalformed, "no graph")
	case m.Functions > 0:
		return nil, refuse(ErrFunction, "expected none, got %d", m.Functions)
	case m.Graph.Sparse > 0:
		return nil, refuse(ErrUnsupported, "sparse initializers")
	}
	for i := range m.Graph.Nodes {
		for _, a := range m.Graph.Nodes[i].Attributes {
			if a.Type == onnxpb.AttrGraph || a.Type == onnxpb.AttrGraphs {
				return nil, at(refuse(ErrSubgraph, "attribute %q", a.Name), operator(&m.Graph.Nodes[i]), label(&m.Graph.Nodes[i]))
			}
		}
	}
	return m, nil
}

// operator is the operator's type, with its domain where that is not ONNX's own.
func operator(n *onnxpb.Node) string {
	if n.Domain == "" || n.Domain == "ai.onnx" {
		return n.Op
	}
	return n.Domain + "." + n.Op
}

// label names a node for people: by its name, or by its first output where it has none.
func label(n *onnxpb.Node) string {
	if n.Name == "" && len(n.Outputs) > 0 {
		return n.Outputs[0]
	}
	return n.Name
}

// sorter orders nodes so that a value is produced before it is used, keeping the file's order
// where that already holds.
type sorter struct {
	nodes    []onnxpb.Node
	producer map[string]int
	given    map[string]bool // values that no node produces
	state    []int8          // 0 not seen, 1 on the way, 2 done
	order    []int
}

// sorted returns the order in which to visit the nodes.
func sorted(nodes []onnxpb.Node, given map[string]bool) ([]int, error) {
	s := &sorter{nodes: nodes, producer: map[string]int{}, given: given, state: make([]int8, len(nodes))}
	for i := range nodes {
		for _, out := range nodes[i].Outputs {
			if _, twice := s.producer[out]; out != "" && (twice || given[out]) {
				return nil, at(refuse(ErrDuplicate, "%q", out), operator(&nodes[i]), label(&nodes[i]))
			}
			s.producer[out] = i
		}
	}
	for i := range nodes {
		if err := s.visit(i); err != nil {
			return nil, err
		}
	}
	return s.order, nil
}

// visit recurses no deeper than MaxNodes.
func (s *sorter) visit(i int) error {
	n := &s.nodes[i]
	switch s.state[i] {
	case 1:
		return at(refuse(ErrCycle, "depends on its own output"), operator(n), label(n))
	case 2:
		return nil
	}
	s.state[i] = 1
	for _, in := range n.Inputs {
		if in == "" || s.given[in] {
			continue
		}
		p, ok := s.producer[in]
		if !ok {
			return at(refuse(ErrUndefined, "%q", in), operator(n), label(n))
		}
		if err := s.visit(p); err != nil {
			return err
		}
	}
	s.state[i] = 2
	s.order = append(s.order, i)
	return nil
}

// staticShape returns the shape of a graph's input. A symbolic first dimension, the batch, is fixed
// at 1 and its symbol returned.
func staticShape(v *onnxpb.ValueInfo) (shape []int, batch string, err error) {
	if !v.HasShape {
		return nil, "", refuse(ErrDynamicShape, "input %q: no shape", v.Name)
	}
	for i, d := range v.Shape {
		switch {
		case d.HasValue && d.Value > 0 && d.Value <= MaxElements:
			shape = append(shape, int(d.Value))
		case d.HasValue && d.Value > MaxElements:
			return nil, "", refuse(ErrTooLarge, "input %q: dimension %d is %d", v.Name, i, d.Value)
		case i == 0 && d.Param != "":
			shape, batch = append(shape, 1), d.Param
		case d.Param != "":
			return nil, "", refuse(ErrDynamicShape, "input %q: dimension %d is %q", v.Name, i, d.Param)
		default:
			return nil, "", refuse(ErrDynamicShape, "input %q: dimension %d is not given", v.Name, i)
		}
	}
	if err := checkShape(shape, MaxElements); err != nil {
		return nil, "", err
	}
	return slices.Clip(shape), batch, nil
}
