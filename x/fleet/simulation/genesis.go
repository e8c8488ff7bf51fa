package simulation

import (
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/assay-chain/assay/x/fleet/types"
)

// RandomizedGenState sets a genesis state with random limits and no fleets.
func RandomizedGenState(state *module.SimulationState) {
	genesis := types.DefaultGenesis()
	genesis.Params = randomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(genesis)
}

// randomParams returns limits between small ones, which a simulation runs into, and the hard caps.
func randomParams(r *rand.Rand) types.Params {
	between := func(least, most uint32) uint32 { return least + uint32(r.Int63n(int64(most-least)+1)) }
	return types.Params{
		MaxDescriptionBytes:  between(16, types.MaxDescriptionBytesCap),
		MaxReasonBytes:       between(16, types.MaxReasonBytesCap),
		MaxLabels:            between(1, types.MaxLabelsCap),
		MaxLabelBytes:        between(32, types.MaxLabelBytesCap),
		MaxAllowEntries:      between(1, types.MaxAllowEntriesCap),
		MaxDevicesPerFleet:   between(3, 30),
		MaxDevicesPerMessage: between(1, 10),
	}
}
