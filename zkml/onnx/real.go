package onnx

import (
	"math"
	"slices"
)

// real is a tensor of real numbers between a dequantization and the next quantization. It is not
// computed: what produces it, and what was done to it since, become nodes when it is quantized.
type real struct {
	value   int      // the value that was dequantized, where node is nil
	node    *Node    // else the OpConv, OpMatMul or OpAdd that produces it, its output still open
	made    []int    // shape of node's output
	lo, hi  float32  // bounds of the clips since then; infinite if none
	after   []layout // layout changes since then; only where node is set
	shape   []int    // after them
	sources []string // the ONNX nodes involved
}

func newReal(shape []int, source string) *real {
	return &real{lo: float32(math.Inf(-1)), hi: float32(math.Inf(1)), shape: shape, sources: []string{source}}
}

// pending is the real result of a node whose output is not quantized yet.
func pending(n *Node, shape []int, source string) *real {
	r := newReal(shape, source)
	r.node, r.made = n, shape
	return r
}

// then returns a copy with one more source.
func (r *real) then(source string) *real {
	c := *r
	c.sources = append(slices.Clone(r.sources), source)
	return &c
}

func (r *real) clipped() bool {
	return !math.IsInf(float64(r.lo), -1) || !math.IsInf(float64(r.hi), 1)
}

func (r *real) clip(v float32) float32 { return min(max(v, r.lo), r.hi) }

// clamp is the clip in terms of elements: rounding is monotone, so clipping before it and
// clamping after it are the same.
func (r *real) clamp(p *params) func(int32) int32 {
	lo, hi := Quantize(r.lo, p.scale, p.zero, p.typ), Quantize(r.hi, p.scale, p.zero, p.typ)
	return func(q int32) int32 { return min(max(q, lo), hi) }
}

// quantized emits the nodes that give r with the given parameters.
func (b *builder) quantized(r *real, p *params, source string) (int, error) {
	sources := append(slices.Clone(r.sources), source)
	if r.node == nil {
		x := b.values[r.value].params
		return b.table(r.value, p, func(q int32) int32 {
			return Quantize(r.clip(Dequantize(q, x.scale, x.zero)), p.scale, p.zero, p.typ)
		}, sources)
	}
	v, err := b.emit(r.node.clone(), r.made, p, sources)
	if err != nil {
		return 0, err
	}
	if v, err = b.table(v, p, r.clamp(p), sources); err != nil {
		return 0, err
	}
	for _, l := range r.after {
		if v, err = b.apply(l, v, sources); err != nil {
			return 0, err
		}
	}
	return v, nil
}

// clone copies what finish fills in, as a node may be quantized in more than one way.
func (n Node) clone() Node {
	if n.Conv != nil {
		c := *n.Conv
		n.Conv = &c
	}
	if n.MatMul != nil {
		m := *n.MatMul
		n.MatMul = &m
	}
	return n
}

// settle returns the value whose real numbers r is. A clip is turned into a table, which is exact
// only where its bounds are multiples of the scale.
func (b *builder) settle(r *real) (int, error) {
	if r.node != nil {
		return 0, refuse(ErrNotQuantized, "the result of %q is used before it is quantized", r.sources[0])
	}
	if !r.clipped() {
		return r.value, nil
	}
	p := b.values[r.value].params
	clamp := r.clamp(p)
	for q := p.typ.Min(); q <= p.typ.Max(); q++ {
		if Dequantize(clamp(q), p.scale, p.zero) != r.clip(Dequantize(q, p.scale, p.zero)) {
			return 0, refuse(ErrNotQuantized, "the clip %q between %v and %v has no exact form at scale %v; quantize its result",
				r.sources[len(r.sources)-1], r.lo, r.hi, p.scale)
		}
	}
	return b.table(r.value, p, clamp, r.sources)
}

// changed returns r after a change of layout.
func (b *builder) changed(r *real, l layout, source string) (c *real, err error) {
	c = r.then(source)
	c.shape = l.shape
	if r.node == nil {
		c.value, err = b.apply(l, r.value, []string{source})
		return c, err
	}
	c.after = append(slices.Clone(r.after), l)
	return c, nil
}
