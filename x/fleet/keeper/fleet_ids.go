package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// FleetIDsByOperator returns the ids of the fleets of an operator, ascending, at most limit of them.
func (k Keeper) FleetIDsByOperator(ctx context.Context, operator sdk.AccAddress, limit int) ([]uint64, error) {
	it, err := k.FleetsByOperator.Iterate(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint64](operator))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var ids []uint64
	for ; it.Valid() && len(ids) < limit; it.Next() {
		key, err := it.Key()
		if err != nil {
			return nil, err
		}
		ids = append(ids, key.K2())
	}
	return ids, nil
}
