package values

import "strconv"

// Kind says what a value is. It is the tag of the encoding.
type Kind byte

// The kinds.
const (
	Text   Kind = 't'
	Bytes  Kind = 'b'
	Number Kind = 'n'
)

func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Bytes:
		return "bytes"
	case Number:
		return "number"
	}
	return "kind " + strconv.Quote(string(rune(k)))
}

// Value is one value: the field that Kind names counts, the others are zero.
type Value struct {
	Kind   Kind
	Text   string
	Bytes  []byte
	Number uint64
}

// T is a text.
func T(text string) Value { return Value{Kind: Text, Text: text} }

// B is bytes, which are not copied.
func B(bytes []byte) Value { return Value{Kind: Bytes, Bytes: bytes} }

// N is a number.
func N(number uint64) Value { return Value{Kind: Number, Number: number} }

// Equal says whether two values are of one kind and the same.
func (v Value) Equal(o Value) bool {
	return v.Kind == o.Kind && v.Text == o.Text && string(v.Bytes) == string(o.Bytes) && v.Number == o.Number
}
