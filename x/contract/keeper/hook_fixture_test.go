package keeper_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
)

const (
	stageModel  = "acme/vibration"
	stageMirror = "channel-7:acme/vibration"
	denom       = types.DefaultHookFeeDenom
)

var (
	stageAuthority = who(99)
	director       = who(1) // admin of the puppets
	landlord       = who(2) // owner of the publisher acme
	passerby       = who(3)
)

func who(b byte) string { return sdk.AccAddress(bytes.Repeat([]byte{b}, 20)).String() }

// chain stands in for the modules that contracts read.
type chain struct {
	models       map[string]types.Model
	owners       map[string]string
	versions     map[string]types.Version
	attestations map[uint64]types.Attestation
	devices      map[string]types.Device
	rollouts     map[uint64]types.Rollout
	err          error // of every read, if set
}

func lookup[K comparable, V any](c *chain, m map[K]V, key K, missing error) (V, error) {
	v, ok := m[key]
	if c.err != nil {
		return v, c.err
	}
	if !ok {
		return v, fmt.Errorf("%v: %w", key, missing)
	}
	return v, nil
}

func (c *chain) Publisher(_ context.Context, name string) (types.Publisher, error) {
	owner, err := lookup(c, c.owners, name, types.ErrPublisherNotFound)
	return types.Publisher{Name: name, Owner: owner}, err
}

func (c *chain) Model(_ context.Context, publisher, name string) (types.Model, error) {
	return lookup(c, c.models, publisher+"/"+name, types.ErrModelNotFound)
}

func (c *chain) Version(_ context.Context, id string) (types.Version, error) {
	return lookup(c, c.versions, id, types.ErrVersionNotFound)
}

func (c *chain) CheckModelOwner(ctx context.Context, publisher, model, address string) error {
	if _, err := c.Model(ctx, publisher, model); err != nil {
		return err
	}
	if c.owners[publisher] != address {
		return types.ErrUnauthorized
	}
	return nil
}

func (c *chain) Attestation(_ context.Context, id uint64) (types.Attestation, error) {
	return lookup(c, c.attestations, id, types.ErrAttestationNotFound)
}

func (c *chain) Device(_ context.Context, a sdk.AccAddress) (types.Device, error) {
	return lookup(c, c.devices, a.String(), types.ErrDeviceNotFound)
}

func (c *chain) Rollout(_ context.Context, id uint64) (types.Rollout, error) {
	return lookup(c, c.rollouts, id, types.ErrRolloutNotFound)
}

// stage is a keeper over real accounts and coins, with puppets: contracts that do what their strings say.
type stage struct {
	t       testing.TB
	ctx     sdk.Context
	k       keeper.Keeper
	msg     types.MsgServer
	query   types.QueryServer
	decider keeper.Decider
	bank    bankkeeper.BaseKeeper
	chain   *chain
	cdc     codec.Codec
	// restricted has the bank refuse whatever goes to those who share fees.
	restricted bool
	puppet     uint64 // code id
	mute       uint64
}

// newStage is a stage with the code of puppets, at height 10.
func newStage(t testing.TB) *stage {
	t.Helper()
	s := freshStage(t, &chain{
		models: map[string]types.Model{stageModel: {Publisher: "acme", Name: "vibration", CreatedHeight: 4}},
		owners: map[string]string{"acme": landlord}, attestations: map[uint64]types.Attestation{},
	})
	require.NoError(t, s.k.InitGenesis(s.ctx, *types.DefaultGenesis()))
	s.puppet, s.mute = s.store("puppet"), s.store("mute")
	s.clear()
	return s
}

