package onnx

import (
	"fmt"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// node appends an ONNX node with one output.
func (w *writer) node(name, op, out string, inputs []string, attributes ...onnxpb.Attribute) {
	n := onnxpb.Node{Name: name, Op: op, Inputs: inputs, Outputs: []string{out}, Attributes: attributes}
	if op == "QGemm" {
		n.Domain = microsoft
	}
	w.pb.Nodes = append(w.pb.Nodes, n)
}

func attributeInt(name string, v int) onnxpb.Attribute {
	return onnxpb.Attribute{Name: name, Type: onnxpb.AttrInt, Int: int64(v)}
}

func attributeInts(name string, v ...int) onnxpb.Attribute {
	a := onnxpb.Attribute{Name: name, Type: onnxpb.AttrInts}
	for _, x := range v {
		a.Ints = append(a.Ints, int64(x))
	}
	return a
}

// convert appends the conversion of an int8 input to uint8, or of the output back, by a table.
func (w *writer) convert(prefix, table string, value int, isInput bool) {
	v := &w.graph.Values[value]
	if v.Type != Int8 {
		return
	}
	from, to, raw := tensorName(v), v.Name, make([]byte, 256)
	typ := int32(onnxpb.Int8)
	if isInput {
		from, to, typ = to, from, onnxpb.Uint8
	}
	for i := range raw {
		raw[i] = byte(i + signedOffset)
	}
	w.initializer("."+table, typ, []int{256}, raw)
	w.lookUp("."+prefix, from, to, "."+table)
}

// lookUp appends a table lookup. A negative index counts from the end, as Gather has it.
func (w *writer) lookUp(name, from, to, table string) {
	w.node(name+".cast", "Cast", name+".index", []string{from}, attributeInt("to", onnxpb.Int32))
	w.node(name, "Gather", to, []string{table, name + ".index"}, attributeInt("axis", 0))
}

// write appends the group of nodes that computes n.
func (w *writer) write(n *Node) {
	x, y := tensorName(&w.graph.Values[n.In[0]]), tensorName(&w.graph.Values[n.Out])
	switch n.Op {
	case OpConv:
		w.conv(n, x, y)
	case OpMatMul:
		w.matMul(n, x, y)
	case OpAdd:
		w.add(n, x, y)
	case OpTable:
		table := w.uint8s(n.Name+".table", []int{256}, w.graph.Values[n.Out].Type, n.Table)
		w.lookUp(n.Name, x, y, table)
	case OpMaxPool:
		w.node(n.Name, "MaxPool", y, []string{x}, windowAttributes(&n.MaxPool.Window)...)
	case OpReshape:
		w.node(n.Name, "Reshape", y, []string{x, w.int64s(n.Name+".shape", w.graph.Values[n.Out].Shape)})
	case OpTranspose:
		w.node(n.Name, "Transpose", y, []string{x}, attributeInts("perm", n.Perm...))
	default:
		panic(fmt.Sprintf("operator %d passed validation", n.Op))
	}
}

func windowAttributes(w *Window) []onnxpb.Attribute {
	return []onnxpb.Attribute{
		attributeInts("dilations", w.Dilation[:]...),
		attributeInts("kernel_shape", w.Kernel[:]...),
		attributeInts("pads", w.PadBegin[0], w.PadBegin[1], w.PadEnd[0], w.PadEnd[1]),
		attributeInts("strides", w.Stride[:]...),
	}
}

// weights appends the constants of a convolution or product and returns their names.
func (w *writer) weights(n *Node, dims []int, t DType, data, zero []int32, scale []float32) []string {
	channels := []int{len(scale)}
	return []string{
		w.uint8s(storedName(n.Name+".weights", t), dims, t, data),
		w.float32s(n.Name+".weights_scale", channels, scale),
		w.uint8s(n.Name+".weights_zero", channels, t, zero),
	}
}

func (w *writer) conv(n *Node, x, y string) {
	c := n.Conv
	channels := len(c.Bias)
	dims := []int{channels, len(c.Weights) / channels / c.Kernel[0] / c.Kernel[1], c.Kernel[0], c.Kernel[1]}
	in := append([]string{x, w.scale(n.In[0]), w.zero(n.In[0])},
		w.weights(n, dims, c.WeightType, c.Weights, c.WeightZero, c.WeightScale)...)
	in = append(in, w.scale(n.Out), w.zero(n.Out), w.int32s(n.Name+".bias", []int{channels}, c.Bias))
	w.node(n.Name, "QLinearConv", y, in, append(windowAttributes(&c.Window), attributeInt("group", c.Group))...)
}

func (w *writer) matMul(n *Node, x, y string) {
	m := n.MatMul
	columns := len(m.Bias)
	in := append([]string{x, w.scale(n.In[0]), w.zero(n.In[0])},
		w.weights(n, []int{len(m.Weights) / columns, columns}, m.WeightType, m.Weights, m.WeightZero, m.WeightScale)...)
	in = append(in, w.int32s(n.Name+".bias", []int{columns}, m.Bias), w.scale(n.Out), w.zero(n.Out))
	w.node(n.Name, "QGemm", y, in)
}

func (w *writer) add(n *Node, x, y string) {
	dequantize := func(part, tensor, scale, zero string) string {
		w.node(n.Name+part, "DequantizeLinear", n.Name+part, []string{tensor, scale, zero})
		return n.Name + part
	}
	a := dequantize(".a", x, w.scale(n.In[0]), w.zero(n.In[0]))
	var b string
	if c := n.Const; c != nil {
		tensor := w.uint8s(storedName(n.Name+".constant", c.Type), c.Shape, c.Type, c.Data)
		scale := w.float32s(n.Name+".constant_scale", nil, []float32{c.Scale})
		b = dequantize(".b", tensor, scale, w.uint8s(n.Name+".constant_zero", nil, c.Type, []int32{c.Zero}))
	} else {
		b = dequantize(".b", tensorName(&w.graph.Values[n.In[1]]), w.scale(n.In[1]), w.zero(n.In[1]))
	}
	w.node(n.Name, "Add", n.Name+".sum", []string{a, b})
	w.node(n.Name+".quantize", "QuantizeLinear", y, []string{n.Name + ".sum", w.scale(n.Out), w.zero(n.Out)})
}
