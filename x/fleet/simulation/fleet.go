package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

func anyFleet(types.Fleet) bool                        { return true }
func transferring(f types.Fleet) bool                  { return f.PendingOperator != "" }
func signers(a ...simsx.SimAccount) []simsx.SimAccount { return a }

// MsgCreateFleetFactory makes fleets for any account.
func MsgCreateFleetFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCreateFleet] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCreateFleet) {
		from := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		p := params(ctx, k, reporter)
		return signers(from), &types.MsgCreateFleet{
			Operator: from.AddressBech32, Description: randomText(data, p.MaxDescriptionBytes),
			Allow: randomAllow(data, p), Labels: randomLabels(data, p),
		}
	}
}

// MsgUpdateFleetFactory changes the description and labels of a fleet.
func MsgUpdateFleetFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateFleet] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateFleet) {
		fleet := pickFleet(ctx, k, data, reporter, anyFleet)
		p := params(ctx, k, reporter)
		return signers(data.GetAccount(reporter, fleet.Operator)), &types.MsgUpdateFleet{
			Operator: fleet.Operator, FleetId: fleet.Id, Description: randomText(data, p.MaxDescriptionBytes), Labels: randomLabels(data, p),
		}
	}
}

// MsgSetFleetPolicyFactory changes the allow-list of a fleet.
func MsgSetFleetPolicyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetFleetPolicy] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetFleetPolicy) {
		fleet := pickFleet(ctx, k, data, reporter, anyFleet)
		return signers(data.GetAccount(reporter, fleet.Operator)), &types.MsgSetFleetPolicy{
			Operator: fleet.Operator, FleetId: fleet.Id, Allow: randomAllow(data, params(ctx, k, reporter)),
		}
	}
}

// MsgProposeFleetOperatorFactory proposes another account as operator.
func MsgProposeFleetOperatorFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgProposeFleetOperator] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgProposeFleetOperator) {
		fleet := pickFleet(ctx, k, data, reporter, anyFleet)
		next := data.AnyAccount(reporter, simsx.ExcludeAddresses(fleet.Operator), simsx.WithSpendableBalance())
		return signers(data.GetAccount(reporter, fleet.Operator)), &types.MsgProposeFleetOperator{
			Operator: fleet.Operator, FleetId: fleet.Id, NewOperator: next.AddressBech32,
		}
	}
}

// MsgAcceptFleetOperatorFactory accepts a proposed transfer.
func MsgAcceptFleetOperatorFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAcceptFleetOperator] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAcceptFleetOperator) {
		fleet := pickFleet(ctx, k, data, reporter, transferring)
		return signers(data.GetAccount(reporter, fleet.PendingOperator)), &types.MsgAcceptFleetOperator{
			NewOperator: fleet.PendingOperator, FleetId: fleet.Id,
		}
	}
}

// MsgCancelFleetTransferFactory withdraws or declines a proposed transfer.
func MsgCancelFleetTransferFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCancelFleetTransfer] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCancelFleetTransfer) {
		fleet := pickFleet(ctx, k, data, reporter, transferring)
		signer := oneOf(data, reporter, []string{fleet.Operator, fleet.PendingOperator}, nil)
		return signers(data.GetAccount(reporter, signer)), &types.MsgCancelFleetTransfer{Signer: signer, FleetId: fleet.Id}
	}
}

// MsgUpdateParamsFactory makes governance proposals of new limits.
func MsgUpdateParamsFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(_ context.Context, data *simsx.ChainDataSource, _ simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		return nil, &types.MsgUpdateParams{Authority: k.Authority(), Params: randomParams(data.Rand().Rand)}
	}
}
