// Package binarytest puts modules together byte by byte, for the tests of what reads them. It checks nothing:
// that a test can ask for what no compiler would write is the point.
package binarytest

import "slices"

// The sections of a module, by id.
const (
	Custom byte = iota
	Type
	Import
	Function
	Table
	Memory
	Global
	Export
	Start
	Element
	Code
	Data
	DataCount
	Tag
)

// Header is what every module begins with.
const Header = "\x00asm\x01\x00\x00\x00"

// Module is the header and the sections.
func Module(sections ...[]byte) []byte { return append([]byte(Header), slices.Concat(sections...)...) }

// Section is a section with its size.
func Section(id byte, contents ...[]byte) []byte { return append([]byte{id}, Sized(contents...)...) }

// Sized is the contents after their size.
func Sized(contents ...[]byte) []byte {
	all := slices.Concat(contents...)
	return append(U32(uint32(len(all))), all...)
}

// Vec is the items after their number.
func Vec(items ...[]byte) []byte { return append(U32(uint32(len(items))), slices.Concat(items...)...) }

// Vector is a section with a vector.
func Vector(id byte, items ...[]byte) []byte { return Section(id, Vec(items...)) }

// Bytes is a slice of what it is given.
func Bytes(b ...byte) []byte { return b }

// Name is a name with its length.
func Name(s string) []byte { return Sized([]byte(s)) }

// U32 is the shortest LEB128 form of v.
func U32(v uint32) []byte {
	var out []byte
	for v >= 0x80 {
		out = append(out, byte(v)|0x80)
		v >>= 7
	}
	return append(out, byte(v))
}

// S32 is the shortest signed LEB128 form of v.
func S32(v int32) []byte {
	var out []byte
	for v < -64 || v > 63 {
		out = append(out, byte(v)|0x80)
		v >>= 7
	}
	return append(out, byte(v)&0x7f)
}

// FuncType is the type of a function of i32.
func FuncType(params int, result bool) []byte {
	out := append([]byte{0x60}, U32(uint32(params))...)
	for range params {
		out = append(out, 0x7f)
	}
	if result {
		return append(out, 1, 0x7f)
	}
	return append(out, 0)
}

// Func is an entry of the code section: so many locals of i32, and instructions without the final end.
func Func(locals uint32, instructions ...byte) []byte {
	var declared []byte
	if locals > 0 {
		declared = append(append([]byte{1}, U32(locals)...), 0x7f)
	} else {
		declared = []byte{0}
	}
	return Sized(declared, instructions, []byte{0x0b})
}

// Imported is an imported function.
func Imported(module, name string, index uint32) []byte {
	return slices.Concat(Name(module), Name(name), []byte{0}, U32(index))
}

// Exported is an export of a kind: 0 function, 1 table, 2 memory, 3 global.
func Exported(name string, kind byte, index uint32) []byte {
	return slices.Concat(Name(name), []byte{kind}, U32(index))
}

// Const is the constant expression of v.
func Const(v int32) []byte { return append(append([]byte{0x41}, S32(v)...), 0x0b) }

// Sample is a module that has of everything in the profile, and where its sections begin, the end included.
func Sample() (code []byte, sections []int) {
	parts := [][]byte{
		Vector(Type, FuncType(0, false), FuncType(2, true), FuncType(1, true)),
		Section(Custom, Name("first"), []byte("anything")),
		Vector(Import, Imported("assay", "input_size", 2), Imported("assay", "output", 1)),
		Vector(Function, U32(0), U32(1), U32(2)),
		Vector(Table, Bytes(0x70, 0x01, 4, 8)),
		Vector(Memory, Bytes(0x01, 1, 2)),
		Vector(Global, slices.Concat(Bytes(0x7f, 1), Const(-5)), slices.Concat(Bytes(0x7f, 0), Const(1<<30))),
		Vector(Export, Exported("memory", 2, 0), Exported("execute", 0, 2), Exported("größe", 3, 1), Exported("table", 1, 0)),
		Vector(Element, slices.Concat(Bytes(0), Const(1), Vec(U32(0), U32(2))), slices.Concat(Bytes(2, 0), Const(0), Bytes(0), Vec(U32(4)))),
		Section(DataCount, U32(2)),
		Vector(Code, Func(3, sampleBody()...), Func(0, 0x20, 0, 0x20, 1, 0x6a), Func(1, 0x20, 0, 0x10, 4)),
		Vector(Data, slices.Concat(Bytes(0), Const(16), Name("bytes")), slices.Concat(Bytes(2, 0), Const(64), Name(""))),
		Section(Custom, Name("")),
	}
	code = []byte(Header)
	for _, p := range parts {
		sections = append(sections, len(code))
		code = append(code, p...)
	}
	return code, append(sections, len(code))
}

// sampleBody is a function () → () with three locals.
func sampleBody() []byte {
	return slices.Concat(
		Bytes(0x41), S32(-1000), Bytes(0x21, 0), // local.set 0 (i32.const -1000)
		Bytes(0x02, 0x40, 0x03, 0x40),                                  // block loop
		Bytes(0x20, 0, 0x22, 1, 0x45, 0x0d, 1),                         // br_if 1 (i32.eqz (local.tee 1 (local.get 0)))
		Bytes(0x20, 0, 0x41, 1, 0x6b, 0x21, 0, 0x0c, 0),                // local.set 0 (i32.sub …), br 0
		Bytes(0x0b, 0x0b),                                              // end end
		Bytes(0x20, 1, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b, 0x1a), // drop (if (result i32) 1 else 2)
		Bytes(0x02, 0x40, 0x20, 2, 0x0e, 2, 0, 1, 0, 0x0b),             // block br_table 0 1 0 end
		Bytes(0x41, 8, 0x41, 7, 0x36, 2, 0xc0, 0x00),                   // i32.store offset=64, in a longer form
		Bytes(0x41, 8, 0x2d, 0, 4, 0x1a),                               // drop (i32.load8_u offset=4)
		Bytes(0x3f, 0, 0x40, 0, 0x1a, 0x23, 0, 0x24, 0),                // drop (memory.grow (memory.size)), global.set 0
		Bytes(0x41, 1, 0x41, 2, 0x41, 1, 0x11, 1, 0, 0x1a),             // drop (call_indirect (type 1) 1 2 1)
		Bytes(0x41, 1, 0x41, 2, 0x20, 0, 0x1b, 0xc0, 0x1a),             // drop (i32.extend8_s (select …))
		Bytes(0x41, 0, 0x41, 0, 0x41, 4, 0xfc, 10, 0, 0),               // memory.copy
		Bytes(0x41, 0, 0x41, 0, 0x41, 4, 0xfc, 0x8b, 0x00, 0),          // memory.fill, its number in a longer form
		Bytes(0x01, 0x0f, 0x00),                                        // nop return unreachable
	)
}
