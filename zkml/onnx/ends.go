package onnx

import "slices"

// head is the float input of the file, before its quantization.
type head struct {
	first []int    // shape of the input
	shape []int    // after the layout changes
	after []layout // up to here
}

// tail is what follows the canonical output.
type tail struct {
	value int
	shape []int
	steps []Conversion
}

// quantizeHead makes the float input's quantization the head that is cut off: quantizing is
// element-wise, so layout changes before it can follow it.
func (imp *importer) quantizeHead(n *node, h *head, p *params) (any, error) {
	if imp.input < 0 {
		imp.input = 0
		imp.values = append(imp.values, draft{h.first, p})
		imp.report.Head = &Conversion{Op: n.pb.Op, Node: n.label(), Type: p.typ.String(), Scale: p.scale, Zero: p.zero}
	}
	if *imp.values[0].params != *p {
		return nil, refuse(ErrUnsupported, "the float input is quantized in two ways")
	}
	v := 0
	for _, l := range h.after {
		var err error
		if v, err = imp.apply(l, v, []string{n.label()}); err != nil {
			return nil, err
		}
	}
	return &activation{v}, nil
}

// beyond returns the tail with one more step.
func (t *tail) beyond(step Conversion) *tail {
	return &tail{t.value, t.shape, append(slices.Clone(t.steps), step)}
}

// softmax cuts the graph at the Softmax's input.
func softmax(n *node) (any, error) {
	x, err := n.value(0)
	if err != nil {
		return nil, err
	}
	shape := n.values[x].shape
	axis := n.int("axis", -1)
	if n.opsets[""] < 13 && n.pb.Op == "Softmax" {
		axis = n.int("axis", 1)
	}
	if axis < -int64(len(shape)) || axis >= int64(len(shape)) {
		return nil, refuse(ErrShape, "axis %d of %v", axis, shape)
	}
	t := &tail{value: x, shape: shape}
	if p := n.values[x].params; n.pb.Op == "Softmax" {
		t = t.beyond(Conversion{Op: "DequantizeLinear", Node: n.label(), Type: p.typ.String(), Scale: p.scale, Zero: p.zero})
		return t.beyond(Conversion{Op: "Softmax", Node: n.label(), Axis: &axis}), nil
	}
	return qlinearSoftmax(n, t, axis)
}

// qlinearSoftmax records what com.microsoft's fused operator does, step by step.
func qlinearSoftmax(n *node, t *tail, axis int64) (any, error) {
	p, err := n.quantization(1, 2, n.values[t.value].typ)
	if err != nil {
		return nil, err
	}
	if err := n.learn(t.value, p.scale, p.zero); err != nil {
		return nil, err
	}
	q, err := n.quantization(3, 4, p.typ)
	if err != nil {
		return nil, err
	}
	t = t.beyond(Conversion{Op: "DequantizeLinear", Node: n.label(), Type: p.typ.String(), Scale: p.scale, Zero: p.zero})
	t = t.beyond(Conversion{Op: "Softmax", Node: n.label(), Axis: &axis})
	return t.beyond(Conversion{Op: "QuantizeLinear", Node: n.label(), Type: q.typ.String(), Scale: q.scale, Zero: q.zero}), nil
}