// freshStage is one before genesis.
func freshStage(t testing.TB, around *chain) *stage {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(types.StoreKey, authtypes.StoreKey, banktypes.StoreKey)
	transient := storetypes.NewTransientStoreKeys("transient_contract")
	registry := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(registry)
	authtypes.RegisterInterfaces(registry)
	s := &stage{
		t: t, cdc: codec.NewProtoCodec(registry),
		ctx: sdk.NewContext(multistore(t, keys, transient),
			cmtproto.Header{Height: 10, Time: time.Unix(1_700_000_000, 0), ChainID: "stage-1"}, false, log.NewNopLogger()).
			WithGasMeter(storetypes.NewInfiniteGasMeter()),
		chain: around,
	}
	prefix := sdk.GetConfig().GetBech32AccountAddrPrefix()
	accounts := authkeeper.NewAccountKeeper(s.cdc, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		map[string][]string{authtypes.FeeCollectorName: nil, minttypes.ModuleName: {authtypes.Minter}},
		address.NewBech32Codec(prefix), prefix, stageAuthority)
	s.bank = bankkeeper.NewBaseKeeper(s.cdc, runtime.NewKVStoreService(keys[banktypes.StoreKey]), accounts, nil, stageAuthority, log.NewNopLogger())
	require.NoError(t, s.bank.SetParams(s.ctx, banktypes.DefaultParams()))
	s.bank.AppendSendRestriction(func(_ context.Context, _, to sdk.AccAddress, _ sdk.Coins) (sdk.AccAddress, error) {
		if s.restricted && to.Equals(authtypes.NewModuleAddress(authtypes.FeeCollectorName)) {
			return nil, fmt.Errorf("not to %s", to)
		}
		return to, nil
	})
	s.k = keeper.NewKeeper(s.cdc, runtime.NewKVStoreService(keys[types.StoreKey]), accounts, s.bank,
		keeper.Chain{Registry: s.chain, Fleet: s.chain, Proof: s.chain, Rollout: s.chain}, stageAuthority)
	s.msg, s.query = keeper.NewMsgServer(s.k), keeper.NewQueryServer(s.k)
	s.decider = s.k.Decider(runtime.NewTransientStoreService(transient["transient_contract"]))
	return s
}

// multistore is of the application's kind, with its database in memory.
func multistore(
	t testing.TB, keys map[string]*storetypes.KVStoreKey, transient map[string]*storetypes.TransientStoreKey,
) storetypes.CommitMultiStore {
	t.Helper()
	cms := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger())
	for _, key := range keys {
		cms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	}
	for _, key := range transient {
		cms.MountStoreWithDB(key, storetypes.StoreTypeTransient, nil)
	}
	require.NoError(t, cms.LoadLatestVersion())
	return cms
}

func (s *stage) store(name string) uint64 {
	s.t.Helper()
	code, err := os.ReadFile("testdata/hooks/" + name + ".wasm")
	require.NoError(s.t, err)
	r, err := s.msg.StoreCode(s.ctx, &types.MsgStoreCode{Sender: director, Code: code})
	require.NoError(s.t, err)
	return r.CodeId
}

// fund gives an account coins.
func (s *stage) fund(to string, amount int64) {
	s.t.Helper()
	if amount == 0 {
		return
	}
	coins := sdk.NewCoins(sdk.NewInt64Coin(denom, amount))
	require.NoError(s.t, s.bank.MintCoins(s.ctx, minttypes.ModuleName, coins))
	require.NoError(s.t, s.bank.SendCoinsFromModuleToAccount(s.ctx, minttypes.ModuleName, sdk.MustAccAddressFromBech32(to), coins))
}

// cast makes a contract of a code with coins.
func (s *stage) cast(code uint64, funds int64, models ...string) string {
	s.t.Helper()
	r, err := s.msg.Instantiate(s.ctx, &types.MsgInstantiate{
		Sender: director, Admin: director, CodeId: code, Label: "puppet", Subscriptions: models,
	})
	require.NoError(s.t, err)
	s.fund(r.Address, funds)
	s.clear()
	return r.Address
}

// pull sets a contract's strings: each a key of one byte, and what it is to do.
func (s *stage) pull(contract string, strings ...string) {
	s.t.Helper()
	for _, what := range strings {
		_, err := s.msg.Execute(s.ctx, &types.MsgExecute{Sender: director, Contract: contract, Msg: []byte(what)})
		require.NoError(s.t, err)
	}
	s.clear()
}

// set changes the parameters.
func (s *stage) set(change func(*types.Params)) {
	s.t.Helper()
	p := s.params()
	change(&p)
	require.NoError(s.t, p.Validate())
	require.NoError(s.t, s.k.Params.Set(s.ctx, p))
}

func (s *stage) params() types.Params {
	s.t.Helper()
	p, err := s.k.Params.Get(s.ctx)
	require.NoError(s.t, err)
	return p
}

// attest puts attestations on record and tells the module.
func (s *stage) attest(ids ...uint64) {
	s.t.Helper()
	for _, id := range ids {
		a := types.Attestation{Id: id, Device: who(50), Version: stageModel + "@1.0.0", OutputSize: 1, Output: []byte{7}, Time: time.Unix(1_700_000_000, 0)}
		s.chain.attestations[id] = a
		require.NoError(s.t, s.k.Hooks().AfterAttestation(s.ctx, a))
	}
}

