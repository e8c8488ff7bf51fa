package types

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsmod "cosmossdk.io/errors"
)

// The errors of the module. Codes are stable: one that is no longer used stays, and names its successor.
var (
	// ErrInvalidRequest is for a message or query that is malformed: an address, a label, a digest, a missing field.
	ErrInvalidRequest = errorsmod.RegisterWithGRPCCode(ModuleName, 2, codes.InvalidArgument, "invalid request")
	// ErrUnauthorized is for a signer who is not the admin, or not the authority.
	ErrUnauthorized = errorsmod.RegisterWithGRPCCode(ModuleName, 3, codes.PermissionDenied, "unauthorized")
	// ErrCodeNotFound is for a code that is not on record.
	ErrCodeNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 4, codes.NotFound, "code not found")
	// ErrContractNotFound is for a contract that is not on record.
	ErrContractNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 5, codes.NotFound, "contract not found")
	// ErrInvalidCode is for bytes that are not a valid module of WebAssembly.
	ErrInvalidCode = errorsmod.RegisterWithGRPCCode(ModuleName, 6, codes.InvalidArgument, "invalid code")
	// ErrUnsupportedCode is for a module that has something out of the profile.
	ErrUnsupportedCode = errorsmod.RegisterWithGRPCCode(ModuleName, 7, codes.InvalidArgument, "unsupported code")
	// ErrLimit is for what is well-formed but larger or more than the parameters or the code allow.
	ErrLimit = errorsmod.RegisterWithGRPCCode(ModuleName, 8, codes.InvalidArgument, "limit exceeded")
	// ErrExport is for a module without an export that a contract must have, or with one of another type.
	ErrExport = errorsmod.RegisterWithGRPCCode(ModuleName, 9, codes.InvalidArgument, "missing or wrong export")
	// ErrTrap is for a call that ended in a trap other than those that have an error of their own.
	ErrTrap = errorsmod.RegisterWithGRPCCode(ModuleName, 10, codes.Aborted, "contract trapped")
	// ErrOutOfGas is for a call that used up its VM gas.
	ErrOutOfGas = errorsmod.RegisterWithGRPCCode(ModuleName, 11, codes.ResourceExhausted, "contract out of gas")
	// ErrAborted is for a call that the contract itself ended; the contract's message is in the text.
	ErrAborted = errorsmod.RegisterWithGRPCCode(ModuleName, 12, codes.Aborted, "contract aborted")
	// ErrEntry is for a call of an entry point that the contract has not got.
	ErrEntry = errorsmod.RegisterWithGRPCCode(ModuleName, 13, codes.Unimplemented, "contract has no such entry point")
	// ErrReentrancy is for a call of a contract that is at work already.
	ErrReentrancy = errorsmod.RegisterWithGRPCCode(ModuleName, 14, codes.Aborted, "contract is at work already")
	// ErrDepth is for calls of contracts by contracts that are nested too deep.
	ErrDepth = errorsmod.RegisterWithGRPCCode(ModuleName, 15, codes.Aborted, "calls too deep")
	// ErrReadOnly is for a query that tries to write.
	ErrReadOnly = errorsmod.RegisterWithGRPCCode(ModuleName, 16, codes.PermissionDenied, "query cannot write")
	// ErrFunds is for coins that cannot be sent to a contract, or are not there.
	ErrFunds = errorsmod.RegisterWithGRPCCode(ModuleName, 17, codes.FailedPrecondition, "funds cannot be sent")
	// ErrMigration is for a migration to the code that the contract has.
	ErrMigration = errorsmod.RegisterWithGRPCCode(ModuleName, 18, codes.FailedPrecondition, "migration refused")
	// ErrGenesis is for a genesis state whose records are malformed or contradict each other.
	ErrGenesis = errorsmod.RegisterWithGRPCCode(ModuleName, 19, codes.InvalidArgument, "invalid genesis")
	// ErrSubscription is for a subscription that is malformed, there already, not there, or one too many.
	ErrSubscription = errorsmod.RegisterWithGRPCCode(ModuleName, 20, codes.FailedPrecondition, "subscription refused")
	// ErrGuard is for a publication that the guard refused, or lost its vote on.
	ErrGuard = errorsmod.RegisterWithGRPCCode(ModuleName, 21, codes.PermissionDenied, "publication refused by the guard")
	// ErrInvalidParams is for a parameter that is zero, malformed, or beyond its bound in code.
	ErrInvalidParams = errorsmod.RegisterWithGRPCCode(ModuleName, 22, codes.InvalidArgument, "invalid parameters")
	// ErrImport is for a module that imports what the chain does not offer.
	ErrImport = errorsmod.RegisterWithGRPCCode(ModuleName, 23, codes.InvalidArgument, "unknown import")
	// ErrStateNotFound is for a key that a contract's storage has not got.
	ErrStateNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 24, codes.NotFound, "state not found")
	// ErrAddressTaken is for a contract whose address belongs to an account that somebody uses.
	ErrAddressTaken = errorsmod.RegisterWithGRPCCode(ModuleName, 25, codes.FailedPrecondition, "address is taken")
	// ErrVote is for an entry point that returned something else than a vote.
	ErrVote = errorsmod.RegisterWithGRPCCode(ModuleName, 26, codes.Aborted, "not a vote")
)

// reasonError is a sentinel with the reason for it, both for errors.Is.
type reasonError struct {
	sentinel *errorsmod.Error
	reason   error
}

// WithReason returns the sentinel with a reason, which errors.Is finds as well. The reason is for
// logs and people: the code of the sentinel alone is consensus.
func WithReason(sentinel *errorsmod.Error, reason error) error {
	return reasonError{sentinel: sentinel, reason: reason}
}

func (e reasonError) Error() string { return e.reason.Error() + ": " + e.sentinel.Error() }

// Cause is where the SDK looks for the code.
func (e reasonError) Cause() error { return e.sentinel }

// Unwrap is where errors.Is looks.
func (e reasonError) Unwrap() []error { return []error{e.sentinel, e.reason} }

// GRPCStatus is the status of the sentinel.
func (e reasonError) GRPCStatus() *status.Status {
	return status.New(e.sentinel.GRPCStatus().Code(), e.Error())
}
