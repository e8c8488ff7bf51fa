package keeper_test

import (
	"fmt"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

// tb is what the fixtures need of a test; rapid's tests have it too.
type tb interface {
	require.TestingT
	Helper()
}

// Accounts of the tests.
var (
	authority = account(1)
	owner     = account(2) // of every publisher
	operator  = account(3) // of every zone and fleet
	stranger  = account(4)
)

func account(n int) string {
	return sdk.AccAddress(fmt.Sprintf("account-%012d", n)).String()
}

func deviceAccount(id uint64) string { return account(1000 + int(id)) }

// chain is a keeper over a store of its own, with fakes around it.
type chain struct {
	name     string
	key      *storetypes.KVStoreKey
	ctx      sdk.Context
	keeper   keeper.Keeper
	msgs     keeper.MsgServer
	queries  keeper.QueryServer
	registry *fakeRegistry
	fleets   *fakeFleets
	ibc      *fakeIBC
	decider  *fakeDecider
	// ops counts what is done to the store, where it is set.
	ops *operations
}

// newChain is a chain at height 10 with quick retries, and the zone operator above.
func newChain(t tb, name string) *chain {
	c := &chain{name: name, registry: newFakeRegistry(), fleets: newFakeFleets(), ibc: newFakeIBC(), decider: &fakeDecider{}}
	g := types.DefaultGenesis()
	g.Params.ZoneOperator, g.Params.RetryMin, g.Params.RetryMax = operator, 1, 8
	c.open(testutil.DefaultContext)
	require.NoError(t, c.keeper.InitGenesis(c.ctx, g))
	return c
}

// open gives the chain an empty store and a keeper over it; the fakes stay.
func (c *chain) open(context func(key, transient storetypes.StoreKey) sdk.Context) {
	c.key = storetypes.NewKVStoreKey(types.StoreKey)
	c.ctx = context(c.key, storetypes.NewTransientStoreKey("transient")).
		WithBlockHeader(cmtproto.Header{ChainID: c.name, Height: 10, Time: time.Unix(1_700_000_000, 0).UTC()}).
		WithChainID(c.name).WithExecMode(sdk.ExecModeFinalize)
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	service := corestore.KVStoreService(runtime.NewKVStoreService(c.key))
	if c.ops != nil {
		service = countingService{service, c.ops}
	}
	c.keeper = keeper.NewKeeper(cdc, service, c.registry, c.fleets, c.ibc.wiring(), authority)
	c.keeper.SetDecider(c.decider)
	c.msgs, c.queries = keeper.NewMsgServer(c.keeper), keeper.NewQueryServer(c.keeper)
}

// addFleet adds a fleet with devices that are confirmed and active. Ids of devices are unique on a chain.
func (c *chain) addFleet(id uint64, devices int, labels ...string) {
	c.fleets.fleets[id] = types.Fleet{Id: id, Operator: operator, Labels: labels}
	for i := range devices {
		c.setDevice(types.Device{Id: id*100 + uint64(i), FleetId: id, Standing: types.DeviceActive, Confirmed: true})
	}
}

func (c *chain) setDevice(d types.Device) {
	d.Address = deviceAccount(d.Id)
	c.fleets.devices[d.Address] = d
}

func (c *chain) device(id uint64) types.Device { return c.fleets.devices[deviceAccount(id)] }

// setStanding changes the standing of a device, and tells.
func (c *chain) setStanding(t tb, id uint64, s fleettypes.Standing) {
	d := c.device(id)
	d.Standing = s
	c.setDevice(d)
	require.NoError(t, c.keeper.Hooks().AfterDeviceStanding(c.ctx, d))
}

// yank yanks a version, and tells.
func (c *chain) yank(t tb, id string) {
	v := c.registry.versions[id]
	v.Yanked = true
	c.registry.versions[id] = v
	require.NoError(t, c.keeper.Hooks().AfterVersionYanked(c.ctx, id))
}

// endBlock ends the present block and begins the next.
func (c *chain) endBlock(t tb) {
	t.Helper()
	require.NoError(t, c.keeper.EndBlock(c.ctx), "a chain that cannot end a block has halted")
	c.ctx = c.ctx.WithBlockHeight(c.ctx.BlockHeight() + 1).WithBlockTime(c.ctx.BlockTime().Add(time.Second))
}

func (c *chain) endBlocks(t tb, n int) {
	t.Helper()
	for range n {
		c.endBlock(t)
	}
}

// state is everything that the module stores.
func (c *chain) state(t tb) *types.GenesisState {
	t.Helper()
	g, err := c.keeper.ExportGenesis(c.ctx)
	require.NoError(t, err)
	return g
}

// params changes the parameters.
func (c *chain) params(t tb, change func(*types.Params)) {
	t.Helper()
	p, err := c.keeper.Params.Get(c.ctx)
	require.NoError(t, err)
	change(&p)
	require.NoError(t, p.Validate())
	require.NoError(t, c.keeper.Params.Set(c.ctx, p))
}

// tx executes a message as a transaction does: what a failed one wrote is thrown away.
func tx[M, R any](c *chain, handler func(keeper.MsgServer, sdk.Context, M) (R, error), msg M) (R, error) {
	branch, write := c.ctx.CacheContext()
	r, err := handler(c.msgs, branch, msg)
	if err == nil {
		write()
	}
	return r, err
}

func (c *chain) start(plan types.Plan) (uint64, error) {
	r, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgStartRollout) (*types.MsgStartRolloutResponse, error) {
		return s.StartRollout(ctx, m)
	}, &types.MsgStartRollout{Owner: owner, Plan: plan})
	if err != nil {
		return 0, err
	}
	return r.Id, nil
}

