package binary

import "fmt"

// Block types, as Instr.A has them for block, loop and if.
const (
	BlockEmpty  uint32 = 0
	BlockResult uint32 = 1 // one i32
)

// Instr is an instruction with its immediates.
type Instr struct {
	Op Opcode
	// A is the first immediate: the bits of a constant; the index of a label, function, local or global; the type
	// index of call_indirect; the exponent of the alignment of a load or store; BlockEmpty or BlockResult.
	A uint32
	// B is the second: the offset of a load or store, the table index of call_indirect.
	B       uint32
	Offset  int      // of the opcode in the module
	Targets []uint32 // the labels of br_table, the default last; overwritten by the next br_table that is read
}

// Reader reads the instructions of an expression one after the other. It knows the grammar of an instruction,
// not that of blocks: that an else or an end has its opening is for the caller to see.
type Reader struct {
	// BranchTargets is the most labels that a br_table may have, its default not counted. NewReader sets no limit.
	BranchTargets uint32

	body []byte
	pos  int
	base int
}

// NewReader reads body, which it does not change and which begins at offset in the module.
func NewReader(body []byte, offset int) Reader {
	return Reader{BranchTargets: ^uint32(0), body: body, base: offset}
}

// Done says that no byte is left.
func (r *Reader) Done() bool { return r.pos >= len(r.body) }

// Offset is where the next instruction begins in the module.
func (r *Reader) Offset() int { return r.base + r.pos }

// Next reads an instruction into in, and sets all of its fields but Targets, which only br_table sets. After an
// error, which is an *Error, the reader must not be used again.
func (r *Reader) Next(in *Instr) error {
	at := r.pos
	if at >= len(r.body) {
		return r.fail(ErrMalformed, at, "expected an instruction, got the end of the bytes")
	}
	op := r.body[at]
	r.pos = at + 1
	in.Op, in.A, in.B, in.Offset = Opcode(op), 0, 0, r.base+at
	switch immediates[op] {
	case immNone:
		return nil
	case immIndex:
		return r.u32(&in.A, in.Op)
	case immConst:
		v, next := readS32(r.body, r.pos)
		if next < 0 {
			return r.badInteger(in.Op, next)
		}
		in.A, r.pos = v, next
		return nil
	case immMemArg:
		return r.memArg(in)
	case immBlock:
		return r.blockType(in)
	case immBrTable:
		return r.targets(in)
	case immIndirect:
		if err := r.u32(&in.A, in.Op); err != nil {
			return err
		}
		return r.tableIndex(in)
	case immMemory:
		return r.zero(in.Op)
	case immPrefix:
		return r.prefixed(in, at, op)
	}
	return r.excluded(at, 0, uint32(op))
}

// prefixed reads the rest of an opcode that begins with a prefix.
func (r *Reader) prefixed(in *Instr, at int, prefix byte) error {
	code, next := readU32(r.body, r.pos)
	if next < 0 {
		return r.fail(ErrMalformed, r.pos, "opcode after the prefix %#02x: %s", prefix, lebMessage(next))
	}
	r.pos = next
	if prefix == prefixMisc && code <= 0xff {
		switch in.Op = Opcode(prefixMisc)<<8 | Opcode(code); in.Op {
		case OpMemoryFill:
			return r.zero(in.Op)
		case OpMemoryCopy:
			if err := r.zero(in.Op); err != nil {
				return err
			}
			return r.zero(in.Op)
		}
	}
	return r.excluded(at, prefix, code)
}

// blockType reads a block type (5.3.3): empty, a value type, or the index of a function type.
func (r *Reader) blockType(in *Instr) error {
	at := r.pos
	if at < len(r.body) {
		switch b := r.body[at]; b {
		case byte(emptyBlock):
			r.pos++
			return nil
		case byte(typeI32):
			in.A = BlockResult
			r.pos++
			return nil
		default:
			if name, ok := valueTypeName(b); ok {
				return r.fail(ErrUnsupported, at, "%s block result", name)
			}
		}
	}
	v, next := readS33(r.body, at)
	switch {
	case next < 0:
		return r.badInteger(in.Op, next)
	case v < 0:
		return r.fail(ErrMalformed, at, "%v: expected a block type, got %#02x", in.Op, r.body[at])
	}
	return r.fail(ErrUnsupported, at, "multi-value block (type %d)", v)
}

// memArg reads alignment and offset. The grammar of the official tests ends alignments at 2^31; later versions
// give the bits above a meaning that needs a second memory.
func (r *Reader) memArg(in *Instr) error {
	at := r.pos
	if err := r.u32(&in.A, in.Op); err != nil {
		return err
	}
	if in.A > 31 {
		return r.fail(ErrMalformed, at, "%v: expected an alignment below 2^32, got 2^%d", in.Op, in.A)
	}
	return r.u32(&in.B, in.Op)
}

// targets reads the labels of a br_table. Each takes a byte at least, so their slice grows with what was read,
// not with what was declared.
func (r *Reader) targets(in *Instr) error {
	at := r.pos
	var n uint32
	if err := r.u32(&n, in.Op); err != nil {
		return err
	}
	if n > r.BranchTargets {
		return r.fail(ErrLimit, at, "br_table: expected at most %d labels, got %d", r.BranchTargets, n)
	}
	in.Targets = in.Targets[:0]
	for i := uint64(0); i <= uint64(n); i++ {
		var label uint32
		if err := r.u32(&label, in.Op); err != nil {
			return err
		}
		in.Targets = append(in.Targets, label)
	}
	return nil
}

// tableIndex reads the table of call_indirect. Core 1.0 has a byte of zero there, later versions an index; the
// profile takes what both take.
func (r *Reader) tableIndex(in *Instr) error {
	at := r.pos
	if err := r.u32(&in.B, in.Op); err != nil {
		return err
	}
	if in.B == 0 && r.pos-at > 1 {
		return r.fail(ErrUnsupported, at, "call_indirect with a table index of more than one byte")
	}
	return nil
}

// zero reads the byte that stands for memory 0.
func (r *Reader) zero(op Opcode) error {
	if r.pos >= len(r.body) {
		return r.fail(ErrMalformed, r.pos, "%v: expected 0x00 for memory 0, got the end of the bytes", op)
	}
	if b := r.body[r.pos]; b != 0 {
		return r.fail(ErrMalformed, r.pos, "%v: expected 0x00 for memory 0, got %#02x", op, b)
	}
	r.pos++
	return nil
}

func (r *Reader) u32(v *uint32, op Opcode) error {
	value, next := readU32(r.body, r.pos)
	if next < 0 {
		return r.badInteger(op, next)
	}
	*v, r.pos = value, next
	return nil
}

func (r *Reader) badInteger(op Opcode, next int) error {
	return r.fail(ErrMalformed, r.pos, "%v: integer: %s", op, lebMessage(next))
}

// excluded refuses an opcode at position at, by name if any specification has it.
func (r *Reader) excluded(at int, prefix byte, code uint32) error {
	if name, ok := Name(prefix, code); ok {
		return r.fail(ErrUnsupported, at, "%s", name)
	}
	return r.fail(ErrMalformed, at, "%s", illegal(prefix, code))
}

func illegal(prefix byte, code uint32) string {
	if prefix == 0 {
		return fmt.Sprintf("illegal opcode %#02x", code)
	}
	return fmt.Sprintf("illegal opcode %#02x %d", prefix, code)
}

func (r *Reader) fail(sentinel error, at int, format string, args ...any) error {
	return fail(sentinel, r.base+at, format, args...)
}
