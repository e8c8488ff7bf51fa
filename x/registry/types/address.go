package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// ValidateAddress checks an account address of this chain in its one canonical form, so that
// addresses may be compared as strings. what says in the error whose address it is.
func ValidateAddress(what, address string) error {
	a, err := sdk.AccAddressFromBech32(address)
	if err != nil {
		return errorsmod.Wrapf(WithReason(ErrInvalidAddress, err), "%s %q", what, clip(address))
	}
	if a.String() != address {
		return errorsmod.Wrapf(ErrInvalidAddress, "%s %q: expected lower case", what, clip(address))
	}
	return nil
}
