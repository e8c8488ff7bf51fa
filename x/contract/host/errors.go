package host

import (
	"errors"
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm"
)

// Errors of the package. Those of a host function are the cause of a trap of code vm.TrapHost.
var (
	// ErrEntry is for a call of an entry point that the contract does not export.
	ErrEntry = errors.New("no such entry point")
	// ErrExport is for a module without an export that a contract must have, or with one of another type.
	ErrExport = errors.New("missing or wrong export")
	// ErrReadOnly is for a query that tries to write.
	ErrReadOnly = errors.New("query cannot write")
	// ErrRange is for reading outside of the message or of a result.
	ErrRange = errors.New("out of range")
	// ErrLimit is for what is larger, or more often, than a host function takes.
	ErrLimit = errors.New("limit exceeded")
	// ErrArgument is for an argument that is not what the host function takes.
	ErrArgument = errors.New("invalid argument")
)

// AbortError ends a call that the contract itself gave up.
type AbortError struct {
	// Message is the contract's, of at most MaxAbortBytes and valid UTF-8.
	Message string
}

func (e *AbortError) Error() string { return fmt.Sprintf("contract aborted: %q", e.Message) }

// FailureText is what a contract learns about a call of its own that failed: the other contract's words where it aborted,
// otherwise a text that is the same on every node.
func FailureText(err error) string {
	var abort *AbortError
	switch {
	case errors.As(err, &abort):
		return abort.Message
	case errors.Is(err, vm.TrapOutOfGas):
		return "contract out of gas"
	case errors.Is(err, ErrEntry):
		return "contract has no such entry point"
	case errors.Is(err, ErrReadOnly):
		return "query cannot write"
	}
	return "contract trapped"
}
