package compile

// condition is a comparison, in the order of WebAssembly's opcodes.
type condition uint8

const (
	condEq condition = iota
	condNe
	condLtS
	condLtU
	condGtS
	condGtU
	condLeS
	condLeU
	condGeS
	condGeU
)

// not has the condition that holds when this one does not.
var not = [...]condition{
	condEq: condNe, condNe: condEq, condLtS: condGeS, condLtU: condGeU, condGtS: condLeS,
	condGtU: condLeU, condLeS: condGtS, condLeU: condGtU, condGeS: condLtS, condGeU: condLtU,
}

// swapped has the condition that holds when the operands change places.
var swapped = [...]condition{
	condEq: condEq, condNe: condNe, condLtS: condGtS, condLtU: condGtU, condGtS: condLtS,
	condGtU: condLtU, condLeS: condGeS, condLeU: condGeU, condGeS: condLeS, condGeU: condLeU,
}

// comparison is one that has not been emitted, or was taken back.
type comparison struct {
	cond      condition
	immediate bool
	a, b      uint32 // registers, or b the immediate
}

// normal makes the condition one that two registers can have.
func (c comparison) normal() comparison {
	switch c.cond {
	case condGtS, condGtU, condGeS, condGeU:
		if c.immediate {
			break
		}
		c.cond, c.a, c.b = swapped[c.cond], c.b, c.a
	}
	return c
}

// emitCompare emits an instruction that has a register say whether c holds.
func (l *lowerer) emitCompare(c comparison, to uint32) {
	c = c.normal()
	if c.immediate {
		l.op(Inst{Op: truthsOfImmediate[c.cond], Imm: c.b}, to, c.a)
		return
	}
	l.op(Inst{Op: truthsOfRegisters[c.cond]}, to, c.a, c.b)
}

// takeCompare takes back the last instruction if it is the comparison that gave a value.
func (l *lowerer) takeCompare(v value, place int) (c comparison, ok bool) {
	last := l.computed(v, place)
	if last == nil || last.Op < OpEq || last.Op > OpGeUI {
		return c, false
	}
	i, _ := l.takeLast()
	c = comparison{a: uint32(i.B), b: uint32(i.C())}
	table := truthsOfRegisters[:]
	if i.Op >= OpEqI {
		c.immediate, c.b = true, i.Imm
		table = truthsOfImmediate[:]
	}
	for table[c.cond] != i.Op {
		c.cond++
	}
	return c, true
}

// compare lowers a comparison of two values.
func (l *lowerer) compare(cond condition) {
	y := l.pop()
	x := l.pop()
	place := len(l.stack)
	c := comparison{cond: cond}
	switch {
	case y.kind == isConst:
		c.immediate, c.a, c.b = true, l.register(x, place), y.n
	case x.kind == isConst:
		c.cond, c.immediate, c.a, c.b = swapped[cond], true, l.register(y, place+1), x.n
	default:
		c.a, c.b = l.register(x, place), l.register(y, place+1)
	}
	l.emitCompare(c, l.pushSlot())
}

// eqz lowers the comparison with zero, which turns a comparison into its opposite.
func (l *lowerer) eqz() {
	v := l.pop()
	place := len(l.stack)
	c := comparison{cond: condEq, immediate: true}
	if before, ok := l.takeCompare(v, place); ok {
		c = before
		c.cond = not[c.cond]
	} else {
		c.a = l.register(v, place)
	}
	l.emitCompare(c, l.pushSlot())
}

// What arithmetic has by its distance from add.
const (
	byAdd = iota
	bySub
	byMul
	byAnd = 7
	byOr  = 8
	byXor = 9
	byShl = 10
	count = 15
)

// commutes says of which the operands may change places.
var commutes = [count]bool{byAdd: true, byMul: true, byAnd: true, byOr: true, byXor: true}

// arithmetic lowers an instruction of two operands, given by its distance from add.
func (l *lowerer) arithmetic(op int) {
	y := l.pop()
	x := l.pop()
	place := len(l.stack)
	switch {
	case l.addLater(op, x, y):
		return
	case y.kind == isConst:
		l.op(Inst{Op: ofImmediate[op], Imm: y.n}, l.slot(place), l.register(x, place))
	case x.kind == isConst && commutes[op]:
		l.op(Inst{Op: ofImmediate[op], Imm: x.n}, l.slot(place), l.register(y, place+1))
	case x.kind == isConst && op == bySub:
		l.op(Inst{Op: OpSubFrom, Imm: x.n}, l.slot(place), l.register(y, place+1))
	case x.kind == isConst && op == byShl:
		l.op(Inst{Op: OpShlOf, Imm: x.n}, l.slot(place), l.register(y, place+1))
	case op == byAdd:
		l.addRegisters(x, y, place)
		return
	default:
		b := l.register(x, place)
		l.op(Inst{Op: ofRegisters[op]}, l.slot(place), b, l.register(y, place+1))
	}
	l.pushSlot()
}

// addLater pushes a sum with a constant, or a difference, without an instruction: most of them end up in an
// address or a local, and the instruction there can add as well.
func (l *lowerer) addLater(op int, x, y value) bool {
	switch {
	case op == byAdd && x.kind == isConst && y.kind == inSlot:
		// The sum is at another place than y was, so it cannot wait.
		place := len(l.stack)
		l.op(Inst{Op: OpAddI, Imm: x.n + y.add}, l.slot(place), l.slot(place+1))
		l.pushSlot()
		return true
	case op == byAdd && x.kind == isConst:
		x, y = y, x
	case op == byAdd && y.kind == isConst:
	case op == bySub && y.kind == isConst:
		y.n = -y.n
	default:
		return false
	}
	if x.kind == isConst {
		x.n += y.n
	} else {
		x.add += y.n
	}
	return l.pushAgain(x)
}

// addRegisters lowers the addition of two values that are no constants.
func (l *lowerer) addRegisters(x, y value, place int) {
	// What is to be added to either may as well be added to the sum.
	add := x.add + y.add
	bare := func(v value, place int) (uint32, *Inst) {
		computed := l.computed(value{kind: v.kind}, place)
		return l.origin(v, place), computed
	}
	b, _ := bare(x, place)
	c, last := bare(y, place+1)
	if last == nil {
		if _, of := bare(x, place); of != nil {
			b, c, last = c, b, of
		}
	}
	i := Inst{Op: OpAdd}
	if last != nil {
		switch last.Op {
		case OpShlI:
			i = Inst{Op: OpAddShl, T: (last.Imm & 31) << 8}
			c = uint32(last.B)
			l.takeLast()
		case OpMul:
			i = Inst{Op: OpMulAdd, T: uint32(last.B) << 8}
			c = uint32(last.C())
			l.takeLast()
		}
	}
	l.op(i, l.slot(place), b, c)
	l.push(value{kind: inSlot, add: add})
}

func (l *lowerer) unary(op Op) {
	b := l.popReg()
	l.op(Inst{Op: op}, l.pushSlot(), b)
}

// choose lowers select.
func (l *lowerer) choose() {
	d := l.pop()
	c := l.pop()
	b := l.pop()
	place := len(l.stack)
	rb, rc, rd := l.register(b, place), l.register(c, place+1), l.register(d, place+2)
	l.op(Inst{Op: OpSelect}, l.pushSlot(), rb, rc, rd)
}
