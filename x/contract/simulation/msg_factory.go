package simulation

import (
	"context"
	"crypto/sha256"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// Models are what contracts subscribe to. A simulation that wants hooks puts them into the registry's genesis.
var Models = []string{"acme/vibration"}

// Deciders are the addresses of the first contracts. A simulation that wants votes has rollouts name them.
func Deciders() []string {
	const few = 2
	out := make([]string, few)
	for i := range out {
		out[i] = types.ContractAddress(uint64(i) + 1).String()
	}
	return out
}

// Register adds a factory for every message but those of governance. Calls outweigh what makes contracts, and that
// outweighs what takes them from their admins.
func Register(weights simsx.WeightSource, reg simsx.Registry, k keeper.Keeper) {
	reg.Add(weights.Get("contract_store_code", 12), MsgStoreCodeFactory(k))
	reg.Add(weights.Get("contract_instantiate", 20), MsgInstantiateFactory(k))
	reg.Add(weights.Get("contract_execute", 40), MsgExecuteFactory(k))
	reg.Add(weights.Get("contract_migrate", 8), MsgMigrateFactory(k))
	reg.Add(weights.Get("contract_set_admin", 4), MsgSetAdminFactory(k))
	reg.Add(weights.Get("contract_subscribe", 30), MsgSubscribeFactory(k))
	reg.Add(weights.Get("contract_unsubscribe", 4), MsgUnsubscribeFactory(k))
}

// RegisterProposals adds the messages of governance.
func RegisterProposals(weights simsx.WeightSource, reg simsx.Registry, k keeper.Keeper) {
	reg.Add(weights.Get("contract_pin_code", 20), MsgPinCodeFactory(k))
	reg.Add(weights.Get("contract_unpin_code", 20), MsgUnpinCodeFactory(k))
	reg.Add(weights.Get("contract_update_params", 20), MsgUpdateParamsFactory(k))
}

// MsgStoreCodeFactory stores a code.
func MsgStoreCodeFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgStoreCode] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgStoreCode) {
		r := data.Rand().Rand
		sender := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		msg := &types.MsgStoreCode{Sender: sender.AddressBech32, Code: randomCode(r), Source: simtypes.RandStringOfLength(r, 10)}
		digest := sha256.Sum256(msg.Code)
		if known, err := k.CodesByDigest.Has(ctx, digest[:]); known || err != nil {
			reporter.Skip("code is known")
		}
		return []simsx.SimAccount{sender}, msg
	}
}

// MsgInstantiateFactory makes a contract, now and then with coins and without an admin.
func MsgInstantiateFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgInstantiate] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgInstantiate) {
		r := data.Rand().Rand
		code := pick(ctx, k.Codes, data, reporter, everything[types.Code])
		sender := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		msg := &types.MsgInstantiate{
			Sender: sender.AddressBech32, CodeId: code.Id, Label: simtypes.RandStringOfLength(r, 8),
			Msg: values.Encode(values.N(uint64(r.Intn(100)))), Funds: someCoins(&sender, data, reporter),
		}
		if r.Intn(4) > 0 {
			msg.Admin = sender.AddressBech32
		}
		return []simsx.SimAccount{sender}, msg
	}
}

// someCoins are coins of the account's that may go to a contract, or none.
func someCoins(account *simsx.SimAccount, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) sdk.Coins {
	if data.Rand().Bool() || reporter.IsSkipped() {
		return nil
	}
	coins := account.LiquidBalance().RandSubsetCoins(reporter, simsx.WithSendEnabledCoins())
	for _, c := range coins {
		if !c.Amount.IsUint64() {
			return nil
		}
	}
	return coins
}

// MsgExecuteFactory counts, in ways that do well.
func MsgExecuteFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgExecute] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgExecute) {
		c := pick(ctx, k.Contracts, data, reporter, everything[types.Contract])
		sender := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		method := simsx.OneOf(data.Rand(), []string{"add", "emit", "delete"})
		return []simsx.SimAccount{sender}, &types.MsgExecute{
			Sender: sender.AddressBech32, Contract: c.Address, Funds: someCoins(&sender, data, reporter),
			Msg: values.Encode(values.T(method), values.N(uint64(data.Rand().Intn(100)))),
		}
	}
}

