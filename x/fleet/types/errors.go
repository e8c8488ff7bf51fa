package types

import errorsmod "cosmossdk.io/errors"

// Error codes are part of the module's interface: never renumbered, never reused. The SDK reserves code 1.
var (
	// ErrFleetNotFound is returned for a fleet id that is not on record.
	ErrFleetNotFound = errorsmod.Register(ModuleName, 2, "fleet not found")
	// ErrDeviceNotFound is returned for a device id or address that is not on record.
	ErrDeviceNotFound = errorsmod.Register(ModuleName, 3, "device not found")
	// ErrUnauthorized is returned when the signer may not do what the message asks.
	ErrUnauthorized = errorsmod.Register(ModuleName, 4, "signer not authorized")
	// ErrInvalidAddress is returned for an address that does not decode or does not fit its role.
	ErrInvalidAddress = errorsmod.Register(ModuleName, 5, "invalid address")
	// ErrInvalidText is returned for a description or reason that is too long, too short or not printable UTF-8.
	ErrInvalidText = errorsmod.Register(ModuleName, 6, "invalid text")
	// ErrInvalidLabels is returned for labels that are malformed, repeated or too many.
	ErrInvalidLabels = errorsmod.Register(ModuleName, 7, "invalid labels")
	// ErrInvalidPolicy is returned for an allow-list that is malformed, repeats an entry or has too many.
	ErrInvalidPolicy = errorsmod.Register(ModuleName, 8, "invalid allow-list")
	// ErrInvalidModel is returned for a publisher's or model's name that no registry would accept.
	ErrInvalidModel = errorsmod.Register(ModuleName, 9, "invalid publisher or model name")
	// ErrInvalidStanding is returned for a standing that does not exist.
	ErrInvalidStanding = errorsmod.Register(ModuleName, 10, "invalid standing")
	// ErrAddressInUse is returned when an address already is a device, or is enrolled in the same fleet.
	ErrAddressInUse = errorsmod.Register(ModuleName, 11, "address already in use by a device")
	// ErrAddressRetired is returned for an address that a device signed with in the past.
	ErrAddressRetired = errorsmod.Register(ModuleName, 12, "address retired")
	// ErrNotConfirmed is returned where a confirmed device is needed and it is still pending.
	ErrNotConfirmed = errorsmod.Register(ModuleName, 13, "device not confirmed")
	// ErrAlreadyConfirmed is returned when a device confirms its enrollment twice.
	ErrAlreadyConfirmed = errorsmod.Register(ModuleName, 14, "device already confirmed")
	// ErrRevoked is returned for what a revoked device can no longer do or have done to it.
	ErrRevoked = errorsmod.Register(ModuleName, 15, "device revoked")
	// ErrSuspect is returned when a suspect device proposes a key for itself.
	ErrSuspect = errorsmod.Register(ModuleName, 16, "device suspect")
	// ErrNoTransfer is returned when no transfer of the fleet is pending.
	ErrNoTransfer = errorsmod.Register(ModuleName, 17, "no transfer pending")
	// ErrRotationPending is returned when a key is proposed while another is pending.
	ErrRotationPending = errorsmod.Register(ModuleName, 18, "key rotation already pending")
	// ErrNoRotation is returned when no key rotation of the device is pending.
	ErrNoRotation = errorsmod.Register(ModuleName, 19, "no key rotation pending")
	// ErrDeviceCount is returned for no devices or more than a message or a fleet may hold.
	ErrDeviceCount = errorsmod.Register(ModuleName, 20, "number of devices out of range")
	// ErrInvalidParams is returned for limits of zero or above their hard cap.
	ErrInvalidParams = errorsmod.Register(ModuleName, 21, "invalid parameters")
	// ErrInvalidGenesis is returned for a genesis state that no chain could have exported.
	ErrInvalidGenesis = errorsmod.Register(ModuleName, 22, "invalid genesis state")
)
