package onnxpb

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	scaleKey = "SCALE_TENSOR"
	zeroKey  = "ZERO_POINT_TENSOR"
)

// Encode writes the model. Equal models give equal bytes.
func (m *Model) Encode() []byte {
	b := appendInt(nil, 1, m.IRVersion)
	b = appendString(b, 2, m.Producer)
	if m.Graph != nil {
		b = appendMessage(b, 7, m.Graph.encode())
	}
	for _, o := range m.Opsets {
		b = appendMessage(b, 8, appendInt(appendString(nil, 1, o.Domain), 2, o.Version))
	}
	return b
}

func (g *Graph) encode() []byte {
	var b []byte
	for i := range g.Nodes {
		b = appendMessage(b, 1, g.Nodes[i].encode())
	}
	b = appendString(b, 2, g.Name)
	for i := range g.Initializers {
		b = appendMessage(b, 5, g.Initializers[i].Encode())
	}
	for num, values := range [][]ValueInfo{g.Inputs, g.Outputs, g.Values} {
		for i := range values {
			b = appendMessage(b, protowire.Number(11+num), values[i].encode())
		}
	}
	for _, a := range g.Annotations {
		b = appendMessage(b, 14, a.encode())
	}
	return b
}

func (n *Node) encode() []byte {
	var b []byte
	for _, s := range n.Inputs {
		b = appendMessage(b, 1, []byte(s))
	}
	for _, s := range n.Outputs {
		b = appendMessage(b, 2, []byte(s))
	}
	b = appendString(b, 3, n.Name)
	b = appendString(b, 4, n.Op)
	for i := range n.Attributes {
		b = appendMessage(b, 5, n.Attributes[i].encode())
	}
	return appendString(b, 7, n.Domain)
}

func (a *Attribute) encode() []byte {
	b := appendString(nil, 1, a.Name)
	switch a.Type {
	case AttrFloat:
		b = protowire.AppendTag(b, 2, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(a.Float))
	case AttrInt:
		b = protowire.AppendTag(b, 3, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(a.Int))
	case AttrInts:
		for _, v := range a.Ints {
			b = protowire.AppendTag(b, 8, protowire.VarintType)
			b = protowire.AppendVarint(b, uint64(v))
		}
	case AttrString:
		b = appendMessage(b, 4, a.String)
	case AttrTensor:
		b = appendMessage(b, 5, a.Tensor.Encode())
	}
	return appendInt(b, 20, int64(a.Type))
}

// Encode writes the tensor; only Raw data is written, or that it is elsewhere.
func (t *Tensor) Encode() []byte {
	var b []byte
	for _, d := range t.Dims {
		b = protowire.AppendTag(b, 1, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(d))
	}
	b = appendInt(b, 2, int64(t.Type))
	b = appendString(b, 8, t.Name)
	if t.External {
		return appendInt(b, 14, 1)
	}
	return appendMessage(b, 9, t.Raw)
}

func (v *ValueInfo) encode() []byte {
	var shape []byte
	for _, d := range v.Shape {
		var dim []byte
		if d.HasValue {
			dim = protowire.AppendTag(dim, 1, protowire.VarintType)
			dim = protowire.AppendVarint(dim, uint64(d.Value))
		}
		shape = appendMessage(shape, 1, appendString(dim, 2, d.Param))
	}
	tensor := appendInt(nil, 1, int64(v.Type))
	if v.HasShape {
		tensor = appendMessage(tensor, 2, shape)
	}
	return appendMessage(appendString(nil, 1, v.Name), 2, appendMessage(nil, 1, tensor))
}

func (a *Annotation) encode() []byte {
	b := appendString(nil, 1, a.Tensor)
	for _, p := range [][2]string{{scaleKey, a.Scale}, {zeroKey, a.Zero}} {
		b = appendMessage(b, 2, appendString(appendString(nil, 1, p[0]), 2, p[1]))
	}
	return b
}

func appendMessage(b []byte, num protowire.Number, m []byte) []byte {
	b = protowire.AppendTag(b, num, protowire.BytesType)
	return protowire.AppendBytes(b, m)
}

func appendString(b []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

func appendInt(b []byte, num protowire.Number, v int64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}
