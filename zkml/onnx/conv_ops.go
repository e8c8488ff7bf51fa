package onnx

func conv(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.dequantizedWeights(1)
	if err != nil {
		return nil, err
	}
	c, shape, err := n.convolution(x, w)
	if err != nil {
		return nil, err
	}
	if c.Bias, err = n.bias(2, n.values[x].scale, c.WeightScale); err != nil {
		return nil, err
	}
	return pending(&Node{Op: OpConv, In: []int{x}, Conv: c}, shape, n.label()), nil
}

// convolution is the OpConv of value x with weights w, without bias, and the shape of its result.
func (n *node) convolution(x int, w *weights) (*Conv, []int, error) {
	in := n.values[x].shape
	if len(w.dims) != 4 || len(in) != 4 {
		return nil, nil, refuse(ErrUnsupported, "expected 2 spatial dimensions, got input %v and weights %v", in, w.dims)
	}
	window, err := n.window([]int{w.dims[2], w.dims[3]}, in)
	if err != nil {
		return nil, nil, err
	}
	group := n.int("group", 1)
	if group < 1 || group > int64(in[1]) || int64(w.dims[1])*group != int64(in[1]) || int64(w.dims[0])%group != 0 {
		return nil, nil, refuse(ErrShape, "%d groups of input %v and weights %v", group, in, w.dims)
	}
	out, err := window.output(in)
	if err != nil {
		return nil, nil, err
	}
	scale, zero, err := w.perChannel(0, w.dims[0])
	if err != nil {
		return nil, nil, err
	}
	c := &Conv{Window: window, Group: int(group), Weights: w.ints, WeightType: w.dtype(), WeightZero: zero, WeightScale: scale}
	return c, []int{in[0], w.dims[0], out[0], out[1]}, nil
}

func qlinearConv(n *node) (any, error) {
	x, w, err := n.qlinear(0)
	if err != nil {
		return nil, err
	}
	c, shape, err := n.convolution(x, w)
	if err != nil {
		return nil, err
	}
	if c.Bias, err = n.int32Bias(8, len(c.WeightScale)); err != nil {
		return nil, err
	}
	return n.store(pending(&Node{Op: OpConv, In: []int{x}, Conv: c}, shape, ""), 6, 7, n.values[x].typ)
}
