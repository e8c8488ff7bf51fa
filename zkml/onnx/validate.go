package onnx

import (
	"math"
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
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-/", r))
	}) < 0
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

// covers says whether the window, at each of count positions along direction d, sees an element of
// an input of the given size. Only positions in the padding, of which there are few, need a search.
func (w *Window) covers(d, size, count int) bool {
	for o := range count {
		first := o*w.Stride[d] - w.PadBegin[d]
		hit := false
		for k := 0; k < w.Kernel[d] && !hit; k++ {
			at := first + k*w.Dilation[d]
			hit = at >= 0 && at < size
		}
		if !hit {
			return false
		}
	}
	return true
}

// output returns height and width of the result for an input [N, C, H, W].
func (w *Window) output(shape []int) (out [2]int, err error) {
	if len(shape) != 4 {
		return out, refuse(ErrShape, "input: expected 4 dimensions, got %v", shape)
	}
	for d := range 2 {
		for _, v := range []int{w.Kernel[d], w.Stride[d], w.Dilation[d]} {
			if v < 1 || v > MaxWindow {
				return out, refuse(ErrShape, "window: expected 1 to %d, got %d", MaxWindow, v)
			}
		}
		if w.PadBegin[d] < 0 || w.PadEnd[d] < 0 || w.PadBegin[d] > MaxWindow || w.PadEnd[d] > MaxWindow {
			return out, refuse(ErrShape, "padding: expected 0 to %d, got %d,%d", MaxWindow, w.PadBegin[d], w.PadEnd[d])
		}
		span := w.Dilation[d]*(w.Kernel[d]-1) + 1
		free := shape[2+d] + w.PadBegin[d] + w.PadEnd[d] - span
		if free < 0 {
			return out, refuse(ErrShape, "window of %d does not fit input %v", span, shape)
		}
		out[d] = free/w.Stride[d] + 1
	}
	return out, nil
}

func (g *Graph) validateConv(node int, x, y *Value) error {
	c := g.Nodes[node].Conv
	out, err := c.output(x.Shape)
	if err != nil {
		return err
	}
	channels := len(c.Bias)
	if channels == 0 || c.Group < 1 || channels%c.Group != 0 || x.Shape[1]%c.Group != 0 {
		return refuse(ErrShape, "%d groups of %d input and %d output channels", c.Group, x.Shape[1], channels)
	}
	if want := []int{x.Shape[0], channels, out[0], out[1]}; !slices.Equal(want, y.Shape) {
		return refuse(ErrShape, "output: expected %v, got %v", want, y.Shape)
	}
	per := x.Shape[1] / c.Group
	if err := checkShape([]int{channels, per, c.Kernel[0], c.Kernel[1]}, MaxWeights); err != nil {
		return err
	}
	if slices.ContainsFunc(c.WeightZero, func(z int32) bool { return z != c.WeightZero[0] }) {
		return refuse(ErrQuantization, "weight zero points: expected one for all channels, got %v", c.WeightZero)
	}
	return g.validateLinear(node, channels, per*c.Kernel[0]*c.Kernel[1], x, y)
}

func (g *Graph) validateMatMul(node int, x, y *Value) error {
	columns := len(g.Nodes[node].MatMul.Bias)
	if len(x.Shape) != 2 || columns == 0 {
		return refuse(ErrShape, "input and columns: expected [M, K] and at least one, got %v and %d", x.Shape, columns)
	}
	if want := []int{x.Shape[0], columns}; !slices.Equal(want, y.Shape) {
		return refuse(ErrShape, "output: expected %v, got %v", want, y.Shape)
	}
	if err := checkShape([]int{x.Shape[1], columns}, MaxWeights); err != nil {
		return err
	}
	return g.validateLinear(node, columns, x.Shape[1], x, y)
}

// validateLinear checks the constants of a convolution or matrix product with the given number
// of channels and of weights to a channel.
func (g *Graph) validateLinear(node, channels, per int, x, y *Value) error {
	var weights []int32
	if c := g.Nodes[node].Conv; c != nil {
		weights = c.Weights
	} else {
		weights = g.Nodes[node].MatMul.Weights
	}
	l, _ := g.Nodes[node].linear()
	if per > MaxTerms {
		return refuse(ErrTooLarge, "products in an accumulator: expected at most %d, got %d", MaxTerms, per)
	}
	if err := checkType(l.weightType, 0); err != nil {
		return err
	}
	if err := checkRange("weights", weights, channels*per, l.weightType); err != nil {
		return err
	}
	if err := checkRange("weight zero points", l.weightZero, channels, l.weightType); err != nil {
		return err
	}
	if len(l.scale) != channels || len(l.multiplier) != channels {
		return refuse(ErrShape, "weight scales and multipliers: expected %d, got %d and %d", channels, len(l.scale), len(l.multiplier))
	}
	for c := range channels {
		if err := g.validateChannel(node, c, l, x, y); err != nil {
			return err
		}
	}
	return nil
}

func (g *Graph) validateChannel(node, c int, l linear, x, y *Value) error {
	if err := checkScale("weight scale", l.scale[c]); err != nil {
		return err
	}
	if want := Multiplier(x.Scale, l.scale[c], y.Scale); l.multiplier[c] != want {
		return refuse(ErrScale, "channel %d: multiplier: expected %v, got %v", c, want, l.multiplier[c])
	}
	if err := checkMultiplier(c, l.multiplier[c]); err != nil {
		return err
	}
	lo, hi := g.AccumulatorRange(node, c)
	if lo < math.MinInt32 || hi > math.MaxInt32 {
		return refuse(ErrOverflow, "channel %d: accumulator between %d and %d", c, lo, hi)
	}
	return nil
}
