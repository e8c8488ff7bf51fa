package compile

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

// maxParams is what lowering relies on: arguments must lie within the window with room for scratch registers.
const maxParams = 128

// Lower lowers the functions of a module that package validate accepted with this info. It refuses only what a
// module beyond the internal form's own limit has: a function type of more than 128 parameters.
func Lower(m *binary.Module, info *validate.Info) (*Program, error) {
	for i := range m.Types {
		if n := m.Types[i].Params; n > maxParams {
			return nil, fmt.Errorf("lower type %d: %w: expected at most %d parameters, got %d", i, binary.ErrLimit, maxParams, n)
		}
	}
	room := room(m, info)
	l := lowerer{
		module: m,
		program: &Program{
			Code:    make([]Inst, 1, room),
			Offsets: make([]uint32, 1, room),
			Funcs:   make([]Func, len(m.Imports)+len(m.Funcs)),
			Imports: uint32(len(m.Imports)),
		},
	}
	l.program.Code[0] = Inst{Op: OpExit}
	for i := range m.Imports {
		l.declare(uint32(i), m.Imports[i].Type)
		l.program.Funcs[i].Host = true
	}
	for i := range m.Funcs {
		index := uint32(len(m.Imports) + i)
		l.at = i
		l.declare(index, m.Funcs[i].Type)
		if err := l.function(&m.Funcs[i], &l.program.Funcs[index], info.MaxStack[i]); err != nil {
			return nil, fmt.Errorf("lower function %d: %w", index, err)
		}
	}
	return l.program, nil
}

// room is about how many instructions there will be: fewer than before, but more in wide frames.
func room(m *binary.Module, info *validate.Info) int {
	n := 1
	for i := range m.Funcs {
		f := &m.Funcs[i]
		instrs := int(info.Instrs[i])
		if isWide(uint32(m.Types[f.Type].Params)+f.Locals, info.MaxStack[i]) {
			n += 3 * instrs
			continue
		}
		n += instrs - instrs/4 + 2
	}
	return n
}

// isWide says whether a frame is larger than the window.
func isWide(locals, maxStack uint32) bool { return locals+maxStack > Window }

// lowerer lowers one function after the other; its slices serve all of them.
type lowerer struct {
	module  *binary.Module
	program *Program
	reader  binary.Reader
	in      binary.Instr
	at      int // of the function in module.Funcs

	wide    bool   // the frame is larger than the window
	scratch uint32 // of a wide frame: the first of its scratch registers
	slot0   uint32 // the register of the bottom of the operand stack
	result  bool   // of the function

	stack []value
	clean int     // places below it hold no local
	heads []int32 // by local: the topmost place of the stack that holds it, or -1

	labels  []label // open blocks, the function's own first
	dead    bool    // what follows is unreachable
	nesting int     // blocks that opened in unreachable code

	gas    uint32   // of the open basic block so far
	sites  int32    // where its charge goes: a list in uses
	blocks []uint32 // gas of closed basic blocks; the last entry is the open one's
	uses   []use
	spare  int32 // uses that are free to be taken again: a list in uses
	fence  int   // instructions below this index must stay as they are: something leads past them
}

// value is a place of the symbolic operand stack.
type value struct {
	kind valueKind
	n    uint32 // the constant, or the local
	add  uint32 // what is to be added to the register, which is left until the sum is needed
	prev int32  // for a local: the next lower place that holds it, or -1
}

type valueKind uint8

const (
	inSlot valueKind = iota // in the register of its place
	inLocal
	isConst
)

// label is an open block.
type label struct {
	op     binary.Opcode // block, loop, if or else; block for the function's own
	result bool
	height uint32 // of the stack where it began
	uses   int32  // branches to its end: a list in uses
	pc     uint32 // of a loop: where it begins
	block  int    // of a loop: its first basic block
	branch uint32 // of an if: the instruction that skips its first arm
	stub   uint32 // where the br_table under way moves the result for this label, or zero
}

func (l *lowerer) declare(index, typeIndex uint32) {
	t := l.module.Types[typeIndex]
	f := &l.program.Funcs[index]
	f.Params, f.Sig, f.Result = uint32(t.Params), Sig(t.Params, t.Result), t.Result
}

