package validate_test

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// bodyCase is a function in a module with one of everything. The types are 0: () → (), 1: (i32 i32) → (i32),
// 2: () → (i32). Function 0 is an import of type 1, the case is function 1. Global 0 is mutable, global 1 is not.
type bodyCase struct {
	name   string
	typ    uint32
	locals uint32
	body   []byte // the whole expression
	msg    string // of the error; empty: accepted
	offset int    // in the body
}

// module gives the code, and where the body begins. A bare one has no table, memory or globals.
func (c bodyCase) module(bare bool) (code []byte, at int) {
	globals := bt.Vector(bt.Global, slices.Concat(bt.Bytes(0x7f, 1), bt.Const(0)), slices.Concat(bt.Bytes(0x7f, 0), bt.Const(0)))
	rest := slices.Concat(bt.Vector(bt.Table, bt.Bytes(0x70, 0, 1)), bt.Vector(bt.Memory, bt.Bytes(0, 1)), globals)
	if bare {
		rest = nil
	}
	locals := bt.Bytes(0)
	if c.locals > 0 {
		locals = slices.Concat(bt.Bytes(1), bt.U32(c.locals), bt.Bytes(0x7f))
	}
	code = bt.Module(
		bt.Vector(bt.Type, bt.FuncType(0, false), bt.FuncType(2, true), bt.FuncType(0, true)),
		bt.Vector(bt.Import, bt.Imported("assay", "f", 1)),
		bt.Vector(bt.Function, bt.U32(c.typ)),
		rest,
		bt.Vector(bt.Code, bt.Sized(locals, c.body)),
	)
	return code, len(code) - len(c.body)
}

func runBodies(t *testing.T, sentinel error, bare bool, cases []bodyCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, at := c.module(bare)
			_, _, err := check(code, binary.DefaultLimits())
			requireInvalid(t, err, sentinel, c.msg, at+c.offset)
		})
	}
}

func TestOperands(t *testing.T) {
	b := bt.Bytes
	runBodies(t, binary.ErrInvalid, false, []bodyCase{
		{"success: nothing", 0, 0, b(0x0b), "", 0},
		{"success: one result", 2, 0, b(0x41, 0, 0x0b), "", 0},
		{"failure: result missing", 2, 0, b(0x0b), "end: expected 1 operands, got 0", 0},
		{"failure: result where none is", 0, 0, b(0x41, 0, 0x0b), "end: expected 0 operands, got 1", 2},
		{"failure: two results where one is", 2, 0, b(0x41, 0, 0x41, 0, 0x0b), "end: expected 1 operands, got 2", 4},
		{"failure: drop of nothing", 0, 0, b(0x1a, 0x0b), "drop: expected 1 operands, got 0", 0},
		{"failure: unary", 0, 0, b(0x45, 0x1a, 0x0b), "i32.eqz: expected 1 operands, got 0", 0},
		{"failure: binary", 0, 0, b(0x41, 0, 0x6a, 0x1a, 0x0b), "i32.add: expected 2 operands, got 1", 2},
		{"failure: select", 0, 0, b(0x41, 0, 0x41, 0, 0x1b, 0x1a, 0x0b), "select: expected 3 operands, got 2", 4},
		{"failure: operand of an outer block", 0, 0, b(0x41, 0, 0x02, 0x40, 0x1a, 0x0b, 0x1a, 0x0b), "drop: expected 1 operands, got 0", 4},
		{"success: parameters are locals", 1, 0, b(0x20, 0, 0x20, 1, 0x6a, 0x0b), "", 0},
		{"failure: parameters are no operands", 1, 0, b(0x6a, 0x0b), "i32.add: expected 2 operands, got 0", 0},
		{"success: the last local", 1, 3, b(0x20, 4, 0x0b), "", 0},
		{"failure: local.get past the last", 1, 3, b(0x20, 5, 0x0b), "local.get: unknown local 5", 0},
		{"failure: local.set past the last", 1, 3, b(0x01, 0x20, 0, 0x21, 5, 0x0b), "local.set: unknown local 5", 3},
		{"failure: local.tee without locals", 0, 0, b(0x41, 0, 0x22, 0, 0x1a, 0x0b), "local.tee: unknown local 0", 2},
		{"failure: local.set of nothing", 0, 1, b(0x21, 0, 0x0b), "local.set: expected 1 operands, got 0", 0},
		{"failure: local.tee of nothing", 0, 1, b(0x22, 0, 0x1a, 0x0b), "local.tee: expected 1 operands, got 0", 0},
		{"failure: local 2^32-1", 0, 1, b(0x20, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1a, 0x0b), "local.get: unknown local 4294967295", 0},
		{"success: globals", 0, 0, b(0x23, 1, 0x24, 0, 0x0b), "", 0},
		{"failure: global.get past the last", 0, 0, b(0x23, 2, 0x1a, 0x0b), "global.get: unknown global 2", 0},
		{"failure: global.set past the last", 0, 0, b(0x41, 0, 0x24, 2, 0x0b), "global.set: unknown global 2", 2},
		{"failure: global.set of what is immutable", 0, 0, b(0x41, 0, 0x24, 1, 0x0b), "global.set: global 1 is immutable", 2},
		{"failure: global.set of nothing", 0, 0, b(0x24, 0, 0x0b), "global.set: expected 1 operands, got 0", 0},
	})
}

