package spectest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// opcode is an opcode of one byte, or one of these prefixes and the number after it.
type opcode uint32

const (
	prefixMisc   opcode = 0xfc << 16
	prefixVector opcode = 0xfd << 16
)

// What reduction has to look at.
const (
	opBlock        opcode = 0x02
	opIf           opcode = 0x04
	opEnd          opcode = 0x0b
	opCall         opcode = 0x10
	opCallIndirect opcode = 0x11
	opGlobalGet    opcode = 0x23
	opGlobalSet    opcode = 0x24
	opI32Const     opcode = 0x41
	opRefFunc      opcode = 0xd2
)

// Block types of the profile, as instruction.a has them.
const (
	blockEmpty = ^uint32(0x3f)
	blockI32   = ^uint32(0)
)

// instruction has the first two immediates that are integers.
type instruction struct {
	op   opcode
	a, b uint32
	wide bool // the last integer took more than a byte
}

// state is what an instance has and a call may see or change, as a set.
type state uint64

const (
	memoryBytes state = 1 << iota
	memorySize
	tableElements
	firstGlobal

	everything = ^state(0)
)

// globalState is the part that a global is. Those with high indices share one.
func globalState(index uint32) state { return firstGlobal << min(index, 60) }

// layout is what opcodes in a row have after them, and the state that they may see and change. Of globals the index decides.
type layout struct {
	first, last   opcode
	immediates    string
	reads, writes state
}

// opcodes are those of the core specification 2.0, with what follows each: i an unsigned integer, s a signed one, l the labels of
// br_table, t a vector of types, a digit or x so many bytes (x is 16). Bytes that are zero or a type count as integers.
var opcodes = []layout{
	{0x00, 0x01, "", 0, 0},
	{opBlock, opIf, "s", 0, 0},
	{0x05, 0x05, "", 0, 0},
	{opEnd, opEnd, "", 0, 0},
	{0x0c, 0x0d, "i", 0, 0}, // br, br_if
	{0x0e, 0x0e, "l", 0, 0},
	{0x0f, 0x0f, "", 0, 0},
	{opCall, opCall, "i", 0, 0},
	{opCallIndirect, opCallIndirect, "ii", tableElements, 0},
	{0x1a, 0x1b, "", 0, 0}, // drop, select
	{0x1c, 0x1c, "t", 0, 0},
	{0x20, opGlobalSet, "i", 0, 0},
	{0x25, 0x25, "i", tableElements, 0},
	{0x26, 0x26, "i", tableElements, tableElements},
	{0x28, 0x35, "ii", memoryBytes | memorySize, 0}, // loads
	{0x36, 0x3e, "ii", memorySize, memoryBytes},     // stores
	{0x3f, 0x3f, "i", memorySize, 0},
	{0x40, 0x40, "i", memorySize, memorySize},
	{opI32Const, 0x42, "s", 0, 0},
	{0x43, 0x43, "4", 0, 0},
	{0x44, 0x44, "8", 0, 0},
	{0x45, 0xc4, "", 0, 0}, // numeric
	{0xd0, 0xd0, "i", 0, 0},
	{0xd1, 0xd1, "", 0, 0},
	{opRefFunc, opRefFunc, "i", 0, 0},

	{prefixMisc, prefixMisc | 7, "", 0, 0},
	{prefixMisc | 8, prefixMisc | 8, "ii", memorySize, memoryBytes}, // memory.init
	{prefixMisc | 9, prefixMisc | 9, "i", 0, 0},
	{prefixMisc | 10, prefixMisc | 10, "ii", memoryBytes | memorySize, memoryBytes},
	{prefixMisc | 11, prefixMisc | 11, "i", memorySize, memoryBytes},
	{prefixMisc | 12, prefixMisc | 12, "ii", tableElements, tableElements}, // table.init
	{prefixMisc | 13, prefixMisc | 13, "i", 0, 0},
	{prefixMisc | 14, prefixMisc | 14, "ii", tableElements, tableElements},
	{prefixMisc | 15, prefixMisc | 15, "i", tableElements, tableElements},
	{prefixMisc | 16, prefixMisc | 16, "i", tableElements, 0},
	{prefixMisc | 17, prefixMisc | 17, "i", tableElements, tableElements},

	{prefixVector, prefixVector | 10, "ii", memoryBytes | memorySize, 0}, // loads
	{prefixVector | 11, prefixVector | 11, "ii", memorySize, memoryBytes},
	{prefixVector | 12, prefixVector | 13, "x", 0, 0}, // const, shuffle
	{prefixVector | 14, prefixVector | 20, "", 0, 0},
	{prefixVector | 21, prefixVector | 34, "1", 0, 0}, // lanes
	{prefixVector | 35, prefixVector | 83, "", 0, 0},
	{prefixVector | 84, prefixVector | 87, "ii1", memoryBytes | memorySize, 0}, // loads of lanes
	{prefixVector | 88, prefixVector | 91, "ii1", memorySize, memoryBytes},     // stores of lanes
	{prefixVector | 92, prefixVector | 93, "ii", memoryBytes | memorySize, 0},
	{prefixVector | 94, prefixVector | 255, "", 0, 0},
}

