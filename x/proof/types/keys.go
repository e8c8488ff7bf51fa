package types

import "cosmossdk.io/collections"

const (
	// ModuleName is the name of the module, its store and its codespace.
	ModuleName = "proof"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName

	// FirstAttestationID is the number of the first attestation of a chain.
	FirstAttestationID = 1
)

// Prefixes of the store, in tens per concern. A prefix is never used again for something else.
var (
	ParamsKey            = collections.NewPrefix(0)
	NextAttestationIDKey = collections.NewPrefix(1)

	// AttestationsKey: id (8 bytes, big endian) → Attestation.
	AttestationsKey = collections.NewPrefix(10)
	// AttestationsByDeviceKey: device id (8 bytes) ‖ id (8 bytes).
	AttestationsByDeviceKey = collections.NewPrefix(11)
	// AttestationsByVersionKey: version id ‖ 0 ‖ id (8 bytes).
	AttestationsByVersionKey = collections.NewPrefix(12)

	// NoncesKey: NonceKey(device, version, nonce) → id (8 bytes). Never removed.
	NoncesKey = collections.NewPrefix(20)

	// VersionCountersKey: version id → Counter. Counters are never removed.
	VersionCountersKey = collections.NewPrefix(30)
	// DeviceCountersKey: device id (8 bytes) → Counter.
	DeviceCountersKey = collections.NewPrefix(31)
	// VersionDeviceCountersKey: version id ‖ 0 ‖ device id (8 bytes) → Counter.
	VersionDeviceCountersKey = collections.NewPrefix(32)
)
