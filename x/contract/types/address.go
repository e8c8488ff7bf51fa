package types

import (
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
)

// ContractAddress is the address of the contract of a number: contracts are numbered from 1 as they are instantiated.
// Nobody has a key for it.
func ContractAddress(instance uint64) sdk.AccAddress {
	return address.Module(ModuleName, binary.BigEndian.AppendUint64(nil, instance))
}

// ValidateAddress checks an account address of this chain in its one canonical form, so that addresses may be compared as
// strings. what says in the error whose address it is.
func ValidateAddress(what, address string) error {
	_, err := ParseAddress(what, address)
	return err
}

// ParseAddress is ValidateAddress that returns the bytes.
func ParseAddress(what, address string) (sdk.AccAddress, error) {
	a, err := sdk.AccAddressFromBech32(address)
	if err != nil {
		return nil, errorsmod.Wrapf(WithReason(ErrInvalidRequest, err), "%s %q", what, clip(address))
	}
	if a.String() != address {
		return nil, errorsmod.Wrapf(ErrInvalidRequest, "%s %q: expected lower case", what, clip(address))
	}
	return a, nil
}

// ParseContractAddress is ParseAddress for an address that a contract may have.
func ParseContractAddress(what, address string) (sdk.AccAddress, error) {
	a, err := ParseAddress(what, address)
	if err != nil {
		return nil, err
	}
	if len(a) != ContractAddressBytes {
		return nil, errorsmod.Wrapf(ErrInvalidRequest, "%s %q: expected %d bytes, got %d", what, address, ContractAddressBytes, len(a))
	}
	return a, nil
}

// ValidateContractAddress checks an address that a contract may have.
func ValidateContractAddress(what, address string) error {
	_, err := ParseContractAddress(what, address)
	return err
}
