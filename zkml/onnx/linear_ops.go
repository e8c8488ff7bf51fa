package onnx

import "fmt"

// dequantizedWeights is the dequantized constant that input i is.
func (n *node) dequantizedWeights(i int) (*weights, error) {
	switch s := n.in(i).(type) {
	case *weights:
		if s.dtype() == 0 {
			return nil, refuse(ErrUnsupported, "weights %q: expected int8 or uint8, got element type %d", n.name(i), s.typ)
		}
		return s, nil
	case *constant:
		return nil, refuse(ErrNotQuantized, "weights %q", n.name(i))
	default:
		return nil, refuse(ErrUnsupported, "weights %q: expected a constant", n.name(i))
	}
}

func (n *node) change(format string, args ...any) {
	n.report.Changes = append(n.report.Changes, Change{n.label(), fmt.Sprintf(format, args...)})
}

// qlinear reads the inputs that QLinearConv, QLinearMatMul and QGemm share: x, its scale and zero
// point, the weights, theirs. axis is the one along which weights may have several scales.
func (n *node) qlinear(axis int64) (int, *weights, error) {
	x, err := n.value(0)
	if err != nil {
		return 0, nil, err
	}
	p, err := n.quantization(1, 2, n.values[x].typ)
	if err != nil {
		return 0, nil, err
	}
	if err := n.learn(x, p.scale, p.zero); err != nil {
		return 0, nil, err
	}
	w, err := n.scaled(3, 4, 5, axis)
	if err == nil && w.dtype() == 0 {
		err = refuse(ErrUnsupported, "weights %q: expected int8 or uint8, got element type %d", n.name(3), w.typ)
	}
	return x, w, err
}

// store quantizes r at once, with the scale and zero point of a QOperator; t is the type of the
// elements where there is no zero point.
func (n *node) store(r *real, scale, zero int, t DType) (any, error) {
	if n.in(zero) != nil {
		t = 0 // the zero point says it
	}
	p, err := n.quantization(scale, zero, t)
	if err != nil {
		return nil, err
	}
	r.sources = nil
	v, err := n.quantized(r, p, n.label())
	return &activation{v}, err
}