func (o opcode) layout() *layout {
	i := slices.IndexFunc(opcodes, func(l layout) bool { return l.first <= o && o <= l.last })
	if i < 0 {
		panic(fmt.Sprintf("opcode %#x", uint32(o)))
	}
	return &opcodes[i]
}

// touches says what state an instruction may see, and what it may change.
func (in instruction) touches() (reads, writes state) {
	switch in.op {
	case opGlobalGet:
		return globalState(in.a), 0
	case opGlobalSet:
		return 0, globalState(in.a)
	}
	l := in.op.layout()
	return l.reads, l.writes
}

// expression reads instructions up to the end that closes them, which is the last of them.
func (c *cursor) expression() (code []instruction) {
	for depth := 1; depth > 0; {
		in := c.instruction()
		code = append(code, in)
		switch {
		case opBlock <= in.op && in.op <= opIf:
			depth++
		case in.op == opEnd:
			depth--
		}
	}
	return code
}

func (c *cursor) instruction() (in instruction) {
	in.op = opcode(c.byte())
	if in.op<<16 == prefixMisc || in.op<<16 == prefixVector {
		in.op = in.op<<16 | opcode(c.u32())
	}
	var integers []uint32
	for _, kind := range in.op.layout().immediates {
		before := len(c.b)
		switch kind {
		case 'i':
			integers = append(integers, c.u32())
		case 's':
			integers = append(integers, c.s32())
		case 'l':
			c.each(func() { c.u32() })
			c.u32()
		case 't':
			c.bytes()
		case 'x':
			c.take(16)
		default:
			c.take(int(kind - '0'))
		}
		in.wide = before-len(c.b) > 1
	}
	integers = append(integers, 0, 0)
	in.a, in.b = integers[0], integers[1]
	return in
}

// effects is what a call of a function may do.
type effects struct {
	reads, writes state
	imports       []uint32 // functions that may be called, by index
}

// effects follows calls. An indirect one may be of any function of its type that a table may have.
func (m *rawModule) effects(index uint32) (e effects) {
	seen := make([]bool, len(m.funcs))
	next := []uint32{index}
	for len(next) > 0 {
		i := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		if m.funcs[i].from != nil {
			e.imports = append(e.imports, i)
		}
		for _, in := range m.funcs[i].code {
			reads, writes := in.touches()
			e.reads |= reads
			e.writes |= writes
			switch in.op {
			case opCall:
				next = append(next, in.a)
			case opCallIndirect:
				for _, callee := range m.tabled {
					if m.types[m.funcs[callee].typeIndex].equal(m.types[in.a]) {
						next = append(next, callee)
					}
				}
			}
		}
	}
	return e
}

// profile names the opcodes that are out of it.
type profile map[opcode]string

// readProfile reads the list of package binary, which is no part of its code.
func readProfile(t *testing.T) profile {
	t.Helper()
	text, err := os.ReadFile("../binary/testdata/opcodes.txt")
	require.NoError(t, err)
	p := profile{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line) // prefix, number, in or out, name
		prefix, err := strconv.ParseUint(fields[0], 16, 8)
		require.NoError(t, err, line)
		number, err := strconv.ParseUint(fields[1], 16, 16)
		require.NoError(t, err, line)
		if fields[2] == "out" {
			p[opcode(prefix<<16|number)] = strings.Join(fields[3:], " ")
		}
	}
	require.NotEmpty(t, p)
	return p
}

// excludes says what an instruction has that is out of the profile, whatever module it is in; or nothing.
func (p profile) excludes(in instruction) string {
	switch {
	case p[in.op] != "":
		return p[in.op]
	case opBlock <= in.op && in.op <= opIf && in.a != blockEmpty && in.a != blockI32:
		if int32(in.a) >= 0 {
			return "multi-value block"
		}
		return typeName(byte(in.a)&0x7f) + " block result"
	case in.op == opCallIndirect && in.b > 0:
		return "multiple tables"
	case in.op == opCallIndirect && in.wide:
		return "call_indirect with a table index of more than one byte"
	}
	return ""
}

const (
	typeI32     = 0x7f
	typeFuncref = 0x70
)

func typeName(b byte) string {
	names := map[byte]string{
		typeI32: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64", 0x7b: "v128", typeFuncref: "funcref", 0x6f: "externref",
	}
	if names[b] == "" {
		panic(fmt.Sprintf("type %#x", b))
	}
	return names[b]
}
