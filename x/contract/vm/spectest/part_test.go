package spectest

import (
	"errors"
	"slices"

	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// part is an instance of a module that may be reduced, with what is known of its state. A function that is out of the profile
// does not run. What it, and the calls around it, may have changed is unknown from then on; so is what depends on that.
type part struct {
	*vm.Instance
	*reduction
	idle    string   // why no command is tried on it, or nothing
	targets []target // by imported function
	shares  []share
}

// target is a function of another part, or of spectest.
type target struct {
	part  *part
	index uint32
}

// share is state that another part gave: whose it is, and what it is called there.
type share struct {
	ours, theirs state
	part         *part
}

// Errors of host functions that end a call which cannot go on.
var (
	errStub    = errors.New("stub")
	errUnknown = errors.New("unknown state")
)

// noFunc is no function's index. A trap that comes out of another part has it, so that it is not taken for one of a stub.
const noFunc = ^uint32(0)

// lose makes state unknown, also where it came from.
func (p *part) lose(s state) {
	p.unknown |= s
	for _, sh := range p.shares {
		if s&sh.ours != 0 {
			sh.part.lose(sh.theirs)
		}
	}
}

// abandon gives up all that is known of a part and of those that it has something of. It is for parts that share a table: what
// is called through that can be any function of any of them.
func (p *part) abandon() {
	p.unknown = everything
	for _, sh := range p.shares {
		sh.part.abandon()
	}
	for _, t := range p.targets {
		if t.part != nil {
			t.part.abandon()
		}
	}
}

// skipped is for a call that did not run, or not to its end.
func (p *part) skipped(index uint32) {
	e := p.effects(index)
	p.lose(e.writes)
	for _, i := range e.imports {
		if t := p.targets[i]; t.part != nil {
			t.part.skipped(t.index)
		}
	}
}

// guess says whether a call would depend on what is unknown of this part. What it depends on in others, serve finds out.
func (p *part) guess(index uint32) bool { return p.effects(index).reads&p.unknown != 0 }

// holds says whether a command comes out right whatever is in memory, which must be all that the call may change or depends on
// and is not known. It tries more than one content; to repeat the call is harmless then.
func (p *part) holds(c command, index uint32, args []uint32) bool {
	e := p.effects(index)
	if e.reads&p.unknown != memoryBytes || e.writes&^memoryBytes != 0 || len(e.imports) > 0 {
		return false
	}
	for _, content := range []byte{0x00, 0xff, 0x5a} {
		for at := uint32(0); ; at += binary.PageSize {
			page, err := p.Read(at, binary.PageSize)
			if err != nil {
				break
			}
			for i := range page {
				page[i] = content
			}
		}
		got, err := p.Call(c.Action.Field, args...)
		if p.unfinished(err) != "" || outcomeOf(c, p.Instance, got, err).outcome != ran {
			return false
		}
	}
	return true
}

// unfinished says why a call did not come to what the script is about, or nothing. err is what the call gave.
func (p *part) unfinished(err error) string {
	var t *vm.Trap
	switch {
	case errors.Is(err, errStub), errors.As(err, &t) && t.Code == vm.TrapUnreachable && p.stubs(t.Func):
		return "calls a function out of the profile"
	case errors.Is(err, errUnknown):
		return unknownState
	}
	return ""
}

const unknownState = "depends on state that is shared, or that what is out of the profile may have changed"

// serve is a host function for other parts that calls a function of this one.
func (p *part) serve(name string, index uint32) func(*vm.Instance, []uint32) (uint32, error) {
	return func(_ *vm.Instance, args []uint32) (uint32, error) {
		if p.guess(index) {
			return 0, errUnknown
		}
		value, err := p.Call(name, slices.Clone(args)...)
		var t *vm.Trap
		switch {
		case errors.Is(err, errUnknown):
			return 0, errUnknown
		case p.unfinished(err) != "":
			return 0, errStub
		case errors.As(err, &t):
			return 0, &vm.Trap{Code: t.Code, Func: noFunc}
		}
		return value, err
	}
}

// hosts are the functions that the part imports, those that are missing as stubs.
func (p *part) hosts() (*vm.Hosts, error) {
	var funcs []vm.HostFunc
	seen := map[rawImport]bool{}
	for i, t := range p.targets {
		f := p.funcs[i]
		if seen[*f.from] {
			continue
		}
		seen[*f.from] = true
		h := vm.HostFunc{Module: f.from.module, Name: f.from.name}
		h.Params, h.Result = p.signature(f.typeIndex)
		switch {
		case p.stubs(uint32(i)):
			h.Call = func(*vm.Instance, []uint32) (uint32, error) { return 0, errStub }
		case t.part == nil:
			h.Call = func(*vm.Instance, []uint32) (uint32, error) { return 0, nil }
		default:
			h.Call = t.part.serve(f.from.name, t.index)
		}
		funcs = append(funcs, h)
	}
	return vm.NewHosts(funcs...)
}
