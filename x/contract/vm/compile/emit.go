package compile

// emit appends an instruction of the WebAssembly instruction that is being lowered, and gives its index.
func (l *lowerer) emit(i Inst) int {
	return l.emitAt(i, uint32(l.in.Offset))
}

func (l *lowerer) emitAt(i Inst, offset uint32) int {
	p := l.program
	p.Code = append(p.Code, i)
	p.Offsets = append(p.Offsets, offset)
	return len(p.Code) - 1
}

func (l *lowerer) pc() uint32 { return uint32(len(l.program.Code)) }

// last gives the last instruction if its only effect is to set a register that is the slot of a value just
// popped, so that it may be changed or taken back; else nil. In a wide frame nothing is ever merged: its
// registers may be scratch ones.
func (l *lowerer) last(register uint32) *Inst {
	n := len(l.program.Code)
	if l.wide || n <= l.fence {
		return nil
	}
	i := &l.program.Code[n-1]
	if setsNone[i.Op] || uint32(i.A) != register {
		return nil
	}
	return i
}

// takeLast removes the last instruction.
func (l *lowerer) takeLast() (i Inst, offset uint32) {
	p := l.program
	n := len(p.Code) - 1
	i, offset = p.Code[n], p.Offsets[n]
	p.Code, p.Offsets = p.Code[:n], p.Offsets[:n]
	return i, offset
}

// use gives the number of a register to read in an instruction. That of one beyond the window is loaded into a
// scratch register first.
func (l *lowerer) use(register, scratch uint32) uint8 {
	if register < Window {
		return uint8(register)
	}
	l.emit(Inst{Op: OpFarLoad, A: uint8(l.scratch + scratch), Imm: register})
	return uint8(l.scratch + scratch)
}

// set emits an instruction that sets a register and reads none but those it names already.
func (l *lowerer) set(i Inst, to uint32) {
	if to < Window {
		i.A = uint8(to)
		l.emit(i)
		return
	}
	i.A = uint8(l.scratch)
	l.emit(i)
	l.emit(Inst{Op: OpFarStore, A: i.A, Imm: to})
}

// op emits an instruction that sets a register from up to three others: B, C and D. T must be free unless only
// B is used; a shift may stand in D's place already.
func (l *lowerer) op(i Inst, to uint32, from ...uint32) {
	for n, register := range from {
		r := l.use(register, uint32(n+1))
		switch n {
		case 0:
			i.B = r
		case 1:
			i.T |= uint32(r)
		case 2:
			i.T |= uint32(r) << 8
		}
	}
	l.set(i, to)
}

// do1 emits an instruction that reads A.
func (l *lowerer) do1(op Op, a, imm uint32) {
	l.emit(Inst{Op: op, A: l.use(a, 0), Imm: imm})
}

// do emits an instruction that reads A and B, and C if it is given. T is taken by C then.
func (l *lowerer) do(i Inst, a, b uint32, c ...uint32) {
	i.A = l.use(a, 0)
	i.B = l.use(b, 1)
	for _, register := range c {
		i.T |= uint32(l.use(register, 2))
	}
	l.emit(i)
}
