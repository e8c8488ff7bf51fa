package types

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"cosmossdk.io/collections/codec"
)

// The key of a version number, ordered by semver precedence, so that a model's versions are stored
// lowest first. It delimits itself:
//
//	major, minor, patch   4 bytes each, big endian
//	0x02                  no pre-release; or
//	0x01 identifiers 0x00 a pre-release; each identifier is
//	                      0x01 and 4 bytes, big endian, when numeric; or
//	                      0x02, its ASCII, 0x00
const (
	numberPreRelease = 0x01
	numberRelease    = 0x02

	identifierEnd     = 0x00
	identifierNumeric = 0x01
	identifierText    = 0x02
)

var errNumberKey = errors.New("number key: malformed")

// encodeNumber returns the key of a number.
func encodeNumber(number string) ([]byte, error) {
	v, err := parseNumber(number)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 0, maxNumberBytes)
	for _, p := range v.core {
		key = appendNumeric(key, p)
	}
	if len(v.pre) == 0 {
		return append(key, numberRelease), nil
	}
	key = append(key, numberPreRelease)
	for _, id := range v.pre {
		if allDigits(id) {
			key = appendNumeric(append(key, identifierNumeric), id)
			continue
		}
		key = append(append(key, identifierText), id...)
		key = append(key, 0)
	}
	return append(key, identifierEnd), nil
}

func appendNumeric(key []byte, digits string) []byte {
	n, _ := strconv.ParseUint(digits, 10, 32) // 9 digits, parseNumber checked
	return binary.BigEndian.AppendUint32(key, uint32(n))
}

// decodeNumber returns the number of a key and the length of the key, and refuses every key that
// encodeNumber would not make.
func decodeNumber(key []byte) (int, string, error) {
	d := numberDecoder{rest: key}
	var b strings.Builder
	b.WriteString(d.numeric())
	b.WriteString("." + d.numeric())
	b.WriteString("." + d.numeric())
	switch d.byte() {
	case numberRelease:
	case numberPreRelease:
		b.WriteString(d.preRelease())
	default:
		d.bad = true
	}
	if d.bad {
		return 0, "", errNumberKey
	}
	n := len(key) - len(d.rest)
	again, err := encodeNumber(b.String())
	if err != nil || string(again) != string(key[:n]) {
		return 0, "", errNumberKey
	}
	return n, b.String(), nil
}

// numberDecoder reads a key from the front; after a bad read all others are bad as well.
type numberDecoder struct {
	rest []byte
	bad  bool
}

func (d *numberDecoder) take(n int) []byte {
	if d.bad || len(d.rest) < n {
		d.bad = true
		return make([]byte, n)
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out
}

func (d *numberDecoder) byte() byte { return d.take(1)[0] }

func (d *numberDecoder) numeric() string {
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(d.take(4))), 10)
}

func (d *numberDecoder) text() string {
	var b strings.Builder
	for c := d.byte(); c != 0 && !d.bad; c = d.byte() {
		b.WriteByte(c)
	}
	return b.String()
}

func (d *numberDecoder) preRelease() string {
	var b strings.Builder
	for sep := "-"; !d.bad; sep = "." {
		switch d.byte() {
		case identifierEnd:
			return b.String()
		case identifierNumeric:
			b.WriteString(sep + d.numeric())
		case identifierText:
			b.WriteString(sep + d.text())
		default:
			d.bad = true
		}
	}
	return ""
}

// numberKeyCodec is the collections codec of encodeNumber and decodeNumber.
type numberKeyCodec struct{}

var _ codec.KeyCodec[string] = numberKeyCodec{}

func (numberKeyCodec) Encode(buffer []byte, number string) (int, error) {
	key, err := encodeNumber(number)
	if err != nil {
		return 0, err
	}
	return copy(buffer, key), nil
}

func (numberKeyCodec) Decode(buffer []byte) (int, string, error) { return decodeNumber(buffer) }

// Size is 0 for an invalid number, which Encode then refuses.
func (numberKeyCodec) Size(number string) int {
	key, _ := encodeNumber(number)
	return len(key)
}

func (numberKeyCodec) EncodeJSON(number string) ([]byte, error) { return json.Marshal(number) }

func (numberKeyCodec) DecodeJSON(b []byte) (string, error) {
	var number string
	if err := json.Unmarshal(b, &number); err != nil {
		return "", err
	}
	return number, ValidateNumber(number)
}

func (numberKeyCodec) Stringify(number string) string { return number }

func (numberKeyCodec) KeyType() string { return "semver" }

func (c numberKeyCodec) EncodeNonTerminal(buffer []byte, number string) (int, error) {
	return c.Encode(buffer, number)
}

func (c numberKeyCodec) DecodeNonTerminal(buffer []byte) (int, string, error) {
	return c.Decode(buffer)
}

func (c numberKeyCodec) SizeNonTerminal(number string) int { return c.Size(number) }
