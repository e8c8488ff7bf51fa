package types

import sdk "github.com/cosmos/cosmos-sdk/types"

// DeviceAddressBytes is the length of a device's address. A proof's context has room for no other.
const DeviceAddressBytes = 20

// ParseAddress decodes a bech32 account address. what names it in the error.
// Errors: ErrInvalidAddress.
func ParseAddress(what, address string) (sdk.AccAddress, error) {
	addr, err := sdk.AccAddressFromBech32(address)
	if err != nil {
		// The cause goes in as text: a chain error has one code, and it is found only through a single chain of wraps.
		return nil, ErrInvalidAddress.Wrapf("%s %q: %v", what, address, err)
	}
	return addr, nil
}

// ParseDeviceAddress decodes a bech32 account address of DeviceAddressBytes bytes. what names it in the error.
// Errors: ErrInvalidAddress.
func ParseDeviceAddress(what, address string) (sdk.AccAddress, error) {
	addr, err := ParseAddress(what, address)
	if err != nil {
		return nil, err
	}
	if len(addr) != DeviceAddressBytes {
		return nil, ErrInvalidAddress.Wrapf("%s %q: expected %d bytes, got %d", what, address, DeviceAddressBytes, len(addr))
	}
	return addr, nil
}
