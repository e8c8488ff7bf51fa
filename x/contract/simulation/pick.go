package simulation

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/assay-chain/assay/x/contract/types"
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

func hasAdmin(c types.Contract) bool { return c.Admin != "" }