func TestMemoryInstructions(t *testing.T) {
	b := bt.Bytes
	address := b(0x41, 0)
	load := func(op, align byte) []byte { return slices.Concat(address, b(op, align, 0, 0x1a, 0x0b)) }
	store := func(op, align byte) []byte { return slices.Concat(address, address, b(op, align, 0, 0x0b)) }
	three := slices.Concat(address, address, address)
	runBodies(t, binary.ErrInvalid, false, []bodyCase{
		{"success: i32.load of natural alignment", 0, 0, load(0x28, 2), "", 0},
		{"success: i32.load of less", 0, 0, load(0x28, 0), "", 0},
		{"failure: i32.load of more", 0, 0, load(0x28, 3), "i32.load: expected an alignment of at most 2^2, got 2^3", 2},
		{"success: i32.load16_u", 0, 0, load(0x2f, 1), "", 0},
		{"failure: i32.load16_s of more", 0, 0, load(0x2e, 2), "i32.load16_s: expected an alignment of at most 2^1, got 2^2", 2},
		{"failure: i32.load16_u of more", 0, 0, load(0x2f, 2), "i32.load16_u: expected an alignment", 2},
		{"success: i32.load8_s", 0, 0, load(0x2c, 0), "", 0},
		{"failure: i32.load8_s of more", 0, 0, load(0x2c, 1), "i32.load8_s: expected an alignment of at most 2^0, got 2^1", 2},
		{"failure: i32.load8_u of 2^31", 0, 0, load(0x2d, 31), "i32.load8_u: expected an alignment", 2},
		{"success: i32.store", 0, 0, store(0x36, 2), "", 0},
		{"failure: i32.store of more", 0, 0, store(0x36, 3), "i32.store: expected an alignment", 4},
		{"failure: i32.store16 of more", 0, 0, store(0x3b, 2), "i32.store16: expected an alignment", 4},
		{"failure: i32.store8 of more", 0, 0, store(0x3a, 1), "i32.store8: expected an alignment", 4},
		{"failure: load of nothing", 0, 0, b(0x28, 2, 0, 0x1a, 0x0b), "i32.load: expected 1 operands, got 0", 0},
		{"failure: store of one", 0, 0, b(0x41, 0, 0x36, 2, 0, 0x0b), "i32.store: expected 2 operands, got 1", 2},
		{"failure: a store leaves nothing", 2, 0, store(0x36, 2), "end: expected 1 operands, got 0", 7},
		{"success: memory.size", 2, 0, b(0x3f, 0, 0x0b), "", 0},
		{"success: memory.grow", 2, 0, b(0x41, 0, 0x40, 0, 0x0b), "", 0},
		{"failure: memory.grow of nothing", 2, 0, b(0x40, 0, 0x0b), "memory.grow: expected 1 operands, got 0", 0},
		{"success: memory.copy", 0, 0, slices.Concat(three, b(0xfc, 10, 0, 0, 0x0b)), "", 0},
		{"failure: memory.copy of two", 0, 0, slices.Concat(three[:4], b(0xfc, 10, 0, 0, 0x0b)), "memory.copy: expected 3 operands, got 2", 4},
		{"success: memory.fill", 0, 0, slices.Concat(three, b(0xfc, 11, 0, 0x0b)), "", 0},
		{"failure: memory.fill of two", 0, 0, slices.Concat(three[:4], b(0xfc, 11, 0, 0x0b)), "memory.fill: expected 3 operands, got 2", 4},
	})
	runBodies(t, binary.ErrInvalid, true, []bodyCase{
		{"failure: load without a memory", 0, 0, load(0x28, 2), "i32.load: unknown memory 0", 2},
		{"failure: store without a memory", 0, 0, store(0x3a, 0), "i32.store8: unknown memory 0", 4},
		{"failure: memory.size without a memory", 2, 0, b(0x3f, 0, 0x0b), "memory.size: unknown memory 0", 0},
		{"failure: memory.grow without a memory", 2, 0, b(0x41, 0, 0x40, 0, 0x0b), "memory.grow: unknown memory 0", 2},
		{"failure: memory.copy without a memory", 0, 0, slices.Concat(three, b(0xfc, 10, 0, 0, 0x0b)), "memory.copy: unknown memory 0", 6},
		{"failure: memory.fill without a memory", 0, 0, slices.Concat(three, b(0xfc, 11, 0, 0x0b)), "memory.fill: unknown memory 0", 6},
		{"failure: load in dead code without a memory", 0, 0, b(0x00, 0x28, 2, 0, 0x1a, 0x0b), "i32.load: unknown memory 0", 1},
		{"failure: global without globals", 0, 0, b(0x23, 0, 0x1a, 0x0b), "global.get: unknown global 0", 0},
		{"failure: call_indirect without a table", 0, 0, b(0x41, 0, 0x11, 0, 0, 0x0b), "call_indirect: unknown table 0", 2},
	})
}

