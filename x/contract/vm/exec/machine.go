package exec

import (
	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/compile"
)

// Host has the functions that a program imports.
type Host interface {
	// CallHost calls an imported function by its index. args alias the machine's stack until it returns. It must not
	// run the same machine. A *Trap that it returns ends the run as it is, another error as TrapHost.
	CallHost(index uint32, args []uint32) (uint32, error)
}

// Config is what a machine runs, and within which bounds.
type Config struct {
	Program    *compile.Program
	Host       Host   // may be nil if the program imports nothing
	Gas        uint64 // what the machine may use until the next Reset
	MinPages   uint32 // memory at the start, in pages of 64 KiB
	MaxPages   uint32 // the most that memory may grow to
	TableSize  uint32
	Globals    int
	CallDepth  uint32 // frames at a time, host functions not counted
	StackSlots uint32 // registers of all frames together; a frame that is larger than the window has 4 more
}

// Machine runs a program. The zero Machine is ready for Reset. It must not be copied or used concurrently.
type Machine struct {
	program *compile.Program
	host    Host
	memory  []byte // beyond its length the array is zero up to its capacity
	globals []uint32
	table   []uint32 // function indices plus one; zero is uninitialized
	stack   []uint32 // with room for a window above the last frame
	frames  []frame
	gas     uint64
	pc      uint32 // where to go on, or of what trapped
	base    uint32 // of the running frame in stack
	depth   int    // frames that are in use
	callee  uint32 // the host function that an instruction calls

	maxPages, callDepth, stackSlots uint32
	running                         bool
}

// frame is where a caller goes on.
type frame struct {
	pc   uint32
	base uint32
}

const (
	firstStack  = 1024 // slots that a machine starts with, if StackSlots allows
	firstFrames = 32
)

// Reset makes the machine a new instance: memory, globals and table are zero. What it was before is gone, but its
// allocations are used again.
func (m *Machine) Reset(c Config) {
	m.program, m.host, m.gas = c.Program, c.Host, c.Gas
	m.maxPages, m.callDepth, m.stackSlots = c.MaxPages, c.CallDepth, c.StackSlots
	m.running = false
	clear(m.memory)
	m.memory = m.memory[:0]
	m.extend(int(c.MinPages) * binary.PageSize)
	m.globals = zeroed(m.globals, c.Globals)
	m.table = zeroed(m.table, int(c.TableSize))
	if len(m.stack) == 0 {
		m.stack = make([]uint32, min(firstStack, c.StackSlots)+compile.Window)
	}
	if len(m.frames) == 0 {
		m.frames = make([]frame, firstFrames)
	}
}

// Clear drops what the machine refers to and zeroes its memory, so that it can wait in a pool. Allocations larger
// than keep bytes go.
func (m *Machine) Clear(keep int) {
	m.program, m.host = nil, nil
	if cap(m.memory) > keep {
		m.memory = nil
	} else {
		clear(m.memory)
		m.memory = m.memory[:0]
	}
	if cap(m.stack)*4 > keep {
		m.stack = nil
	}
	if cap(m.frames)*8 > keep {
		m.frames = nil
	}
	if cap(m.table)*4 > keep {
		m.table = nil
	}
}

func zeroed(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// extend makes memory n bytes long. The new bytes are zero.
func (m *Machine) extend(n int) {
	if n > cap(m.memory) {
		grown := make([]byte, n)
		copy(grown, m.memory)
		m.memory = grown
	}
	m.memory = m.memory[:n]
}

// Memory is the memory as it is, until it grows.
func (m *Machine) Memory() []byte { return m.memory }

// Gas is what is left.
func (m *Machine) Gas() uint64 { return m.gas }

// Charge takes gas. If there is not enough it takes all that is left and says false.
func (m *Machine) Charge(gas uint64) bool {
	if m.gas < gas {
		m.gas = 0
		return false
	}
	m.gas -= gas
	return true
}

// SetGlobal sets a global by its index, which must be below the number of globals.
func (m *Machine) SetGlobal(index int, value uint32) { m.globals[index] = value }

// Global gives the value of a global by its index, which must be below the number of globals.
func (m *Machine) Global(index int) uint32 { return m.globals[index] }

// Elements writes function indices into the table from offset on, or says false if they do not fit.
func (m *Machine) Elements(offset uint32, funcs []uint32) bool {
	if uint64(offset)+uint64(len(funcs)) > uint64(len(m.table)) {
		return false
	}
	for i, f := range funcs {
		m.table[int(offset)+i] = f + 1
	}
	return true
}

// Slice gives n bytes of memory from ptr on, or false if they are not all there. They alias memory.
func (m *Machine) Slice(ptr, n uint32) ([]byte, bool) {
	end := uint64(ptr) + uint64(n)
	if end > uint64(len(m.memory)) {
		return nil, false
	}
	return m.memory[ptr:end:end], true
}

// Running says whether a call is under way.
func (m *Machine) Running() bool { return m.running }

// Trap makes a trap of what runs now, for a host function.
func (m *Machine) Trap(code TrapCode, err error) *Trap {
	t := &Trap{Code: code, Err: err}
	if m.running {
		t.Func, t.Offset = m.program.FuncAt(m.pc), int(m.program.Offsets[m.pc])
	}
	return t
}

// growStack makes the stack larger, up to what StackSlots may need.
func (m *Machine) growStack() {
	n := min(2*len(m.stack), int(m.stackSlots)) + compile.Window
	grown := make([]uint32, max(n, len(m.stack)))
	copy(grown, m.stack)
	m.stack = grown
}
