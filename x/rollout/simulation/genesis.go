package simulation

import (
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Versions are the ids of the versions that simulated rollouts bring. A simulation that wants rollouts puts them into the
// registry's genesis.
var Versions = []string{"acme/vibration@1.0.0", "acme/vibration@1.1.0", "acme/vibration@1.2.0"}

// Deciders are names that the steps of some simulated rollouts have as their decider. A simulation that wants votes fills it
// before it starts; a rollout whose decider is not there is not sent.
var Deciders []string

// RandomizedGenState sets an empty state with random parameters: small limits, so that queues and windows overflow.
func RandomizedGenState(state *module.SimulationState) {
	g := types.DefaultGenesis()
	g.Params = randomParams(state.Rand, state.Accounts[0].Address.String())
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(g)
}

func randomParams(r *rand.Rand, operator string) types.Params {
	p := types.DefaultParams()
	p.ZoneOperator = operator
	p.MaxFleets = 1 + uint32(r.Intn(8))
	p.EvaluationsPerBlock = 1 + uint32(r.Intn(4))
	p.PacketsPerBlock = 1 + uint32(r.Intn(4))
	p.EvidenceInterval = 1 + uint32(r.Intn(4))
	p.ReportWindow = 1 + uint32(r.Intn(8))
	p.ReportsPerWindow = 1 + uint32(r.Intn(4))
	p.GasPerZone, p.GasPerStep = 1+uint64(r.Intn(1000)), 1+uint64(r.Intn(1000))
	p.AttemptsKept = 1 + uint32(r.Intn(4))
	return p
}
