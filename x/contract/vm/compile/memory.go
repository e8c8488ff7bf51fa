package compile

import "github.com/assay-chain/assay/x/contract/vm/binary"

// address is where an access goes.
type address struct {
	form form
	imm  uint32
	base uint32 // register
	x    uint32 // register, of indexed forms
	by   uint32 // how far x is shifted
}

// form is a way to give an address, in the order of the instructions.
type form uint8

const (
	based          form = iota // r[B]+Imm, which may be beyond 32 bits
	wrapped                    // r[B]+Imm, of 32 bits
	indexed                    // (r[B]+r[C]<<D of 32 bits)+Imm, which may be beyond
	indexedWrapped             // r[B]+r[C]<<D+Imm, of 32 bits
	absolute                   // Imm
)

// address gives the address of an access from the value that was popped for it. An addition that gave the value, if
// that was the last instruction, becomes part of the access if the instruction has room for an index.
func (l *lowerer) address(v value, place int, mayIndex bool) address {
	offset := l.in.B
	if v.kind == isConst {
		if sum := uint64(v.n) + uint64(offset); sum <= 1<<32-1 {
			return address{form: absolute, imm: uint32(sum)}
		}
	} else if v.add == 0 || offset == 0 {
		a := address{base: l.origin(v, place), imm: offset}
		if v.add != 0 {
			a.form, a.imm = wrapped, v.add
		}
		if mayIndex {
			l.index(&a, v, place)
		}
		return a
	}
	return address{base: l.register(v, place), imm: offset}
}

// index takes back the addition that gave the value of an address.
func (l *lowerer) index(a *address, v value, place int) {
	last := l.computed(value{kind: v.kind}, place)
	if last == nil || last.Op != OpAdd && last.Op != OpAddShl {
		return
	}
	i, _ := l.takeLast()
	a.form += indexed - based
	a.base, a.x = uint32(i.B), uint32(i.C())
	if i.Op == OpAddShl {
		a.by = uint32(i.D())
	}
}

// loadOf gives the place of a load in its form.
func loadOf(op binary.Opcode) int {
	switch op {
	case binary.OpI32Load8S:
		return 1
	case binary.OpI32Load8U:
		return 2
	case binary.OpI32Load16S:
		return 3
	case binary.OpI32Load16U:
		return 4
	}
	return 0
}

// storeOf gives the place of a store in its form.
func storeOf(op binary.Opcode) int {
	switch op {
	case binary.OpI32Store8:
		return 1
	case binary.OpI32Store16:
		return 2
	}
	return 0
}

func (l *lowerer) load(op binary.Opcode) {
	v := l.pop()
	a := l.address(v, len(l.stack), true)
	i := Inst{Op: loads[a.form][loadOf(op)], Imm: a.imm}
	to := l.pushSlot()
	switch a.form {
	case absolute:
		l.set(i, to)
	case indexed, indexedWrapped:
		i.T = a.by << 8
		l.op(i, to, a.base, a.x)
	default:
		l.op(i, to, a.base)
	}
}

func (l *lowerer) store(op binary.Opcode) {
	v := l.pop()
	at := l.pop()
	place := len(l.stack)
	if v.kind == isConst {
		a := l.address(at, place, false)
		i := Inst{Op: storesOfImmediate[a.form][storeOf(op)], Imm: a.imm, T: v.n}
		if a.form != absolute {
			i.B = l.use(a.base, 1)
		}
		l.emit(i)
		return
	}
	// The value comes first: the address may read the register that it goes to.
	value := l.register(v, place+1)
	a := l.address(at, place, true)
	i := Inst{Op: stores[a.form][storeOf(op)], Imm: a.imm}
	switch a.form {
	case absolute:
		i.A = l.use(value, 0)
		l.emit(i)
	case indexed, indexedWrapped:
		i.T = a.by << 8
		l.do(i, value, a.base, a.x)
	default:
		l.do(i, value, a.base)
	}
}

// bulk lowers an instruction that takes three operands.
func (l *lowerer) bulk(op Op) {
	c := l.pop()
	b := l.pop()
	a := l.pop()
	place := len(l.stack)
	ra, rb, rc := l.register(a, place), l.register(b, place+1), l.register(c, place+2)
	l.do(Inst{Op: op}, ra, rb, rc)
}
