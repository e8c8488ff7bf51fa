package compile

// none ends a list of places or uses.
const none = -1

// slot is the register of a place of the operand stack.
func (l *lowerer) slot(place int) uint32 { return l.slot0 + uint32(place) }

// local is the register of a local.
func (l *lowerer) local(index uint32) uint32 {
	if l.wide && index >= l.scratch {
		return index + scratchRegisters
	}
	return index
}

func (l *lowerer) push(v value) { l.stack = append(l.stack, v) }

// pushSlot makes the next place one that holds its value in its register, which it gives.
func (l *lowerer) pushSlot() uint32 {
	l.push(value{kind: inSlot})
	return l.slot(len(l.stack) - 1)
}

// pushLocal pushes a local without reading it. It stays known by its index until it is set.
func (l *lowerer) pushLocal(index uint32) {
	l.push(value{kind: inLocal, n: index, prev: l.heads[index]})
	l.heads[index] = int32(len(l.stack) - 1)
}

// pushAgain pushes a value that was popped from the next place.
func (l *lowerer) pushAgain(v value) bool {
	if v.kind == inLocal {
		v.prev = l.heads[v.n]
		l.heads[v.n] = int32(len(l.stack))
	}
	l.push(v)
	return true
}

// pop takes the topmost value off. Its register, if it has one, holds it until the next push.
func (l *lowerer) pop() value {
	place := len(l.stack) - 1
	v := l.stack[place]
	if v.kind == inLocal {
		l.heads[v.n] = v.prev
	}
	l.stack = l.stack[:place]
	l.clean = min(l.clean, place)
	return v
}

// popReg pops a value and gives the register that has it.
func (l *lowerer) popReg() uint32 {
	v := l.pop()
	return l.register(v, len(l.stack))
}

// register gives the register of a value that was popped from a place, and brings a constant there.
func (l *lowerer) register(v value, place int) uint32 {
	if v.kind == inLocal && v.add == 0 {
		return l.local(v.n)
	}
	l.bring(v, place, l.slot(place))
	return l.slot(place)
}

// bring emits what it takes to have a value, which is or was at a place, in a register.
func (l *lowerer) bring(v value, place int, to uint32) {
	if v.kind == isConst {
		l.set(Inst{Op: OpConst, Imm: v.n}, to)
		return
	}
	from := l.origin(v, place)
	switch {
	case v.add != 0:
		l.op(Inst{Op: OpAddI, Imm: v.add}, to, from)
	case from != to:
		l.op(Inst{Op: OpCopy}, to, from)
	}
}

// origin is the register that a value is in before what is to be added to it is.
func (l *lowerer) origin(v value, place int) uint32 {
	if v.kind == inLocal {
		return l.local(v.n)
	}
	return l.slot(place)
}

// computed gives the last instruction if it is what gave a value that was popped from a place, else nil.
func (l *lowerer) computed(v value, place int) *Inst {
	if v.kind != inSlot || v.add != 0 {
		return nil
	}
	return l.last(l.slot(place))
}

// settleAt brings the value at a place, which no place above has a local in common with, to its register.
func (l *lowerer) settleAt(place int) {
	v := l.stack[place]
	if v.kind == inLocal {
		l.heads[v.n] = v.prev
	}
	l.bring(v, place, l.slot(place))
	l.stack[place] = value{kind: inSlot}
}

// popTo takes values off down to a height.
func (l *lowerer) popTo(height uint32) {
	for len(l.stack) > int(height) {
		l.pop()
	}
}

// settle brings the top n values to their registers, as calls take them.
func (l *lowerer) settle(n int) {
	for place := len(l.stack) - 1; place >= len(l.stack)-n; place-- {
		l.settleAt(place)
	}
}

// settleLocals brings all locals on the stack to the registers of their places. What follows may set them on
// one path and not on another. Constants may stay, for they are the same on all paths.
func (l *lowerer) settleLocals() {
	for place := len(l.stack) - 1; place >= l.clean; place-- {
		if l.stack[place].kind == inLocal {
			l.settleAt(place)
		}
	}
	l.clean = len(l.stack)
}

// settleLocal brings a local that is about to be set to the registers of the places that hold it.
func (l *lowerer) settleLocal(index uint32) {
	for l.heads[index] != none {
		l.settleAt(int(l.heads[index]))
	}
}

// setLocal pops a value into a local. The instruction that computed it, if it is the last one, does so directly.
func (l *lowerer) setLocal(index uint32) {
	v := l.pop()
	place := len(l.stack)
	to := l.local(index)
	if last := l.computed(v, place); last != nil && to < Window {
		if l.heads[index] == none {
			last.A = uint8(to)
			return
		}
		// The copies must come before the local is set. They do not touch what the last instruction reads: it took
		// its operands from higher places, or from locals.
		again, offset := l.takeLast()
		l.settleLocal(index)
		again.A = uint8(to)
		l.emitAt(again, offset)
		return
	}
	l.settleLocal(index)
	l.bring(v, place, to)
}
