package onnx

import (
	"bytes"
	"errors"
	"strings"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// ReadCanonical reads a file that Marshal wrote. Any file that Marshal would write with other
// bytes is refused with ErrNotCanonical, so equal graphs have one digest.
func ReadCanonical(data []byte) (*Graph, error) {
	m, err := decode(data)
	if err != nil {
		return nil, err
	}
	r := &reader{pb: m.Graph, constants: map[string]*constant{}, producers: map[string]*onnxpb.Node{}, index: map[string]int{}}
	g, err := r.read()
	if err != nil {
		if errors.Is(err, ErrNotCanonical) {
			return nil, err
		}
		return nil, &Error{Err: ErrNotCanonical, Cause: err}
	}
	again, err := g.Marshal()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, refuse(ErrNotCanonical, "writing the graph gives other bytes")
	}
	return g, nil
}

// importCanonical imports a file that claims to be canonical already.
func importCanonical(data []byte, opts Options) (*Graph, *Report, error) {
	g, err := ReadCanonical(data)
	if err != nil {
		return nil, nil, err
	}
	if opts.Name != "" {
		g.Name = opts.Name
	}
	r := &Report{Producer: canonicalProducer}
	for i := range g.Nodes {
		r.Layers = append(r.Layers, Layer{g.Nodes[i].Name, []string{g.Nodes[i].Name}})
	}
	return g, r, g.Validate()
}

// reader takes what it needs from the file and checks only what it would stumble over: Validate
// and the comparison of bytes find the rest.
type reader struct {
	pb        *onnxpb.Graph
	constants map[string]*constant
	producers map[string]*onnxpb.Node // by output
	index     map[string]int          // value by the name of its tensor
	graph     Graph
}

func (r *reader) read() (*Graph, error) {
	for i := range r.pb.Initializers {
		c, err := newConstant(&r.pb.Initializers[i])
		if err != nil {
			return nil, err
		}
		r.constants[r.pb.Initializers[i].Name] = c
	}
	for i := range r.pb.Nodes {
		for _, out := range r.pb.Nodes[i].Outputs {
			r.producers[out] = &r.pb.Nodes[i]
		}
	}
	r.graph.Name = r.pb.Name
	if err := r.values(); err != nil {
		return nil, err
	}
	for i := range r.pb.Nodes {
		pb := &r.pb.Nodes[i]
		if strings.Contains(pb.Name, ".") {
			continue
		}
		n := Node{Name: pb.Name, Out: len(r.graph.Nodes) + 1}
		if err := r.node(pb, &n); err != nil {
			return nil, at(err, operator(pb), label(pb))
		}
		r.graph.Nodes = append(r.graph.Nodes, n)
	}
	r.graph.Output = len(r.graph.Nodes)
	if len(r.graph.Values) != len(r.graph.Nodes)+1 {
		return nil, refuse(ErrNotCanonical, "expected one more value than the %d nodes, got %d", len(r.graph.Nodes), len(r.graph.Values))
	}
	r.graph.deriveMultipliers()
	return &r.graph, nil
}

func (r *reader) values() error {
	shapes := map[string][]onnxpb.Dim{}
	for _, list := range [][]onnxpb.ValueInfo{r.pb.Inputs, r.pb.Outputs, r.pb.Values} {
		for i := range list {
			shapes[list[i].Name] = list[i].Shape
		}
	}
	for i, a := range r.pb.Annotations {
		v := Value{Name: strings.TrimSuffix(a.Tensor, shiftedSuffix), Type: storedType(a.Tensor)}
		dims, ok := shapes[a.Tensor]
		if !ok {
			dims = shapes[v.Name]
		}
		for _, d := range dims {
			if d.Value <= 0 || d.Value > MaxElements {
				return refuse(ErrNotCanonical, "value %q: dimension %d", a.Tensor, d.Value)
			}
			v.Shape = append(v.Shape, int(d.Value))
		}
		scale, zero, err := r.quantization(a.Scale, a.Zero, v.Type, 1)
		if err != nil {
			return err
		}
		v.Scale, v.Zero = scale[0], zero[0]
		r.graph.Values = append(r.graph.Values, v)
		r.index[a.Tensor] = i
	}
	return nil
}

// storedType is the element type in the graph of what a uint8 tensor holds.
func storedType(name string) DType {
	if strings.HasSuffix(name, shiftedSuffix) {
		return Int8
	}
	return Uint8
}

// elements returns a constant of the given type, of any length.
func (r *reader) elements(name string, typ int32) (*constant, error) {
	c, ok := r.constants[name]
	if !ok || c.typ != typ {
		return nil, refuse(ErrNotCanonical, "expected constant %q of element type %d", name, typ)
	}
	return c, nil
}

// quantized returns the elements of type t that a uint8 constant holds.
func (r *reader) quantized(name string, t DType) ([]int32, error) {
	c, err := r.elements(name, onnxpb.Uint8)
	if err != nil {
		return nil, err
	}
	out := make([]int32, len(c.ints))
	for i, v := range c.ints {
		out[i] = v + t.Min()
	}
	return out, nil
}

