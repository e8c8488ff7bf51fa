package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

// Keeper holds the state of the registry. Copies share one store, one set of hooks and one guard.
type Keeper struct {
	keyChecker types.KeyChecker
	hooks      *hooks
	guard      *guard
	// authority may send MsgUpdateParams: the address of the gov module.
	authority string

	Schema collections.Schema
	Params collections.Item[types.Params]
	// Publishers is name → publisher.
	Publishers collections.Map[string, types.Publisher]
	// Models is (publisher, name) → model.
	Models collections.Map[collections.Pair[string, string], types.Model]
	// Versions is (publisher, model, number) → version, by semver precedence under a model. The publisher of a mirror
	// is qualified with its source.
	Versions collections.Map[collections.Triple[string, string, string], types.Version]
	// VersionsByArtifact has (digest of an artifact, version id).
	VersionsByArtifact collections.KeySet[collections.Pair[[]byte, string]]
	// VersionsByVerifyingKey has (digest of the key, version id).
	VersionsByVerifyingKey collections.KeySet[collections.Pair[[]byte, string]]
	// Aliases is (publisher, model, name) → alias.
	Aliases collections.Map[collections.Triple[string, string, string], types.Alias]
	// VerifyingKeys is digest → key.
	VerifyingKeys collections.Map[[]byte, types.VerifyingKey]
}

// NewKeeper returns a keeper over the module's store. It panics on broken wiring: a missing key
// checker or authority.
func NewKeeper(
	cdc codec.BinaryCodec, storeService store.KVStoreService, keyChecker types.KeyChecker, authority string,
) Keeper {
	if keyChecker == nil {
		panic(errors.New("registry keeper: missing key checker"))
	}
	if err := types.ValidateAddress("authority", authority); err != nil {
		panic(err)
	}
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{
		keyChecker:             keyChecker,
		hooks:                  &hooks{},
		guard:                  &guard{},
		authority:              authority,
		Params:                 collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Publishers:             collections.NewMap(sb, types.PublishersPrefix, "publishers", collections.StringKey, codec.CollValue[types.Publisher](cdc)),
		Models:                 collections.NewMap(sb, types.ModelsPrefix, "models", types.ModelKeyCodec, codec.CollValue[types.Model](cdc)),
		Versions:               collections.NewMap(sb, types.VersionsPrefix, "versions", types.VersionKeyCodec, codec.CollValue[types.Version](cdc)),
		VersionsByArtifact:     collections.NewKeySet(sb, types.VersionsByArtifactPrefix, "versions_by_artifact", types.VersionsByDigestKeyCodec),
		VersionsByVerifyingKey: collections.NewKeySet(sb, types.VersionsByVerifyingKeyPrefix, "versions_by_verifying_key", types.VersionsByDigestKeyCodec),
		Aliases:                collections.NewMap(sb, types.AliasesPrefix, "aliases", types.AliasKeyCodec, codec.CollValue[types.Alias](cdc)),
		VerifyingKeys:          collections.NewMap(sb, types.VerifyingKeysPrefix, "verifying_keys", collections.BytesKey, codec.CollValue[types.VerifyingKey](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// Authority is the address that may send MsgUpdateParams.
func (k Keeper) Authority() string { return k.authority }

func emit(ctx context.Context, event sdk.Msg) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// atomically gives do a branch of the state and of the events, and keeps what it did there if it returns nil.
func atomically(ctx context.Context, do func(context.Context) error) error {
	branch, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	if err := do(branch); err != nil {
		return err
	}
	write()
	return nil
}

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }
