package compile

import "github.com/assay-chain/assay/x/contract/vm/binary"

// control lowers what decides where to go on.
func (l *lowerer) control() {
	in := &l.in
	switch in.Op {
	case binary.OpBlock:
		l.settleLocals()
		l.open(label{op: in.Op})
	case binary.OpLoop:
		l.settleLocals()
		l.join(none)
		l.open(label{op: in.Op, pc: l.pc(), block: len(l.blocks) - 1})
	case binary.OpIf:
		l.branchOver()
	case binary.OpElse:
		l.otherwise()
	case binary.OpEnd:
		l.end()
	case binary.OpBr:
		l.br(in.A)
	case binary.OpBrIf:
		l.brIf(in.A)
	case binary.OpBrTable:
		l.brTable()
	case binary.OpReturn:
		l.leave()
	case binary.OpUnreachable:
		l.emit(Inst{Op: OpUnreachable})
		l.die()
	case binary.OpCall:
		l.call()
	case binary.OpCallIndirect:
		l.callIndirect()
	}
}

// open begins a block.
func (l *lowerer) open(b label) {
	b.result = l.in.A == binary.BlockResult
	b.height = uint32(len(l.stack))
	b.uses = none
	l.labels = append(l.labels, b)
}

// target gives the block that a branch names: 0 is the innermost one.
func (l *lowerer) target(depth uint32) *label {
	return &l.labels[len(l.labels)-1-int(depth)]
}

// takes says whether a branch to the label takes a value with it.
func (b *label) takes() bool { return b.result && b.op != binary.OpLoop }

// popCondition pops what a branch decides on. The comparison that gave it is taken back.
func (l *lowerer) popCondition() comparison {
	v := l.pop()
	if c, ok := l.takeCompare(v, len(l.stack)); ok {
		return c
	}
	return comparison{cond: condNe, immediate: true, a: l.register(v, len(l.stack))}
}

// branchOn emits a branch that is taken if c holds. Where it goes is for the caller to set.
func (l *lowerer) branchOn(c comparison) int {
	c = c.normal()
	if at, ok := l.countAndBranch(c); ok {
		return at
	}
	switch {
	case c.immediate && c.b == 0 && c.cond <= condNe:
		if at, ok := l.testAndBranch(c); ok {
			return at
		}
		return l.emit(Inst{Op: branchesOfZero[c.cond], A: l.use(c.a, 0)})
	case c.immediate:
		return l.emit(Inst{Op: branchesOfImmediate[c.cond], A: l.use(c.a, 0), Imm: c.b})
	}
	a := l.use(c.a, 0)
	return l.emit(Inst{Op: branchesOfRegisters[c.cond], A: a, B: l.use(c.b, 1)})
}

// testAndBranch merges the test of bits that gave a value into the branch on the value.
func (l *lowerer) testAndBranch(c comparison) (at int, ok bool) {
	last := l.last(c.a)
	if last == nil || last.Op != OpAndI || c.a < l.slot0 {
		return 0, false
	}
	i, _ := l.takeLast()
	return l.emit(Inst{Op: branchesOfBits[c.cond], A: i.B, Imm: i.Imm}), true
}

// countAndBranch merges the addition to a local, which is the last instruction, into the branch on the local.
func (l *lowerer) countAndBranch(c comparison) (at int, ok bool) {
	if !c.immediate && c.cond <= condNe && l.last(c.b) != nil {
		c.a, c.b = c.b, c.a
	}
	last := l.last(c.a)
	if last == nil || last.Op != OpAddI || last.B != last.A || c.a >= l.slot0 {
		return 0, false
	}
	by := last.Imm
	i := Inst{A: last.A}
	if c.cond < condNe || c.cond > condLtU {
		return 0, false
	}
	if c.immediate {
		if int32(by) != int32(int8(by)) {
			return 0, false
		}
		i.Op = countersOfImmediate[c.cond]
		i.B, i.Imm = uint8(by), c.b
	} else {
		if c.b == c.a {
			return 0, false
		}
		i.Op = countersOfRegisters[c.cond]
		i.B, i.Imm = uint8(c.b), by
	}
	l.takeLast()
	return l.emit(i), true
}

// branchOver lowers if: a branch over the first arm.
func (l *lowerer) branchOver() {
	c := l.popCondition()
	l.settleLocals() // it does not touch what the comparison reads, which was above on the stack
	c.cond = not[c.cond]
	l.closeBlock()
	at := l.branchOn(c)
	l.openBlock(l.newUse(useFallen, at, none))
	l.open(label{op: binary.OpIf, branch: uint32(at)})
}

// otherwise lowers else, which ends the first arm and begins the second.
func (l *lowerer) otherwise() {
	b := &l.labels[len(l.labels)-1]
	if !l.dead {
		if b.result {
			l.settle(1)
		}
		l.closeBlock()
		b.uses = l.newUse(useTaken, l.emit(Inst{Op: OpBr}), b.uses)
		l.dead = true
	}
	l.popTo(b.height)
	b.op = binary.OpElse
	l.join(l.newUse(useTaken, int(b.branch), none))
}

// end lowers the end of a block, or of the function.
func (l *lowerer) end() {
	last := len(l.labels) - 1
	b := l.labels[last]
	if b.op == binary.OpIf {
		b.uses = l.newUse(useTaken, int(b.branch), b.uses)
	}
	if b.uses != none {
		if b.result && !l.dead {
			l.settle(1)
		}
		l.popTo(b.height)
		l.join(b.uses)
		if b.result {
			l.pushSlot()
		}
	}
	if last == 0 && !l.dead {
		l.emitReturn()
		l.popTo(0)
	}
	l.labels = l.labels[:last]
}

