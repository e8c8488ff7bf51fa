package ort

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// builder writes the few ONNX models of these tests. Field numbers are those of onnx.proto.
type builder struct {
	graph []byte
}

const (
	elemFloat = 1
	elemUint8 = 2
	elemInt8  = 3
	elemInt32 = 6
)

func message(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func number(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func (g *builder) node(op, domain string, in []string, out string) {
	var n []byte
	for _, s := range in {
		n = message(n, 1, []byte(s))
	}
	n = message(n, 2, []byte(out))
	n = message(n, 4, []byte(op))
	n = message(n, 7, []byte(domain))
	g.graph = message(g.graph, 1, n)
}

func (g *builder) constant(name string, elem uint64, shape []uint64, raw []byte) {
	var t []byte
	for _, d := range shape {
		t = number(t, 1, d)
	}
	t = number(t, 2, elem)
	t = message(t, 8, []byte(name))
	t = message(t, 9, raw)
	g.graph = message(g.graph, 5, t)
}

func (g *builder) float(name string, v float32) {
	g.constant(name, elemFloat, nil, binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
}

// value appends an input (field 11) or output (field 12); a dimension of 0 is symbolic.
func (g *builder) value(field protowire.Number, name string, elem uint64, shape []uint64) {
	var dims []byte
	for _, d := range shape {
		dim := number(nil, 1, d)
		if d == 0 {
			dim = message(nil, 2, []byte("batch"))
		}
		dims = message(dims, 1, dim)
	}
	tensor := message(number(nil, 1, elem), 2, dims)
	g.graph = message(g.graph, field, message(message(nil, 1, []byte(name)), 2, message(nil, 1, tensor)))
}

func (g *builder) input(name string, elem uint64, shape ...uint64) { g.value(11, name, elem, shape) }

func (g *builder) output(name string, elem uint64, shape ...uint64) { g.value(12, name, elem, shape) }

func (g *builder) model() []byte {
	m := number(nil, 1, 8)
	m = message(m, 7, message(g.graph, 2, []byte("test")))
	m = message(m, 8, number(message(nil, 1, nil), 2, 13))
	return message(m, 8, number(message(nil, 1, []byte("com.microsoft")), 2, 1))
}

// gemm is y = round(0.5 * x·w + b), uint8[batch,4] to uint8[batch,2], all zero points 128.
func gemm(batch uint64) []byte {
	g := &builder{}
	g.input("x", elemUint8, batch, 4)
	g.output("y", elemUint8, batch, 2)
	g.float("one", 1)
	g.float("half", 0.5)
	g.constant("zero", elemUint8, nil, []byte{128})
	g.constant("w", elemUint8, []uint64{4, 2}, []byte{129, 127, 130, 126, 131, 125, 132, 124})
	g.constant("b", elemInt32, []uint64{2}, binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 10), 5))
	g.node("QGemm", "com.microsoft", []string{"x", "one", "zero", "w", "half", "zero", "b", "one", "zero"}, "y")
	return g.model()
}

// residual is x + x in int8 with scales that make a tie of every odd sum.
func residual() []byte {
	g := &builder{}
	g.input("x", elemInt8, 1, 256)
	g.output("y", elemInt8, 1, 256)
	g.float("sa", 0.5)
	g.float("sb", 0.25)
	g.float("sy", 1)
	g.constant("za", elemInt8, nil, []byte{251})
	g.constant("zb", elemInt8, nil, []byte{7})
	g.constant("zy", elemInt8, nil, []byte{245})
	g.node("DequantizeLinear", "", []string{"x", "sa", "za"}, "a")
	g.node("DequantizeLinear", "", []string{"x", "sb", "zb"}, "b")
	g.node("Add", "", []string{"a", "b"}, "sum")
	g.node("QuantizeLinear", "", []string{"sum", "sy", "zy"}, "y")
	return g.model()
}

func twoInputs() []byte {
	g := &builder{}
	g.input("a", elemFloat, 1, 2)
	g.input("b", elemFloat, 1, 2)
	g.output("y", elemFloat, 1, 2)
	g.node("Add", "", []string{"a", "b"}, "y")
	return g.model()
}

func scalar() []byte {
	g := &builder{}
	g.input("x", elemFloat)
	g.output("y", elemFloat)
	g.node("Relu", "", []string{"x"}, "y")
	return g.model()
}
