package binary

import "unicode/utf8"

// The sections (5.5.2).
const (
	sectionCustom byte = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
	sectionTag // exception handling
)

// sections has what a section is called, and its place in the order that they must keep.
var sections = [...]struct {
	name  string
	place int
	read  func(*decoder) error
}{
	sectionCustom:    {"custom", 0, (*decoder).custom}, // anywhere, any number
	sectionType:      {"type", 1, (*decoder).types},
	sectionImport:    {"import", 2, (*decoder).imports},
	sectionFunction:  {"function", 3, (*decoder).functions},
	sectionTable:     {"table", 4, (*decoder).table},
	sectionMemory:    {"memory", 5, (*decoder).memory},
	sectionTag:       {"tag", 6, (*decoder).tags},
	sectionGlobal:    {"global", 7, (*decoder).globals},
	sectionExport:    {"export", 8, (*decoder).exports},
	sectionStart:     {"start", 9, (*decoder).start},
	sectionElement:   {"element", 10, (*decoder).elements},
	sectionDataCount: {"data count", 11, (*decoder).dataCount},
	sectionCode:      {"code", 12, (*decoder).code},
	sectionData:      {"data", 13, (*decoder).data},
}

const (
	magic     = "\x00asm"
	version   = "\x01\x00\x00\x00"
	component = "\x0d\x00\x01\x00" // the version and layer of a component
)

