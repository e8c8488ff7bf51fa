package onnx

import (
	"encoding/binary"
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// The canonical file. ONNX Runtime multiplies uint8 by uint8 exactly on every CPU, while other pairs
// saturate somewhere or have no kernel, so the file holds all tensors as uint8: where a Graph says
// int8, elements and zero points are 128 higher, which changes no difference between them, and the
// tensor's name ends in ".u8". An int8 input or output is converted at the file's ends.
//
//	OpConv       QLinearConv
//	OpMatMul     com.microsoft.QGemm
//	OpAdd        DequantizeLinear, DequantizeLinear, Add, QuantizeLinear; needs SessionOptions
//	OpTable      Cast to int32, Gather from 256 entries
//	OpMaxPool    MaxPool
//	OpReshape    Reshape
//	OpTranspose  Transpose
//
// The ONNX node that has the name of the graph's node is the last one of its group or, in a sum,
// the Add; helpers have names with a dot. A quantization annotation for each value, in order, says
// its scale and zero point.
const (
	canonicalProducer = "assay"
	canonicalIR       = 8
	canonicalOpset    = 15
	microsoft         = "com.microsoft"
	shiftedSuffix     = ".u8"
	signedOffset      = 128 // takes int8 to uint8 and keeps the order
)

// SessionOptions are the configuration entries that ONNX Runtime must have to run a canonical
// file: without them it replaces the group of an OpAdd by an operator that rounds differently from
// CPU to CPU. The graph optimization level does not matter.
func SessionOptions() map[string]string {
	return map[string]string{"session.disable_quant_qdq": "1"}
}

// tensorName is the name of the uint8 tensor that holds v.
func tensorName(v *Value) string { return storedName(v.Name, v.Type) }

func storedName(name string, t DType) string {
	if t == Int8 {
		return name + shiftedSuffix
	}
	return name
}

// storedBytes returns elements or zero points of type t as uint8.
func storedBytes(t DType, q []int32) []byte {
	out := make([]byte, len(q))
	for i, v := range q {
		out[i] = byte(v - t.Min())
	}
	return out
}

// writer builds the file of a graph.
type writer struct {
	graph *Graph
	root  []int // by value: the one whose scale and zero point it shares
	pb    onnxpb.Graph
}

// Marshal writes the graph as a canonical ONNX file. Equal graphs give equal bytes.
func (g *Graph) Marshal() ([]byte, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	w := &writer{graph: g, root: make([]int, len(g.Values)), pb: onnxpb.Graph{Name: g.Name}}
	w.values()
	m := &onnxpb.Model{IRVersion: canonicalIR, Producer: canonicalProducer, Graph: &w.pb}
	m.Opsets = []onnxpb.Opset{{Version: canonicalOpset}}
	w.convert("input", "to_uint8", g.Input, true)
	for i := range g.Nodes {
		w.write(&g.Nodes[i])
		if g.Nodes[i].Op == OpMatMul && len(m.Opsets) == 1 {
			m.Opsets = append(m.Opsets, onnxpb.Opset{Domain: microsoft, Version: 1})
		}
	}
	w.convert("output", "to_int8", g.Output, false)
	data := m.Encode()
	if len(data) > MaxFileBytes {
		return nil, refuse(ErrTooLarge, "file: expected at most %d bytes, got %d", MaxFileBytes, len(data))
	}
	return data, nil
}

// values declares all values with their quantization.
func (w *writer) values() {
	for i := range w.graph.Values {
		v := &w.graph.Values[i]
		w.root[i] = i
		if i > 0 {
			if n := &w.graph.Nodes[i-1]; n.Op == OpReshape || n.Op == OpTranspose || n.Op == OpMaxPool {
				w.root[i] = w.root[n.In[0]]
			}
		}
		if w.root[i] == i {
			w.float32s(v.Name+".scale", nil, []float32{v.Scale})
			w.uint8s(v.Name+".zero", nil, v.Type, []int32{v.Zero})
		}
		w.pb.Annotations = append(w.pb.Annotations, onnxpb.Annotation{Tensor: tensorName(v), Scale: w.scale(i), Zero: w.zero(i)})
		switch info := valueInfo(v.Name, v.Type, v.Shape); i {
		case w.graph.Input:
			w.pb.Inputs = append(w.pb.Inputs, info)
		case w.graph.Output:
			w.pb.Outputs = append(w.pb.Outputs, info)
		default:
			w.pb.Values = append(w.pb.Values, valueInfo(tensorName(v), Uint8, v.Shape))
		}
	}
}

func valueInfo(name string, t DType, shape []int) onnxpb.ValueInfo {
	info := onnxpb.ValueInfo{Name: name, Type: onnxType(t), HasShape: true}
	for _, d := range shape {
		info.Shape = append(info.Shape, onnxpb.Dim{Value: int64(d), HasValue: true})
	}
	return info
}

func (w *writer) scale(v int) string { return w.graph.Values[w.root[v]].Name + ".scale" }
func (w *writer) zero(v int) string  { return w.graph.Values[w.root[v]].Name + ".zero" }

// initializer appends a constant and returns its name.
func (w *writer) initializer(name string, typ int32, dims []int, raw []byte) string {
	t := onnxpb.Tensor{Name: name, Type: typ, Raw: raw}
	for _, d := range dims {
		t.Dims = append(t.Dims, int64(d))
	}
	w.pb.Initializers = append(w.pb.Initializers, t)
	return name
}

func (w *writer) float32s(name string, dims []int, data []float32) string {
	var raw []byte
	for _, f := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return w.initializer(name, onnxpb.Float, dims, raw)
}

func (w *writer) int32s(name string, dims []int, data []int32) string {
	var raw []byte
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(v))
	}
	return w.initializer(name, onnxpb.Int32, dims, raw)
}

func (w *writer) int64s(name string, data []int) string {
	var raw []byte
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return w.initializer(name, onnxpb.Int64, []int{len(data)}, raw)
}

// uint8s appends elements of type t as uint8.
func (w *writer) uint8s(name string, dims []int, t DType, data []int32) string {
	return w.initializer(name, onnxpb.Uint8, dims, storedBytes(t, data))
}