func TestControl(t *testing.T) {
	b := bt.Bytes
	runBodies(t, binary.ErrInvalid, false, []bodyCase{
		{"success: block with a result", 2, 0, b(0x02, 0x7f, 0x41, 0, 0x0b, 0x0b), "", 0},
		{"failure: block without its result", 2, 0, b(0x02, 0x7f, 0x0b, 0x0b), "end: expected 1 operands, got 0", 2},
		{"failure: block with more than its result", 0, 0, b(0x02, 0x40, 0x41, 0, 0x0b, 0x0b), "end: expected 0 operands, got 1", 4},
		{"failure: block with an operand for its end alone", 0, 0, b(0x41, 0, 0x02, 0x7f, 0x0b, 0x1a, 0x0b), "end: expected 1 operands, got 0", 4},
		{"success: if and else", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b, 0x0b), "", 0},
		{"success: if without else", 0, 0, b(0x41, 0, 0x04, 0x40, 0x01, 0x0b, 0x0b), "", 0},
		{"failure: if without a condition", 0, 0, b(0x04, 0x40, 0x0b, 0x0b), "if: expected 1 operands, got 0", 0},
		{"failure: if with a result without else", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x41, 0, 0x0b, 0x0b), "if with a result and without an else", 6},
		{"failure: unreachable if with a result without else", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x00, 0x0b, 0x0b), "if with a result and without an else", 5},
		{"failure: if arm without its result", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x05, 0x41, 0, 0x0b, 0x0b), "else: expected 1 operands, got 0", 4},
		{"failure: if arm with too much", 0, 0, b(0x41, 0, 0x04, 0x40, 0x41, 0, 0x05, 0x0b, 0x0b), "else: expected 0 operands, got 1", 6},
		{"failure: else arm without its result", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x41, 0, 0x05, 0x0b, 0x0b), "end: expected 1 operands, got 0", 7},
		{"success: an arm may be unreachable", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x00, 0x05, 0x41, 0, 0x0b, 0x0b), "", 0},
		{"failure: else is reachable again", 2, 0, b(0x41, 0, 0x04, 0x7f, 0x00, 0x05, 0x0b, 0x0b), "end: expected 1 operands, got 0", 6},
		{"success: br out of a block with its result", 2, 0, b(0x02, 0x7f, 0x41, 0, 0x0c, 0, 0x0b, 0x0b), "", 0},
		{"success: br leaves what is below", 2, 0, b(0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0c, 0, 0x0b, 0x0b), "", 0},
		{"failure: br without a result", 2, 0, b(0x02, 0x7f, 0x0c, 0, 0x0b, 0x0b), "br: expected 1 operands, got 0", 2},
		{"success: br to a loop takes nothing", 2, 0, b(0x03, 0x7f, 0x0c, 0, 0x0b, 0x0b), "", 0},
		{"success: br to the function", 2, 0, b(0x02, 0x40, 0x41, 0, 0x0c, 1, 0x0b, 0x41, 0, 0x0b), "", 0},
		{"failure: br past the function", 0, 0, b(0x02, 0x40, 0x0c, 2, 0x0b, 0x0b), "br: unknown label 2", 2},
		{"failure: br to label 2^32-1", 0, 0, b(0x0c, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b), "br: unknown label 4294967295", 0},
		{"success: br_if leaves the result", 2, 0, b(0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0d, 0, 0x0b, 0x0b), "", 0},
		{"failure: br_if without a condition", 0, 0, b(0x0d, 0, 0x0b), "br_if: expected 1 operands, got 0", 0},
		{"failure: br_if without a result", 2, 0, b(0x41, 0, 0x0d, 0, 0x41, 0, 0x0b), "br_if: expected 2 operands, got 1", 2},
		{"failure: br_if past the function", 0, 0, b(0x41, 0, 0x0d, 1, 0x0b), "br_if: unknown label 1", 2},
		{"success: br_table", 0, 0, b(0x02, 0x40, 0x41, 0, 0x0e, 2, 0, 1, 0, 0x0b, 0x0b), "", 0},
		{"success: br_table to a loop and a block", 0, 0, b(0x02, 0x40, 0x03, 0x7f, 0x41, 0, 0x0e, 1, 0, 1, 0x0b, 0x1a, 0x0b, 0x0b), "", 0},
		{"failure: br_table without an index", 0, 0, b(0x0e, 0, 0, 0x0b), "br_table: expected 1 operands, got 0", 0},
		{"failure: br_table of labels that take another number", 2, 0, b(0x02, 0x40, 0x41, 0, 0x41, 0, 0x0e, 1, 0, 1, 0x0b, 0x41, 0, 0x0b), "br_table: label 0: expected 1 operands as for the default, got 0", 6},
		{"failure: the same in dead code", 2, 0, b(0x02, 0x40, 0x00, 0x0e, 1, 0, 1, 0x0b, 0x41, 0, 0x0b), "br_table: label 0: expected 1 operands", 3},
		{"failure: br_table past the function", 0, 0, b(0x41, 0, 0x0e, 1, 1, 0, 0x0b), "br_table: unknown label 1", 2},
		{"failure: default of br_table past the function", 0, 0, b(0x41, 0, 0x0e, 1, 0, 1, 0x0b), "br_table: unknown label 1", 2},
		{"success: return leaves what is below", 2, 0, b(0x41, 0, 0x41, 0, 0x0f, 0x0b), "", 0},
		{"success: return from within", 2, 0, b(0x03, 0x40, 0x41, 0, 0x0f, 0x0b, 0x00, 0x0b), "", 0},
		{"failure: return without a result", 2, 0, b(0x0f, 0x0b), "return: expected 1 operands, got 0", 0},
		{"success: call", 0, 0, b(0x41, 0, 0x41, 0, 0x10, 0, 0x1a, 0x10, 1, 0x0b), "", 0},
		{"failure: call without arguments", 2, 0, b(0x41, 0, 0x10, 0, 0x0b), "call: expected 2 operands, got 1", 2},
		{"failure: call of nothing", 0, 0, b(0x10, 2, 0x0b), "call: unknown function 2", 0},
		{"success: call_indirect", 2, 0, b(0x41, 0, 0x41, 0, 0x41, 0, 0x11, 1, 0, 0x0b), "", 0},
		{"failure: call_indirect without an index", 2, 0, b(0x41, 0, 0x41, 0, 0x11, 1, 0, 0x0b), "call_indirect: expected 3 operands, got 2", 4},
		{"failure: call_indirect of no type", 0, 0, b(0x41, 0, 0x11, 3, 0, 0x0b), "call_indirect: unknown type 3", 2},
		{"failure: call_indirect of table 1", 0, 0, b(0x41, 0, 0x11, 0, 1, 0x0b), "call_indirect: unknown table 1", 2},
	})
}

