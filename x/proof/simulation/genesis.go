package simulation

import (
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/assay-chain/assay/x/proof/types"
)

// RandomizedGenState sets an empty state with random parameters: limits that simulated proofs fit, and a retention
// that simulations outlive, so that pruning runs.
func RandomizedGenState(state *module.SimulationState) {
	g := types.DefaultGenesis()
	g.Params = randomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(g)
}

func randomParams(r *rand.Rand) types.Params {
	p := types.DefaultParams()
	p.MaxStoredOutputBytes = uint32(r.Intn(64))
	p.MaxProofsPerMsg = 2 + uint32(r.Intn(8))
	p.MaxPreparedPerBlock = uint32(r.Intn(4))
	p.RetentionBlocks = uint64(r.Intn(20))
	p.MaxPrunedPerBlock = 1 + uint32(r.Intn(4))
	p.GasPerProof = 1 + uint64(r.Intn(200_000))
	return p
}