// Decode reads a module. The module aliases code, which must not change afterwards. Errors are *Error and wrap
// ErrMalformed, ErrUnsupported or ErrLimit, or ErrInvalid for what only the bytes can show: the size limits of
// a memory or table, and constant expressions.
func Decode(code []byte, l Limits) (*Module, error) {
	if uint64(len(code)) > uint64(l.CodeBytes) {
		return nil, fail(ErrLimit, int(l.CodeBytes), "expected a module of at most %d bytes, got %d", l.CodeBytes, len(code))
	}
	d := decoder{bytes: code, end: len(code), limits: l, module: &Module{}}
	if err := d.header(); err != nil {
		return nil, err
	}
	for d.pos < len(code) {
		if err := d.section(); err != nil {
			return nil, err
		}
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	return d.module, nil
}

// decoder is a position in the bytes. Reads stop at end: that of the section, or of the module between sections.
type decoder struct {
	bytes    []byte
	pos, end int
	limits   Limits
	module   *Module

	place    int    // of the last section that was not custom
	hasCode  bool   // a code section was read
	hasCount bool   // a data count section was read
	nData    uint32 // what it said
	nElems   uint32 // function indices of element segments so far
	text     string // copy of the section's bytes, from textAt on; names are parts of it
	textAt   int
}

func (d *decoder) header() error {
	if len(d.bytes) < 4 || string(d.bytes[:4]) != magic {
		return fail(ErrMalformed, 0, "expected the magic %q, got %q", magic, d.bytes[:min(4, len(d.bytes))])
	}
	got := d.bytes[4:min(8, len(d.bytes))]
	switch string(got) {
	case version:
		d.pos = 8
		return nil
	case component:
		return fail(ErrUnsupported, 4, "component")
	}
	return fail(ErrMalformed, 4, "expected the version %q, got %q", version, got)
}

// section reads a section, whose contents must fill its size.
func (d *decoder) section() error {
	at := d.pos
	id := d.bytes[at]
	d.pos++
	if id > sectionTag {
		return fail(ErrMalformed, at, "expected a section id, got %d", id)
	}
	s := &sections[id]
	if id != sectionCustom {
		switch {
		case s.place == d.place:
			return fail(ErrMalformed, at, "%s section: expected one, got another", s.name)
		case s.place < d.place:
			return fail(ErrMalformed, at, "%s section: out of order", s.name)
		}
		d.place = s.place
	}
	size, err := d.u32("section", "size")
	if err != nil {
		return err
	}
	if uint64(size) > uint64(len(d.bytes)-d.pos) {
		return fail(ErrMalformed, at, "%s section: expected %d bytes, got %d", s.name, size, len(d.bytes)-d.pos)
	}
	d.end = d.pos + int(size)
	if err := s.read(d); err != nil {
		return err
	}
	if d.pos != d.end {
		return fail(ErrMalformed, d.pos, "%s section: expected its end, got %d more bytes", s.name, d.end-d.pos)
	}
	d.end = len(d.bytes)
	return nil
}

// finish checks what only the end of the module shows.
func (d *decoder) finish() error {
	if n := len(d.module.Funcs); n > 0 && !d.hasCode {
		return fail(ErrMalformed, len(d.bytes), "expected a code section with %d functions, got none", n)
	}
	if d.hasCount && uint64(d.nData) != uint64(len(d.module.Data)) {
		return fail(ErrMalformed, len(d.bytes), "expected %d data segments as counted, got %d", d.nData, len(d.module.Data))
	}
	return nil
}

func (d *decoder) custom() error {
	if _, err := d.name("custom section name"); err != nil {
		return err
	}
	d.pos = d.end
	return nil
}

func (d *decoder) tags() error { return fail(ErrUnsupported, d.pos, "tag section") }

// count reads the number of entries that follow, and gives it with the number that room need be made for: each
// entry takes least bytes at least.
func (d *decoder) count(what string, limit uint32, least int) (n uint32, room int, err error) {
	at := d.pos
	n, err = d.u32("number of", what)
	if err != nil {
		return 0, 0, err
	}
	if n > limit {
		return 0, 0, fail(ErrLimit, at, "expected at most %d %s, got %d", limit, what, n)
	}
	return n, int(min(uint64(n), uint64((d.end-d.pos)/least))), nil
}

// u32 reads an integer. Errors name it as part and whole, so that no name is put together when there is none.
func (d *decoder) u32(part, whole string) (uint32, error) {
	v, next := readU32(d.bytes[:d.end], d.pos)
	if next < 0 {
		return 0, fail(ErrMalformed, d.pos, "%s %s: %s", part, whole, lebMessage(next))
	}
	d.pos = next
	return v, nil
}

func (d *decoder) byte(part, whole string) (byte, error) {
	if d.pos >= d.end {
		return 0, fail(ErrMalformed, d.pos, "%s %s: expected a byte, got the end", part, whole)
	}
	b := d.bytes[d.pos]
	d.pos++
	return b, nil
}

// take gives the next n bytes without a copy.
func (d *decoder) take(what string, n uint32) ([]byte, error) {
	if left := d.end - d.pos; uint64(n) > uint64(left) {
		return nil, fail(ErrMalformed, d.pos, "%s: expected %d bytes, got %d", what, n, left)
	}
	from := d.pos
	d.pos += int(n)
	return d.bytes[from:d.pos:d.pos], nil
}

// name reads a name (5.2.4).
func (d *decoder) name(what string) ([]byte, error) {
	n, err := d.u32("length of", what)
	if err != nil {
		return nil, err
	}
	at := d.pos
	b, err := d.take(what, n)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(b) {
		i := invalidUTF8(b)
		return nil, fail(ErrMalformed, at+i, "%s: expected UTF-8, got %#02x", what, b[i])
	}
	return b, nil
}

// invalidUTF8 gives the position of the first byte that no character begins with, in bytes that have one.
func invalidUTF8(b []byte) int {
	i := 0
	for {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// valueType reads a value type, which must be i32.
func (d *decoder) valueType(use string) error {
	at := d.pos
	b, err := d.byte("type of a", use)
	if err != nil || b == typeI32 {
		return err
	}
	if name, ok := valueTypeName(b); ok {
		return fail(ErrUnsupported, at, "%s %s", name, use)
	}
	return fail(ErrMalformed, at, "type of a %s: expected a value type, got %#02x", use, b)
}

// constant reads a constant expression, which must be one i32.const (3.3.10).
func (d *decoder) constant(what string) (value uint32, err error) {
	r := NewReader(d.bytes[d.pos:d.end], d.pos)
	var in Instr
	for consts := 0; ; {
		if err := r.Next(&in); err != nil {
			return 0, err
		}
		switch in.Op {
		case OpI32Const:
			value = in.A
			consts++
		case OpEnd:
			if consts != 1 {
				return 0, fail(ErrInvalid, in.Offset, "%s: expected one i32, got %d", what, consts)
			}
			d.pos = r.Offset()
			return value, nil
		case OpGlobalGet, OpI32Add, OpI32Sub, OpI32Mul:
			return 0, fail(ErrUnsupported, in.Offset, "%v in a constant expression", in.Op)
		default:
			return 0, fail(ErrInvalid, in.Offset, "%s: expected a constant, got %v", what, in.Op)
		}
	}
}
