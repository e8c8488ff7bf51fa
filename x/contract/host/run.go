package host

import (
	"errors"
	"fmt"
	"slices"

	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// The entry points. All are () → () but for the two that vote, which are () → i32.
const (
	EntryInit          = "init"
	EntryExecute       = "execute"
	EntryQuery         = "query"
	EntryMigrate       = "migrate"
	EntryOnAttestation = "on_attestation"
	EntryDecideStep    = "decide_step"   // VoteWait, VoteYes or VoteNo
	EntryAllowPublish  = "allow_publish" // VoteNoPublish or VotePublish
)

// What decide_step and allow_publish return.
const (
	VoteWait uint32 = iota
	VoteYes
	VoteNo

	VoteNoPublish uint32 = 0
	VotePublish   uint32 = 1
)

// Other exports that have a meaning.
const (
	exportMemory     = "memory"
	exportInitialize = "_initialize"   // called before each entry point, where there is one
	exportVersion    = "abi_version_1" // never called
)

// entryPoints are the names that the chain knows, in alphabetical order, and whether each returns a value.
var entryPoints = []struct {
	name   string
	result bool
}{
	{EntryAllowPublish, true},
	{EntryDecideStep, true},
	{EntryExecute, false},
	{EntryInit, false},
	{EntryMigrate, false},
	{EntryOnAttestation, false},
	{EntryQuery, false},
}

// Check says whether a module exports what a contract must: its memory, the marker of the ABI version, init, and each entry
// point and _initialize that it has with the right type. Errors: ErrExport, with the name.
func Check(m *vm.Module) error {
	if !exportsMemory(m) {
		return fmt.Errorf("export %q: expected a memory, got none: %w", exportMemory, ErrExport)
	}
	for _, name := range []string{exportVersion, EntryInit} {
		if _, _, ok := m.FuncType(name); !ok {
			return fmt.Errorf("export %q: expected a function, got none: %w", name, ErrExport)
		}
	}
	for _, name := range []string{exportVersion, exportInitialize} {
		if err := checkType(m, name, false); err != nil {
			return err
		}
	}
	for _, e := range entryPoints {
		if err := checkType(m, e.name, e.result); err != nil {
			return err
		}
	}
	return nil
}

func exportsMemory(m *vm.Module) bool {
	return slices.ContainsFunc(m.Exports(), func(e vm.Export) bool { return e.Kind == binary.ExportMemory && e.Name == exportMemory })
}

// checkType checks the type of an exported function, if there is one of that name.
func checkType(m *vm.Module, name string, result bool) error {
	params, got, ok := m.FuncType(name)
	if ok && (params != 0 || got != result) {
		return fmt.Errorf("export %q: expected type %s, got %s: %w", name, typeText(0, result), typeText(params, got), ErrExport)
	}
	return nil
}

func typeText(params int, result bool) string {
	if result {
		return fmt.Sprintf("(%d × i32) → i32", params)
	}
	return fmt.Sprintf("(%d × i32) → ()", params)
}

// Entries returns the entry points that a module exports, in alphabetical order.
func Entries(m *vm.Module) []string {
	var out []string
	for _, e := range entryPoints {
		if m.HasFunc(e.name) {
			out = append(out, e.name)
		}
	}
	return out
}

// Call says what to run, and on whose behalf.
type Call struct {
	Entry    string // an entry point
	Message  []byte // not kept
	Caller   string // the address, in text; empty where nobody calls
	Self     string // the contract's address
	Funds    []Coin // what came with the call; the contract has it already
	ReadOnly bool   // nothing may be written
	Gas      uint64 // VM gas, at most
}

// Result is what comes of a call.
type Result struct {
	Output  []byte // what the contract passed to output; nil if nothing, or if the call failed
	Value   uint32 // what an entry point that votes returned
	GasUsed uint64 // VM gas, also of a call that failed; the limit of one that ran out
}

// call is the state of a running call. It is what host functions find in the instance's context.
type call struct {
	env    Env
	call   Call
	result []byte // of the last host function that gave one
	output []byte
	events int
}

// Run calls an entry point of a module that Check took: it instantiates the module, calls _initialize and then the entry
// point, within one limit of gas. Errors: ErrEntry, *AbortError, *vm.Trap (which wraps what the host or Env had to say). The
// gas used is in the result also with an error.
func Run(m *vm.Module, env Env, c Call) (Result, error) {
	if !m.HasFunc(c.Entry) {
		return Result{}, fmt.Errorf("entry point %q: %w", c.Entry, ErrEntry)
	}
	running := &call{env: env, call: c}
	in, err := m.Instantiate(running, c.Gas)
	defer in.Release()
	if err != nil {
		return Result{GasUsed: in.GasUsed()}, callError(err)
	}
	if m.HasFunc(exportInitialize) {
		if _, err := in.Call(exportInitialize); err != nil {
			return Result{GasUsed: in.GasUsed()}, callError(err)
		}
	}
	value, err := in.Call(c.Entry)
	if err != nil {
		return Result{GasUsed: in.GasUsed()}, callError(err)
	}
	return Result{Output: running.output, Value: value, GasUsed: in.GasUsed()}, nil
}

// callError finds the contract's own word in an error.
func callError(err error) error {
	var abort *AbortError
	if errors.As(err, &abort) {
		return abort
	}
	return err
}