// emitReturn pops the function's result and returns.
func (l *lowerer) emitReturn() {
	if l.dead = true; !l.result {
		l.closeBlock()
		l.emit(Inst{Op: OpReturn})
		return
	}
	v := l.pop()
	l.closeBlock()
	if v.kind == isConst {
		l.emit(Inst{Op: OpReturnI, Imm: v.n})
		return
	}
	l.do1(OpReturnReg, l.register(v, len(l.stack)), 0)
}

func (l *lowerer) leave() {
	l.emitReturn()
	l.popTo(l.labels[len(l.labels)-1].height)
}

// jump emits a branch to a label. The basic block that it ends must be closed.
func (l *lowerer) jump(b *label) {
	l.aim(l.emit(Inst{Op: OpBr}), b)
}

// aim makes an instruction branch to a label.
func (l *lowerer) aim(at int, b *label) {
	if b.op == binary.OpLoop {
		i := &l.program.Code[at]
		i.T, i.G = b.pc, uint16(l.blocks[b.block])
		return
	}
	b.uses = l.newUse(useTaken, at, b.uses)
}

// carry brings the topmost value to where the end of a block expects its result, and leaves the stack as it is.
func (l *lowerer) carry(b *label) {
	to := l.slot(int(b.height))
	place := len(l.stack) - 1
	l.bring(l.stack[place], place, to)
}

func (l *lowerer) br(depth uint32) {
	b := l.target(depth)
	if b == &l.labels[0] {
		l.leave()
		return
	}
	if b.takes() {
		l.carry(b)
	}
	l.closeBlock()
	l.jump(b)
	l.die()
}

func (l *lowerer) brIf(depth uint32) {
	b := l.target(depth)
	if !b.takes() {
		c := l.popCondition()
		l.closeBlock()
		at := l.branchOn(c)
		l.aim(at, b)
		l.openBlock(l.newUse(useFallen, at, none))
		return
	}
	l.brIfWith(b)
}

// brIfWith lowers a br_if that takes a value with it, which must be moved if the branch is taken only.
func (l *lowerer) brIfWith(b *label) {
	c := l.popCondition()
	if int(b.height) == len(l.stack)-1 {
		l.settle(1)
		l.closeBlock()
		at := l.branchOn(c)
		l.aim(at, b)
		l.openBlock(l.newUse(useFallen, at, none))
		return
	}
	c.cond = not[c.cond]
	l.closeBlock()
	over := l.branchOn(c)
	l.carry(b)
	l.jump(b)
	l.openBlock(none)
	l.join(l.newUse(useTaken, over, none))
}

// brTable lowers br_table. Targets that take a value elsewhere than where it is have a stub each that moves it.
func (l *lowerer) brTable() {
	index := l.pop()
	a := l.register(index, len(l.stack))
	takes := l.target(l.in.Targets[0]).takes()
	if takes {
		l.settle(1)
	}
	l.closeBlock()
	n := len(l.in.Targets)
	first := len(l.program.Targets)
	if l.program.Targets == nil {
		l.program.Targets = make([]Target, 0, l.targets())
	}
	l.emit(Inst{Op: OpBrTable, A: l.use(a, 0), Imm: uint32(first), T: uint32(n)})
	for range n {
		l.program.Targets = append(l.program.Targets, Target{})
	}
	for i, depth := range l.in.Targets {
		l.aimEntry(first+i, l.target(depth), takes)
	}
	for _, depth := range l.in.Targets {
		l.target(depth).stub = 0
	}
	l.die()
}

// targets counts the entries of the br_tables that are left, of the one that was read and of those in dead code too.
// Only what follows a program's first br_table is read twice, and the room that is made is not outgrown.
func (l *lowerer) targets() int {
	n := len(l.in.Targets)
	r := l.reader
	var in binary.Instr
	for at := l.at; ; {
		for !r.Done() && r.Next(&in) == nil {
			if in.Op == binary.OpBrTable {
				n += len(in.Targets)
			}
		}
		if at++; at == len(l.module.Funcs) {
			return n
		}
		f := &l.module.Funcs[at]
		r = binary.NewReader(f.Body, f.Offset)
	}
}

// aimEntry makes an entry of a br_table lead to a label.
func (l *lowerer) aimEntry(entry int, b *label, takes bool) {
	t := &l.program.Targets[entry]
	switch {
	case b.op == binary.OpLoop:
		*t = Target{PC: b.pc, Gas: l.blocks[b.block]}
	case takes && int(b.height) != len(l.stack)-1:
		if b.stub == 0 {
			b.stub = l.pc()
			l.carry(b)
			l.jump(b)
		}
		t.PC = b.stub
	default:
		b.uses = l.newUse(useTable, entry, b.uses)
	}
}

func (l *lowerer) call() {
	t, _ := l.module.FuncType(l.in.A)
	op := OpCall
	if int(l.in.A) < len(l.module.Imports) {
		op = OpCallHost
	}
	l.settle(t.Params)
	l.popTo(uint32(len(l.stack) - t.Params))
	l.emit(Inst{Op: op, Imm: l.in.A, T: l.slot(len(l.stack))})
	if t.Result {
		l.pushSlot()
	}
}

func (l *lowerer) callIndirect() {
	t := l.module.Types[l.in.A]
	index := l.pop()
	a := l.register(index, len(l.stack))
	l.settle(t.Params)
	l.popTo(uint32(len(l.stack) - t.Params))
	l.emit(Inst{Op: OpCallIndirect, A: l.use(a, 0), Imm: Sig(t.Params, t.Result), T: l.slot(len(l.stack))})
	if t.Result {
		l.pushSlot()
	}
}
