package simulation

import (
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/assay-chain/assay/x/contract/types"
)

// RandomizedGenState sets an empty state with random parameters, within which a counter works.
func RandomizedGenState(state *module.SimulationState) {
	g := types.DefaultGenesis()
	g.Params = randomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(g)
}

// randomParams are the defaults with small limits here and there, so that queues and allowances overflow.
func randomParams(r *rand.Rand) types.Params {
	p := types.DefaultParams()
	p.StoreGasPerByte = 1 + uint64(r.Intn(20))
	p.LoadGasPerKib = 1 + uint64(r.Intn(1_000))
	p.HookGas = 100_000 + uint64(r.Intn(200_000))
	p.HookGasPerBlock = p.HookGas * (1 + uint64(r.Intn(4)))
	p.MaxSubscribersPerModel = 1 + uint32(r.Intn(4))
	p.MaxSubscriptionsPerContract = 1 + uint32(r.Intn(4))
	p.MaxQueue = 1 + uint32(r.Intn(10))
	return p
}
