package onnx

import (
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

func quantizeLinear(n *node) (any, error) {
	if err := n.expectInt("block_size", 0); err != nil {
		return nil, err
	}
	if c, ok := n.in(0).(*constant); ok {
		return quantizeConstant(n, c)
	}
	p, err := n.quantization(1, 2, 0)
	if err != nil {
		return nil, err
	}
	switch s := n.in(0).(type) {
	case *real:
		v, err := n.quantized(s, p, n.label())
		return &activation{v}, err
	case *head:
		return n.quantizeHead(n, s, p)
	case *tail:
		return s.beyond(Conversion{Op: n.pb.Op, Node: n.label(), Type: p.typ.String(), Scale: p.scale, Zero: p.zero}), nil
	}
	return nil, refuse(ErrNotQuantized, "input 0, %q: expected real numbers", n.name(0))
}

// quantizeConstant computes float weights that the file quantizes itself.
func quantizeConstant(n *node, c *constant) (any, error) {
	s, err := n.scales(1)
	if err != nil {
		return nil, err
	}
	z, typ, err := n.zeros(2, len(s), 0)
	if err != nil {
		return nil, err
	}
	if typ == 0 {
		typ = onnxpb.Uint8
	}
	if c.typ != onnxpb.Float || dtypeOf(typ) == 0 {
		return nil, refuse(ErrUnsupported, "constant %q: expected float to int8 or uint8, got element types %d to %d", n.name(0), c.typ, typ)
	}
	if err := n.derive(c.len()); err != nil {
		return nil, err
	}
	axis, err := axisOf(c.dims, n.int("axis", 1), len(s))
	if err != nil {
		return nil, err
	}
	w := &weights{&constant{typ: typ, dims: c.dims, ints: make([]int32, len(c.floats))}, s, z, axis}
	for i, f := range c.floats {
		if math.IsNaN(float64(f)) {
			return nil, refuse(ErrQuantization, "constant %q: element %d is not a number", n.name(0), i)
		}
		k := w.channel(i)
		w.ints[i] = Quantize(f, s[k], z[k], dtypeOf(typ))
	}
	return w.constant, nil
}

func dequantizeLinear(n *node) (any, error) {
	if err := n.expectInt("block_size", 0); err != nil {
		return nil, err
	}
	switch s := n.in(0).(type) {
	case *constant:
		return n.scaled(0, 1, 2, n.int("axis", 1))
	case *activation:
		p, err := n.quantization(1, 2, n.values[s.value].typ)
		if err != nil {
			return nil, err
		}
		r := newReal(n.values[s.value].shape, n.label())
		r.value = s.value
		return r, n.learn(s.value, p.scale, p.zero)
	case *tail:
		p, err := n.quantization(1, 2, 0)
		if err != nil {
			return nil, err
		}
		return s.beyond(Conversion{Op: n.pb.Op, Node: n.label(), Type: p.typ.String(), Scale: p.scale, Zero: p.zero}), nil
	}
	return nil, refuse(ErrNotQuantized, "input 0, %q: expected a quantized tensor", n.name(0))
}

func relu(n *node) (any, error) { return n.bound(0, float32(math.Inf(1))) }

func clip(n *node) (any, error) {
	lo := n.float("min", float32(math.Inf(-1)))
	hi := n.float("max", float32(math.Inf(1)))
	for i, to := range []*float32{1: &lo, 2: &hi} {
		if to == nil || n.in(i) == nil {
			continue
		}
		c, err := n.constantInput(i)
		if err != nil {
			return nil, err
		}
		if len(c.floats) != 1 {
			return nil, refuse(ErrUnsupported, "bound %q: expected one float, got %v", n.name(i), c.dims)
		}
		*to = c.floats[0]
	}
	if !(lo <= hi) {
		return nil, refuse(ErrUnsupported, "bounds %v and %v", lo, hi)
	}
	return n.bound(lo, hi)
}

// bound clips real numbers.
func (n *node) bound(lo, hi float32) (any, error) {
	r, ok := n.in(0).(*real)
	if !ok {
		return nil, refuse(ErrNotQuantized, "input 0, %q: expected the result of a quantized layer or a dequantization", n.name(0))
	}
	c := r.then(n.label())
	c.lo, c.hi = min(max(r.lo, lo), hi), min(max(r.hi, lo), hi)
	return c, nil
}

func identity(n *node) (any, error) {
	if s := n.in(0); s != nil {
		return s, nil
	}
	return nil, refuse(ErrMalformed, "input 0 is missing")
}

func constantNode(n *node) (any, error) {
	a := n.attribute("value")
	if a == nil || a.Tensor == nil {
		return nil, refuse(ErrUnsupported, "expected the attribute value")
	}
	return newConstant(a.Tensor)
}
