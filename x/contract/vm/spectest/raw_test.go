package spectest

import (
	"bytes"
	"fmt"
)

// rawModule is a valid module of any feature that the scripts have, taken apart. The decoder of the profile would refuse it.
// Functions, tables, memories and globals are by index: what is imported comes first.
type rawModule struct {
	types    []rawType
	imports  []*rawImport
	funcs    []rawFunc
	tables   []rawExtent
	memories []rawExtent
	globals  []rawGlobal
	exports  []rawExport
	start    int // function index, or -1
	elements []rawElement
	data     []rawData
	tabled   []uint32 // functions that segments or ref.func have, some of them more than once
}

// rawType has a byte for each value.
type rawType struct{ params, results []byte }

func (t rawType) equal(o rawType) bool {
	return bytes.Equal(t.params, o.params) && bytes.Equal(t.results, o.results)
}

type rawImport struct {
	module, name string
	kind         byte
}

// The kinds of imports and exports.
const (
	kindFunc byte = iota
	kindTable
	kindMemory
	kindGlobal
)

type rawFunc struct {
	from      *rawImport // nil: it is the module's own
	typeIndex uint32
	locals    []byte // types, one for each group
	code      []instruction
	entry     []byte // of the code section, without its size
}

// rawExtent is a table or memory.
type rawExtent struct {
	from *rawImport
	desc []byte // of a table: its type, then its limits; of a memory: its limits
}

type rawGlobal struct {
	from      *rawImport
	valueType byte
	mutable   bool
	init      instruction
}

type rawExport struct {
	name  string
	kind  byte
	index uint32
}

type rawElement struct {
	active bool
	table  uint32
	offset instruction
	items  []instruction
}

type rawData struct {
	active bool
	offset instruction
	bytes  []byte
}

// importedFuncs is the number of imported functions, which is the index of the first of the module's own.
func (m *rawModule) importedFuncs() int {
	n := 0
	for n < len(m.funcs) && m.funcs[n].from != nil {
		n++
	}
	return n
}

// export finds an export.
func (m *rawModule) export(kind byte, name string) (index uint32, ok bool) {
	for _, e := range m.exports {
		if e.kind == kind && e.name == name {
			return e.index, true
		}
	}
	return 0, false
}

// decode takes a module apart. An error is one of this package: modules are valid.
func decode(code []byte) (m *rawModule, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode: %v", r)
		}
	}()
	m = &rawModule{start: -1}
	for c := (&cursor{code[8:]}); len(c.b) > 0; {
		id := c.byte()
		s := &cursor{c.take(int(c.u32()))}
		if id == 0 {
			continue
		}
		m.section(id, s)
		if len(s.b) > 0 {
			return nil, fmt.Errorf("decode: section %d: %d bytes left", id, len(s.b))
		}
	}
	m.findTabled()
	return m, nil
}

func (m *rawModule) findTabled() {
	add := func(code ...instruction) {
		for _, in := range code {
			if in.op == opRefFunc {
				m.tabled = append(m.tabled, in.a)
			}
		}
	}
	for _, e := range m.elements {
		add(e.items...)
	}
	for _, g := range m.globals {
		add(g.init)
	}
	for _, f := range m.funcs {
		add(f.code...)
	}
}

func (m *rawModule) section(id byte, c *cursor) {
	switch id {
	case 1:
		c.each(func() { m.types = append(m.types, c.funcType()) })
	case 2:
		c.each(func() { m.imported(c) })
	case 3:
		c.each(func() { m.funcs = append(m.funcs, rawFunc{typeIndex: c.u32()}) })
	case 4:
		c.each(func() { m.tables = append(m.tables, rawExtent{desc: c.table()}) })
	case 5:
		c.each(func() { m.memories = append(m.memories, rawExtent{desc: c.limits()}) })
	case 6:
		c.each(func() { m.globals = append(m.globals, c.global()) })
	case 7:
		c.each(func() { m.exports = append(m.exports, rawExport{name: c.name(), kind: c.byte(), index: c.u32()}) })
	case 8:
		m.start = int(c.u32())
	case 9:
		c.each(func() { m.elements = append(m.elements, c.element()) })
	case 10:
		next := m.importedFuncs()
		c.each(func() {
			m.funcs[next].body(c.take(int(c.u32())))
			next++
		})
	case 11:
		c.each(func() { m.data = append(m.data, c.dataSegment()) })
	case 12:
		c.u32()
	default:
		panic(fmt.Sprintf("section %d", id))
	}
}

