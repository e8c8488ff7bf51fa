package onnx

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
