package types

import (
	"cosmossdk.io/collections"
)

const (
	// ModuleName is the name of the module.
	ModuleName = "registry"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
	// DigestBytes is the length of a SHA-256 digest.
	DigestBytes = 32
)

// Prefixes of the store, spaced by tens per concern and never reused.
var (
	ParamsPrefix = collections.NewPrefix(0)

	PublishersPrefix = collections.NewPrefix(10)

	ModelsPrefix = collections.NewPrefix(20)

	VersionsPrefix               = collections.NewPrefix(30)
	VersionsByArtifactPrefix     = collections.NewPrefix(31)
	VersionsByVerifyingKeyPrefix = collections.NewPrefix(32)

	AliasesPrefix = collections.NewPrefix(40)

	VerifyingKeysPrefix = collections.NewPrefix(50)
)
