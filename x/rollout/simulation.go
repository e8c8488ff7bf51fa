package rollout

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/rollout/simulation"
	"github.com/assay-chain/assay/x/rollout/types"
)

var _ module.AppModuleSimulation = AppModule{}

// GenerateGenesisState implements module.AppModuleSimulation.
func (AppModule) GenerateGenesisState(state *module.SimulationState) {
	simulation.RandomizedGenState(state)
}

// RegisterStoreDecoder implements module.AppModuleSimulation.
func (am AppModule) RegisterStoreDecoder(sdr simtypes.StoreDecoderRegistry) {
	sdr[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(am.keeper.Schema)
}

// WeightedOperations implements module.AppModuleSimulation. The module has only WeightedOperationsX.
func (AppModule) WeightedOperations(module.SimulationState) []simtypes.WeightedOperation { return nil }

// WeightedOperationsX adds a factory for every message but the one of governance.
func (am AppModule) WeightedOperationsX(weights simsx.WeightSource, reg simsx.Registry) {
	simulation.Register(weights, reg, am.keeper)
}

// ProposalMsgsX adds the message of governance.
func (am AppModule) ProposalMsgsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_update_rollout_params", 20), simulation.MsgUpdateParamsFactory(am.keeper))
}
