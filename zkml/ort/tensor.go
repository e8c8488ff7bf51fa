package ort

import (
	"fmt"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Tensor describes a session's input or output.
type Tensor struct {
	Name  string
	Type  string // "int8", "uint8", "int32", "int64" or "float32"
	Shape []int  // static; a symbolic dimension of the file is taken as 1
	Size  int    // bytes of the raw tensor, row major, little endian

	element onnxruntime.TensorElementDataType
}

// Elements is the number of elements.
func (t Tensor) Elements() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

type elementType struct {
	name string
	size int
}

var elementTypes = map[onnxruntime.TensorElementDataType]elementType{
	onnxruntime.TensorElementDataTypeInt8:  {"int8", 1},
	onnxruntime.TensorElementDataTypeUint8: {"uint8", 1},
	onnxruntime.TensorElementDataTypeInt32: {"int32", 4},
	onnxruntime.TensorElementDataTypeInt64: {"int64", 8},
	onnxruntime.TensorElementDataTypeFloat: {"float32", 4},
}

// maxTensorBytes bounds one end of a model; a camera frame in float32 is far below.
const maxTensorBytes = 1 << 28

func describe(info onnxruntime.InputOutputInfo) (Tensor, error) {
	typ, ok := elementTypes[info.DataType]
	if !ok || info.OrtValueType != onnxruntime.ONNXTypeTensor {
		return Tensor{}, fmt.Errorf("%q: expected a tensor of int8, uint8, int32, int64 or float32, got %s", info.Name, &info)
	}
	if len(info.Dimensions) == 0 {
		return Tensor{}, fmt.Errorf("%q: expected at least 1 dimension, got a scalar", info.Name)
	}
	t := Tensor{Name: info.Name, Type: typ.name, Size: typ.size, element: info.DataType}
	for _, d := range info.Dimensions {
		if d < 0 {
			d = 1
		}
		if d == 0 || d > maxTensorBytes || t.Size > maxTensorBytes/int(d) {
			return Tensor{}, fmt.Errorf("%q: expected 1 to %d bytes, got shape %s", info.Name, maxTensorBytes, info.Dimensions)
		}
		t.Shape = append(t.Shape, int(d))
		t.Size *= int(d)
	}
	return t, nil
}

func (t Tensor) shape() onnxruntime.Shape {
	s := make(onnxruntime.Shape, len(t.Shape))
	for i, d := range t.Shape {
		s[i] = int64(d)
	}
	return s
}
