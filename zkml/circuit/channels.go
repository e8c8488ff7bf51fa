package circuit

import (
	"fmt"

	"github.com/assay-chain/assay/zkml/onnx"
)

// bounds is the range of an accumulator: bias + Σ weight*(q-Zero).
type bounds struct {
	x0, x1, lo, hi int64
	offset         int64
	magnitude      int64 // of lo, hi, weights, and the constant over any part of the taps
}

func newBounds(x *tensor, bias int64) bounds {
	return bounds{
		x0: x.lo - int64(x.Zero), x1: x.hi - int64(x.Zero), lo: bias, hi: bias,
		offset: x.offset(), magnitude: max(bias, -bias, 1<<9),
	}
}

// tap adds one product. optional says that it may be absent, in the padding.
func (b *bounds) tap(weight int64, optional bool) {
	lo, hi := weight*b.x0, weight*b.x1
	if lo > hi {
		lo, hi = hi, lo
	}
	if optional {
		lo, hi = min(lo, 0), max(hi, 0)
	}
	b.lo, b.hi = b.lo+lo, b.hi+hi
	b.magnitude += max(weight, -weight) * max(b.offset, -b.offset, b.x0, -b.x0, b.x1, -b.x1)
}

// requantKey says when two channels have the same step function.
type requantKey struct {
	multiplier float32
	zero       int32
	dtype      onnx.DType
}

// channels registers the step functions of a linear layer, one channel after the other.
type channels struct {
	p          *plan
	node       *onnx.Node
	y          *tensor
	multiplier []float32
	uses       int // activations of a channel

	steps  []*step
	lo, hi int64
}

func (c *channels) add(b bounds) {
	i := len(c.steps)
	where := fmt.Sprintf("node %q, channel %d", c.node.Name, i)
	m := c.multiplier[i]
	eval := requantization(m, c.y.Value)
	c.steps = append(c.steps, c.p.step(requantKey{m, c.y.Zero, c.y.Type}, eval, b, c.uses, where))
	lo, hi := eval(b.lo), eval(b.hi)
	if i == 0 {
		c.lo, c.hi = lo, hi
	}
	c.lo, c.hi = min(c.lo, lo), max(c.hi, hi)
}

// close sets the range of the output.
func (c *channels) close() []*step {
	low := int64(c.y.Type.Min())
	c.y.lo, c.y.hi = c.lo+low, c.hi+low
	return c.steps
}
