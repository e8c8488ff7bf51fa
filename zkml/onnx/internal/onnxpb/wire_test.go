package onnxpb

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func sample() *Model {
	return &Model{
		IRVersion: 8, Producer: "test", Opsets: []Opset{{"", 13}, {"com.microsoft", 1}},
		Graph: &Graph{
			Name: "g",
			Nodes: []Node{{
				Inputs: []string{"x", "", "w"}, Outputs: []string{"y"}, Name: "n", Op: "Op", Domain: "d",
				Attributes: []Attribute{
					{Name: "f", Type: AttrFloat, Float: -0.5},
					{Name: "i", Type: AttrInt, Int: -7},
					{Name: "is", Type: AttrInts, Ints: []int64{1, -2}},
					{Name: "s", Type: AttrString, String: []byte("text")},
					{Name: "t", Type: AttrTensor, Tensor: &Tensor{Type: Uint8, Raw: []byte{9}}},
				},
			}},
			Initializers: []Tensor{{Name: "w", Type: Int8, Dims: []int64{2}, Raw: []byte{1, 2}}},
			Inputs:       []ValueInfo{{Name: "x", Type: Int8, HasShape: true, Shape: []Dim{{Param: "batch"}, {Value: 3, HasValue: true}, {}}}},
			Outputs:      []ValueInfo{{Name: "y", Type: Float}},
			Values:       []ValueInfo{{Name: "v", Type: Uint8, HasShape: true}},
			Annotations:  []Annotation{{"x", "x.scale", "x.zero"}},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	got, err := Decode(sample().Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, sample()) {
		t.Errorf("expected\n%+v\ngot\n%+v", sample(), got)
	}
	if !bytes.Equal(got.Encode(), sample().Encode()) {
		t.Error("encoding again gave other bytes")
	}
}

func TestDecodeTensorForms(t *testing.T) {
	cases := []struct {
		name string
		data []byte
		want Tensor
	}{
		{"success: packed integers", []byte{0x2a, 3, 1, 0x80, 1}, Tensor{Int32s: []int32{1, 128}}},
		{"success: single integers", []byte{0x28, 1, 0x28, 2}, Tensor{Int32s: []int32{1, 2}}},
		{"success: a negative integer", []byte{0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, Tensor{Int32s: []int32{-1}}},
		{"success: packed floats", []byte{0x22, 4, 0, 0, 0x80, 0x3f}, Tensor{Floats: []float32{1}}},
		{"success: single floats", []byte{0x25, 0, 0, 0x80, 0x3f}, Tensor{Floats: []float32{1}}},
		{"success: 64-bit integers", []byte{0x38, 5}, Tensor{Int64s: []int64{5}}},
		{"success: external data", []byte{0x70, 1}, Tensor{External: true}},
		{"success: location of external data", []byte{0x6a, 0}, Tensor{External: true}},
		{"success: unknown fields", []byte{0x62, 1, 'x'}, Tensor{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := DecodeTensor(c.data)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("expected %+v, got %+v", c.want, got)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	graph := func(b ...byte) []byte { return appendMessage(nil, 7, b) }
	cases := []struct {
		name string
		data []byte
		want error
	}{
		{"failure: truncated tag", []byte{0x80}, ErrMalformed},
		{"failure: truncated number", []byte{0x08, 0x80}, ErrMalformed},
		{"failure: length beyond the end", []byte{0x3a, 0x05, 1}, ErrMalformed},
		{"failure: huge length", []byte{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, ErrMalformed},
		{"failure: field number 0", []byte{0x00, 0x00}, ErrMalformed},
		{"failure: group", []byte{0x0b, 0x0c}, ErrMalformed},
		{"failure: wrong wire type", []byte{0x0a, 0x00}, ErrMalformed},
		{"failure: graph as a number", []byte{0x38, 0x01}, ErrMalformed},
		{"failure: two graphs", append(graph(), graph()...), ErrMalformed},
		{"failure: attribute of a function", graph(appendMessage(nil, 1, appendMessage(nil, 5, appendString(nil, 21, "a")))...), ErrMalformed},
		{"failure: long name", graph(appendString(nil, 2, string(make([]byte, MaxNameLength+1)))...), ErrTooLarge},
		{"failure: many nodes", graph(bytes.Repeat([]byte{0x0a, 0}, MaxNodes+1)...), ErrTooLarge},
		{"failure: many initializers", graph(bytes.Repeat([]byte{0x2a, 0}, MaxTensors+1)...), ErrTooLarge},
		{"failure: many inputs of a node", graph(appendMessage(nil, 1, bytes.Repeat([]byte{0x0a, 0}, MaxPerNode+1))...), ErrTooLarge},
		{"failure: many dimensions", graph(appendMessage(nil, 5, bytes.Repeat([]byte{0x08, 1}, MaxRank+1))...), ErrTooLarge},
		{"failure: truncated packed floats", graph(appendMessage(nil, 5, []byte{0x22, 3, 0, 0, 0})...), ErrMalformed},
		{"failure: truncated packed integers", graph(appendMessage(nil, 5, []byte{0x2a, 1, 0x80})...), ErrMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if m, err := Decode(c.data); !errors.Is(err, c.want) || m != nil {
				t.Errorf("expected %v, got %v, %v", c.want, m, err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sample().Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Decode(m.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Encode(), m.Encode()) {
			t.Fatal("decoding what was encoded gave another model")
		}
	})
}