func (m *rawModule) imported(c *cursor) {
	i := &rawImport{module: c.name(), name: c.name(), kind: c.byte()}
	m.imports = append(m.imports, i)
	switch i.kind {
	case kindFunc:
		m.funcs = append(m.funcs, rawFunc{from: i, typeIndex: c.u32()})
	case kindTable:
		m.tables = append(m.tables, rawExtent{from: i, desc: c.table()})
	case kindMemory:
		m.memories = append(m.memories, rawExtent{from: i, desc: c.limits()})
	case kindGlobal:
		m.globals = append(m.globals, rawGlobal{from: i, valueType: c.byte(), mutable: c.byte() == 1})
	default:
		panic(fmt.Sprintf("import kind %d", i.kind))
	}
}

// body takes the function's entry of the code section apart.
func (f *rawFunc) body(entry []byte) {
	f.entry = entry
	c := &cursor{entry}
	c.each(func() {
		c.u32()
		f.locals = append(f.locals, c.byte())
	})
	f.code = c.expression()
	if len(c.b) > 0 {
		panic(fmt.Sprintf("function: %d bytes left", len(c.b)))
	}
}

// cursor reads a module that is known to be well-formed; what is not ends in a panic, which decode turns into an error.
type cursor struct{ b []byte }

func (c *cursor) byte() byte {
	b := c.b[0]
	c.b = c.b[1:]
	return b
}

// u32 reads an unsigned integer of at most 32 bits.
func (c *cursor) u32() uint32 {
	v, _ := c.leb()
	return uint32(v)
}

// s32 reads a signed integer and gives its lowest 32 bits.
func (c *cursor) s32() uint32 {
	v, bits := c.leb()
	if bits < 64 && v>>(bits-1) == 1 {
		v |= ^uint64(0) << bits
	}
	return uint32(v)
}

// leb reads an integer, and says how many bits of it there are.
func (c *cursor) leb() (v uint64, bits int) {
	for {
		b := c.byte()
		v |= uint64(b&0x7f) << bits
		bits += 7
		if b < 0x80 {
			return v, bits
		}
	}
}

func (c *cursor) take(n int) []byte {
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) bytes() []byte { return c.take(int(c.u32())) }

func (c *cursor) name() string { return string(c.bytes()) }

// since is what was read since before, which is an earlier value of c.b.
func (c *cursor) since(before []byte) []byte { return before[:len(before)-len(c.b)] }

// each reads the entries of a vector.
func (c *cursor) each(read func()) {
	for range c.u32() {
		read()
	}
}

func (c *cursor) funcType() rawType {
	if form := c.byte(); form != 0x60 {
		panic(fmt.Sprintf("type of form %#x", form))
	}
	return rawType{params: c.bytes(), results: c.bytes()}
}

func (c *cursor) table() []byte {
	before := c.b
	c.byte()
	c.limits()
	return c.since(before)
}

func (c *cursor) limits() []byte {
	before := c.b
	if c.byte()&1 == 1 {
		c.u32()
	}
	c.u32()
	return c.since(before)
}

func (c *cursor) global() rawGlobal {
	return rawGlobal{valueType: c.byte(), mutable: c.byte() == 1, init: c.constant()}
}

// constant reads a constant expression, which versions 1.0 and 2.0 have of one instruction only.
func (c *cursor) constant() instruction {
	code := c.expression()
	if len(code) != 2 {
		panic(fmt.Sprintf("constant of %d instructions", len(code)))
	}
	return code[0]
}

// element reads a segment. Its form is of three bits: it is not active; it has a table index, or is declarative; its items
// are expressions.
func (c *cursor) element() (e rawElement) {
	form := c.u32()
	e.active = form&1 == 0
	if e.active && form&2 != 0 {
		e.table = c.u32()
	}
	if e.active {
		e.offset = c.constant()
	}
	if form&3 != 0 {
		c.byte() // the kind or type of its items
	}
	c.each(func() {
		if form&4 != 0 {
			e.items = append(e.items, c.constant())
		} else {
			e.items = append(e.items, instruction{op: opRefFunc, a: c.u32()})
		}
	})
	return e
}

func (c *cursor) dataSegment() (d rawData) {
	form := c.u32()
	if form == 2 {
		c.u32() // the memory, of which there is one
	}
	if d.active = form != 1; d.active {
		d.offset = c.constant()
	}
	d.bytes = c.bytes()
	return d
}
