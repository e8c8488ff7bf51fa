package simulation_test

import (
	"context"
	"encoding/json"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/registry"
	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

var gov = sdk.AccAddress("gov_________________")

// bank gives every account the same coins.
type bank struct{}

func (bank) GetModuleAddress(string) sdk.AccAddress { return gov }

func (bank) SpendableCoins(context.Context, sdk.AccAddress) sdk.Coins {
	return sdk.NewCoins(sdk.NewInt64Coin("uassay", 1_000_000))
}

func (bank) IsSendEnabledDenom(context.Context, string) bool { return true }

// chain is the registry over a real store, behind the router that an application has.
type chain struct {
	t      *testing.T
	ctx    sdk.Context
	cdc    codec.Codec
	module registry.AppModule
	router *baseapp.MsgServiceRouter
}

func newChain(t *testing.T) *chain {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	interfaces := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(interfaces)
	cdc := codec.NewProtoCodec(interfaces)
	k := keeper.NewKeeper(cdc, runtime.NewKVStoreService(key), gnarkChecker{}, gov.String())
	c := &chain{
		t:      t,
		ctx:    testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient")).Ctx,
		cdc:    cdc,
		module: registry.NewAppModule(k),
		router: baseapp.NewMsgServiceRouter(),
	}
	c.router.SetInterfaceRegistry(interfaces)
	types.RegisterMsgServer(c.router, keeper.NewMsgServer(k))
	return c
}

func (c *chain) export() string { return string(c.module.ExportGenesis(c.ctx, c.cdc)) }

// operations collects the weighted factories of the module.
type operations struct {
	factories []simsx.SimMsgFactoryX
}

func (o *operations) Add(weight uint32, f simsx.SimMsgFactoryX) {
	for range weight {
		o.factories = append(o.factories, f)
	}
}

func defaultWeight(_ string, weight uint32) uint32 { return weight }

// simulate runs random messages from a random genesis state and returns how many of each succeeded.
func (c *chain) simulate(seed int64, steps int) map[string]int {
	c.t.Helper()
	r := rand.New(rand.NewSource(seed))
	accounts := simtypes.RandomAccounts(r, 12)
	state := &module.SimulationState{Rand: r, Cdc: c.cdc, Accounts: accounts, GenState: map[string]json.RawMessage{}}
	c.module.GenerateGenesisState(state)
	c.module.InitGenesis(c.ctx, c.cdc, state.GenState[types.ModuleName])

	var ops operations
	c.module.WeightedOperationsX(simsx.WeightSourceFn(defaultWeight), &ops)
	c.module.ProposalMsgsX(simsx.WeightSourceFn(defaultWeight), &ops)
	data := simsx.NewChainDataSource(c.ctx, r, bank{}, bank{}, address.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix()), accounts...)
	done := map[string]int{}
	for step := range steps {
		c.ctx = c.ctx.WithBlockHeight(int64(step + 1))
		factory := ops.factories[r.Intn(len(ops.factories))]
		reporter := simsx.NewBasicSimulationReporter().WithScope(factory.MsgType())
		_, msg := simsx.SafeRunFactoryMethod(c.ctx, data, reporter, factory.Create())
		if reporter.IsSkipped() {
			continue
		}
		_, err := c.router.Handler(msg)(c.ctx, msg)
		require.NoError(c.t, err, "step %d: %v", step, msg)
		done[sdk.MsgTypeURL(msg)]++
	}
	return done
}

func TestSimulation(t *testing.T) {
	c := newChain(t)
	done := c.simulate(7, 800)
	for _, msg := range []sdk.Msg{
		&types.MsgCreatePublisher{}, &types.MsgUpdatePublisher{}, &types.MsgProposePublisherOwner{}, &types.MsgAcceptPublisherOwner{},
		&types.MsgCancelPublisherTransfer{}, &types.MsgCreateModel{}, &types.MsgUpdateModel{}, &types.MsgRegisterVerifyingKey{},
		&types.MsgPublishVersion{}, &types.MsgSetAlias{}, &types.MsgRemoveAlias{}, &types.MsgYankVersion{}, &types.MsgUpdateParams{},
	} {
		require.NotZero(t, done[sdk.MsgTypeURL(msg)], "%T", msg)
	}

	exported := c.export()
	require.NoError(t, c.module.ValidateGenesis(c.cdc, nil, json.RawMessage(exported)))
	imported := newChain(t)
	imported.module.InitGenesis(imported.ctx, imported.cdc, json.RawMessage(exported))
	require.Equal(t, exported, imported.export())
}

func TestSimulationIsDeterministic(t *testing.T) {
	first, second := newChain(t), newChain(t)
	require.Equal(t, first.simulate(11, 300), second.simulate(11, 300))
	require.Equal(t, first.export(), second.export())
}
