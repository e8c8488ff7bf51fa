package registry

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/registry/simulation"
	"github.com/assay-chain/assay/x/registry/types"
)

var (
	_ module.AppModuleSimulation   = AppModule{}
	_ simsx.HasWeightedOperationsX = AppModule{}
	_ simsx.HasProposalMsgsX       = AppModule{}
)

// GenerateGenesisState makes a random genesis state.
func (AppModule) GenerateGenesisState(state *module.SimulationState) {
	simulation.RandomizedGenState(state)
}

// RegisterStoreDecoder makes differences between two stores readable.
func (am AppModule) RegisterStoreDecoder(decoders simtypes.StoreDecoderRegistry) {
	decoders[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(am.keeper.Schema)
}

// WeightedOperations is there for the interface; the simulation uses WeightedOperationsX.
func (AppModule) WeightedOperations(module.SimulationState) []simtypes.WeightedOperation { return nil }

// WeightedOperationsX registers all messages but the one of governance.
func (am AppModule) WeightedOperationsX(weights simsx.WeightSource, reg simsx.Registry) {
	k := am.keeper
	reg.Add(weights.Get("msg_create_publisher", 20), simulation.MsgCreatePublisherFactory(k))
	reg.Add(weights.Get("msg_update_publisher", 10), simulation.MsgUpdatePublisherFactory(k))
	reg.Add(weights.Get("msg_propose_publisher_owner", 20), simulation.MsgProposePublisherOwnerFactory(k))
	reg.Add(weights.Get("msg_accept_publisher_owner", 15), simulation.MsgAcceptPublisherOwnerFactory(k))
	reg.Add(weights.Get("msg_cancel_publisher_transfer", 5), simulation.MsgCancelPublisherTransferFactory(k))
	reg.Add(weights.Get("msg_create_model", 30), simulation.MsgCreateModelFactory(k))
	reg.Add(weights.Get("msg_update_model", 10), simulation.MsgUpdateModelFactory(k))
	reg.Add(weights.Get("msg_register_verifying_key", 20), simulation.MsgRegisterVerifyingKeyFactory(k))
	reg.Add(weights.Get("msg_publish_version", 60), simulation.MsgPublishVersionFactory(k))
	reg.Add(weights.Get("msg_set_alias", 30), simulation.MsgSetAliasFactory(k))
	reg.Add(weights.Get("msg_remove_alias", 10), simulation.MsgRemoveAliasFactory(k))
	reg.Add(weights.Get("msg_yank_version", 10), simulation.MsgYankVersionFactory(k))
}

// ProposalMsgsX registers the message of governance.
func (AppModule) ProposalMsgsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_update_registry_params", 20), simulation.MsgUpdateParamsFactory())
}
