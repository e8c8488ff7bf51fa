package types

import (
	"google.golang.org/grpc/codes"

	errorsmod "cosmossdk.io/errors"
)

// Error codes are part of the module's interface: never renumbered, never reused. The SDK reserves code 1.
var (
	// ErrRolloutNotFound is for an id or number that is not on record.
	ErrRolloutNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 2, codes.NotFound, "rollout not found")
	// ErrUnauthorized is for a signer who may not do what the message asks.
	ErrUnauthorized = errorsmod.Register(ModuleName, 3, "signer not authorized")
	// ErrInvalidPlan is for a plan that is malformed or contradicts itself.
	ErrInvalidPlan = errorsmod.Register(ModuleName, 4, "invalid plan")
	// ErrVersion is for a version that is not on record, yanked, or of another model than the one it replaces.
	ErrVersion = errorsmod.Register(ModuleName, 5, "version cannot be rolled out")
	// ErrContributors is for a step that the version's ceremony can never satisfy.
	ErrContributors = errorsmod.Register(ModuleName, 6, "too few ceremony contributors")
	// ErrActiveRollout is for a zone or fleet and a model that another rollout has.
	ErrActiveRollout = errorsmod.Register(ModuleName, 7, "another rollout is active")
	// ErrLimit is for more than the parameters allow.
	ErrLimit = errorsmod.Register(ModuleName, 8, "limit exceeded")
	// ErrEnded is for moving a rollout that has ended.
	ErrEnded = errorsmod.Register(ModuleName, 9, "rollout has ended")
	// ErrWrongPhase is for an action or a report that the present phase does not allow.
	ErrWrongPhase = errorsmod.Register(ModuleName, 10, "not possible in this phase")
	// ErrInvalidAction is for an action that nobody may ask for in a message.
	ErrInvalidAction = errorsmod.Register(ModuleName, 11, "invalid action")
	// ErrInvalidText is for a reason that is too long or not printable UTF-8.
	ErrInvalidText = errorsmod.Register(ModuleName, 12, "invalid text")
	// ErrNoFleet is where no selected fleet can take part.
	ErrNoFleet = errorsmod.Register(ModuleName, 13, "no fleet can take part")
	// ErrDevice is for a reporter that is not a confirmed device in active standing of a fleet that takes part.
	ErrDevice = errorsmod.Register(ModuleName, 14, "not a device of the rollout")
	// ErrInvalidReport is for a phase or code that does not exist, or a code with a phase that has none.
	ErrInvalidReport = errorsmod.Register(ModuleName, 15, "invalid report")
	// ErrPhaseOrder is for a report of a phase that the device has passed.
	ErrPhaseOrder = errorsmod.Register(ModuleName, 16, "phase is not later than the one on record")
	// ErrRateLimit is for more reports than a device may send.
	ErrRateLimit = errorsmod.Register(ModuleName, 17, "too many reports")
	// ErrInvalidPolicy is for a zone policy that is malformed.
	ErrInvalidPolicy = errorsmod.Register(ModuleName, 18, "invalid zone policy")
	// ErrInvalidParams is for parameters out of range.
	ErrInvalidParams = errorsmod.Register(ModuleName, 19, "invalid parameters")
	// ErrInvalidGenesis is for a genesis state that no chain could have exported.
	ErrInvalidGenesis = errorsmod.Register(ModuleName, 20, "invalid genesis state")
	// ErrInvalidPacket is for bytes that are not the encoding of a packet, or contradict themselves.
	ErrInvalidPacket = errorsmod.Register(ModuleName, 21, "invalid packet")
	// ErrInvalidAck is for bytes that are not the encoding of an acknowledgement.
	ErrInvalidAck = errorsmod.Register(ModuleName, 22, "invalid acknowledgement")
	// ErrInvalidChannel is for a channel of another order, port or version, and for closing one.
	ErrInvalidChannel = errorsmod.Register(ModuleName, 23, "invalid channel")
	// ErrNoDecider is for a decider that this chain does not have.
	ErrNoDecider = errorsmod.Register(ModuleName, 24, "no such decider")
	// ErrNotHeld is for deciding on a rollout that is not held.
	ErrNotHeld = errorsmod.Register(ModuleName, 25, "rollout is not held")
	// ErrInvalidZone is for a zone that is neither local, a channel nor a client.
	ErrInvalidZone = errorsmod.Register(ModuleName, 26, "invalid zone")
	// ErrLink is for a channel or client over which nothing can be sent.
	ErrLink = errorsmod.Register(ModuleName, 27, "channel or client cannot carry packets")
	// ErrManifest is for a manifest that is not in its strict encoding or not valid.
	ErrManifest = errorsmod.Register(ModuleName, 28, "invalid manifest")
	// ErrInvalidRequest is for a query that names nothing.
	ErrInvalidRequest = errorsmod.RegisterWithGRPCCode(ModuleName, 29, codes.InvalidArgument, "invalid request")
	// ErrRefused is the error of a received packet that was refused; its acknowledgement's code says more.
	ErrRefused = errorsmod.Register(ModuleName, 30, "packet refused")
	// ErrAssignmentNotFound is for a fleet and model that no rollout ever took.
	ErrAssignmentNotFound = errorsmod.RegisterWithGRPCCode(ModuleName, 31, codes.NotFound, "no directive")
)
