package binary

// Opcode is an instruction of the profile: its byte, or 0xfc00 and the number after the prefix 0xfc.
type Opcode uint16

// The instructions of the profile (5.4).
const (
	OpUnreachable  Opcode = 0x00
	OpNop          Opcode = 0x01
	OpBlock        Opcode = 0x02
	OpLoop         Opcode = 0x03
	OpIf           Opcode = 0x04
	OpElse         Opcode = 0x05
	OpEnd          Opcode = 0x0b
	OpBr           Opcode = 0x0c
	OpBrIf         Opcode = 0x0d
	OpBrTable      Opcode = 0x0e
	OpReturn       Opcode = 0x0f
	OpCall         Opcode = 0x10
	OpCallIndirect Opcode = 0x11
	OpDrop         Opcode = 0x1a
	OpSelect       Opcode = 0x1b
	OpLocalGet     Opcode = 0x20
	OpLocalSet     Opcode = 0x21
	OpLocalTee     Opcode = 0x22
	OpGlobalGet    Opcode = 0x23
	OpGlobalSet    Opcode = 0x24
	OpI32Load      Opcode = 0x28
	OpI32Load8S    Opcode = 0x2c
	OpI32Load8U    Opcode = 0x2d
	OpI32Load16S   Opcode = 0x2e
	OpI32Load16U   Opcode = 0x2f
	OpI32Store     Opcode = 0x36
	OpI32Store8    Opcode = 0x3a
	OpI32Store16   Opcode = 0x3b
	OpMemorySize   Opcode = 0x3f
	OpMemoryGrow   Opcode = 0x40
	OpI32Const     Opcode = 0x41
	OpI32Eqz       Opcode = 0x45
	OpI32Eq        Opcode = 0x46
	OpI32Ne        Opcode = 0x47
	OpI32LtS       Opcode = 0x48
	OpI32LtU       Opcode = 0x49
	OpI32GtS       Opcode = 0x4a
	OpI32GtU       Opcode = 0x4b
	OpI32LeS       Opcode = 0x4c
	OpI32LeU       Opcode = 0x4d
	OpI32GeS       Opcode = 0x4e
	OpI32GeU       Opcode = 0x4f
	OpI32Clz       Opcode = 0x67
	OpI32Ctz       Opcode = 0x68
	OpI32Popcnt    Opcode = 0x69
	OpI32Add       Opcode = 0x6a
	OpI32Sub       Opcode = 0x6b
	OpI32Mul       Opcode = 0x6c
	OpI32DivS      Opcode = 0x6d
	OpI32DivU      Opcode = 0x6e
	OpI32RemS      Opcode = 0x6f
	OpI32RemU      Opcode = 0x70
	OpI32And       Opcode = 0x71
	OpI32Or        Opcode = 0x72
	OpI32Xor       Opcode = 0x73
	OpI32Shl       Opcode = 0x74
	OpI32ShrS      Opcode = 0x75
	OpI32ShrU      Opcode = 0x76
	OpI32Rotl      Opcode = 0x77
	OpI32Rotr      Opcode = 0x78
	OpI32Extend8S  Opcode = 0xc0
	OpI32Extend16S Opcode = 0xc1
	OpMemoryCopy   Opcode = 0xfc0a
	OpMemoryFill   Opcode = 0xfc0b
)

// Prefixes of opcodes of more than one byte.
const (
	prefixGC     = 0xfb
	prefixMisc   = 0xfc
	prefixVector = 0xfd
	prefixAtomic = 0xfe
)

// String gives the name of the text format, also of an instruction out of the profile, and "illegal opcode 0x27"
// for what no specification has.
func (o Opcode) String() string {
	prefix, code := byte(o>>8), uint32(o&0xff)
	if name, ok := Name(prefix, code); ok {
		return name
	}
	return illegal(prefix, code)
}

// Name gives the text-format name of an opcode: of one byte with a prefix of zero, else of the number that
// follows the prefix. It says false when no specification gives the opcode a meaning.
func Name(prefix byte, code uint32) (string, bool) {
	var names []string
	switch prefix {
	case 0:
		names = coreNames[:]
	case prefixGC:
		names = gcNames[:]
	case prefixMisc:
		names = miscNames[:]
	case prefixVector:
		names = vectorNames[:]
	case prefixAtomic:
		names = atomicNames[:]
	}
	if uint64(code) >= uint64(len(names)) || names[code] == "" {
		return "", false
	}
	return names[code], true
}

// immediate says what follows an opcode.
type immediate byte

const (
	immOut      immediate = iota // out of the profile, or no opcode at all
	immNone                      // nothing
	immBlock                     // a block type
	immIndex                     // a label, function, local or global
	immBrTable                   // labels
	immIndirect                  // a type, then table 0
	immMemArg                    // alignment, then offset
	immMemory                    // memory 0
	immConst                     // a signed integer of 32 bits
	immPrefix                    // more of the opcode
)

// immediates has an entry for each opcode of one byte.
var immediates = immediateTable()

func immediateTable() (t [256]immediate) {
	set := func(kind immediate, ops ...Opcode) {
		for _, op := range ops {
			t[op] = kind
		}
	}
	span := func(first, last Opcode) {
		for op := first; op <= last; op++ {
			t[op] = immNone
		}
	}
	span(OpI32Eqz, OpI32GeU)
	span(OpI32Clz, OpI32Rotr)
	span(OpI32Extend8S, OpI32Extend16S)
	set(immNone, OpUnreachable, OpNop, OpElse, OpEnd, OpReturn, OpDrop, OpSelect)
	set(immBlock, OpBlock, OpLoop, OpIf)
	set(immIndex, OpBr, OpBrIf, OpCall, OpLocalGet, OpLocalSet, OpLocalTee, OpGlobalGet, OpGlobalSet)
	set(immBrTable, OpBrTable)
	set(immIndirect, OpCallIndirect)
	set(immMemArg, OpI32Load, OpI32Load8S, OpI32Load8U, OpI32Load16S, OpI32Load16U, OpI32Store, OpI32Store8, OpI32Store16)
	set(immMemory, OpMemorySize, OpMemoryGrow)
	set(immConst, OpI32Const)
	set(immPrefix, prefixGC, prefixMisc, prefixVector, prefixAtomic)
	return t
}
