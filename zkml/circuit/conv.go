package circuit

import (
	"fmt"

	"github.com/assay-chain/assay/zkml/onnx"
)

// window walks a 2-D sliding window over [1, C, H, W].
type window struct {
	onnx.Window
	h, w, oh, ow int
}

func newWindow(g onnx.Window, x, y *onnx.Value) (window, error) {
	if x.Shape[0] != 1 {
		return window{}, fmt.Errorf("%w: batch: expected 1, got %d", ErrUnsupported, x.Shape[0])
	}
	return window{g, x.Shape[2], x.Shape[3], y.Shape[2], y.Shape[3]}, nil
}

// padded says whether a window can reach outside.
func (w *window) padded() bool { return w.PadBegin != [2]int{} || w.PadEnd != [2]int{} }

// each calls f with the kernel's index and the plane's index of every tap inside the plane.
func (w *window) each(oy, ox int, f func(tap, at int)) {
	for ky := range w.Kernel[0] {
		y := oy*w.Stride[0] - w.PadBegin[0] + ky*w.Dilation[0]
		if y < 0 || y >= w.h {
			continue
		}
		for kx := range w.Kernel[1] {
			x := ox*w.Stride[1] - w.PadBegin[1] + kx*w.Dilation[1]
			if x >= 0 && x < w.w {
				f(ky*w.Kernel[1]+kx, y*w.w+x)
			}
		}
	}
}

// conv is a 2-D convolution with constant weights.
type conv struct {
	window
	x, y            *tensor
	c               *onnx.Conv
	ins, outs, taps int // channels of a group in and out; size of the kernel
	steps           []*step
}

func newConv(p *plan, node *onnx.Node) (layer, error) {
	l := &conv{x: p.tensors[node.In[0]], y: p.tensors[node.Out], c: node.Conv}
	var err error
	if l.window, err = newWindow(l.c.Window, l.x.Value, l.y.Value); err != nil {
		return nil, err
	}
	in, out := l.x.Shape[1], l.y.Shape[1]
	l.ins, l.outs, l.taps = in/l.c.Group, out/l.c.Group, l.Kernel[0]*l.Kernel[1]
	channels := channels{p: p, node: node, y: l.y, multiplier: l.c.Multiplier, uses: l.oh * l.ow}
	for c := range out {
		b := newBounds(l.x, int64(l.c.Bias[c]))
		for i := range l.ins * l.taps {
			b.tap(l.weight(c, i), l.padded())
		}
		channels.add(b)
	}
	l.steps = channels.close()
	return l, nil
}

// weight is that of output channel c at i, which counts input channels of the group, then taps.
func (l *conv) weight(c, i int) int64 {
	return int64(l.c.Weights[c*l.ins*l.taps+i]) - int64(l.c.WeightZero[c])
}

func (l *conv) step(i int) *step { return l.steps[i/(l.oh*l.ow)] }

func (l *conv) allocate(p *plan) { p.activate(l.y, l.step) }

// accumulate calls f with every weight and wire of output element i.
func (l *conv) accumulate(i int, f func(weight int64, x wire)) {
	c, oy, ox := i/(l.oh*l.ow), i/l.ow%l.oh, i%l.ow
	for ic := range l.ins {
		plane := l.x.wires[(c/l.outs*l.ins+ic)*l.h*l.w:]
		l.each(oy, ox, func(tap, at int) { f(l.weight(c, ic*l.taps+tap), plane[at]) })
	}
}

func (l *conv) constrain(e *emitter) {
	terms := make([]term, 0, l.ins*l.taps)
	for i, out := range l.y.wires {
		constant := int64(l.c.Bias[i/(l.oh*l.ow)])
		terms = terms[:0]
		l.accumulate(i, func(weight int64, x wire) {
			if weight != 0 {
				terms = append(terms, term{x, weight})
				constant += weight * l.x.offset()
			}
		})
		e.activate(l.step(i), out, constant, terms)
	}
}

func (l *conv) assign(w *witness) {
	for i, out := range l.y.wires {
		acc := int64(l.c.Bias[i/(l.oh*l.ow)])
		l.accumulate(i, func(weight int64, x wire) { acc += weight * (w.get(x) + l.x.offset()) })
		w.activate(l.step(i), out, acc)
	}
}
