package onnx

import "slices"

func (g *Graph) validateNode(i int) error {
	n := &g.Nodes[i]
	if !validName(n.Name) {
		return refuse(ErrInvalidGraph, "invalid name %q", n.Name)
	}
	if n.Out != i+1 {
		return refuse(ErrInvalidGraph, "output: expected value %d, got %d", i+1, n.Out)
	}
	operands := 1
	if n.Op == OpAdd && n.Const == nil {
		operands = 2
	}
	if len(n.In) != operands {
		return refuse(ErrInvalidGraph, "inputs: expected %d, got %d", operands, len(n.In))
	}
	for _, in := range n.In {
		if in < 0 || in > i {
			return refuse(ErrInvalidGraph, "input: expected a value before %d, got %d", i+1, in)
		}
	}
	if err := n.validateParts(); err != nil {
		return err
	}
	x, y := &g.Values[n.In[0]], &g.Values[n.Out]
	switch n.Op {
	case OpConv:
		return g.validateConv(i, x, y)
	case OpMatMul:
		return g.validateMatMul(i, x, y)
	case OpAdd:
		return g.validateAdd(n, x, y)
	case OpTable:
		return n.validateTable(x, y)
	case OpMaxPool:
		return n.validateMaxPool(x, y)
	case OpReshape:
		return validateLayout(x, y, x.Len() == y.Len())
	default: // OpTranspose, as validateParts has checked
		want, err := transposed(x.Shape, n.Perm)
		if err != nil {
			return err
		}
		return validateLayout(x, y, slices.Equal(want, y.Shape))
	}
}

// validateParts checks that a node has the constants of its operator and no others.
func (n *Node) validateParts() error {
	has := map[Op]bool{
		OpConv: n.Conv != nil, OpMatMul: n.MatMul != nil, OpTable: n.Table != nil,
		OpMaxPool: n.MaxPool != nil, OpTranspose: n.Perm != nil,
	}
	if n.Op < OpConv || n.Op > OpTranspose {
		return refuse(ErrInvalidGraph, "unknown operator %d", n.Op)
	}
	for op, present := range has {
		if present != (op == n.Op) {
			return refuse(ErrInvalidGraph, "constants of %v: expected %t, got %t", op, op == n.Op, present)
		}
	}
	if n.Const != nil && n.Op != OpAdd {
		return refuse(ErrInvalidGraph, "constant operand: expected only in %v", OpAdd)
	}
	return nil
}

func validateLayout(x, y *Value, fits bool) error {
	if !fits {
		return refuse(ErrShape, "input %v does not give output %v", x.Shape, y.Shape)
	}
	return sameQuantization(x, y)
}

func sameQuantization(x, y *Value) error {
	if x.Type != y.Type || x.Scale != y.Scale || x.Zero != y.Zero {
		return refuse(ErrQuantization, "output: expected %v scale %v zero point %d as the input, got %v %v %d",
			x.Type, x.Scale, x.Zero, y.Type, y.Scale, y.Zero)
	}
	return nil
}

func transposed(shape, perm []int) ([]int, error) {
	seen := make([]bool, len(shape))
	out := make([]int, 0, len(shape))
	for _, p := range perm {
		if p < 0 || p >= len(shape) || seen[p] {
			return nil, refuse(ErrShape, "permutation %v of %d axes", perm, len(shape))
		}
		seen[p] = true
		out = append(out, shape[p])
	}
	if len(out) != len(shape) {
		return nil, refuse(ErrShape, "permutation %v of %d axes", perm, len(shape))
	}
	return out, nil
}

func (n *Node) validateTable(x, y *Value) error {
	if !slices.Equal(x.Shape, y.Shape) {
		return refuse(ErrShape, "output: expected %v, got %v", x.Shape, y.Shape)
	}
	return checkRange("table", n.Table, 256, y.Type)
}

// checkRange checks the length of a constant and the range of its elements.
func checkRange(what string, data []int32, length int, t DType) error {
	if len(data) != length {
		return refuse(ErrShape, "%s: expected %d elements, got %d", what, length, len(data))
	}
	for _, v := range data {
		if v < t.Min() || v > t.Max() {
			return refuse(ErrQuantization, "%s: expected %d to %d, got %d", what, t.Min(), t.Max(), v)
		}
	}
	return nil
}

func (g *Graph) validateAdd(n *Node, x, y *Value) error {
	other := x
	if n.Const != nil {
		other = &n.Const.Value
		if other.Name != "" {
			return refuse(ErrInvalidGraph, "constant operand: expected no name, got %q", other.Name)
		}
		if err := checkType(other.Type, other.Zero); err != nil {
			return err
		}
		if err := checkScale("constant operand", other.Scale); err != nil {
			return err
		}
		if err := checkRange("constant operand", n.Const.Data, x.Len(), other.Type); err != nil {
			return err
		}
	} else {
		other = &g.Values[n.In[1]]
	}
	if !slices.Equal(x.Shape, other.Shape) || !slices.Equal(x.Shape, y.Shape) {
		return refuse(ErrShape, "operands and output: expected one shape, got %v, %v and %v", x.Shape, other.Shape, y.Shape)
	}
	return nil
}

func (n *Node) validateMaxPool(x, y *Value) error {
	out, err := n.MaxPool.output(x.Shape)
	if err != nil {
		return err
	}
	if want := []int{x.Shape[0], x.Shape[1], out[0], out[1]}; !slices.Equal(want, y.Shape) {
		return refuse(ErrShape, "output: expected %v, got %v", want, y.Shape)
	}
	for d := range 2 {
		if !n.MaxPool.covers(d, x.Shape[2+d], out[d]) {
			return refuse(ErrShape, "a window that sees padding only")
		}
	}
	return sameQuantization(x, y)
}
