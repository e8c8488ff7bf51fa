package compile

// use is a place in the program that is waiting for where a label is, for the gas of a basic block, or both.
// Uses are lists in lowerer.uses.
type use struct {
	index uint32
	kind  useKind
	next  int32
}

type useKind uint8

const (
	useTaken  useKind = iota // T and G of an instruction
	useFallen                // F of an instruction
	useCharge                // Imm of an OpGas
	useTable                 // an entry of Targets
)

func (l *lowerer) newUse(kind useKind, index int, next int32) int32 {
	if n := l.spare; n != none {
		l.spare = l.uses[n].next
		l.uses[n] = use{index: uint32(index), kind: kind, next: next}
		return n
	}
	l.uses = append(l.uses, use{index: uint32(index), kind: kind, next: next})
	return int32(len(l.uses) - 1)
}

// openBlock begins a basic block, whose gas will go to the sites.
func (l *lowerer) openBlock(sites int32) {
	l.blocks = append(l.blocks, 0)
	l.gas, l.sites = 0, sites
}

// closeBlock ends the open basic block. Its uses are served and may be taken again.
func (l *lowerer) closeBlock() {
	l.blocks[len(l.blocks)-1] = l.gas
	p := l.program
	for n := l.sites; n != none; {
		u := &l.uses[n]
		switch u.kind {
		case useTaken:
			p.Code[u.index].G = uint16(l.gas)
		case useFallen:
			p.Code[u.index].F = uint16(l.gas)
		case useCharge:
			p.Code[u.index].Imm = l.gas
		case useTable:
			p.Targets[u.index].Gas = l.gas
		}
		next := u.next
		u.next, l.spare = l.spare, n
		n = next
	}
	l.sites = none
}

// charge ends the open block and begins another that is reached from above only so far.
func (l *lowerer) charge() {
	l.closeBlock()
	l.openBlock(l.newUse(useCharge, l.emit(Inst{Op: OpGas}), none))
}

// split ends a block that has become too expensive for G and F.
func (l *lowerer) split() { l.charge() }

// die makes what follows unreachable.
func (l *lowerer) die() {
	l.closeBlock()
	l.dead = true
	l.popTo(l.labels[len(l.labels)-1].height)
}

// join begins a basic block here that the uses lead to, and what is above if it is reachable. A block above that
// has no gas yet becomes part of the new one.
func (l *lowerer) join(uses int32) {
	switch {
	case l.dead:
		l.dead = false
		l.openBlock(none)
	case l.gas > 0:
		l.charge()
	}
	pc := l.pc()
	l.fence = int(pc)
	for n := uses; n != none; {
		u := &l.uses[n]
		if u.kind == useTable {
			l.program.Targets[u.index].PC = pc
		} else {
			l.program.Code[u.index].T = pc
		}
		next := u.next
		u.next, l.sites = l.sites, n
		n = next
	}
}
