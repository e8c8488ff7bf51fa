package keeper

import (
	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// Keeper gives access to the module's state. Copies share one store and one set of hooks.
type Keeper struct {
	authority string
	hooks     *hooks

	Schema collections.Schema
	// Params holds the limits.
	Params collections.Item[types.Params]

	// NextFleetID is the id of the next fleet.
	NextFleetID collections.Sequence
	// Fleets maps a fleet's id to it.
	Fleets collections.Map[uint64, types.Fleet]
	// FleetsByOperator indexes (operator, fleet id).
	FleetsByOperator collections.KeySet[collections.Pair[sdk.AccAddress, uint64]]

	// NextDeviceID is the id of the next device.
	NextDeviceID collections.Sequence
	// Devices maps a device's id to it.
	Devices collections.Map[uint64, types.Device]
	// DevicesByFleet indexes (fleet id, device id).
	DevicesByFleet collections.KeySet[collections.Pair[uint64, uint64]]
	// DevicesByLabel indexes (fleet id, "key=value", device id).
	DevicesByLabel collections.KeySet[collections.Triple[uint64, string, uint64]]

	// DeviceByAddress maps the address of a confirmed device to its id.
	DeviceByAddress collections.Map[sdk.AccAddress, uint64]
	// Enrollments maps (address, fleet id) of a pending device to its id.
	Enrollments collections.Map[collections.Pair[sdk.AccAddress, uint64], uint64]
	// RetiredAddresses maps an address of the past to the id of the device that had it.
	RetiredAddresses collections.Map[sdk.AccAddress, uint64]
	// RetiredByDevice indexes (device id, retired address).
	RetiredByDevice collections.KeySet[collections.Pair[uint64, sdk.AccAddress]]
}

// NewKeeper returns a keeper of the store. authority is the bech32 address that may change the parameters.
// It panics if the store's schema is inconsistent or there is no authority, which is broken wiring.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService, authority string) Keeper {
	if authority == "" {
		panic("fleet: no authority")
	}
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{
		authority: authority,
		hooks:     &hooks{},
		Params:    collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),

		NextFleetID: collections.NewSequence(sb, types.NextFleetIDPrefix, "next_fleet_id"),
		Fleets:      collections.NewMap(sb, types.FleetsPrefix, "fleets", collections.Uint64Key, codec.CollValue[types.Fleet](cdc)),
		FleetsByOperator: collections.NewKeySet(sb, types.FleetsByOperatorPrefix, "fleets_by_operator",
			collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint64Key)),

		NextDeviceID: collections.NewSequence(sb, types.NextDeviceIDPrefix, "next_device_id"),
		Devices:      collections.NewMap(sb, types.DevicesPrefix, "devices", collections.Uint64Key, codec.CollValue[types.Device](cdc)),
		DevicesByFleet: collections.NewKeySet(sb, types.DevicesByFleetPrefix, "devices_by_fleet",
			collections.PairKeyCodec(collections.Uint64Key, collections.Uint64Key)),
		DevicesByLabel: collections.NewKeySet(sb, types.DevicesByLabelPrefix, "devices_by_label",
			collections.TripleKeyCodec(collections.Uint64Key, collections.StringKey, collections.Uint64Key)),

		DeviceByAddress: collections.NewMap(sb, types.DeviceByAddressPrefix, "device_by_address", types.AddressKeyCodec, collections.Uint64Value),
		Enrollments: collections.NewMap(sb, types.EnrollmentsPrefix, "enrollments",
			types.EnrollmentKeyCodec, collections.Uint64Value),
		RetiredAddresses: collections.NewMap(sb, types.RetiredAddressesPrefix, "retired_addresses", sdk.AccAddressKey, collections.Uint64Value),
		RetiredByDevice: collections.NewKeySet(sb, types.RetiredByDevicePrefix, "retired_by_device",
			collections.PairKeyCodec(collections.Uint64Key, sdk.AccAddressKey)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// Authority returns the bech32 address that may change the parameters.
func (k Keeper) Authority() string { return k.authority }
