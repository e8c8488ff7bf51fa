package onnx

func maxPool(n *node) (any, error) {
	shape, ok := n.shape(0)
	if !ok {
		return nil, refuse(ErrNotQuantized, "input 0, %q", n.name(0))
	}
	w, err := n.window(nil, shape)
	if err != nil {
		return nil, err
	}
	if n.int("ceil_mode", 0) != 0 {
		if err := w.extend(shape); err != nil {
			return nil, err
		}
	}
	out, err := w.output(shape)
	if err != nil {
		return nil, err
	}
	return n.layout(layout{op: OpMaxPool, shape: []int{shape[0], shape[1], out[0], out[1]}, pool: &MaxPool{w}})
}

// average is the depthwise convolution with weights of 1 that averages.
func average(w Window, channels int) *Conv {
	area := w.Kernel[0] * w.Kernel[1]
	c := &Conv{
		Window: w, Group: channels, Weights: make([]int32, channels*area), WeightType: Uint8,
		WeightZero: make([]int32, channels), WeightScale: make([]float32, channels), Bias: make([]int32, channels),
	}
	for i := range c.Weights {
		c.Weights[i] = 1
	}
	for i := range c.WeightScale {
		c.WeightScale[i] = float32(1) / float32(area)
	}
	return c
}

// averaged is the average of value x over windows.
func (n *node) averaged(x int, w Window) (*real, error) {
	in := n.values[x].shape
	padded := w.PadBegin != [2]int{} || w.PadEnd != [2]int{}
	if padded && n.int("count_include_pad", 0) == 0 {
		return nil, refuse(ErrUnsupported, "padding that is not counted")
	}
	if n.int("ceil_mode", 0) != 0 {
		before := w
		if err := w.extend(in); err != nil || w != before {
			return nil, refuse(ErrUnsupported, "attribute ceil_mode with a window that leaves the input")
		}
	}
	if err := n.derive(in[1] * w.Kernel[0] * w.Kernel[1]); err != nil { // at most 2^22 * 2^24
		return nil, err
	}
	out, err := w.output(in)
	if err != nil {
		return nil, err
	}
	return pending(&Node{Op: OpConv, In: []int{x}, Conv: average(w, in[1])}, []int{in[0], in[1], out[0], out[1]}, n.label()), nil
}

func averagePool(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.window(nil, n.values[x].shape)
	if err != nil {
		return nil, err
	}
	n.changeAverage()
	return n.averaged(x, w)
}

func (n *node) changeAverage() {
	n.change("an average is a depthwise convolution with weights of 1 and the scale 1/count")
}

// whole is the window that covers value x.
func (n *node) whole(x int) (Window, error) {
	in := n.values[x].shape
	if len(in) != 4 || in[2] > MaxWindow || in[3] > MaxWindow {
		return Window{}, refuse(ErrUnsupported, "expected 2 spatial dimensions of at most %d, got input %v", MaxWindow, in)
	}
	return Window{Kernel: [2]int{in[2], in[3]}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}, nil
}

func globalAveragePool(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	w, err := n.whole(x)
	if err != nil {
		return nil, err
	}
	n.changeAverage()
	return n.averaged(x, w)
}

func qlinearAveragePool(n *node) (any, error) {
	return n.qlinearPool(func(x int) (Window, error) { return n.window(nil, n.values[x].shape) })
}

func qlinearGlobalAveragePool(n *node) (any, error) { return n.qlinearPool(n.whole) }

// qlinearPool reads x, its scale and zero point, and those of the output.
func (n *node) qlinearPool(window func(x int) (Window, error)) (any, error) {
	if err := n.expectInt("channels_last", 0); err != nil {
		return nil, err
	}
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	p, err := n.quantization(1, 2, n.values[x].typ)
	if err != nil {
		return nil, err
	}
	if err := n.learn(x, p.scale, p.zero); err != nil {
		return nil, err
	}
	w, err := window(x)
	if err != nil {
		return nil, err
	}
	r, err := n.averaged(x, w)
	if err != nil {
		return nil, err
	}
	n.changeAverage()
	return n.store(r, 3, 4, p.typ)
}
