package difftest

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm"
)

// own is package vm, with the same host functions as peer.
type own struct {
	hosts *vm.Hosts
	gas   uint64
}

// plenty is more gas than any program with fuel can use, so that running out is a finding.
const plenty = 1 << 40

func newOwn(gas uint64) *own {
	var funcs []vm.HostFunc
	for i, h := range hostTypes {
		funcs = append(funcs, vm.HostFunc{
			Module: "assay", Name: h.name, Params: h.params, Result: h.result, Gas: 7,
			Call: func(in *vm.Instance, args []uint32) (uint32, error) {
				host := in.Context().(*hostState)
				host.write = func(ptr, value uint32) error { return writeNumber(in, ptr, value) }
				return host.call(i, args)
			},
		})
	}
	hosts, err := vm.NewHosts(funcs...)
	if err != nil {
		panic(err)
	}
	return &own{hosts, gas}
}

// writeNumber turns the trap of Write into the error of a host function, as wazero's have it.
func writeNumber(in *vm.Instance, ptr, value uint32) error {
	if err := in.Write(ptr, binary.LittleEndian.AppendUint32(nil, value)); err != nil {
		return errPoke
	}
	return nil
}

// wide are limits that stop nothing that the generator makes before its fuel does.
func wide() vm.Limits {
	l := vm.DefaultLimits()
	l.MemoryPages, l.CallDepth, l.StackSlots = maxPages, 4*maxFuel, 1<<20
	return l
}

type ownInstance struct{ *vm.Instance }

func (o *own) instantiate(code []byte, host *hostState) (instance, string) {
	m, err := vm.Compile(code, o.hosts, wide())
	if err != nil {
		panic(fmt.Sprintf("compile: %v", err))
	}
	in, err := m.Instantiate(host, o.gas)
	if err != nil {
		in.Release()
		return nil, ownKind(err)
	}
	return ownInstance{in}, ""
}

func (i ownInstance) call(export string, args ...uint32) (uint32, string) {
	value, err := i.Call(export, args...)
	return value, ownKind(err)
}

func (i ownInstance) memory() []byte {
	if !i.Module().HasFunc("pages") {
		return nil
	}
	pages, err := i.Call("pages")
	if err != nil {
		panic(err)
	}
	b, err := i.Read(0, pages*65536)
	if err != nil {
		panic(err)
	}
	return b
}

func (i ownInstance) close() { i.Release() }

// ownKind gives the words for a trap that wazero has too.
func ownKind(err error) string {
	if err == nil {
		return ""
	}
	var t *vm.Trap
	if !errors.As(err, &t) {
		return err.Error()
	}
	switch t.Code {
	case vm.TrapUndefinedElement, vm.TrapUninitializedElement:
		return kindTable
	case vm.TrapHost:
		return kindHost
	}
	return t.Code.Error()
}
