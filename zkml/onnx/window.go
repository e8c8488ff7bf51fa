package onnx

// plane is the geometry of one channel on its way through a window.
type plane struct {
	Window
	height, width       int // of the input
	outHeight, outWidth int
	padHeight, padWidth int // of the input with its padding
}

func newPlane(w Window, x, y *Value) plane {
	p := plane{Window: w, height: x.Shape[2], width: x.Shape[3], outHeight: y.Shape[2], outWidth: y.Shape[3]}
	p.padHeight = p.height + p.PadBegin[0] + p.PadEnd[0]
	p.padWidth = p.width + p.PadBegin[1] + p.PadEnd[1]
	return p
}

// pad writes in - zero into the middle of out; the border of out is left alone.
func (p *plane) pad(out, in []int32, zero int32) {
	for row := range p.height {
		to := out[(row+p.PadBegin[0])*p.padWidth+p.PadBegin[1]:]
		for i, v := range in[row*p.width : (row+1)*p.width] {
			to[i] = v - zero
		}
	}
}

// accumulate adds weight times the elements under kernel position (ky, kx) to acc.
func (p *plane) accumulate(acc, padded []int32, weight int32, ky, kx int) {
	if weight == 0 {
		return
	}
	for oy := range p.outHeight {
		from := padded[(oy*p.Stride[0]+ky*p.Dilation[0])*p.padWidth+kx*p.Dilation[1]:]
		to := acc[oy*p.outWidth : (oy+1)*p.outWidth]
		if p.Stride[1] == 1 {
			axpy(to, from, weight)
			continue
		}
		for ox := range to {
			to[ox] += weight * from[ox*p.Stride[1]]
		}
	}
}

func (e *Executor) conv(n *Node) func() {
	x, y, c := &e.graph.Values[n.In[0]], &e.graph.Values[n.Out], n.Conv
	in, out := e.values[n.In[0]], e.values[n.Out]
	p := newPlane(c.Window, x, y)
	channels, per := len(c.Bias), x.Shape[1]/c.Group
	size, padSize, outSize := p.height*p.width, p.padHeight*p.padWidth, p.outHeight*p.outWidth
	padded := make([]int32, x.Shape[1]*padSize)
	acc := make([]int32, outSize)
	return func() {
		for image := range x.Shape[0] {
			for ch := range x.Shape[1] {
				p.pad(padded[ch*padSize:(ch+1)*padSize], in[(image*x.Shape[1]+ch)*size:], x.Zero)
			}
			for ch := range channels {
				first := ch / (channels / c.Group) * per
				p.channel(acc, padded[first*padSize:], c, ch, per)
				to := out[(image*channels+ch)*outSize:]
				for i, a := range acc {
					to[i] = Requantize(a, c.Multiplier[ch], y.Zero, y.Type)
				}
			}
		}
	}
}

// channel computes the accumulators of one output channel from the channels of its group.
func (p *plane) channel(acc, padded []int32, c *Conv, ch, per int) {
	for i := range acc {
		acc[i] = c.Bias[ch]
	}
	area := c.Kernel[0] * c.Kernel[1]
	for i := range per {
		weights := c.Weights[(ch*per+i)*area:]
		from := padded[i*p.padHeight*p.padWidth:]
		for k := range area {
			p.accumulate(acc, from, weights[k]-c.WeightZero[ch], k/c.Kernel[1], k%c.Kernel[1])
		}
	}
}

func (e *Executor) maxPool(n *Node) func() {
	x, y := &e.graph.Values[n.In[0]], &e.graph.Values[n.Out]
	in, out := e.values[n.In[0]], e.values[n.Out]
	p := newPlane(n.MaxPool.Window, x, y)
	size, outSize := p.height*p.width, p.outHeight*p.outWidth
	return func() {
		for ch := range x.Shape[0] * x.Shape[1] {
			from, to := in[ch*size:(ch+1)*size], out[ch*outSize:(ch+1)*outSize]
			for i := range to {
				to[i] = p.max(from, i/p.outWidth, i%p.outWidth, x.Type.Min())
			}
		}
	}
}

// max is the largest element under the window at (oy, ox).
func (p *plane) max(in []int32, oy, ox int, least int32) int32 {
	best := least
	for ky := range p.Kernel[0] {
		row := oy*p.Stride[0] + ky*p.Dilation[0] - p.PadBegin[0]
		if row < 0 || row >= p.height {
			continue
		}
		for kx := range p.Kernel[1] {
			col := ox*p.Stride[1] + kx*p.Dilation[1] - p.PadBegin[1]
			if col >= 0 && col < p.width {
				best = max(best, in[row*p.width+col])
			}
		}
	}
	return best
}