func (l *lowerer) function(f *binary.Func, out *Func, maxStack uint32) error {
	locals := out.Params + f.Locals
	l.layout(out, locals, f.Locals, maxStack)
	for n := uint32(len(l.heads)); n < locals; n++ {
		l.heads = append(l.heads, -1)
	}
	l.stack, l.clean = l.stack[:0], 0
	l.dead, l.nesting, l.result = false, 0, out.Result
	l.uses, l.spare, l.blocks = l.uses[:0], none, l.blocks[:0]
	l.fence = len(l.program.Code)
	out.Entry = uint32(len(l.program.Code))
	l.openBlock(none)
	l.gas = LocalsGas(f.Locals)
	l.labels = append(l.labels[:0], label{op: binary.OpBlock, result: out.Result, uses: none})
	l.reader = binary.NewReader(f.Body, f.Offset)
	for len(l.labels) > 0 {
		if err := l.reader.Next(&l.in); err != nil {
			return err
		}
		if l.dead {
			l.skip()
			continue
		}
		if l.gas >= blockGas {
			l.split()
		}
		l.gas += InstructionGas(l.in.Op)
		l.instruction()
	}
	out.Gas = uint64(l.blocks[0])
	return nil
}

// layout places parameters, declared locals and the operand stack in the frame, in this order. In a frame that is
// larger than the window four scratch registers follow the parameters.
func (l *lowerer) layout(out *Func, locals, declared, maxStack uint32) {
	l.slot0 = locals
	l.wide = isWide(locals, maxStack)
	out.ZeroFrom = out.Params
	if l.wide {
		l.scratch = out.Params
		l.slot0 += scratchRegisters
		out.ZeroFrom += scratchRegisters
	}
	out.ZeroTo = out.ZeroFrom + declared
	out.Frame = max(l.slot0+maxStack, 1) // a result takes a slot even of a function that has none
}

// scratchRegisters is how many registers an instruction has at most.
const scratchRegisters = 4

// skip passes over unreachable code up to the else or end that may make the next instruction reachable.
func (l *lowerer) skip() {
	switch l.in.Op {
	case binary.OpBlock, binary.OpLoop, binary.OpIf:
		l.nesting++
	case binary.OpElse:
		if l.nesting == 0 {
			l.otherwise()
		}
	case binary.OpEnd:
		if l.nesting == 0 {
			l.end()
		} else {
			l.nesting--
		}
	}
}

// instruction lowers what was read.
func (l *lowerer) instruction() {
	in := &l.in
	switch op := in.Op; {
	case op >= binary.OpI32Add && op <= binary.OpI32Rotr:
		l.arithmetic(int(op - binary.OpI32Add))
	case op >= binary.OpI32Eq && op <= binary.OpI32GeU:
		l.compare(condition(op - binary.OpI32Eq))
	case op >= binary.OpI32Load && op <= binary.OpI32Load16U:
		l.load(op)
	case op >= binary.OpI32Store && op <= binary.OpI32Store16:
		l.store(op)
	default:
		l.other()
	}
}

func (l *lowerer) other() {
	in := &l.in
	switch in.Op {
	case binary.OpLocalGet:
		l.pushLocal(in.A)
	case binary.OpLocalSet:
		l.setLocal(in.A)
	case binary.OpLocalTee:
		l.setLocal(in.A)
		l.pushLocal(in.A)
	case binary.OpI32Const:
		l.push(value{kind: isConst, n: in.A})
	case binary.OpDrop:
		l.pop()
	case binary.OpI32Eqz:
		l.eqz()
	case binary.OpSelect:
		l.choose()
	case binary.OpI32Clz:
		l.unary(OpClz)
	case binary.OpI32Ctz:
		l.unary(OpCtz)
	case binary.OpI32Popcnt:
		l.unary(OpPopcnt)
	case binary.OpI32Extend8S:
		l.unary(OpExtend8S)
	case binary.OpI32Extend16S:
		l.unary(OpExtend16S)
	case binary.OpGlobalGet:
		l.set(Inst{Op: OpGlobalGet, Imm: in.A}, l.pushSlot())
	case binary.OpGlobalSet:
		l.do1(OpGlobalSet, l.popReg(), in.A)
	case binary.OpMemorySize:
		l.set(Inst{Op: OpMemSize}, l.pushSlot())
	case binary.OpMemoryGrow:
		l.unary(OpMemGrow)
	case binary.OpMemoryCopy:
		l.bulk(OpMemCopy)
	case binary.OpMemoryFill:
		l.bulk(OpMemFill)
	default:
		l.control()
	}
}