// MsgMigrateFactory gives a contract another code.
func MsgMigrateFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgMigrate] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgMigrate) {
		c := pick(ctx, k.Contracts, data, reporter, hasAdmin)
		code := pick(ctx, k.Codes, data, reporter, func(code types.Code) bool { return code.Id != c.CodeId })
		if reporter.IsSkipped() {
			return nil, nil
		}
		admin := data.GetAccount(reporter, c.Admin)
		return []simsx.SimAccount{admin}, &types.MsgMigrate{Sender: c.Admin, Contract: c.Address, CodeId: code.Id}
	}
}

// MsgSetAdminFactory names another admin, or none.
func MsgSetAdminFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetAdmin] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetAdmin) {
		c := pick(ctx, k.Contracts, data, reporter, hasAdmin)
		if reporter.IsSkipped() {
			return nil, nil
		}
		admin := data.GetAccount(reporter, c.Admin)
		msg := &types.MsgSetAdmin{Sender: c.Admin, Contract: c.Address}
		if data.Rand().Intn(4) > 0 {
			msg.NewAdmin = data.AnyAccount(reporter, simsx.ExcludeAccounts(admin)).AddressBech32
		}
		return []simsx.SimAccount{admin}, msg
	}
}

// MsgSubscribeFactory subscribes a contract where there is room.
func MsgSubscribeFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSubscribe] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSubscribe) {
		c := pick(ctx, k.Contracts, data, reporter, hasAdmin)
		model := simsx.OneOf(data.Rand(), Models)
		if reporter.IsSkipped() {
			return nil, nil
		}
		branch, _ := sdk.UnwrapSDKContext(ctx).CacheContext()
		msg := &types.MsgSubscribe{Sender: c.Admin, Contract: c.Address, Model: model}
		if _, err := keeper.NewMsgServer(k).Subscribe(branch, msg); err != nil {
			reporter.Skip(err.Error())
		}
		return []simsx.SimAccount{data.GetAccount(reporter, c.Admin)}, msg
	}
}

// MsgUnsubscribeFactory ends a subscription of a contract's.
func MsgUnsubscribeFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUnsubscribe] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUnsubscribe) {
		var found []types.Subscription
		list, err := keeper.NewQueryServer(k).Subscriptions(ctx, &types.QuerySubscriptionsRequest{})
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		for _, s := range list.Subscriptions {
			if c, err := k.Contract(ctx, sdk.MustAccAddressFromBech32(s.Contract)); err == nil && hasAdmin(c) {
				found = append(found, s)
			}
		}
		if len(found) == 0 {
			reporter.Skip("no subscription that fits")
			return nil, nil
		}
		s := simsx.OneOf(data.Rand(), found)
		c, err := k.Contract(ctx, sdk.MustAccAddressFromBech32(s.Contract))
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		return []simsx.SimAccount{data.GetAccount(reporter, c.Admin)},
			&types.MsgUnsubscribe{Sender: c.Admin, Contract: s.Contract, Model: s.Model}
	}
}

// MsgPinCodeFactory pins a code.
func MsgPinCodeFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgPinCode] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgPinCode) {
		code := pick(ctx, k.Codes, data, reporter, func(c types.Code) bool { return !c.Pinned })
		return nil, &types.MsgPinCode{Authority: data.ModuleAccountAddress(reporter, "gov"), CodeId: code.Id}
	}
}

// MsgUnpinCodeFactory unpins a code.
func MsgUnpinCodeFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUnpinCode] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUnpinCode) {
		code := pick(ctx, k.Codes, data, reporter, func(c types.Code) bool { return c.Pinned })
		return nil, &types.MsgUnpinCode{Authority: data.ModuleAccountAddress(reporter, "gov"), CodeId: code.Id}
	}
}

// MsgUpdateParamsFactory changes the price of hooks, the limits that random parameters vary, and the guard.
func MsgUpdateParamsFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		r := data.Rand().Rand
		p := randomParams(r)
		p.HookGasPrice = math.LegacyNewDecWithPrec(int64(r.Intn(100)), 3)
		if r.Intn(4) > 0 {
			p.PublishGuard = pick(ctx, k.Contracts, data, reporter, everything[types.Contract]).Address
		}
		return nil, &types.MsgUpdateParams{Authority: data.ModuleAccountAddress(reporter, "gov"), Params: p}
	}
}
