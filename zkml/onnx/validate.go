package onnx

import (
	"slices"
	"strings"
)

// MaxGraphName bounds the bytes of the name of a value or node.
const MaxGraphName = 64

// Validate checks every invariant of the canonical form: names, shapes, types, scales, indices,
// the geometry and constants of every node, and that no accumulator can leave 32 bits. Values[0]
// is the input and Values[i+1] the output of Nodes[i]; the last one is the graph's output and every
// node leads to it. What it accepts, Marshal, Executor and the circuit can rely on.
func (g *Graph) Validate() error {
	if err := g.validateTop(); err != nil {
		return err
	}
	total := 0
	for i := range g.Values {
		if err := g.Values[i].validate(); err != nil {
			return at(err, "value", g.Values[i].Name)
		}
		total += g.Values[i].Len()
	}
	if total > MaxActivations {
		return refuse(ErrTooLarge, "expected at most %d elements between nodes, got %d", MaxActivations, total)
	}
	for i := range g.Nodes {
		if err := g.validateNode(i); err != nil {
			return at(err, g.Nodes[i].Op.String(), g.Nodes[i].Name)
		}
	}
	if macs := g.MACs(); macs > MaxMACs {
		return refuse(ErrTooLarge, "expected at most %d multiplications, got %d", int64(MaxMACs), macs)
	}
	return g.validateUse()
}

func (g *Graph) validateTop() error {
	switch {
	case len(g.Nodes) == 0 || len(g.Nodes) > MaxNodes:
		return refuse(ErrInvalidGraph, "nodes: expected 1 to %d, got %d", MaxNodes, len(g.Nodes))
	case len(g.Values) != len(g.Nodes)+1:
		return refuse(ErrInvalidGraph, "values: expected one more than the %d nodes, got %d", len(g.Nodes), len(g.Values))
	case g.Input != 0 || g.Output != len(g.Nodes):
		return refuse(ErrInvalidGraph, "input and output: expected values 0 and %d, got %d and %d", len(g.Nodes), g.Input, g.Output)
	case !validGraphName(g.Name):
		return refuse(ErrInvalidGraph, "graph: invalid name %q", g.Name)
	}
	names := make(map[string]bool, 2*len(g.Values))
	for i := range g.Values {
		names[g.Values[i].Name] = true
	}
	for i := range g.Nodes {
		names[g.Nodes[i].Name] = true
	}
	if len(names) != len(g.Values)+len(g.Nodes) {
		return refuse(ErrInvalidGraph, "names of nodes and values: expected %d different ones, got %d",
			len(g.Values)+len(g.Nodes), len(names))
	}
	return nil
}

// validGraphName accepts 1 to 2*MaxGraphName visible ASCII characters, so that a version id is one.
func validGraphName(s string) bool {
	return s != "" && len(s) <= 2*MaxGraphName && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// validName accepts 1 to MaxGraphName letters, digits, '_', '-' and '/': the dot is kept for the
// names that Marshal makes.
func validName(s string) bool {
	if s == "" || len(s) > MaxGraphName {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '/':
		default:
			return false
		}
	}
	return true
}

func (v *Value) validate() error {
	if !validName(v.Name) {
		return refuse(ErrInvalidGraph, "invalid name %q", v.Name)
	}
	if err := checkShape(v.Shape, MaxElements); err != nil {
		return err
	}
	if err := checkType(v.Type, v.Zero); err != nil {
		return err
	}
	return checkScale("scale", v.Scale)
}

// checkShape accepts 1 to MaxRank positive dimensions with at most limit elements.
func checkShape(shape []int, limit int) error {
	if len(shape) == 0 || len(shape) > MaxRank {
		return refuse(ErrShape, "rank: expected 1 to %d, got %d", MaxRank, len(shape))
	}
	n := 1
	for _, d := range shape {
		if d <= 0 {
			return refuse(ErrShape, "shape %v: expected positive dimensions", shape)
		}
		if d > limit/n {
			return refuse(ErrTooLarge, "shape %v: expected at most %d elements", shape, limit)
		}
		n *= d
	}
	return nil
}

func checkType(t DType, zero int32) error {
	if t != Int8 && t != Uint8 {
		return refuse(ErrQuantization, "element type: expected int8 or uint8, got %d", t)
	}
	if zero < t.Min() || zero > t.Max() {
		return refuse(ErrQuantization, "zero point: expected %d to %d, got %d", t.Min(), t.Max(), zero)
	}
	return nil
}

// validateUse checks that every node leads to the output.
func (g *Graph) validateUse() error {
	used := make([]bool, len(g.Values))
	used[g.Output] = true
	for i := range g.Nodes {
		for _, in := range g.Nodes[i].In {
			used[in] = true
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return at(refuse(ErrInvalidGraph, "nothing uses it"), "value", g.Values[i].Name)
	}
	return nil
}