// TestUnreachable has code after what control does not pass, where operands are whatever is needed.
func TestUnreachable(t *testing.T) {
	b := bt.Bytes
	runBodies(t, binary.ErrInvalid, false, []bodyCase{
		{"success: any operand", 2, 0, b(0x00, 0x6a, 0x0b), "", 0},
		{"success: any result", 2, 0, b(0x00, 0x0b), "", 0},
		{"success: one operand of two", 2, 0, b(0x00, 0x41, 0, 0x6a, 0x0b), "", 0},
		{"success: br_if gives a result", 2, 0, b(0x00, 0x0d, 0, 0x0b), "", 0},
		{"success: after br", 0, 0, b(0x0c, 0, 0x6a, 0x1a, 0x0b), "", 0},
		{"success: after br_table", 0, 0, b(0x41, 0, 0x0e, 0, 0, 0x1a, 0x1a, 0x0b), "", 0},
		{"success: after return", 0, 0, b(0x0f, 0x1b, 0x1a, 0x0b), "", 0},
		{"failure: too much is left", 0, 0, b(0x00, 0x41, 0, 0x0b), "end: expected 0 operands, got 1", 3},
		{"failure: too much for the result", 2, 0, b(0x00, 0x41, 0, 0x41, 0, 0x0b), "end: expected 1 operands, got 2", 5},
		{"failure: what an instruction gave counts", 0, 0, b(0x00, 0x6a, 0x0b), "end: expected 0 operands, got 1", 2},
		{"failure: reachable after the block", 0, 0, b(0x02, 0x40, 0x00, 0x0b, 0x1a, 0x0b), "drop: expected 1 operands, got 0", 4},
		{"failure: a block within starts anew", 0, 0, b(0x00, 0x02, 0x40, 0x1a, 0x0b, 0x0b), "drop: expected 1 operands, got 0", 3},
		{"failure: unknown local", 0, 0, b(0x00, 0x20, 0, 0x1a, 0x0b), "local.get: unknown local 0", 1},
		{"failure: unknown label", 0, 0, b(0x00, 0x0c, 1, 0x0b), "br: unknown label 1", 1},
	})
}