func (s *stage) endBlock() {
	s.t.Helper()
	require.NoError(s.t, s.k.EndBlock(s.ctx))
	s.checkInvariants()
	s.ctx = s.ctx.WithBlockHeight(s.ctx.BlockHeight() + 1)
}

func (s *stage) stats(contract string) types.HookStats {
	s.t.Helper()
	r, err := s.query.Contract(s.ctx, &types.QueryContractRequest{Address: contract})
	require.NoError(s.t, err)
	return r.Contract.Hooks
}

// value is what a contract stored under a key of one byte.
func (s *stage) value(contract string, key byte) string {
	s.t.Helper()
	r, err := s.query.State(s.ctx, &types.QueryStateRequest{Contract: contract, Key: []byte{key}})
	if err != nil {
		require.ErrorIs(s.t, err, types.ErrStateNotFound)
		return ""
	}
	return string(r.Value)
}

// counted is how often a hook left its mark.
func (s *stage) counted(contract string, key byte) uint32 {
	return binary.LittleEndian.Uint32(append([]byte(s.value(contract, key)), 0, 0, 0, 0))
}

func (s *stage) balance(address string) int64 {
	return s.bank.GetBalance(s.ctx, sdk.MustAccAddressFromBech32(address), denom).Amount.Int64()
}

func (s *stage) fees() int64 {
	return s.balance(authtypes.NewModuleAddress(authtypes.FeeCollectorName).String())
}

func (s *stage) queue() []types.QueuedHook {
	s.t.Helper()
	return s.export().Queue
}

func (s *stage) export() *types.GenesisState {
	s.t.Helper()
	gs, err := s.k.ExportGenesis(s.ctx)
	require.NoError(s.t, err)
	return gs
}

// state is all that the module and the bank hold.
func (s *stage) state() string {
	return string(s.cdc.MustMarshalJSON(s.export())) + string(s.cdc.MustMarshalJSON(s.bank.ExportGenesis(s.ctx)))
}

func (s *stage) clear() { s.ctx = s.ctx.WithEventManager(sdk.NewEventManager()) }

// events are the module's, in short: a name, and what of it the tests look at.
func (s *stage) events() (out []string) {
	s.t.Helper()
	for _, e := range s.ctx.EventManager().ABCIEvents() {
		if !strings.HasPrefix(e.Type, "assay.contract.") {
			continue
		}
		m, err := sdk.ParseTypedEvent(e)
		require.NoError(s.t, err)
		switch m := m.(type) {
		case *types.EventHookRun:
			out = append(out, fmt.Sprintf("%s %s code %d", m.Entry, m.Subject, m.Code))
		case *types.EventAttestationDropped:
			out = append(out, fmt.Sprintf("dropped %d of %s", m.AttestationId, m.Model))
		case *types.EventUnsubscribed:
			out = append(out, fmt.Sprintf("unsubscribed %s: %s", m.Model, m.Cause))
		case *types.EventSubscribed:
			out = append(out, "subscribed "+m.Model)
		case *types.EventContractEmitted:
			out = append(out, "emitted "+m.Type)
		default:
			out = append(out, e.Type)
		}
	}
	return out
}

// checkInvariants compares the subscriptions with their index and their counts, and the queue with its ends.
func (s *stage) checkInvariants() {
	s.t.Helper()
	counts, mirrored := map[string]uint32{}, 0
	for _, sub := range s.export().Subscriptions {
		counts[sub.Model]++
	}
	require.NoError(s.t, s.k.SubscriberCounts.Walk(s.ctx, nil, func(model string, n uint32) (bool, error) {
		require.Equal(s.t, counts[model], n, model)
		require.NotZero(s.t, n)
		delete(counts, model)
		return false, nil
	}))
	require.Empty(s.t, counts, "models without a count")
	for _, c := range s.export().Contracts {
		r, err := s.query.Subscriptions(s.ctx, &types.QuerySubscriptionsRequest{Contract: c.Address})
		require.NoError(s.t, err)
		for _, sub := range r.Subscriptions {
			require.Contains(s.t, s.export().Subscriptions, sub)
		}
		mirrored += len(r.Subscriptions)
	}
	require.Len(s.t, s.export().Subscriptions, mirrored)
	require.NoError(s.t, s.export().Validate())
	r, err := s.query.Queue(s.ctx, &types.QueryQueueRequest{})
	require.NoError(s.t, err)
	require.Len(s.t, s.export().Queue, int(r.Length))
}
