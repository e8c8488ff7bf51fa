package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

func anyFleet(types.Fleet) bool       { return true }
func transferring(f types.Fleet) bool { return f.PendingOperator != "" }

// MsgCreateFleetFactory makes fleets for any account.
func MsgCreateFleetFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCreateFleet] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgCreateFleet) {
		from := s.anyone()
		return from, &types.MsgCreateFleet{
			Operator: from.AddressBech32, Description: s.text(s.params().MaxDescriptionBytes), Allow: s.allow(), Labels: s.labels(),
		}
	})
}

// MsgUpdateFleetFactory changes the description and labels of a fleet.
func MsgUpdateFleetFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateFleet] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgUpdateFleet) {
		fleet := s.fleet(anyFleet)
		return s.named(fleet.Operator), &types.MsgUpdateFleet{
			Operator: fleet.Operator, FleetId: fleet.Id, Description: s.text(s.params().MaxDescriptionBytes), Labels: s.labels(),
		}
	})
}

// MsgSetFleetPolicyFactory changes the allow-list of a fleet.
func MsgSetFleetPolicyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetFleetPolicy] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgSetFleetPolicy) {
		fleet := s.fleet(anyFleet)
		return s.named(fleet.Operator), &types.MsgSetFleetPolicy{Operator: fleet.Operator, FleetId: fleet.Id, Allow: s.allow()}
	})
}

// MsgProposeFleetOperatorFactory proposes another account as operator.
func MsgProposeFleetOperatorFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgProposeFleetOperator] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgProposeFleetOperator) {
		fleet := s.fleet(anyFleet)
		next := s.anyone(simsx.ExcludeAddresses(fleet.Operator))
		return s.named(fleet.Operator), &types.MsgProposeFleetOperator{
			Operator: fleet.Operator, FleetId: fleet.Id, NewOperator: next.AddressBech32,
		}
	})
}

// MsgAcceptFleetOperatorFactory accepts a proposed transfer.
func MsgAcceptFleetOperatorFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAcceptFleetOperator] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgAcceptFleetOperator) {
		fleet := s.fleet(transferring)
		return s.named(fleet.PendingOperator), &types.MsgAcceptFleetOperator{NewOperator: fleet.PendingOperator, FleetId: fleet.Id}
	})
}

// MsgCancelFleetTransferFactory withdraws or declines a proposed transfer.
func MsgCancelFleetTransferFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCancelFleetTransfer] {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgCancelFleetTransfer) {
		fleet := s.fleet(transferring)
		signer := oneOf(s, fleet.Operator, fleet.PendingOperator)
		return s.named(signer), &types.MsgCancelFleetTransfer{Signer: signer, FleetId: fleet.Id}
	})
}

// MsgUpdateParamsFactory makes governance proposals of new limits.
func MsgUpdateParamsFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(_ context.Context, data *simsx.ChainDataSource, _ simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		return nil, &types.MsgUpdateParams{Authority: k.Authority(), Params: randomParams(data.Rand().Rand)}
	}
}
