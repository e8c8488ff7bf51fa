package onnx

import (
	"encoding/binary"
	"math"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// constant is a tensor whose elements the file gives. It is never changed once it is made.
type constant struct {
	typ    int32     // onnxpb element type
	dims   []int     // empty for a scalar
	ints   []int32   // uint8, int8, int32
	wide   []int64   // int64
	floats []float32 // float
}

// weights is a dequantized constant: scale[k]*(ints - zero[k]), k along axis.
type weights struct {
	*constant
	scale []float32
	zero  []int32
	axis  int // -1 for one scale and zero point for all
}

// elementSize is the width of the element types that are read, in bytes.
var elementSize = map[int32]int{onnxpb.Float: 4, onnxpb.Uint8: 1, onnxpb.Int8: 1, onnxpb.Int32: 4, onnxpb.Int64: 8}

func (c *constant) len() int { return len(c.ints) + len(c.wide) + len(c.floats) }

// dtype is the quantized element type, or 0.
func (c *constant) dtype() DType { return dtypeOf(c.typ) }

func dtypeOf(typ int32) DType {
	switch typ {
	case onnxpb.Int8:
		return Int8
	case onnxpb.Uint8:
		return Uint8
	}
	return 0
}

// newConstant reads the elements of a tensor. Tensors of other types than those of elementSize
// are left without elements: only their use is an error.
func newConstant(t *onnxpb.Tensor) (*constant, error) {
	if t.External {
		return nil, refuse(ErrExternalData, "tensor %q", t.Name)
	}
	c := &constant{typ: t.Type, dims: []int{}}
	n := int64(1)
	for _, d := range t.Dims {
		if d < 0 || d > 0 && n > MaxWeights/d {
			return nil, refuse(ErrTooLarge, "tensor %q: shape %v", t.Name, t.Dims)
		}
		n *= d
		c.dims = append(c.dims, int(d))
	}
	size, known := elementSize[t.Type]
	if !known {
		return c, nil
	}
	if t.Raw != nil {
		if int64(len(t.Raw)) != n*int64(size) {
			return nil, refuse(ErrMalformed, "tensor %q: expected %d bytes, got %d", t.Name, n*int64(size), len(t.Raw))
		}
		c.raw(t.Raw, size)
	} else if err := c.typed(t); err != nil {
		return nil, err
	}
	if int64(c.len()) != n {
		return nil, refuse(ErrMalformed, "tensor %q: expected %d elements, got %d", t.Name, n, c.len())
	}
	return c, nil
}

func (c *constant) raw(b []byte, size int) {
	n := len(b) / size
	switch c.typ {
	case onnxpb.Float:
		c.floats = make([]float32, n)
		for i := range c.floats {
			c.floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case onnxpb.Int64:
		c.wide = make([]int64, n)
		for i := range c.wide {
			c.wide[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
	case onnxpb.Int32:
		c.ints = make([]int32, n)
		for i := range c.ints {
			c.ints[i] = int32(binary.LittleEndian.Uint32(b[4*i:]))
		}
	default:
		c.ints = make([]int32, n)
		for i := range c.ints {
			c.ints[i] = c.dtype().FromByte(b[i])
		}
	}
}

func (c *constant) typed(t *onnxpb.Tensor) error {
	switch c.typ {
	case onnxpb.Float:
		c.floats = t.Floats
	case onnxpb.Int64:
		c.wide = t.Int64s
	default:
		c.ints = t.Int32s
		for _, v := range c.ints {
			if d := c.dtype(); d != 0 && (v < d.Min() || v > d.Max()) {
				return refuse(ErrMalformed, "tensor %q: element %d is not %v", t.Name, v, d)
			}
		}
	}
	return nil
}

// reshaped returns the same elements with other dimensions.
func (c *constant) reshaped(dims []int) *constant {
	d := *c
	d.dims = dims
	return &d
}

// transposed returns the elements with permuted axes.
func (c *constant) transposed(perm []int) (*constant, error) {
	dims, err := transposed(c.dims, perm)
	if err != nil {
		return nil, err
	}
	d := &constant{typ: c.typ, dims: dims}
	for _, from := range transposeIndex(c.dims, perm) {
		switch {
		case c.ints != nil:
			d.ints = append(d.ints, c.ints[from])
		case c.wide != nil:
			d.wide = append(d.wide, c.wide[from])
		case c.floats != nil:
			d.floats = append(d.floats, c.floats[from])
		}
	}
	return d, nil
}

// channel is the index of element i along the axis.
func (w *weights) channel(i int) int {
	if w.axis < 0 {
		return 0
	}
	inner := 1
	for _, d := range w.dims[w.axis+1:] {
		inner *= d
	}
	return i / inner % w.dims[w.axis]
}

// real is the number that element i stands for.
func (w *weights) real(i int) float64 {
	k := w.channel(i)
	return (float64(w.ints[i]) - float64(w.zero[k])) * float64(w.scale[k])
}

// perChannel returns scale and zero point for each of n channels along axis.
func (w *weights) perChannel(axis, n int) ([]float32, []int32, error) {
	if w.axis >= 0 && w.axis != axis {
		return nil, nil, refuse(ErrUnsupported, "weights quantized along axis %d, expected %d", w.axis, axis)
	}
	scale, zero := make([]float32, n), make([]int32, n)
	for c := range n {
		k := 0
		if w.axis >= 0 {
			k = c
		}
		scale[c], zero[c] = w.scale[k], w.zero[k]
	}
	return scale, zero, nil
}
