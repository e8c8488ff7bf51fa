package simulation_test

import (
	"context"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectestutil "github.com/cosmos/cosmos-sdk/codec/testutil"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/simulation"
	"github.com/assay-chain/assay/x/fleet/types"
)

// rich is a bank in which everyone can pay.
type rich struct{}

func (rich) SpendableCoins(context.Context, sdk.AccAddress) sdk.Coins {
	return sdk.NewCoins(sdk.NewInt64Coin("uassay", 1_000_000))
}
func (rich) IsSendEnabledDenom(context.Context, string) bool { return true }

type noModules struct{}

func (noModules) GetModuleAddress(string) sdk.AccAddress { return nil }

// deck collects factories, each as often as its weight.
type deck []simsx.SimMsgFactoryX

func (d *deck) Add(weight uint32, f simsx.SimMsgFactoryX) {
	for range weight {
		*d = append(*d, f)
	}
}

// fixed takes every default weight.
type fixed struct{}

func (fixed) Get(_ string, defaultValue uint32) uint32 { return defaultValue }

// chain is the module over a store in memory.
type chain struct {
	ctx    sdk.Context
	k      keeper.Keeper
	router *baseapp.MsgServiceRouter
}

func newChain(t *testing.T, genesis types.GenesisState) chain {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	ctx := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient")).Ctx
	registry := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(registry)
	k := keeper.NewKeeper(codec.NewProtoCodec(registry), runtime.NewKVStoreService(key), sdk.AccAddress("gov").String())
	router := baseapp.NewMsgServiceRouter()
	router.SetInterfaceRegistry(registry)
	types.RegisterMsgServer(router, keeper.NewMsgServer(k))
	require.NoError(t, k.InitGenesis(ctx, genesis))
	return chain{ctx, k, router}
}

func (c chain) export(t *testing.T) types.GenesisState {
	t.Helper()
	state, err := c.k.ExportGenesis(c.ctx)
	require.NoError(t, err)
	return *state
}

// run delivers steps random messages and counts, by type, those that were made. Each must succeed.
func run(t *testing.T, c chain, seed int64, steps int) map[string]int {
	t.Helper()
	r := rand.New(rand.NewSource(seed))
	var cards deck
	simulation.Register(fixed{}, &cards, c.k)
	cards.Add(5, simulation.MsgUpdateParamsFactory(c.k))
	accounts := simtypes.RandomAccounts(r, 60)
	codec := address.NewBech32Codec(sdk.GetConfig().GetBech32AccountAddrPrefix())
	reporter := simsx.NewBasicSimulationReporter()
	made := map[string]int{}
	for range steps {
		f := cards[r.Intn(len(cards))]
		data := simsx.NewChainDataSource(c.ctx, r, noModules{}, rich{}, codec, accounts...)
		scope := reporter.WithScope(f.MsgType())
		signers, msg := f.Create()(c.ctx, data, scope)
		if scope.IsSkipped() {
			continue
		}
		requireSigned(t, signers, msg)
		_, err := c.router.Handler(msg)(c.ctx, msg)
		require.NoError(t, err, "%T %v", msg, msg)
		made[sdk.MsgTypeURL(msg)]++
	}
	return made
}

var signing = codectestutil.CodecOptions{}.NewCodec()

// requireSigned checks that a message names its signer, so that a chain would accept the signature.
func requireSigned(t *testing.T, signers []simsx.SimAccount, msg sdk.Msg) {
	t.Helper()
	if _, byGovernance := msg.(*types.MsgUpdateParams); byGovernance {
		require.Empty(t, signers)
		return
	}
	named, _, err := signing.GetMsgV1Signers(msg)
	require.NoError(t, err)
	require.Len(t, signers, 1)
	require.Equal(t, [][]byte{signers[0].Address}, named)
}

// Every message is made and succeeds, and the state that they leave exports and imports to itself.
func TestSimulation(t *testing.T) {
	for seed := range int64(3) {
		c := newChain(t, *types.DefaultGenesis())
		made := run(t, c, seed, 1200)
		require.Len(t, made, 15, "messages that were made: %v", made)
		state := c.export(t)
		require.NoError(t, state.Validate())
		require.Equal(t, state, newChain(t, state).export(t))
	}
}

// The same seed gives the same state.
func TestSimulationDeterminism(t *testing.T) {
	a, b := newChain(t, *types.DefaultGenesis()), newChain(t, *types.DefaultGenesis())
	run(t, a, 7, 500)
	run(t, b, 7, 500)
	require.Equal(t, a.export(t), b.export(t))
}
