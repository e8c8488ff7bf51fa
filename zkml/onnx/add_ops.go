package onnx

import "slices"

func add(n *node) (any, error) {
	a, b := n.in(0), n.in(1)
	if r, ok := a.(*real); ok && r.node != nil {
		return n.addBias(r, 1)
	}
	if r, ok := b.(*real); ok && r.node != nil {
		return n.addBias(r, 0)
	}
	return n.sum(0, 1, func(i int) (*weights, error) { return n.dequantizedWeights(i) })
}

// addBias adds the constant at input i to a matrix product that has no bias yet.
func (n *node) addBias(r *real, i int) (any, error) {
	_, isConstant := n.in(i).(*constant)
	_, isWeights := n.in(i).(*weights)
	if !isConstant && !isWeights {
		return nil, refuse(ErrNotQuantized, "the result of %q is used before it is quantized", r.sources[0])
	}
	dims, _ := n.shape(i)
	for len(dims) > 1 && dims[0] == 1 {
		dims = dims[1:]
	}
	m := r.node.MatMul
	if m == nil || r.clipped() || slices.ContainsFunc(m.Bias, func(v int32) bool { return v != 0 }) ||
		!slices.Equal(dims, []int{len(m.Bias)}) || !r.keepsColumns() {
		return nil, refuse(ErrNotQuantized, "the result of %q is used before it is quantized", r.sources[0])
	}
	bias, err := n.flatBias(i, dims, n.values[r.node.In[0]].scale, m.WeightScale)
	if err != nil {
		return nil, err
	}
	c := r.then(n.label())
	with := r.node.clone()
	with.MatMul.Bias = bias
	c.node = &with
	return c, nil
}

// keepsColumns says whether the last axis of r is still that of the matrix product it comes from.
func (r *real) keepsColumns() bool {
	columns := r.made[len(r.made)-1]
	return !slices.ContainsFunc(r.after, func(l layout) bool {
		return l.op != OpReshape || len(l.shape) == 0 || l.shape[len(l.shape)-1] != columns
	})
}

// flatBias is bias for a constant that may have leading dimensions of 1.
func (n *node) flatBias(i int, dims []int, x float32, w []float32) ([]int32, error) {
	flat := *n.importer
	flat.states = map[string]any{}
	switch s := n.in(i).(type) {
	case *constant:
		flat.states[n.name(i)] = s.reshaped(dims)
	case *weights:
		flat.states[n.name(i)] = &weights{s.reshaped(dims), s.scale, s.zero, min(s.axis, 0)}
	}
	return (&node{&flat, n.pb}).bias(i, x, w)
}

func qlinearAdd(n *node) (any, error) {
	t := DType(0)
	for i := 0; i < 6; i += 3 {
		v, ok := n.in(i).(*activation)
		if !ok {
			continue
		}
		t = n.values[v.value].typ
		p, err := n.quantization(i+1, i+2, t)
		if err != nil {
			return nil, err
		}
		if err := n.learn(v.value, p.scale, p.zero); err != nil {
			return nil, err
		}
	}
	r, err := n.sum(0, 3, func(i int) (*weights, error) { return n.scaled(i, i+1, i+2, -1) })
	if err != nil {
		return nil, err
	}
	return n.store(r, 6, 7, t)
}

// sum is the OpAdd of inputs a and b, at most one of them constant.
func (n *node) sum(a, b int, constant func(int) (*weights, error)) (*real, error) {
	if n.isConstant(a) {
		a, b = b, a
	}
	x, err := n.value(a)
	if err != nil {
		return nil, err
	}
	shape := n.values[x].shape
	node := &Node{Op: OpAdd, In: []int{x}}
	if n.isConstant(b) {
		w, err := constant(b)
		if err != nil {
			return nil, err
		}
		if err := n.derive(size(shape)); err != nil {
			return nil, err
		}
		if node.Const, err = w.operand(shape); err != nil {
			return nil, err
		}
	} else {
		y, err := n.value(b)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(shape, n.values[y].shape) {
			return nil, refuse(ErrUnsupported, "operands of different shapes, %v and %v", shape, n.values[y].shape)
		}
		node.In = append(node.In, y)
	}
	n.change("a sum is a group of dequantization, addition and quantization in single precision")
	return pending(node, shape, n.label()), nil
}

func (n *node) isConstant(i int) bool {
	switch n.in(i).(type) {
	case *constant, *weights:
		return true
	}
	return false
}

// operand broadcasts the constant to shape.
func (w *weights) operand(shape []int) (*Const, error) {
	if w.dtype() == 0 || w.axis >= 0 {
		return nil, refuse(ErrUnsupported, "constant operand: expected int8 or uint8 with one scale")
	}
	dims := w.dims
	for len(dims) < len(shape) {
		dims = append([]int{1}, dims...)
	}
	if len(dims) != len(shape) {
		return nil, refuse(ErrShape, "constant operand %v of %v", w.dims, shape)
	}
	c := &Const{Value: Value{Type: w.dtype(), Shape: slices.Clone(shape), Scale: w.scale[0], Zero: w.zero[0]}}
	index := []int{0}
	for i, d := range dims {
		if d != shape[i] && d != 1 {
			return nil, refuse(ErrShape, "constant operand %v of %v", w.dims, shape)
		}
		next := make([]int, 0, len(index)*shape[i])
		for _, base := range index {
			for k := range shape[i] {
				next = append(next, base*d+k%d)
			}
		}
		index = next
	}
	for _, j := range index {
		c.Data = append(c.Data, w.ints[j])
	}
	return c, nil
}
