package exec

import "github.com/assay-chain/assay/x/contract/vm/compile"

// Call runs a function with arguments, of which there must be as many as it has parameters. The result of a
// function that has none is zero. An error is a *Trap. After a trap memory and globals are as the program left
// them. Call must not be used while the machine is running.
func (m *Machine) Call(index uint32, args ...uint32) (uint32, error) {
	f := &m.program.Funcs[index]
	if f.Host {
		return m.callHost(index, args)
	}
	if f.Frame > m.stackSlots || m.callDepth == 0 {
		return 0, &Trap{Code: TrapCallStack, Func: index, Offset: int(m.program.Offsets[f.Entry])}
	}
	if !m.Charge(f.Gas) {
		return 0, &Trap{Code: TrapOutOfGas, Func: index, Offset: int(m.program.Offsets[f.Entry])}
	}
	for int(f.Frame)+compile.Window > len(m.stack) {
		m.growStack()
	}
	copy(m.stack, args)
	clear(m.stack[f.ZeroFrom:f.ZeroTo])
	m.frames[0] = frame{}
	m.pc, m.base, m.depth = f.Entry, 0, 1
	m.running = true
	code, err := m.run()
	if code != 0 {
		t, ok := err.(*Trap) //nolint:errorlint // a trap of the host passes if it is one, not if it wraps one
		if !ok {
			t = m.Trap(code, err)
		}
		m.running = false
		return 0, t
	}
	m.running = false
	if !f.Result {
		return 0, nil
	}
	return m.stack[0], nil
}

// callHost calls an imported function that is exported again.
func (m *Machine) callHost(index uint32, args []uint32) (uint32, error) {
	if !m.Charge(m.program.Funcs[index].Gas) {
		return 0, &Trap{Code: TrapOutOfGas, Func: index}
	}
	own := m.stack[:len(args):len(args)] // args would be allocated if the host had them
	copy(own, args)
	value, err := m.host.CallHost(index, own)
	if err == nil {
		return value, nil
	}
	if t, ok := err.(*Trap); ok { //nolint:errorlint // as above
		return 0, t
	}
	return 0, &Trap{Code: TrapHost, Func: index, Err: err}
}