func (r *reader) quantization(scale, zero string, t DType, count int) ([]float32, []int32, error) {
	s, err := r.elements(scale, onnxpb.Float)
	if err != nil {
		return nil, nil, err
	}
	z, err := r.quantized(zero, t)
	if err != nil {
		return nil, nil, err
	}
	if count > 0 && (len(s.floats) != count || len(z) != count) {
		return nil, nil, refuse(ErrNotCanonical, "expected %d scales and zero points, got %d and %d", count, len(s.floats), len(z))
	}
	return s.floats, z, nil
}

// inputs are the names of the inputs, of which there must be count.
func inputs(pb *onnxpb.Node, count int) ([]string, error) {
	if len(pb.Inputs) != count {
		return nil, refuse(ErrNotCanonical, "expected %d inputs, got %d", count, len(pb.Inputs))
	}
	return pb.Inputs, nil
}

func (r *reader) value(tensor string) (int, error) {
	i, ok := r.index[tensor]
	if !ok || i > len(r.graph.Nodes) {
		return 0, refuse(ErrNotCanonical, "input %q is not a value before it", tensor)
	}
	return i, nil
}

// canonicalInputs is how many inputs the last ONNX node of each operator's group has.
var canonicalInputs = map[string]int{
	"QLinearConv": 9, "com.microsoft.QGemm": 9, "Add": 2, "Gather": 2, "MaxPool": 1, "Reshape": 2, "Transpose": 1,
}

func (r *reader) node(pb *onnxpb.Node, n *Node) error {
	count, ok := canonicalInputs[operator(pb)]
	if !ok {
		return refuse(ErrNotCanonical, "unknown operator")
	}
	in, err := inputs(pb, count)
	if err != nil {
		return err
	}
	switch pb.Op {
	case "Add":
		return r.add(in, n)
	case "Gather":
		return r.table(in, n)
	}
	x, err := r.value(in[0])
	if err != nil {
		return err
	}
	n.In = []int{x}
	at := &node{pb: pb}
	switch pb.Op {
	case "QLinearConv":
		n.Op = OpConv
		return r.conv(at, in, n)
	case "QGemm":
		n.Op = OpMatMul
		return r.matMul(in, n)
	case "MaxPool":
		n.Op = OpMaxPool
		w, err := at.window(nil, r.graph.Values[x].Shape)
		n.MaxPool = &MaxPool{w}
		return err
	case "Reshape":
		n.Op = OpReshape
		return nil
	default:
		n.Op = OpTranspose
		n.Perm, err = at.ints("perm", make([]int, len(r.graph.Values[x].Shape)))
		return err
	}
}

func (r *reader) conv(at *node, in []string, n *Node) error {
	w, ok := r.constants[in[3]]
	if !ok || len(w.dims) != 4 {
		return refuse(ErrNotCanonical, "weights %q", in[3])
	}
	window, err := at.window(w.dims[2:], r.graph.Values[n.In[0]].Shape)
	if err != nil {
		return err
	}
	m, err := r.weights(in, in[8])
	if err != nil {
		return err
	}
	n.Conv = &Conv{
		Window: window, Group: int(at.int("group", 1)), Weights: m.Weights, WeightType: m.WeightType,
		WeightZero: m.WeightZero, WeightScale: m.WeightScale, Bias: m.Bias,
	}
	return nil
}

func (r *reader) matMul(in []string, n *Node) (err error) {
	n.MatMul, err = r.weights(in, in[6])
	return err
}

// weights reads what QLinearConv and QGemm share.
func (r *reader) weights(in []string, bias string) (*MatMul, error) {
	m := &MatMul{WeightType: storedType(in[3])}
	var err error
	if m.Weights, err = r.quantized(in[3], m.WeightType); err != nil {
		return nil, err
	}
	if m.WeightScale, m.WeightZero, err = r.quantization(in[4], in[5], m.WeightType, 0); err != nil {
		return nil, err
	}
	c, err := r.elements(bias, onnxpb.Int32)
	if err != nil {
		return nil, err
	}
	m.Bias = c.ints
	return m, nil
}

func (r *reader) table(in []string, n *Node) error {
	cast := r.producers[in[1]]
	if cast == nil || len(cast.Inputs) != 1 {
		return refuse(ErrNotCanonical, "index %q", in[1])
	}
	x, err := r.value(cast.Inputs[0])
	if err != nil {
		return err
	}
	if n.Out >= len(r.graph.Values) {
		return refuse(ErrNotCanonical, "no value for the output")
	}
	n.Op, n.In = OpTable, []int{x}
	n.Table, err = r.quantized(in[0], r.graph.Values[n.Out].Type)
	return err
}

func (r *reader) add(in []string, n *Node) error {
	n.Op = OpAdd
	for k, name := range in {
		d := r.producers[name]
		if d == nil || len(d.Inputs) != 3 {
			return refuse(ErrNotCanonical, "operand %q", name)
		}
		if _, ok := r.constants[d.Inputs[0]]; ok && k == 1 {
			return r.operand(d.Inputs, n)
		}
		x, err := r.value(d.Inputs[0])
		if err != nil {
			return err
		}
		n.In = append(n.In, x)
	}
	return nil
}

func (r *reader) operand(in []string, n *Node) error {
	c := &Const{Value: Value{Type: storedType(in[0]), Shape: r.constants[in[0]].dims}}
	scale, zero, err := r.quantization(in[1], in[2], c.Type, 1)
	if err != nil {
		return err
	}
	c.Scale, c.Zero = scale[0], zero[0]
	c.Data, err = r.quantized(in[0], c.Type)
	n.Const = c
	return err
}
