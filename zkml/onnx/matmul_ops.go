package onnx

// matrix is the OpMatMul of value x with weights w, [K, N], or [N, K] if transposed; without bias.
// The result has the shape of x but for its last dimension.
func (n *node) matrix(x int, w *weights, transpose bool) (*real, error) {
	if transpose {
		if err := n.derive(w.len()); err != nil {
			return nil, err
		}
		c, err := w.constant.transposed([]int{1, 0})
		if err != nil {
			return nil, err
		}
		w = &weights{c, w.scale, w.zero, w.axis}
		if w.axis >= 0 {
			w.axis = 1 - w.axis
		}
	}
	in := n.values[x].shape
	depth, columns := w.dims[0], w.dims[1]
	if in[len(in)-1] != depth {
		return nil, refuse(ErrShape, "input %v and weights %v", in, w.dims)
	}
	scale, zero, err := w.perChannel(1, columns)
	if err != nil {
		return nil, err
	}
	rows := 1
	for _, d := range in[:len(in)-1] {
		rows *= d
	}
	flat, err := n.apply(layout{op: OpReshape, shape: []int{rows, depth}}, x, []string{n.label()})
	if err != nil {
		return nil, err
	}
	m := &MatMul{Weights: w.ints, WeightType: w.dtype(), WeightZero: zero, WeightScale: scale, Bias: make([]int32, columns)}
	r := pending(&Node{Op: OpMatMul, In: []int{flat}, MatMul: m}, []int{rows, columns}, n.label())
	if len(in) != 2 {
		shape := append(append([]int{}, in[:len(in)-1]...), columns)
		r.after, r.shape = []layout{{op: OpReshape, shape: shape}}, shape
	}
	return r, nil
}

// flatWeights drops leading dimensions of 1 from weights of a matrix product.
func flatWeights(w *weights) (*weights, error) {
	for len(w.dims) > 2 && w.dims[0] == 1 && w.axis != 0 {
		w = &weights{w.reshaped(w.dims[1:]), w.scale, w.zero, max(w.axis-1, -1)}
	}
	if len(w.dims) != 2 {
		return nil, refuse(ErrUnsupported, "weights: expected a matrix, got shape %v", w.dims)
	}
	return w, nil
}

func matMul(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.dequantizedWeights(1)
	if err != nil {
		return nil, err
	}
	if w, err = flatWeights(w); err != nil {
		return nil, err
	}
	return n.matrix(x, w, false)
}

func qlinearMatMul(n *node) (any, error) {
	x, w, err := n.qlinear(-1)
	if err != nil {
		return nil, err
	}
	if w, err = flatWeights(w); err != nil {
		return nil, err
	}
	r, err := n.matrix(x, w, false)
	if err != nil {
		return nil, err
	}
	return n.store(r, 6, 7, n.values[x].typ)
}

// gemmForm checks the attributes and ranks of Gemm and QGemm.
func (n *node) gemmForm(x int, w *weights) (transB bool, err error) {
	if err := n.expectInt("transA", 0); err != nil {
		return false, err
	}
	for _, a := range []string{"alpha", "beta"} {
		if v := n.float(a, 1); v != 1 {
			return false, refuse(ErrUnsupported, "attribute %s: expected 1, got %v", a, v)
		}
	}
	if len(n.values[x].shape) != 2 || len(w.dims) != 2 {
		return false, refuse(ErrShape, "expected two matrices, got %v and %v", n.values[x].shape, w.dims)
	}
	return n.int("transB", 0) != 0, nil
}

func gemm(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.dequantizedWeights(1)
	if err != nil {
		return nil, err
	}
	transB, err := n.gemmForm(x, w)
	if err != nil {
		return nil, err
	}
	r, err := n.matrix(x, w, transB)
	if err != nil {
		return nil, err
	}
	m := r.node.MatMul
	m.Bias, err = n.bias(2, n.values[x].scale, m.WeightScale)
	return r, err
}

func qgemm(n *node) (any, error) {
	axis := int64(1)
	if n.int("transB", 0) != 0 {
		axis = 0
	}
	x, w, err := n.qlinear(axis)
	if err != nil {
		return nil, err
	}
	transB, err := n.gemmForm(x, w)
	if err != nil {
		return nil, err
	}
	r, err := n.matrix(x, w, transB)
	if err != nil {
		return nil, err
	}
	if r.node.MatMul.Bias, err = n.int32Bias(6, len(r.node.MatMul.Bias)); err != nil {
		return nil, err
	}
	if n.in(7) == nil {
		return nil, refuse(ErrUnsupported, "float output")
	}
	return n.store(r, 7, 8, n.values[x].typ)
}
