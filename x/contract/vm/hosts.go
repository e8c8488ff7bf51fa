package vm

import "fmt"

// HostFunc is a function that modules may import.
type HostFunc struct {
	Module, Name string
	Params       int
	Result       bool
	Gas          uint64 // charged before each call
	// Call runs the function. args has Params entries and is valid until Call returns. The result counts only with
	// Result. A *Trap ends the contract's call as it is, another error with TrapHost.
	Call func(in *Instance, args []uint32) (uint32, error)
}

// Hosts is a set of host functions. It is immutable and may be shared.
type Hosts struct {
	byName map[hostName]*HostFunc
}

type hostName struct{ module, name string }

// maxHostParams is what every HostFunc must keep to; modules are held to Limits.Params besides.
const maxHostParams = 32

// NewHosts makes a set. Names must differ, and each function must have a Call and at most 32 parameters: else
// ErrHosts.
func NewHosts(funcs ...HostFunc) (*Hosts, error) {
	h := &Hosts{byName: make(map[hostName]*HostFunc, len(funcs))}
	for i := range funcs {
		f := funcs[i]
		name := hostName{f.Module, f.Name}
		switch {
		case f.Call == nil:
			return nil, fmt.Errorf("host function %q.%q: %w: no Call", f.Module, f.Name, ErrHosts)
		case f.Params < 0 || f.Params > maxHostParams:
			return nil, fmt.Errorf("host function %q.%q: %w: expected 0 to %d parameters, got %d", f.Module, f.Name, ErrHosts, maxHostParams, f.Params)
		case h.byName[name] != nil:
			return nil, fmt.Errorf("host function %q.%q: %w: defined twice", f.Module, f.Name, ErrHosts)
		}
		h.byName[name] = &f
	}
	return h, nil
}

// lookup finds a function. A nil set is empty.
func (h *Hosts) lookup(module, name string) *HostFunc {
	if h == nil {
		return nil
	}
	return h.byName[hostName{module, name}]
}
