package onnx

// window reads the geometry of a convolution or pooling for an input [N, C, H, W]. kernel is that
// of the weights; for pooling it is nil and the node says it.
func (n *node) window(kernel, in []int) (w Window, err error) {
	if len(in) != 4 {
		return w, refuse(ErrUnsupported, "expected 2 spatial dimensions, got input %v", in)
	}
	if kernel != nil {
		w.Kernel = [2]int{kernel[0], kernel[1]}
		if got, err := n.ints("kernel_shape", w.Kernel[:]); err != nil || [2]int(got) != w.Kernel {
			return w, refuse(ErrShape, "kernel_shape: expected %v as the weights, got %v", w.Kernel, got)
		}
	}
	var pads []int
	read := []struct {
		name      string
		otherwise []int
		to        func([]int)
	}{
		{"kernel_shape", w.Kernel[:], func(v []int) { copy(w.Kernel[:], v) }},
		{"strides", []int{1, 1}, func(v []int) { copy(w.Stride[:], v) }},
		{"dilations", []int{1, 1}, func(v []int) { copy(w.Dilation[:], v) }},
		{"pads", []int{0, 0, 0, 0}, func(v []int) { pads = v }},
	}
	for _, r := range read {
		v, err := n.ints(r.name, r.otherwise)
		if err != nil {
			return w, err
		}
		r.to(v)
	}
	w.PadBegin, w.PadEnd = [2]int{pads[0], pads[1]}, [2]int{pads[2], pads[3]}
	if err := w.autoPad(n.string("auto_pad"), in); err != nil {
		return w, err
	}
	_, err = w.output(in)
	return w, err
}

// ints reads an attribute of as many integers as there are in otherwise, each in 0 to MaxWindow.
func (n *node) ints(name string, otherwise []int) ([]int, error) {
	a := n.attribute(name)
	if a == nil {
		return otherwise, nil
	}
	if len(a.Ints) != len(otherwise) {
		return nil, refuse(ErrUnsupported, "attribute %s: expected %d integers, got %v", name, len(otherwise), a.Ints)
	}
	out := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		if v < 0 || v > MaxWindow {
			return nil, refuse(ErrUnsupported, "attribute %s: expected 0 to %d, got %v", name, MaxWindow, a.Ints)
		}
		out[i] = int(v)
	}
	return out, nil
}

// autoPad computes the padding that a deprecated attribute asks for.
func (w *Window) autoPad(mode string, in []int) error {
	switch mode {
	case "", "NOTSET":
		return nil
	case "VALID":
		w.PadBegin, w.PadEnd = [2]int{}, [2]int{}
		return nil
	case "SAME_UPPER", "SAME_LOWER":
	default:
		return refuse(ErrUnsupported, "attribute auto_pad: %q", mode)
	}
	for d := range 2 {
		if w.Stride[d] < 1 {
			return refuse(ErrShape, "stride 0")
		}
		out := (in[2+d] + w.Stride[d] - 1) / w.Stride[d]
		total := max((out-1)*w.Stride[d]+w.Dilation[d]*(w.Kernel[d]-1)+1-in[2+d], 0)
		w.PadBegin[d] = total / 2
		if mode == "SAME_LOWER" {
			w.PadBegin[d] = total - total/2
		}
		w.PadEnd[d] = total - w.PadBegin[d]
	}
	return nil
}

// extend pads the end so that rounding the output size up is the same as rounding it down.
func (w *Window) extend(in []int) error {
	for d := range 2 {
		free := in[2+d] + w.PadBegin[d] + w.PadEnd[d] - w.Dilation[d]*(w.Kernel[d]-1) - 1
		if rest := free % w.Stride[d]; rest != 0 {
			w.PadEnd[d] += w.Stride[d] - rest
		}
		// a last window that begins in the end padding is left out
		last := (in[2+d] + w.PadBegin[d] + w.PadEnd[d] - w.Dilation[d]*(w.Kernel[d]-1) - 1) / w.Stride[d] * w.Stride[d]
		if last >= in[2+d]+w.PadBegin[d] {
			w.PadEnd[d] -= w.Stride[d]
		}
		if w.PadEnd[d] < 0 {
			return refuse(ErrUnsupported, "attribute ceil_mode with padding of this shape")
		}
	}
	return nil
}

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

// shape is the shape of input i.
func (n *node) shape(i int) ([]int, bool) {
	switch s := n.in(i).(type) {
	case *activation:
		return n.values[s.value].shape, true
	case *real:
		return s.shape, true
	case *head:
		return s.shape, true
	case *tail:
		return s.shape, true
	case *constant:
		return s.dims, true
	case *weights:
		return s.dims, true
	}
	return nil, false
}
