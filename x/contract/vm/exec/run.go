package exec

import (
	wasm "github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/compile"
)

// run runs from pc until the outermost frame returns, which is a code of zero, or something traps. An error is
// that of a host function.
func (m *Machine) run() (TrapCode, error) {
	for {
		why := m.loop()
		var (
			code TrapCode
			err  error
		)
		switch why {
		case pauseDone:
			return 0, nil
		case pauseRoom:
			m.pc--
			m.room()
		case pauseHost:
			code, err = m.hostCall()
		case pauseGrow:
			code = m.growMemory()
		case pauseBulk:
			code = m.bulk()
		default:
			code = TrapCode(why)
			if code == TrapOutOfGas {
				m.gas = 0
				return code, nil // pc is at the block that could not be paid
			}
		}
		if code != 0 {
			m.pc--
			return code, err
		}
	}
}

// instruction is the one that loop left to run.
func (m *Machine) instruction() *compile.Inst { return &m.program.Code[m.pc-1] }

func (m *Machine) register(n uint8) *uint32 { return &m.stack[m.base+uint32(n)] }

// pay charges for an instruction by its operands.
func (m *Machine) pay(gas uint64) TrapCode {
	if !m.Charge(gas) {
		return TrapOutOfGas
	}
	return 0
}

// room makes room for the call that is next, or for more than it needs.
func (m *Machine) room() {
	if m.depth >= len(m.frames) {
		m.frames = append(m.frames, make([]frame, len(m.frames))...)
		return
	}
	m.growStack()
}

// hostCall calls the host function that an instruction calls.
func (m *Machine) hostCall() (TrapCode, error) {
	f := &m.program.Funcs[m.callee]
	if code := m.pay(f.Gas); code != 0 {
		return code, nil
	}
	from := m.base + m.instruction().T
	to := from + f.Params
	m.pc--
	value, err := m.host.CallHost(m.callee, m.stack[from:to:to])
	m.pc++
	if err != nil {
		return TrapHost, err
	}
	if f.Result {
		m.stack[from] = value
	}
	return 0, nil
}

// growMemory runs memory.grow. A growth that is refused costs nothing beyond the instruction.
func (m *Machine) growMemory() TrapCode {
	i := m.instruction()
	to, pages, more := m.register(i.A), uint64(len(m.memory)/wasm.PageSize), uint64(*m.register(i.B))
	if pages+more > uint64(m.maxPages) {
		*to = ^uint32(0)
		return 0
	}
	if code := m.pay(more * compile.GrowPageGas); code != 0 {
		return code
	}
	m.extend(int(pages+more) * wasm.PageSize)
	*to = uint32(pages)
	return 0
}

// bulk runs memory.copy or memory.fill.
func (m *Machine) bulk() TrapCode {
	i := m.instruction()
	a, b, n := *m.register(i.A), *m.register(i.B), *m.register(i.C())
	to, ok := m.Slice(a, n)
	if !ok {
		return TrapMemory
	}
	var from []byte
	if i.Op == compile.OpMemCopy {
		if from, ok = m.Slice(b, n); !ok {
			return TrapMemory
		}
	}
	if code := m.pay((uint64(n) + compile.BulkBytes - 1) / compile.BulkBytes); code != 0 {
		return code
	}
	if i.Op == compile.OpMemCopy {
		copy(to, from)
	} else {
		fill(to, byte(b))
	}
	return 0
}

// fill sets all of b to a value.
func fill(b []byte, value byte) {
	if value == 0 || len(b) == 0 {
		clear(b)
		return
	}
	b[0] = value
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}
