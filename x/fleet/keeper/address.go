package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// claimable checks that no device signs with the address or ever has.
func (k Keeper) claimable(ctx context.Context, address sdk.AccAddress) error {
	inUse, err := k.DeviceByAddress.Has(ctx, address)
	if err != nil {
		return err
	}
	if inUse {
		return types.ErrAddressInUse.Wrapf("address %s", address)
	}
	retired, err := k.RetiredAddresses.Has(ctx, address)
	if err != nil {
		return err
	}
	if retired {
		return types.ErrAddressRetired.Wrapf("address %s", address)
	}
	return nil
}

// retire turns the address of a confirmed device into one of its past.
func (k Keeper) retire(ctx context.Context, address sdk.AccAddress, deviceID uint64) error {
	if err := k.DeviceByAddress.Remove(ctx, address); err != nil {
		return err
	}
	return k.addRetired(ctx, address, deviceID)
}

func (k Keeper) addRetired(ctx context.Context, address sdk.AccAddress, deviceID uint64) error {
	if err := k.RetiredAddresses.Set(ctx, address, deviceID); err != nil {
		return err
	}
	return k.RetiredByDevice.Set(ctx, collections.Join(deviceID, address))
}
