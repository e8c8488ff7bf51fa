package vm

import (
	"fmt"
	"sync"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/exec"
)

// Instance is a module with memory, globals, a table and gas. It must not be used concurrently.
type Instance struct {
	module  *Module
	machine exec.Machine
	ctx     any
	limit   uint64
	broken  bool // a panic left it in a state that nobody knows
}

// instances keeps allocations for later. What comes out of it behaves as if it were new.
var instances = sync.Pool{New: func() any { return new(Instance) }}

// keepBytes is the largest allocation that an instance takes to the pool with it.
const keepBytes = 1 << 20

// Instantiate makes an instance with so much gas, puts the segments in place, and runs the start function. ctx is
// what Context gives to host functions. Making the instance costs no gas: its work is bounded by the size of the
// module and by Limits, which is for the caller to price.
//
// If a segment does not fit or the start function traps the error is a *Trap. The instance is given nevertheless,
// to say how much gas was used; in any case the caller must Release it.
func (m *Module) Instantiate(ctx any, gas uint64) (*Instance, error) {
	in := instances.Get().(*Instance) //nolint:forcetypeassert // nothing else is put there
	in.module, in.ctx, in.limit = m, ctx, gas
	return in, in.prepare()
}

func (in *Instance) prepare() (err error) {
	defer caught(&in.broken, &err)
	m := in.module
	in.machine.Reset(exec.Config{
		Program: m.program, Host: in, Gas: in.limit,
		MinPages: m.minPages, MaxPages: m.maxPages,
		TableSize: m.table, Globals: len(m.globals),
		CallDepth: m.limits.CallDepth, StackSlots: m.limits.StackSlots,
	})
	for i, v := range m.globals {
		in.machine.SetGlobal(i, v)
	}
	for i := range m.elements {
		if !in.machine.Elements(m.elements[i].Offset, m.elements[i].Funcs) {
			return &Trap{Code: TrapUndefinedElement, Offset: m.elements[i].At}
		}
	}
	for i := range m.data {
		b, ok := in.machine.Slice(m.data[i].offset, uint32(len(m.data[i].bytes)))
		if !ok {
			return &Trap{Code: TrapMemory}
		}
		copy(b, m.data[i].bytes)
	}
	if m.start >= 0 {
		_, err = in.machine.Call(uint32(m.start))
	}
	return err
}

// Call runs an exported function. Its result is zero if the function has none. An error is a *Trap, after which
// memory is as the function left it, or else ErrExport, ErrArguments or ErrRunning, and nothing ran.
func (in *Instance) Call(export string, args ...uint32) (value uint32, err error) {
	index, ok := in.module.function(export)
	if !ok {
		return 0, fmt.Errorf("call %s: %w", binary.Quote(export), ErrExport)
	}
	if want := int(in.module.program.Funcs[index].Params); len(args) != want {
		return 0, fmt.Errorf("call %s: %w: expected %d, got %d", binary.Quote(export), ErrArguments, want, len(args))
	}
	if in.machine.Running() || in.broken {
		return 0, fmt.Errorf("call %s: %w", binary.Quote(export), ErrRunning)
	}
	defer caught(&in.broken, &err)
	return in.machine.Call(index, args...)
}

// CallHost runs a host function for the machine.
func (in *Instance) CallHost(index uint32, args []uint32) (uint32, error) {
	return in.module.hosts[index].Call(in, args)
}

// Global gives the value of an exported global, or ErrExport.
func (in *Instance) Global(export string) (uint32, error) {
	for _, e := range in.module.exports {
		if e.Kind == binary.ExportGlobal && e.Name == export {
			return in.machine.Global(int(e.Index)), nil
		}
	}
	return 0, fmt.Errorf("global %s: %w", binary.Quote(export), ErrExport)
}

// Read gives n bytes of memory from ptr on. They alias memory and are valid until the host function returns. Out
// of bounds is a *Trap.
func (in *Instance) Read(ptr, n uint32) ([]byte, error) {
	b, ok := in.machine.Slice(ptr, n)
	if !ok {
		return nil, in.machine.Trap(TrapMemory, nil)
	}
	return b, nil
}

// Write puts b into memory from ptr on. Out of bounds is a *Trap, and nothing is written.
func (in *Instance) Write(ptr uint32, b []byte) error {
	if uint64(len(b)) > uint64(len(in.machine.Memory())) {
		return in.machine.Trap(TrapMemory, nil)
	}
	to, err := in.Read(ptr, uint32(len(b)))
	if err != nil {
		return err
	}
	copy(to, b)
	return nil
}

// Charge uses gas. If there is not so much left all of it is used, and the error is a *Trap.
func (in *Instance) Charge(gas uint64) error {
	if !in.machine.Charge(gas) {
		return in.machine.Trap(TrapOutOfGas, nil)
	}
	return nil
}

// GasLeft is the gas that is left. What a host function sees does not have the rest of the basic block that called
// it, which is paid for.
func (in *Instance) GasLeft() uint64 { return in.machine.Gas() }

// GasUsed is the gas that was used. After TrapOutOfGas it is all that Instantiate was given.
func (in *Instance) GasUsed() uint64 { return in.limit - in.machine.Gas() }

// Context is what Instantiate was given.
func (in *Instance) Context() any { return in.ctx }

// Module is what this is an instance of.
func (in *Instance) Module() *Module { return in.module }

// Release ends the instance, which must not be used after.
func (in *Instance) Release() {
	if in.broken {
		return
	}
	in.module, in.ctx, in.limit = nil, nil, 0
	in.machine.Clear(keepBytes)
	instances.Put(in)
}
