package difftest

import (
	"slices"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// Opcodes that the generator emits by name; the others it takes from ranges of them.
const (
	opUnreachable  = 0x00
	opNop          = 0x01
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opConst        = 0x41
	opEqz          = 0x45
	opSub          = 0x6b
	opAnd          = 0x71
	opMisc         = 0xfc
)

var (
	unaryOps  = []byte{opEqz, 0x67, 0x68, 0x69, 0xc0, 0xc1}
	binaryOps = func() (ops []byte) {
		for op := byte(0x46); op <= 0x4f; op++ { // comparisons
			ops = append(ops, op)
		}
		for op := byte(0x6a); op <= 0x78; op++ { // arithmetic
			ops = append(ops, op)
		}
		return ops
	}()
	loads  = []access{{0x28, 2}, {0x2c, 0}, {0x2d, 0}, {0x2e, 1}, {0x2f, 1}}
	stores = []access{{0x36, 2}, {0x3a, 0}, {0x3b, 1}}
)

// access is a load or store and the largest alignment that it may claim.
type access struct{ op, align byte }

// frame is a block under construction.
type frame struct {
	op     byte // opBlock, opLoop, opIf or opElse; the function's own block is an opBlock
	result bool
	height int  // of the operand stack where it begins
	dead   bool // after an instruction that never goes on: operands come from nowhere if need be
}

// body makes the body of one function, an instruction after the other, and keeps account of the operand stack as validation
// does.
type body struct {
	*generator
	out    []byte
	height int
	frames []frame
	locals int
}

// function is an entry of the code section.
func (g *generator) function(t funcType) []byte {
	declared := g.below(6)
	b := &body{generator: g, locals: t.params + declared, frames: []frame{{op: opBlock, result: t.result}}}
	b.burn()
	for range 2 + g.below(maxSteps) {
		if g.empty() {
			break
		}
		b.step()
	}
	for len(b.frames) > 1 {
		b.end()
	}
	b.settle()
	return wire.Func(uint32(declared), b.out...)
}

func (b *body) emit(code ...byte)    { b.out = append(b.out, code...) }
func (b *body) index(op byte, i int) { b.emit(append([]byte{op}, b.leb(uint32(i))...)...) }
func (b *body) constant(v uint32) {
	b.emit(append([]byte{opConst}, wire.S32(int32(v))...)...)
	b.height++
}
func (b *body) top() *frame               { return &b.frames[len(b.frames)-1] }
func (b *body) label(depth int) frame     { return b.frames[len(b.frames)-1-depth] }
func (b *body) operands() int             { return b.height - b.top().height }
func (b *body) apply(pops, pushes int)    { b.height = max(b.height-pops, b.top().height) + pushes }
func (b *body) op(pops, push int, c byte) { b.need(pops); b.emit(c); b.apply(pops, push) }

// stop begins dead code.
func (b *body) stop() {
	b.height = b.top().height
	b.top().dead = true
}

// need brings the operand stack to n values above the start of the block.
func (b *body) need(n int) {
	for b.operands() < n {
		if b.top().dead && b.below(2) == 0 {
			return
		}
		b.leaf()
	}
}

// leaf pushes a value.
func (b *body) leaf() {
	switch choice := b.below(8); {
	case choice < 3 && b.locals > 0:
		b.index(opLocalGet, b.below(b.locals))
		b.height++
	case choice == 3:
		b.index(opGlobalGet, b.below(len(b.mutable)))
		b.height++
	case choice == 4 && b.memory && b.one(4):
		b.emit(opMemorySize, 0)
		b.height++
	default:
		b.constant(b.number())
	}
}

// step emits an instruction, with those that push its operands.
func (b *body) step() {
	switch choice := b.below(64); {
	case choice < 6:
		b.leaf()
	case choice < 18:
		b.op(2, 1, binaryOps[b.below(len(binaryOps))])
	case choice < 22:
		b.op(1, 1, unaryOps[b.below(len(unaryOps))])
	case choice < 30:
		b.variable()
	case choice < 38 && b.memory:
		b.access()
	case choice < 40 && b.memory:
		b.bulk()
	case choice < 47:
		b.open()
	case choice < 51:
		if len(b.frames) > 1 {
			b.end()
		}
	case choice < 57:
		b.branch()
	case choice < 61:
		b.call()
	default:
		b.odd()
	}
}

// odd emits what is of little use.
func (b *body) odd() {
	switch b.below(8) {
	case 0, 1:
		b.op(3, 1, opSelect)
	case 2, 3:
		b.op(1, 0, opDrop)
	case 4, 5:
		b.emit(opNop)
	case 6:
		b.settleTo(b.frames[0].result)
		b.emit(opReturn)
		b.stop()
	default:
		if b.one(4) {
			b.emit(opUnreachable)
			b.stop()
		}
	}
}

// variable emits a write to a local or global.
func (b *body) variable() {
	if b.one(5) {
		if i := b.below(len(b.mutable)); i != fuelGlobal && b.mutable[i] {
			b.need(1)
			b.index(opGlobalSet, i)
			b.apply(1, 0)
		}
		return
	}
	if b.locals == 0 {
		return
	}
	i := b.below(b.locals)
	b.need(1)
	if b.below(2) == 0 {
		b.index(opLocalSet, i)
		b.apply(1, 0)
	} else {
		b.index(opLocalTee, i)
		b.apply(1, 1)
	}
}

// bound keeps the value on top below a power of two, most of the time.
func (b *body) bound(bits int) {
	if b.one(16) {
		return
	}
	b.need(1)
	b.constant(1<<bits - 1)
	b.emit(opAnd)
	b.apply(2, 1)
}

// memarg is an alignment and an offset.
func (b *body) memarg(a access) {
	b.emit(byte(b.below(int(a.align) + 1)))
	switch b.below(8) {
	case 0:
		b.emit(b.leb(b.number())...)
	case 1, 2:
		b.emit(b.leb(uint32(b.next()))...)
	default:
		b.emit(0)
	}
}

// access emits a load or store.
func (b *body) access() {
	b.need(1)
	b.bound(16)
	if b.below(2) == 0 {
		a := loads[b.below(len(loads))]
		b.emit(a.op)
		b.memarg(a)
		b.apply(1, 1)
		return
	}
	a := stores[b.below(len(stores))]
	b.leaf()
	b.emit(a.op)
	b.memarg(a)
	b.apply(2, 0)
}

// bulk emits memory.grow, memory.copy or memory.fill.
func (b *body) bulk() {
	choice := b.below(5)
	if choice == 0 {
		b.need(1)
		b.bound(2)
		b.emit(opMemoryGrow, 0)
		b.apply(1, 1)
		return
	}
	b.leaf()
	b.bound(12)
	b.leaf()
	if choice < 3 {
		b.bound(12)
	}
	b.leaf()
	b.bound(10)
	if choice < 3 {
		b.emit(opMisc, 10, 0, 0)
	} else {
		b.emit(opMisc, 11, 0)
	}
	b.apply(3, 0)
}

// burn takes a unit of fuel, or ends the program.
func (b *body) burn() {
	b.emit(opGlobalGet, fuelGlobal, opEqz, opIf, 0x40, opUnreachable, opEnd)
	b.emit(opGlobalGet, fuelGlobal, opConst, 1, opSub, opGlobalSet, fuelGlobal)
}

// open begins a block, loop or if.
func (b *body) open() {
	if len(b.frames) > 12 {
		return
	}
	f := frame{op: []byte{opBlock, opLoop, opIf}[b.below(3)], result: b.below(2) == 0}
	if f.op == opIf {
		b.need(1)
		b.apply(1, 0)
	}
	f.height = b.height
	b.emit(f.op, blockType(f.result))
	b.frames = append(b.frames, f)
	if f.op == opLoop {
		b.burn()
	}
}

func blockType(result bool) byte {
	if result {
		return 0x7f
	}
	return 0x40
}

// end closes the innermost block; an if may go on with its else.
func (b *body) end() {
	f := b.top()
	if f.op == opLoop && b.locals > 0 && b.below(2) == 1 {
		b.countdown()
	}
	b.settle()
	if f.op == opIf && (f.result || b.below(2) == 1) {
		b.emit(opElse)
		f.op, f.dead, b.height = opElse, false, f.height
		return
	}
	b.emit(opEnd)
	b.frames = b.frames[:len(b.frames)-1]
	b.height = f.height + int(bit(f.result))
}

// countdown branches back to the loop until a local is zero.
func (b *body) countdown() {
	i := b.below(b.locals)
	b.index(opLocalGet, i)
	b.emit(opConst, 1, opSub)
	b.index(opLocalTee, i)
	b.emit(opBrIf, 0)
}

// settle leaves what the innermost block gives, and no more.
func (b *body) settle() {
	want := int(bit(b.top().result))
	for b.operands() > want {
		b.op(1, 0, opDrop)
	}
	b.need(want)
}

// settleTo sees to a result on top of whatever lies below it.
func (b *body) settleTo(result bool) { b.need(int(bit(result))) }

// carries tells whether a branch to the label takes a value along.
func (f frame) carries() bool { return f.result && f.op != opLoop }

// branch emits br, br_if or br_table.
func (b *body) branch() {
	depth := b.below(len(b.frames))
	carries := b.label(depth).carries()
	n := int(bit(carries))
	switch b.below(4) {
	case 0:
		b.settleTo(carries)
		b.index(opBr, depth)
		b.stop()
	case 1:
		b.need(n + 1)
		b.bound(3)
		b.emit(opBrTable)
		b.emit(b.targets(depth, carries)...)
		b.stop()
	default:
		b.need(n + 1)
		b.index(opBrIf, depth)
		b.apply(n+1, n)
	}
}

// targets are labels that take along what the default does.
func (b *body) targets(depth int, carries bool) []byte {
	var out [][]byte
	for range b.below(7) {
		if d := b.below(len(b.frames)); b.label(d).carries() == carries {
			out = append(out, b.leb(uint32(d)))
		}
	}
	return slices.Concat(wire.Vec(out...), b.leb(uint32(depth)))
}

// call emits a call of a function, or of an element of the table.
func (b *body) call() {
	if b.table == 0 || b.below(2) == 0 {
		f := b.below(len(b.funcs))
		t := b.types[b.funcs[f]]
		b.need(t.params)
		b.index(opCall, f)
		b.apply(t.params, int(bit(t.result)))
		return
	}
	slot, t := b.below(b.table), b.below(len(b.types))
	if f := b.slots[slot]; f >= 0 && !b.one(4) {
		t = b.funcs[f]
	}
	b.need(b.types[t].params)
	if b.one(8) {
		b.leaf()
		b.bound(3)
	} else {
		b.constant(uint32(slot))
	}
	b.index(opCallIndirect, t)
	b.emit(0)
	b.apply(b.types[t].params+1, int(bit(b.types[t].result)))
}