func TestMalformedBodies(t *testing.T) {
	b := bt.Bytes
	runBodies(t, binary.ErrMalformed, false, []bodyCase{
		{"failure: nothing", 0, 0, nil, "expected an instruction, got the end", 0},
		{"failure: no end", 0, 0, b(0x01), "expected an instruction, got the end", 1},
		{"failure: no end of the function", 0, 0, b(0x02, 0x40, 0x0b), "expected an instruction, got the end", 3},
		{"failure: bytes after the end", 0, 0, b(0x0b, 0x01), "expected the end of the function", 1},
		{"failure: a second end", 0, 0, b(0x0b, 0x0b), "expected the end of the function", 1},
		{"failure: else in the function", 0, 0, b(0x05, 0x0b), "else without an if", 0},
		{"failure: else in a block", 0, 0, b(0x02, 0x40, 0x05, 0x0b, 0x0b), "else without an if", 2},
		{"failure: two else", 0, 0, b(0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b, 0x0b), "else without an if", 5},
		{"failure: else after the if ended", 0, 0, b(0x41, 0, 0x04, 0x40, 0x0b, 0x05, 0x0b), "else without an if", 5},
		{"failure: illegal opcode in dead code", 0, 0, b(0x00, 0x27, 0x0b), "illegal opcode 0x27", 1},
		{"failure: an immediate cut off", 0, 0, b(0x41), "i32.const: integer", 1},
	})
}

// TestFirstByteDecides has two faults each.
func TestFirstByteDecides(t *testing.T) {
	b := bt.Bytes
	runBodies(t, binary.ErrInvalid, false, []bodyCase{
		{"failure: invalid, then out of the profile", 0, 0, b(0x1a, 0x42, 0, 0x0b), "drop: expected 1", 0},
		{"failure: invalid, then malformed", 0, 0, b(0x1a, 0x27, 0x0b), "drop: expected 1", 0},
	})
	runBodies(t, binary.ErrUnsupported, false, []bodyCase{
		{"failure: out of the profile, then invalid", 0, 0, b(0x42, 0, 0x6a, 0x0b), "i64.const", 0},
		{"failure: out of the profile, then malformed", 0, 0, b(0x43, 0x27), "f32.const", 0},
	})
	runBodies(t, binary.ErrMalformed, false, []bodyCase{
		{"failure: malformed, then out of the profile", 0, 0, b(0x27, 0x42, 0, 0x0b), "illegal opcode", 0},
	})
}

