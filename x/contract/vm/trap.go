package vm

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/assay-chain/assay/x/contract/vm/exec"
)

// Trap ends a call. Its Code is part of consensus, the rest is for people.
//
//nolint:errname // as the specification calls it
type Trap = exec.Trap

// TrapCode says why a call was ended. errors.Is(err, TrapOutOfGas) holds of a Trap with that code.
//
//nolint:errname // as the specification calls it
type TrapCode = exec.TrapCode

// The traps; package exec says what each is.
//
//nolint:errname // codes of traps, which are the names that people know
const (
	TrapUnreachable          = exec.TrapUnreachable
	TrapDivideByZero         = exec.TrapDivideByZero
	TrapIntegerOverflow      = exec.TrapIntegerOverflow
	TrapMemory               = exec.TrapMemory
	TrapUndefinedElement     = exec.TrapUndefinedElement
	TrapUninitializedElement = exec.TrapUninitializedElement
	TrapSignature            = exec.TrapSignature
	TrapCallStack            = exec.TrapCallStack
	TrapOutOfGas             = exec.TrapOutOfGas
	TrapHost                 = exec.TrapHost
	TrapInternal             = exec.TrapInternal
)

// Errors that are no traps: the caller asked for what cannot be. Nothing ran, and no gas was used.
var (
	// ErrImport is for a module that imports a function that there is not, or as another type.
	ErrImport = errors.New("unknown import")
	// ErrExport is for a call of a function that is not exported.
	ErrExport = errors.New("unknown export")
	// ErrArguments is for a call with another number of arguments than the function has parameters.
	ErrArguments = errors.New("wrong number of arguments")
	// ErrRunning is for a call of an instance by one of its own host functions.
	ErrRunning = errors.New("instance is running")
	// ErrHosts is for host functions that do not make a set.
	ErrHosts = errors.New("invalid host functions")

	errAbandoned = errors.New("compilation was abandoned")
)

var panics atomic.Uint64

// Panics counts the panics that ended a call of this process. Anything but zero is a bug.
func Panics() uint64 { return panics.Load() }

// caught turns a panic into a trap. It must be deferred directly.
func caught(failed *bool, err *error) {
	if r := recover(); r != nil {
		panics.Add(1)
		*failed = true
		*err = &Trap{Code: TrapInternal, Err: fmt.Errorf("panic: %v", r)}
	}
}

// guarded runs f, and turns a panic of it into a trap.
func guarded[T any](f func() (T, error)) (value T, err error) {
	var failed bool
	defer caught(&failed, &err)
	return f()
}
