package types

import (
	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// ModuleName names the module in genesis, routes and metrics.
	ModuleName = "fleet"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
)

// Store prefixes, in tens for each concern. A prefix is never reused.
var (
	ParamsPrefix = collections.NewPrefix(0)

	NextFleetIDPrefix      = collections.NewPrefix(10)
	FleetsPrefix           = collections.NewPrefix(11)
	FleetsByOperatorPrefix = collections.NewPrefix(12)

	NextDeviceIDPrefix   = collections.NewPrefix(20)
	DevicesPrefix        = collections.NewPrefix(21)
	DevicesByFleetPrefix = collections.NewPrefix(22)
	DevicesByLabelPrefix = collections.NewPrefix(23)

	DeviceByAddressPrefix  = collections.NewPrefix(30)
	EnrollmentsPrefix      = collections.NewPrefix(31)
	RetiredAddressesPrefix = collections.NewPrefix(32)
	RetiredByDevicePrefix  = collections.NewPrefix(33)
)

// Codecs of the keys, shared by the keeper and by clients that read the store by proof.
var (
	// AddressKeyCodec is for the address of a confirmed device.
	AddressKeyCodec = sdk.AccAddressKey
	// EnrollmentKeyCodec is for (address, fleet) of a pending device.
	EnrollmentKeyCodec = collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint64Key)
)

// DeviceByAddressStoreKey is where the store holds the id of the confirmed device of an address, DeviceAddressBytes long.
// The id is 8 bytes, big endian. Errors: ErrInvalidAddress.
func DeviceByAddressStoreKey(address []byte) ([]byte, error) {
	if err := validateDeviceAddress(address); err != nil {
		return nil, err
	}
	return collections.EncodeKeyWithPrefix(DeviceByAddressPrefix, AddressKeyCodec, sdk.AccAddress(address))
}

// DeviceStoreKey is where the store holds the Device of an id.
func DeviceStoreKey(id uint64) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(DevicesPrefix, collections.Uint64Key, id)
}

// EnrollmentStoreKey is where the store holds the id of the device that is pending in a fleet under an address,
// DeviceAddressBytes long. The id is 8 bytes, big endian. Errors: ErrInvalidAddress.
func EnrollmentStoreKey(address []byte, fleet uint64) ([]byte, error) {
	if err := validateDeviceAddress(address); err != nil {
		return nil, err
	}
	return collections.EncodeKeyWithPrefix(EnrollmentsPrefix, EnrollmentKeyCodec, collections.Join(sdk.AccAddress(address), fleet))
}

func validateDeviceAddress(address []byte) error {
	if len(address) != DeviceAddressBytes {
		return ErrInvalidAddress.Wrapf("device %X: expected %d bytes, got %d", address, DeviceAddressBytes, len(address))
	}
	return nil
}
