package types

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsmod "cosmossdk.io/errors"
)

// The errors of the module. Codes are stable: one that is no longer used stays, and names its successor.
var (
	// ErrInvalidAddress is for an account that is not an address of this chain.
	ErrInvalidAddress = errorsmod.RegisterWithGRPCCode(ModuleName, 2, codes.InvalidArgument, "invalid address")
	// ErrInvalidName is for a publisher, model or alias that is not [a-z][a-z0-9-]{1,38}[a-z0-9], and for a source
	// that is not the identifier of an IBC channel or client.
	ErrInvalidName = errorsmod.RegisterWithGRPCCode(ModuleName, 3, codes.InvalidArgument, "invalid name")
	// ErrInvalidNumber is for a version number that is not plain Semantic Versioning 2.0.0.
	ErrInvalidNumber = errorsmod.RegisterWithGRPCCode(ModuleName, 4, codes.InvalidArgument, "invalid version number")
	// ErrInvalidVersionID is for a string that is not publisher/model@number, where a mirror's publisher is
	// source:publisher, and for a qualified id where the hub's own is expected.
	ErrInvalidVersionID = errorsmod.RegisterWithGRPCCode(ModuleName, 5, codes.InvalidArgument, "invalid version id")
	// ErrInvalidText is for a description, reason, website or other text of forbidden bytes.
	ErrInvalidText = errorsmod.RegisterWithGRPCCode(ModuleName, 6, codes.InvalidArgument, "invalid text")
	// ErrInvalidDigest is for a digest that is not a SHA-256.
	ErrInvalidDigest = errorsmod.RegisterWithGRPCCode(ModuleName, 7, codes.InvalidArgument, "invalid digest")
	// ErrInvalidArtifact is for an artifact whose name, media type, size or URIs are malformed.
	ErrInvalidArtifact = errorsmod.RegisterWithGRPCCode(ModuleName, 8, codes.InvalidArgument, "invalid artifact")
	// ErrInvalidTensor is for an input or output signature that is malformed.
	ErrInvalidTensor = errorsmod.RegisterWithGRPCCode(ModuleName, 9, codes.InvalidArgument, "invalid tensor signature")
	// ErrInvalidSessionOption is for session options that are malformed or out of order.
	ErrInvalidSessionOption = errorsmod.RegisterWithGRPCCode(ModuleName, 10, codes.InvalidArgument, "invalid session option")
	// ErrInvalidSetup is for a setup provenance that contradicts itself.
	ErrInvalidSetup = errorsmod.RegisterWithGRPCCode(ModuleName, 11, codes.InvalidArgument, "invalid setup provenance")
	// ErrInvalidVerifyingKey is for a key that the key checker refuses, or whose digest is another.
	ErrInvalidVerifyingKey = errorsmod.RegisterWithGRPCCode(ModuleName, 12, codes.InvalidArgument, "invalid verifying key")
	// ErrPublicInputs is for a key whose number of public inputs does not fit the version's outputs.
	ErrPublicInputs = errorsmod.RegisterWithGRPCCode(ModuleName, 13, codes.InvalidArgument, "verifying key does not fit the outputs")
	// ErrInvalidParams is for a limit of zero or above its bound in code.
	ErrInvalidParams = errorsmod.RegisterWithGRPCCode(ModuleName, 14, codes.InvalidArgument, "invalid parameters")
	// ErrLimit is for what is well-formed but larger or more than the parameters allow.
	ErrLimit = errorsmod.RegisterWithGRPCCode(ModuleName, 15, codes.InvalidArgument, "limit exceeded")
	// ErrUnauthorized is for a signer who does not own the publisher, or is not the authority.
	ErrUnauthorized = errorsmod.RegisterWithGRPCCode(ModuleName, 16, codes.PermissionDenied, "unauthorized")
	// ErrPublisherExists is for a publisher's name that is taken.
	ErrPublisherExists = errorsmod.RegisterWithGRPCCode(ModuleName, 17, codes.AlreadyExists, "publisher exists")
	// ErrPublisherNotFound is for a publisher that is not on record.
	ErrPublisherNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 18, codes.NotFound, "publisher not found")
	// ErrInvalidTransfer is for an offer to the owner itself.
	ErrInvalidTransfer = errorsmod.RegisterWithGRPCCode(ModuleName, 19, codes.InvalidArgument, "invalid transfer")
	// ErrNoTransfer is for accepting or cancelling where nothing was offered.
	ErrNoTransfer = errorsmod.RegisterWithGRPCCode(ModuleName, 20, codes.FailedPrecondition, "no transfer under way")
	// ErrModelExists is for a model's name that is taken under its publisher.
	ErrModelExists = errorsmod.RegisterWithGRPCCode(ModuleName, 21, codes.AlreadyExists, "model exists")
	// ErrModelNotFound is for a model that is not on record.
	ErrModelNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 22, codes.NotFound, "model not found")
	// ErrVersionExists is for a number that was published before, yanked or not.
	ErrVersionExists = errorsmod.RegisterWithGRPCCode(ModuleName, 23, codes.AlreadyExists, "version exists")
	// ErrVersionNotFound is for a version that is not on record.
	ErrVersionNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 24, codes.NotFound, "version not found")
	// ErrVersionYanked is for a version that was yanked.
	ErrVersionYanked = errorsmod.RegisterWithGRPCCode(ModuleName, 25, codes.FailedPrecondition, "version is yanked")
	// ErrAliasNotFound is for an alias that is not on record.
	ErrAliasNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 26, codes.NotFound, "alias not found")
	// ErrVerifyingKeyExists is for a key that is registered already.
	ErrVerifyingKeyExists = errorsmod.RegisterWithGRPCCode(ModuleName, 27, codes.AlreadyExists, "verifying key exists")
	// ErrVerifyingKeyNotFound is for a key that is not on record.
	ErrVerifyingKeyNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 28, codes.NotFound, "verifying key not found")
	// ErrInvalidGenesis is for a genesis state whose records contradict each other.
	ErrInvalidGenesis = errorsmod.RegisterWithGRPCCode(ModuleName, 29, codes.InvalidArgument, "invalid genesis")
	// ErrInvalidRequest is for an empty query request.
	ErrInvalidRequest = errorsmod.RegisterWithGRPCCode(ModuleName, 30, codes.InvalidArgument, "invalid request")
	// ErrVersionConflict is for a mirror whose id is on record with another spec.
	ErrVersionConflict = errorsmod.RegisterWithGRPCCode(ModuleName, 31, codes.AlreadyExists, "version conflicts with the one on record")
)

// reasonError is a sentinel with the reason for it, both for errors.Is.
type reasonError struct {
	sentinel *errorsmod.Error
	reason   error
}

// WithReason returns the sentinel with a reason, which errors.Is finds as well. The reason is for
// logs: the code of the sentinel alone is consensus.
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
