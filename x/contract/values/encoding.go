package values

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of a list.
const (
	MaxBytes  = 64 << 10 // of its encoding
	MaxValues = 256
)

const (
	headerBytes = 5 // tag and length
	numberBytes = 8
)

// Errors of the package.
var (
	// ErrMalformed is for bytes that are not the encoding of a list.
	ErrMalformed = errors.New("malformed values")
	// ErrLimit is for a list that is longer or larger than the encoding holds.
	ErrLimit = errors.New("too many values")
)

// Encode returns the encoding of a list. Bytes of a text that are no UTF-8 become U+FFFD, so that what was encoded
// decodes; whether the list is within the limits is the caller's to know, or to ask Check.
func Encode(list ...Value) []byte {
	size := 0
	for _, v := range list {
		size += headerBytes + max(len(v.Text), len(v.Bytes), numberBytes)
	}
	out := make([]byte, 0, size)
	for _, v := range list {
		out = Append(out, v)
	}
	return out
}

// Append appends the encoding of one value to that of a list.
func Append(encoded []byte, v Value) []byte {
	switch v.Kind {
	case Text:
		text := strings.ToValidUTF8(v.Text, string(utf8.RuneError))
		return append(appendHeader(encoded, Text, len(text)), text...)
	case Number:
		return binary.LittleEndian.AppendUint64(appendHeader(encoded, Number, numberBytes), v.Number)
	default:
		return append(appendHeader(encoded, Bytes, len(v.Bytes)), v.Bytes...)
	}
}

func appendHeader(encoded []byte, k Kind, length int) []byte {
	return binary.LittleEndian.AppendUint32(append(encoded, byte(k)), uint32(length))
}

// Check says whether a list is one that Decode takes. Errors: ErrLimit, and ErrMalformed for a text that is not UTF-8 or
// a kind that is none.
func Check(list ...Value) error {
	if len(list) > MaxValues {
		return fmt.Errorf("values: expected at most %d, got %d: %w", MaxValues, len(list), ErrLimit)
	}
	size := 0
	for i, v := range list {
		switch v.Kind {
		case Text:
			if !utf8.ValidString(v.Text) {
				return fmt.Errorf("value %d: text %q: expected UTF-8: %w", i, clip(v.Text), ErrMalformed)
			}
			size += headerBytes + len(v.Text)
		case Bytes:
			size += headerBytes + len(v.Bytes)
		case Number:
			size += headerBytes + numberBytes
		default:
			return fmt.Errorf("value %d: %s: expected text, bytes or number: %w", i, v.Kind, ErrMalformed)
		}
	}
	if size > MaxBytes {
		return fmt.Errorf("values: expected at most %d bytes encoded, got %d: %w", MaxBytes, size, ErrLimit)
	}
	return nil
}

// Decode reads an encoding to its end. Nothing is empty: no bytes are a list of no values. The values' bytes are copies.
// Errors wrap ErrMalformed, also where a limit is passed, and say at which byte.
func Decode(encoded []byte) ([]Value, error) {
	if len(encoded) > MaxBytes {
		return nil, fmt.Errorf("values: expected at most %d bytes, got %d: %w", MaxBytes, len(encoded), ErrMalformed)
	}
	var list []Value
	for at := 0; at < len(encoded); {
		if len(list) == MaxValues {
			return nil, fmt.Errorf("values: byte %d: expected at most %d values: %w", at, MaxValues, ErrMalformed)
		}
		v, size, err := decodeOne(encoded[at:])
		if err != nil {
			return nil, fmt.Errorf("value %d at byte %d: %w", len(list), at, err)
		}
		list = append(list, v)
		at += size
	}
	return list, nil
}

// decodeOne reads the first value of rest, which is not empty, and says how many bytes that took.
func decodeOne(rest []byte) (Value, int, error) {
	if len(rest) < headerBytes {
		return Value{}, 0, fmt.Errorf("header: expected %d bytes, got %d: %w", headerBytes, len(rest), ErrMalformed)
	}
	kind, length := Kind(rest[0]), binary.LittleEndian.Uint32(rest[1:])
	rest = rest[headerBytes:]
	if uint64(length) > uint64(len(rest)) {
		return Value{}, 0, fmt.Errorf("length %d: expected at most the %d bytes that are left: %w", length, len(rest), ErrMalformed)
	}
	payload, size := rest[:length], headerBytes+int(length)
	switch kind {
	case Text:
		if !utf8.Valid(payload) {
			return Value{}, 0, fmt.Errorf("text: expected UTF-8: %w", ErrMalformed)
		}
		return T(string(payload)), size, nil
	case Bytes:
		return B(append([]byte{}, payload...)), size, nil
	case Number:
		if length != numberBytes {
			return Value{}, 0, fmt.Errorf("number: expected %d bytes, got %d: %w", numberBytes, length, ErrMalformed)
		}
		return N(binary.LittleEndian.Uint64(payload)), size, nil
	}
	return Value{}, 0, fmt.Errorf("tag 0x%02x: expected t, b or n: %w", byte(kind), ErrMalformed)
}

// clip shortens a text of somebody else's for an error.
func clip(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