// TestEveryExcludedOpcode refuses, by name and place, each opcode that the profile leaves out: as the first
// instruction, and in dead code deep in blocks.
func TestEveryExcludedOpcode(t *testing.T) {
	file, err := os.Open("../binary/testdata/opcodes.txt")
	require.NoError(t, err)
	defer file.Close()
	n := 0
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var prefix byte
		var code uint32
		var in string
		if _, err := fmt.Sscanf(lines.Text(), "%x %x %s", &prefix, &code, &in); err != nil || in != "out" {
			continue
		}
		name := lines.Text()[len(fmt.Sprintf("%02x %02x out ", prefix, code)):]
		op := bt.Bytes(byte(code))
		if prefix != 0 {
			op = append(bt.Bytes(prefix), bt.U32(code)...)
		}
		for _, before := range [][]byte{nil, {0x02, 0x40, 0x00, 0x03, 0x7f, 0x0c, 1, 0x0b}} {
			c := bodyCase{body: slices.Concat(before, op, make([]byte, 20), bt.Bytes(0x0b))}
			m, at := c.module(false)
			_, _, err := check(m, binary.DefaultLimits())
			var where *binary.Error
			require.ErrorAs(t, err, &where, name)
			require.ErrorIs(t, err, binary.ErrUnsupported, name)
			require.Equal(t, name, where.Msg)
			require.Equal(t, at+len(before), where.Offset, name)
		}
		n++
	}
	require.NoError(t, lines.Err())
	require.Equal(t, 512, n)
}

func TestControlDepth(t *testing.T) {
	nested := func(n int) []byte {
		return slices.Concat(slices.Repeat(bt.Bytes(0x02, 0x40), n), slices.Repeat(bt.Bytes(0x0b), n+1))
	}
	l := binary.DefaultLimits()
	l.ControlDepth = 3
	code, _ := bodyCase{body: nested(3)}.module(false)
	_, info, err := check(code, l)
	require.NoError(t, err)
	require.Equal(t, uint32(4), info.MaxDepth)
	code, at := bodyCase{body: nested(4)}.module(false)
	_, _, err = check(code, l)
	requireInvalid(t, err, binary.ErrLimit, "expected at most 3 blocks within each other", at+6)
}

func TestBranchTargets(t *testing.T) {
	l := binary.DefaultLimits()
	l.BranchTargets = 2
	code, _ := bodyCase{body: bt.Bytes(0x41, 0, 0x0e, 2, 0, 0, 0, 0x0b)}.module(false)
	_, _, err := check(code, l)
	require.NoError(t, err)
	code, at := bodyCase{body: bt.Bytes(0x41, 0, 0x0e, 3, 0, 0, 0, 0, 0x0b)}.module(false)
	_, _, err = check(code, l)
	requireInvalid(t, err, binary.ErrLimit, "br_table: expected at most 2 labels, got 3", at+3)
}

// TestMaxStack compares the height that is reported with the height that was counted by hand.
func TestMaxStack(t *testing.T) {
	b := bt.Bytes
	for _, c := range []struct {
		name string
		body []byte
		want uint32
	}{
		{"success: none", b(0x0b), 0},
		{"success: two", b(0x41, 0, 0x41, 0, 0x6a, 0x1a, 0x0b), 2},
		{"success: below a block", b(0x41, 0, 0x02, 0x7f, 0x41, 0, 0x41, 0, 0x6a, 0x0b, 0x6a, 0x1a, 0x0b), 3},
		{"success: result of a block", b(0x02, 0x7f, 0x41, 0, 0x0b, 0x1a, 0x0b), 1},
		{"success: memory.size", b(0x3f, 0, 0x1a, 0x0b), 1},
		{"success: result of an unreachable block", b(0x02, 0x7f, 0x00, 0x0b, 0x1a, 0x0b), 1},
		{"success: dead code counts", b(0x00, 0x41, 0, 0x41, 0, 0x1a, 0x1a, 0x0b), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _ := bodyCase{body: c.body}.module(false)
			_, info, err := check(code, binary.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, c.want, info.MaxStack[0])
		})
	}
}

// TestManyFunctions: the stacks of one function are not left over for the next.
func TestManyFunctions(t *testing.T) {
	f := bt.Func(0, 0x00, 0x41, 0, 0x1a)
	code := bt.Module(
		bt.Vector(bt.Type, bt.FuncType(0, false), bt.FuncType(0, true)),
		bt.Vector(bt.Function, bt.U32(0), bt.U32(1), bt.U32(0)),
		bt.Vector(bt.Code, f, bt.Func(0, 0x41, 0), bt.Func(0)),
	)
	_, info, err := check(code, binary.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []uint32{1, 1, 0}, info.MaxStack)

	code = bt.Module(
		bt.Vector(bt.Type, bt.FuncType(0, false)),
		bt.Vector(bt.Function, bt.U32(0), bt.U32(0)),
		bt.Vector(bt.Code, f, bt.Func(0, 0x1a)),
	)
	_, _, err = check(code, binary.DefaultLimits())
	requireInvalid(t, err, binary.ErrInvalid, "drop: expected 1 operands, got 0", len(code)-2)
}
