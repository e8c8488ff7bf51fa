package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// InitGenesis stores a state that GenesisState.Validate accepts and rebuilds the indexes.
func (k Keeper) InitGenesis(ctx context.Context, state types.GenesisState) error {
	if err := state.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, state.Params); err != nil {
		return err
	}
	if err := k.NextFleetID.Set(ctx, state.NextFleetId); err != nil {
		return err
	}
	if err := k.NextDeviceID.Set(ctx, state.NextDeviceId); err != nil {
		return err
	}
	for _, fleet := range state.Fleets {
		if err := k.addFleet(ctx, fleet); err != nil {
			return err
		}
	}
	for _, device := range state.Devices {
		if err := k.addDevice(ctx, device); err != nil {
			return err
		}
	}
	return k.initRetired(ctx, state.RetiredAddresses)
}

func (k Keeper) initRetired(ctx context.Context, retired []types.RetiredAddress) error {
	for _, r := range retired {
		address, err := types.ParseDeviceAddress("retired address", r.Address)
		if err != nil {
			return err
		}
		if err := k.addRetired(ctx, address, r.DeviceId); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var (
		state types.GenesisState
		err   error
	)
	if state.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if state.NextFleetId, err = k.NextFleetID.Peek(ctx); err != nil {
		return nil, err
	}
	if state.NextDeviceId, err = k.NextDeviceID.Peek(ctx); err != nil {
		return nil, err
	}
	if state.Fleets, err = values(ctx, k.Fleets); err != nil {
		return nil, err
	}
	if state.Devices, err = values(ctx, k.Devices); err != nil {
		return nil, err
	}
	err = k.RetiredAddresses.Walk(ctx, nil, func(address sdk.AccAddress, id uint64) (bool, error) {
		state.RetiredAddresses = append(state.RetiredAddresses, types.RetiredAddress{Address: address.String(), DeviceId: id})
		return false, nil
	})
	return &state, err
}

// values returns the values of a map in the order of its keys.
func values[V any](ctx context.Context, m collections.Map[uint64, V]) ([]V, error) {
	var out []V
	err := m.Walk(ctx, nil, func(_ uint64, v V) (bool, error) {
		out = append(out, v)
		return false, nil
	})
	return out, err
}
