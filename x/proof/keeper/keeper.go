package keeper

import (
	"errors"
	"strings"

	"cosmossdk.io/collections"
	storetypes "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/assay-chain/assay/x/proof/types"
)

// Keeper judges claims and keeps attestations. Copies share one store, one verifier and one set of hooks.
type Keeper struct {
	registry  types.RegistryKeeper
	fleet     types.FleetKeeper
	engine    types.Verifier // not state: see types.Verifier
	inputs    *inputsMemo    // not state either
	hooks     *hooks
	authority string

	// Schema describes the module's store.
	Schema collections.Schema
	// Params are the limits and prices.
	Params collections.Item[types.Params]
	// NextAttestationID is the number that the next attestation gets.
	NextAttestationID collections.Sequence
	// Attestations by id. Ids ascend with block heights, so pruning starts at the lowest.
	Attestations collections.Map[uint64, types.Attestation]
	// AttestationsByDevice holds (device id, attestation id).
	AttestationsByDevice collections.KeySet[collections.Pair[uint64, uint64]]
	// AttestationsByVersion holds (version id, attestation id).
	AttestationsByVersion collections.KeySet[collections.Pair[string, uint64]]
	// Nonces maps types.NonceKey(device, version, nonce) to the attestation that used it, pruned or not.
	Nonces collections.Map[[]byte, uint64]
	// VersionCounters by version id.
	VersionCounters collections.Map[string, types.Counter]
	// DeviceCounters by device id.
	DeviceCounters collections.Map[uint64, types.Counter]
	// VersionDeviceCounters by (version id, device id).
	VersionDeviceCounters collections.Map[collections.Pair[string, uint64], types.Counter]
}

// NewKeeper returns a keeper over the module's store. authority is the address that may change the
// parameters. It panics on missing parts, which only broken wiring can cause.
func NewKeeper(
	cdc codec.Codec,
	storeService storetypes.KVStoreService,
	registry types.RegistryKeeper,
	fleet types.FleetKeeper,
	engine types.Verifier,
	authority string,
) Keeper {
	if registry == nil || fleet == nil || engine == nil || strings.TrimSpace(authority) == "" {
		panic(errors.New("x/proof: expected a registry, a fleet keeper, a verifier and an authority"))
	}
	sb := collections.NewSchemaBuilder(storeService)
	counter := codec.CollValue[types.Counter](cdc)
	k := Keeper{
		registry:  registry,
		fleet:     fleet,
		engine:    engine,
		inputs:    newInputsMemo(),
		hooks:     &hooks{},
		authority: authority,

		Params:            collections.NewItem(sb, types.ParamsKey, "params", codec.CollValue[types.Params](cdc)),
		NextAttestationID: collections.NewSequence(sb, types.NextAttestationIDKey, "next_attestation_id"),
		Attestations:      collections.NewMap(sb, types.AttestationsKey, "attestations", collections.Uint64Key, codec.CollValue[types.Attestation](cdc)),
		AttestationsByDevice: collections.NewKeySet(sb, types.AttestationsByDeviceKey, "attestations_by_device",
			collections.PairKeyCodec(collections.Uint64Key, collections.Uint64Key)),
		AttestationsByVersion: collections.NewKeySet(sb, types.AttestationsByVersionKey, "attestations_by_version",
			collections.PairKeyCodec(collections.StringKey, collections.Uint64Key)),
		Nonces:          collections.NewMap(sb, types.NoncesKey, "nonces", collections.BytesKey, collections.Uint64Value),
		VersionCounters: collections.NewMap(sb, types.VersionCountersKey, "version_counters", collections.StringKey, counter),
		DeviceCounters:  collections.NewMap(sb, types.DeviceCountersKey, "device_counters", collections.Uint64Key, counter),
		VersionDeviceCounters: collections.NewMap(sb, types.VersionDeviceCountersKey, "version_device_counters",
			collections.PairKeyCodec(collections.StringKey, collections.Uint64Key), counter),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// Authority is the address that may change the parameters.
func (k Keeper) Authority() string { return k.authority }
