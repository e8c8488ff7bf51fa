package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// Fleet returns the fleet with the id. Errors: types.ErrFleetNotFound.
func (k Keeper) Fleet(ctx context.Context, id uint64) (types.Fleet, error) {
	fleet, err := k.Fleets.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return fleet, types.ErrFleetNotFound.Wrapf("fleet %d", id)
	}
	return fleet, err
}

// FleetAllows says whether the fleet's allow-list has the publisher or the model. The publisher of a mirror is
// qualified, as in "channel-7:acme".
// Errors: types.ErrFleetNotFound, types.ErrInvalidModel.
func (k Keeper) FleetAllows(ctx context.Context, fleetID uint64, publisher, model string) (bool, error) {
	fleet, err := k.Fleet(ctx, fleetID)
	if err != nil {
		return false, err
	}
	return fleet.Allows(publisher, model)
}

// operatedFleet returns the fleet if operator is its operator.
func (k Keeper) operatedFleet(ctx context.Context, id uint64, operator string) (types.Fleet, error) {
	signer, err := types.ParseAddress("operator", operator)
	if err != nil {
		return types.Fleet{}, err
	}
	fleet, err := k.Fleet(ctx, id)
	if err != nil {
		return fleet, err
	}
	if fleet.Operator != signer.String() {
		return fleet, types.ErrUnauthorized.Wrapf("fleet %d: expected operator %s, got %s", id, fleet.Operator, signer)
	}
	return fleet, nil
}

// addFleet stores a new fleet and indexes it.
func (k Keeper) addFleet(ctx context.Context, fleet types.Fleet) error {
	operator, err := types.ParseAddress("operator", fleet.Operator)
	if err != nil {
		return err
	}
	if err := k.FleetsByOperator.Set(ctx, collections.Join(operator, fleet.Id)); err != nil {
		return err
	}
	return k.Fleets.Set(ctx, fleet.Id, fleet)
}

// transferFleet stores a fleet under a new operator.
func (k Keeper) transferFleet(ctx context.Context, fleet types.Fleet, to sdk.AccAddress) error {
	from, err := types.ParseAddress("operator", fleet.Operator)
	if err != nil {
		return err
	}
	if err := k.FleetsByOperator.Remove(ctx, collections.Join(from, fleet.Id)); err != nil {
		return err
	}
	fleet.Operator, fleet.PendingOperator = to.String(), ""
	return k.addFleet(ctx, fleet)
}
