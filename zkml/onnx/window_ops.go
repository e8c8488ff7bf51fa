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
