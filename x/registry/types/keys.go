package types

import (
	"cosmossdk.io/collections"
	"cosmossdk.io/collections/codec"
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

// Codecs of the composite keys, shared by the keeper and by clients that read the store by proof.
var (
	// ModelKeyCodec is for (publisher, model).
	ModelKeyCodec = collections.PairKeyCodec(collections.StringKey, collections.StringKey)
	// VersionKeyCodec is for (publisher, model, number), ordered by semver precedence under a model. The publisher of
	// a mirror is qualified.
	VersionKeyCodec = collections.TripleKeyCodec(collections.StringKey, collections.StringKey, codec.KeyCodec[string](numberKeyCodec{}))
	// AliasKeyCodec is for (publisher, model, alias).
	AliasKeyCodec = collections.TripleKeyCodec(collections.StringKey, collections.StringKey, collections.StringKey)
	// VersionsByDigestKeyCodec is for (digest, version id).
	VersionsByDigestKeyCodec = collections.PairKeyCodec(collections.BytesKey, collections.StringKey)
)

// Key is the key of the version in the store.
func (v VersionID) Key() collections.Triple[string, string, string] {
	return collections.Join3(v.QualifiedPublisher(), v.Model, v.Number)
}

// VersionStoreKey is where the store holds the Version of an id, a mirror's or one of this chain.
func VersionStoreKey(id string) ([]byte, error) {
	v, err := ParseVersionID(id)
	if err != nil {
		return nil, err
	}
	return collections.EncodeKeyWithPrefix(VersionsPrefix, VersionKeyCodec, v.Key())
}

// AliasStoreKey is where the store holds the Alias of a name.
func AliasStoreKey(publisher, model, alias string) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(AliasesPrefix, AliasKeyCodec, collections.Join3(publisher, model, alias))
}

// VerifyingKeyStoreKey is where the store holds the VerifyingKey of a digest.
func VerifyingKeyStoreKey(digest []byte) ([]byte, error) {
	if err := ValidateDigest("verifying key", digest); err != nil {
		return nil, err
	}
	return collections.EncodeKeyWithPrefix(VerifyingKeysPrefix, collections.BytesKey, digest)
}
