package simulation

import (
	"context"
	"fmt"
	"slices"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

// pickFleet returns a random fleet that is fit, or skips.
func pickFleet(ctx context.Context, k keeper.Keeper, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, fit func(types.Fleet) bool) (picked types.Fleet) {
	var fleets []types.Fleet
	err := k.Fleets.Walk(ctx, nil, func(_ uint64, f types.Fleet) (bool, error) {
		if fit(f) {
			fleets = append(fleets, f)
		}
		return false, nil
	})
	return oneOf(data, reporter, fleets, err)
}

// pickDevice returns a random device that is fit, or skips.
func pickDevice(ctx context.Context, k keeper.Keeper, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, fit func(types.Device) bool) types.Device {
	var devices []types.Device
	err := k.Devices.Walk(ctx, nil, func(_ uint64, d types.Device) (bool, error) {
		if fit(d) {
			devices = append(devices, d)
		}
		return false, nil
	})
	return oneOf(data, reporter, devices, err)
}

func oneOf[T any](data *simsx.ChainDataSource, reporter simsx.SimulationReporter, from []T, err error) (picked T) {
	switch {
	case err != nil:
		reporter.Skip(err.Error())
	case len(from) == 0:
		reporter.Skip("nothing fits")
	default:
		picked = from[data.Rand().Intn(len(from))]
	}
	return picked
}

// operator returns the operator of a device's fleet.
func operator(ctx context.Context, k keeper.Keeper, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, fleetID uint64) simsx.SimAccount {
	fleet, err := k.Fleet(ctx, fleetID)
	if err != nil {
		reporter.Skip(err.Error())
	}
	return data.GetAccount(reporter, fleet.Operator)
}

// freeAccount returns an account that is no device and never was, or skips.
func freeAccount(ctx context.Context, k keeper.Keeper, data *simsx.ChainDataSource, reporter simsx.SimulationReporter, filters ...simsx.SimAccountFilter) simsx.SimAccount {
	free := simsx.SimAccountFilterFn(func(a simsx.SimAccount) bool {
		inUse, _ := k.DeviceByAddress.Has(ctx, a.Address)
		retired, _ := k.RetiredAddresses.Has(ctx, a.Address)
		return !inUse && !retired
	})
	return data.AnyAccountN(20, reporter, append(filters, free, simsx.WithSpendableBalance())...)
}

func params(ctx context.Context, k keeper.Keeper, reporter simsx.SimulationReporter) types.Params {
	p, err := k.Params.Get(ctx)
	if err != nil {
		reporter.Skip(err.Error())
	}
	return p
}

func randomText(data *simsx.ChainDataSource, most uint32) string {
	return simtypes.RandStringOfLength(data.Rand().Rand, data.Rand().IntInRange(1, int(min(most, 64))+1))
}

// randomLabels returns labels out of a few, so that some devices share them.
func randomLabels(data *simsx.ChainDataSource, p types.Params) []string {
	r := data.Rand()
	labels := []string{"site=bremen", "site=ulm", "line=1", "line=2", "soc=orin"}
	first := r.Intn(len(labels))
	picked := append(labels[first:first+1:first+1], fmt.Sprintf("unit=%d", r.Intn(100)))
	return picked[:min(uint32(len(picked)), p.MaxLabels)]
}

func randomAllow(data *simsx.ChainDataSource, p types.Params) []string {
	lists := [][]string{nil, {types.AllowAll}, {"acme"}, {"acme/vibration"}, {"globex", "acme/vibration"}}
	list := slices.Clone(lists[data.Rand().Intn(len(lists))])
	return list[:min(uint32(len(list)), p.MaxAllowEntries)]
}
