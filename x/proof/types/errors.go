package types

import errorsmod "cosmossdk.io/errors"

// Sentinels with their codes, which are stable: a code is never used for something else. The table
// in the module's README says what each one means to a device.
var (
	// Stateless checks.
	ErrInvalidDevice      = errorsmod.Register(ModuleName, 2, "device is not an account address")
	ErrInvalidVersion     = errorsmod.Register(ModuleName, 3, "version id is malformed")
	ErrInvalidNonce       = errorsmod.Register(ModuleName, 4, "nonce has a length out of range")
	ErrInvalidInputDigest = errorsmod.Register(ModuleName, 5, "input digest is not a canonical field element")
	ErrOutputSize         = errorsmod.Register(ModuleName, 6, "output has a length out of range")
	ErrProofSize          = errorsmod.Register(ModuleName, 7, "proof has a length out of range")
	ErrEntryCount         = errorsmod.Register(ModuleName, 8, "number of entries out of range")

	// Admission.
	ErrDeviceUnknown     = errorsmod.Register(ModuleName, 9, "device is not enrolled")
	ErrDeviceUnconfirmed = errorsmod.Register(ModuleName, 10, "device has not confirmed its enrollment")
	ErrDeviceRevoked     = errorsmod.Register(ModuleName, 11, "device is revoked")
	ErrVersionUnknown    = errorsmod.Register(ModuleName, 12, "version does not exist")
	ErrVersionYanked     = errorsmod.Register(ModuleName, 13, "version is yanked")
	ErrOutputMismatch    = errorsmod.Register(ModuleName, 14, "output does not have the length of the version's output signature")
	ErrNotAllowed        = errorsmod.Register(ModuleName, 15, "fleet does not allow the model")
	ErrNonceUsed         = errorsmod.Register(ModuleName, 16, "nonce is used")
	ErrKeyUnknown        = errorsmod.Register(ModuleName, 17, "verifying key does not exist")
	ErrPublicInputs      = errorsmod.Register(ModuleName, 18, "verifying key has another number of public inputs than the statement")

	// Verification.
	ErrProofMalformed   = errorsmod.Register(ModuleName, 19, "proof is malformed")
	ErrProofCommitments = errorsmod.Register(ModuleName, 20, "proof has another number of commitments than the verifying key")
	ErrProofInvalid     = errorsmod.Register(ModuleName, 21, "proof is invalid")

	// Everything else.
	ErrInvalidParams      = errorsmod.Register(ModuleName, 22, "parameters are invalid")
	ErrUnauthorized       = errorsmod.Register(ModuleName, 23, "signer is not the authority")
	ErrAttestationUnknown = errorsmod.Register(ModuleName, 24, "attestation does not exist")
	ErrInvalidGenesis     = errorsmod.Register(ModuleName, 25, "genesis state is invalid")
)
