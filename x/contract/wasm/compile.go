// Package wasm checks and compiles modules as the chain does, with the chain's limits and its error codes, for the keeper and for
// command lines that want to know before they send. It trusts no byte of a module. It runs nothing.
package wasm

import (
	"errors"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// Limits are those that code is compiled with. memoryPages is the parameter; all others are bounds in code, so that what was
// stored once compiles the same for ever.
func Limits(memoryPages uint32) vm.Limits {
	l := vm.DefaultLimits()
	l.CodeBytes = types.MaxParams().MaxCodeBytes
	l.MemoryPages = memoryPages
	return l
}

// Compile checks a module in full and lowers it: that it is valid WebAssembly of the profile, within the limits, imports what
// the chain offers, and exports what a contract has to. A command line that runs it before sending finds what the chain
// would refuse. Errors, each with the byte offset where there is one: ErrInvalidCode, ErrUnsupportedCode, ErrLimit,
// ErrImport, ErrExport; ErrTrap for a panic of the compiler, which is a bug.
func Compile(code []byte, memoryPages uint32) (*vm.Module, error) {
	m, err := vm.Compile(code, host.Functions(), Limits(memoryPages))
	if err != nil {
		return nil, compileError(err)
	}
	if err := host.Check(m); err != nil {
		return nil, types.WithReason(types.ErrExport, err)
	}
	return m, nil
}

// compileError gives an error of the runtime its code on the chain.
func compileError(err error) error {
	for _, c := range []struct {
		is       error
		sentinel *errorsmod.Error
	}{
		{binary.ErrUnsupported, types.ErrUnsupportedCode},
		{binary.ErrLimit, types.ErrLimit},
		{vm.ErrImport, types.ErrImport},
		{vm.TrapInternal, types.ErrTrap},
	} {
		if errors.Is(err, c.is) {
			return types.WithReason(c.sentinel, err)
		}
	}
	return types.WithReason(types.ErrInvalidCode, err)
}
