package onnxpb

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

var (
	// ErrMalformed is returned for bytes that are not an ONNX protobuf message.
	ErrMalformed = errors.New("malformed protobuf")
	// ErrTooLarge is returned where a count or a length exceeds its limit.
	ErrTooLarge = errors.New("limit exceeded")
)

// Limits of what Decode accepts. A message of two bytes can ask for a large structure, so counts
// are bounded apart from the size of the file.
const (
	MaxNodes      = 4096    // nodes of a graph
	MaxTensors    = 1 << 15 // initializers, values and annotations of a graph, each
	MaxPerNode    = 256     // inputs, outputs and attributes of a node, each
	MaxRank       = 8       // dimensions of a tensor
	MaxElements   = 1 << 24 // elements of a tensor
	MaxOpsets     = 64      // operator sets
	MaxNameLength = 1 << 12 // bytes of a name
)

// field is one decoded field: bits of a varint or a fixed number, or the bytes of a message.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	bits  uint64
	bytes []byte
}

// walk calls visit for every field of message b, in order.
func walk(what string, b []byte, visit func(field) error) error {
	for len(b) > 0 {
		f, n := next(b)
		if n < 0 {
			return fmt.Errorf("%w: %s: %w", ErrMalformed, what, protowire.ParseError(n))
		}
		if err := visit(f); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		b = b[n:]
	}
	return nil
}

func next(b []byte) (field, int) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 {
		return field{}, n
	}
	f := field{num: num, typ: typ}
	var m int
	switch typ {
	case protowire.VarintType:
		f.bits, m = protowire.ConsumeVarint(b[n:])
	case protowire.Fixed32Type:
		var v uint32
		v, m = protowire.ConsumeFixed32(b[n:])
		f.bits = uint64(v)
	case protowire.Fixed64Type:
		f.bits, m = protowire.ConsumeFixed64(b[n:])
	case protowire.BytesType:
		f.bytes, m = protowire.ConsumeBytes(b[n:])
	default:
		m = -1
	}
	if m < 0 {
		return f, m
	}
	return f, n + m
}

func (f field) expect(typ protowire.Type) error {
	if f.typ != typ {
		return fmt.Errorf("%w: field %d: expected wire type %d, got %d", ErrMalformed, f.num, typ, f.typ)
	}
	return nil
}

func (f field) message() ([]byte, error) { return f.bytes, f.expect(protowire.BytesType) }

func (f field) name(into *string) error {
	if err := f.expect(protowire.BytesType); err != nil {
		return err
	}
	if len(f.bytes) > MaxNameLength {
		return fmt.Errorf("%w: name: expected at most %d bytes, got %d", ErrTooLarge, MaxNameLength, len(f.bytes))
	}
	*into = string(f.bytes)
	return nil
}

func (f field) int64(into *int64) error {
	*into = int64(f.bits)
	return f.expect(protowire.VarintType)
}

func (f field) int32(into *int32) error {
	*into = int32(f.bits)
	return f.expect(protowire.VarintType)
}

func (f field) float(into *float32) error {
	*into = math.Float32frombits(uint32(f.bits))
	return f.expect(protowire.Fixed32Type)
}

// varints appends a repeated varint field, packed or not, to into.
func varints[T int32 | int64](f field, into *[]T, limit int) error {
	if f.typ == protowire.VarintType {
		return grow(into, T(f.bits), limit)
	}
	b, err := f.message()
	if err != nil {
		return err
	}
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return fmt.Errorf("%w: field %d: %w", ErrMalformed, f.num, protowire.ParseError(n))
		}
		if err := grow(into, T(v), limit); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// floats appends a repeated float field, packed or not, to into.
func floats(f field, into *[]float32, limit int) error {
	if f.typ == protowire.Fixed32Type {
		return grow(into, math.Float32frombits(uint32(f.bits)), limit)
	}
	b, err := f.message()
	if err != nil {
		return err
	}
	for len(b) > 0 {
		v, n := protowire.ConsumeFixed32(b)
		if n < 0 {
			return fmt.Errorf("%w: field %d: %w", ErrMalformed, f.num, protowire.ParseError(n))
		}
		if err := grow(into, math.Float32frombits(v), limit); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// grow appends v unless the list is full.
func grow[T any](list *[]T, v T, limit int) error {
	if len(*list) >= limit {
		return fmt.Errorf("%w: expected at most %d elements", ErrTooLarge, limit)
	}
	*list = append(*list, v)
	return nil
}
