package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

// MsgCreatePublisherFactory makes a new publisher.
func MsgCreatePublisherFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCreatePublisher] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCreatePublisher) {
		owner := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		r := data.Rand().Rand
		msg := &types.MsgCreatePublisher{
			Owner: owner.AddressBech32, Name: randomName(r), Description: simtypes.RandStringOfLength(r, 20), Website: "https://" + randomName(r),
		}
		if taken, err := k.Publishers.Has(ctx, msg.Name); taken || err != nil {
			reporter.Skip("name is taken")
		}
		return []simsx.SimAccount{owner}, msg
	}
}

// MsgUpdatePublisherFactory changes a publisher's texts.
func MsgUpdatePublisherFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdatePublisher] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdatePublisher) {
		p := pick(ctx, k.Publishers, data, reporter, everything[types.Publisher])
		owner := data.GetAccount(reporter, p.Owner)
		return []simsx.SimAccount{owner}, &types.MsgUpdatePublisher{
			Owner: p.Owner, Name: p.Name, Description: simtypes.RandStringOfLength(data.Rand().Rand, 30),
		}
	}
}

// MsgProposePublisherOwnerFactory offers a publisher to another account.
func MsgProposePublisherOwnerFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgProposePublisherOwner] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgProposePublisherOwner) {
		p := pick(ctx, k.Publishers, data, reporter, everything[types.Publisher])
		owner := data.GetAccount(reporter, p.Owner)
		other := data.AnyAccount(reporter, simsx.ExcludeAccounts(owner))
		return []simsx.SimAccount{owner}, &types.MsgProposePublisherOwner{Owner: p.Owner, Name: p.Name, NewOwner: other.AddressBech32}
	}
}

// MsgAcceptPublisherOwnerFactory accepts an offer.
func MsgAcceptPublisherOwnerFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgAcceptPublisherOwner] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgAcceptPublisherOwner) {
		p := pick(ctx, k.Publishers, data, reporter, isOffered)
		owner := data.GetAccount(reporter, p.PendingOwner)
		return []simsx.SimAccount{owner}, &types.MsgAcceptPublisherOwner{NewOwner: p.PendingOwner, Name: p.Name}
	}
}

// MsgCancelPublisherTransferFactory takes an offer back.
func MsgCancelPublisherTransferFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCancelPublisherTransfer] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCancelPublisherTransfer) {
		p := pick(ctx, k.Publishers, data, reporter, isOffered)
		owner := data.GetAccount(reporter, p.Owner)
		return []simsx.SimAccount{owner}, &types.MsgCancelPublisherTransfer{Owner: p.Owner, Name: p.Name}
	}
}

// MsgUpdateParamsFactory proposes new limits to governance.
func MsgUpdateParamsFactory() simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(_ context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		return nil, &types.MsgUpdateParams{
			Authority: data.ModuleAccountAddress(reporter, "gov"), Params: randomParams(data.Rand().Rand),
		}
	}
}
