package onnx

import (
	"slices"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// layout applies a change of layout to input 0, whatever it is.
func (n *node) layout(l layout) (any, error) {
	switch s := n.in(0).(type) {
	case *activation:
		v, err := n.apply(l, s.value, []string{n.label()})
		return &activation{v}, err
	case *real:
		return n.changed(s, l, n.label())
	case *constant:
		if err := n.derive(s.len()); err != nil {
			return nil, err
		}
		return s.laidOut(l)
	case *weights:
		if err := n.derive(s.len()); err != nil {
			return nil, err
		}
		return s.laidOut(l)
	}
	if l.op == OpMaxPool {
		return nil, refuse(ErrNotQuantized, "input 0, %q", n.name(0))
	}
	switch s := n.in(0).(type) {
	case *head:
		return &head{s.first, l.shape, append(slices.Clone(s.after), l)}, nil
	case *tail:
		return &tail{s.value, l.shape, s.steps}, nil
	}
	return nil, refuse(ErrMalformed, "input 0 is missing")
}

func (c *constant) laidOut(l layout) (*constant, error) {
	switch l.op {
	case OpReshape:
		return c.reshaped(l.shape), nil
	case OpTranspose:
		return c.transposed(l.perm)
	}
	return nil, refuse(ErrUnsupported, "of a constant")
}

func (w *weights) laidOut(l layout) (*weights, error) {
	c, err := w.constant.laidOut(l)
	if err != nil {
		return nil, err
	}
	axis := w.axis
	if axis >= 0 {
		if l.op != OpTranspose {
			return nil, refuse(ErrUnsupported, "of weights that are quantized along an axis")
		}
		axis = slices.Index(l.perm, axis)
	}
	return &weights{c, w.scale, w.zero, axis}, nil
}

// reshaped changes input 0 to dims, which must have as many elements.
func (n *node) reshaped(dims []int) (any, error) {
	from, ok := n.shape(0)
	if !ok {
		return nil, refuse(ErrMalformed, "input 0 is missing")
	}
	if size(from) != size(dims) {
		return nil, refuse(ErrShape, "%v to %v", from, dims)
	}
	return n.layout(layout{op: OpReshape, shape: dims})
}

// size is the number of elements, or -1 where that leaves the limits.
func size(dims []int) int {
	n := 1
	for _, d := range dims {
		if d < 0 || d > 0 && n > MaxWeights/d {
			return -1
		}
		n *= d
	}
	return n
}

// axes reads a list of integers from attribute name or else from input i; nil where there is none.
func (n *node) axes(name string, i int) ([]int64, error) {
	if a := n.attribute(name); a != nil {
		return a.Ints, nil
	}
	if n.in(i) == nil {
		return nil, nil
	}
	c, err := n.constantInput(i)
	if err != nil {
		return nil, err
	}
	if c.typ != onnxpb.Int64 || len(c.wide) > MaxRank {
		return nil, refuse(ErrUnsupported, "input %q: expected at most %d 64-bit integers, got element type %d of shape %v", n.name(i), MaxRank, c.typ, c.dims)
	}
	return c.wide, nil
}

func reshape(n *node) (any, error) {
	from, _ := n.shape(0)
	spec, err := n.axes("shape", 1)
	if err != nil {
		return nil, err
	}
	if spec == nil {
		return nil, refuse(ErrMalformed, "no shape")
	}
	dims, open := make([]int, len(spec)), -1
	for i, d := range spec {
		switch {
		case d == -1 && open < 0:
			open, dims[i] = i, 1
		case d == 0 && n.int("allowzero", 0) == 0 && i < len(from):
			dims[i] = from[i]
		case d > 0 && d <= MaxWeights:
			dims[i] = int(d)
		default:
			return nil, refuse(ErrShape, "%v to %v", from, spec)
		}
	}
	if rest := size(dims); open >= 0 && rest > 0 {
		dims[open] = max(size(from), 0) / rest
	}
	return n.reshaped(dims)
}

func flatten(n *node) (any, error) {
	from, _ := n.shape(0)
	axis := n.int("axis", 1)
	if axis < 0 {
		axis += int64(len(from))
	}
	if axis < 0 || axis > int64(len(from)) {
		return nil, refuse(ErrShape, "axis %d of %v", axis, from)
	}
	return n.reshaped([]int{size(from[:axis]), size(from[axis:])})
}

// positions returns which of rank axes are named.
func positions(axes []int64, rank int) ([]bool, error) {
	named := make([]bool, rank)
	for _, a := range axes {
		if a < 0 {
			a += int64(rank)
		}
		if a < 0 || a >= int64(rank) || named[a] {
			return nil, refuse(ErrShape, "axes %v of %d", axes, rank)
		}
		named[a] = true
	}
	return named, nil
}

func squeeze(n *node) (any, error) {
	from, _ := n.shape(0)
	axes, err := n.axes("axes", 1)
	if err != nil {
		return nil, err
	}
	named, err := positions(axes, len(from))
	if err != nil {
		return nil, err
	}
	dims := []int{}
	for i, d := range from {
		if named[i] && d != 1 {
			return nil, refuse(ErrShape, "axis %d of %v is not 1", i, from)
		}
		if !named[i] && (axes != nil || d != 1) {
			dims = append(dims, d)
		}
	}
	return n.reshaped(dims)
}

func unsqueeze(n *node) (any, error) {
	from, _ := n.shape(0)
	axes, err := n.axes("axes", 1)
	if err != nil {
		return nil, err
	}
	if len(from)+len(axes) > MaxRank {
		return nil, refuse(ErrShape, "expected at most %d dimensions, got %d", MaxRank, len(from)+len(axes))
	}
	named, err := positions(axes, len(from)+len(axes))
	if err != nil {
		return nil, err
	}
	dims := make([]int, len(named))
	for i := range dims {
		if dims[i] = 1; !named[i] {
			dims[i], from = from[0], from[1:]
		}
	}
	return n.reshaped(dims)
}

func transpose(n *node) (any, error) {
	from, _ := n.shape(0)
	perm := make([]int, len(from))
	for i := range perm {
		perm[i] = len(from) - 1 - i
	}
	if a := n.attribute("perm"); a != nil {
		perm = make([]int, len(a.Ints))
		for i, p := range a.Ints {
			perm[i] = int(p)
		}
	}
	dims, err := transposed(from, perm)
	if err != nil {
		return nil, err
	}
	return n.layout(layout{op: OpTranspose, shape: dims, perm: perm})
}