func (c *chain) control(signer string, id uint64, a types.Action) error {
	_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgControlRollout) (*types.MsgControlRolloutResponse, error) {
		return s.ControlRollout(ctx, m)
	}, &types.MsgControlRollout{Signer: signer, Id: id, Action: a, Reason: "because"})
	return err
}

func (c *chain) decide(signer string, number uint64, accept bool) error {
	_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgDecideRollout) (*types.MsgDecideRolloutResponse, error) {
		return s.DecideRollout(ctx, m)
	}, &types.MsgDecideRollout{Operator: signer, Number: number, Accept: accept})
	return err
}

func (c *chain) stop(signer string, number uint64) error {
	_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgStopRollout) (*types.MsgStopRolloutResponse, error) {
		return s.StopRollout(ctx, m)
	}, &types.MsgStopRollout{Operator: signer, Number: number})
	return err
}

func (c *chain) report(device, number uint64, phase types.DevicePhase) error {
	m := &types.MsgReportPhase{Device: deviceAccount(device), Number: number, Phase: phase}
	if phase == types.DevicePhaseFailed {
		m.Code = types.FailureLoad
	}
	_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgReportPhase) (*types.MsgReportPhaseResponse, error) {
		return s.ReportPhase(ctx, m)
	}, m)
	return err
}

// attest is an attestation of a device in its fleet.
func (c *chain) attest(device uint64, version string) error {
	d := c.device(device)
	return c.keeper.Hooks().AfterAttestation(c.ctx, types.Attestation{
		Device: d.Address, DeviceId: d.Id, FleetId: d.FleetId, Version: version, Suspect: d.Standing != types.DeviceActive,
	})
}

func (c *chain) setPolicy(t tb, p types.ZonePolicy) {
	require.NoError(t, p.Validate())
	require.NoError(t, c.keeper.Policy.Set(c.ctx, p))
}

// reopen moves a chain's state to an empty store, by export and import, and checks that nothing is lost on the way.
func reopen(t tb, c *chain) {
	t.Helper()
	before := c.state(t)
	height, now := c.ctx.BlockHeight(), c.ctx.BlockTime()
	c.open(testutil.DefaultContext)
	c.ctx = c.ctx.WithBlockHeight(height).WithBlockTime(now)
	require.NoError(t, c.keeper.InitGenesis(c.ctx, before))
	require.Equal(t, before, c.state(t), "export, import, export")
}
