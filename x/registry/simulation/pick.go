package simulation

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

// pick returns a random record of a map among those that fit; it skips the operation if none does.
func pick[K, V any](
	ctx context.Context, m collections.Map[K, V], data *simsx.ChainDataSource, reporter simsx.SimulationReporter, fits func(V) bool,
) (chosen V) {
	var seen int
	err := m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		if !fits(v) {
			return false, nil
		}
		seen++
		if data.Rand().Intn(seen) == 0 { // each of them with equal chance
			chosen = v
		}
		return false, nil
	})
	switch {
	case err != nil:
		reporter.Skip(err.Error())
	case seen == 0:
		reporter.Skip("no record that fits")
	}
	return chosen
}

func everything[V any](V) bool { return true }

// ownerOf returns the account that owns a publisher; it skips the operation if that is none of the
// simulation's accounts.
func ownerOf(
	ctx context.Context, k keeper.Keeper, publisher string, data *simsx.ChainDataSource, reporter simsx.SimulationReporter,
) simsx.SimAccount {
	p, err := k.Publisher(ctx, publisher)
	if err != nil {
		reporter.Skip(err.Error())
		return simsx.SimAccount{}
	}
	return data.GetAccount(reporter, p.Owner)
}

func isOffered(p types.Publisher) bool { return p.PendingOwner != "" }

// isCurrent is for the versions that their owner may alias or yank: not yanked yet, and no mirrors.
func isCurrent(v types.Version) bool { return !v.Yanked && v.Source == "" }
