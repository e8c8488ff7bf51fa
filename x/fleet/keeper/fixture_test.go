package keeper_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

// fixture is a keeper over a store in memory, reached through the message router as a chain would.
type fixture struct {
	t      *testing.T
	ctx    sdk.Context
	k      keeper.Keeper
	query  types.QueryServer
	router *baseapp.MsgServiceRouter
	store  storetypes.StoreKey
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	ctx := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient")).Ctx
	registry := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(registry)
	k := keeper.NewKeeper(codec.NewProtoCodec(registry), runtime.NewKVStoreService(key), bech("gov"))
	router := baseapp.NewMsgServiceRouter()
	router.SetInterfaceRegistry(registry)
	types.RegisterMsgServer(router, keeper.NewMsgServer(k))
	require.NoError(t, k.InitGenesis(ctx, *types.DefaultGenesis()))
	return &fixture{t: t, ctx: ctx, k: k, query: keeper.NewQueryServer(k), router: router, store: key}
}

// account is the address of a name.
func account(name string) sdk.AccAddress {
	sum := sha256.Sum256([]byte(name))
	return sum[:types.DeviceAddressBytes]
}

func bech(name string) string { return account(name).String() }

// deliver runs the message's handler on the state itself, so that writes before an error would show.
func (f *fixture) deliver(msg sdk.Msg) (*sdk.Result, error) {
	f.t.Helper()
	handler := f.router.Handler(msg)
	require.NotNil(f.t, handler, "no handler of %T", msg)
	return handler(f.ctx, msg)
}

// do delivers messages that must succeed.
func (f *fixture) do(msgs ...sdk.Msg) {
	f.t.Helper()
	for _, msg := range msgs {
		_, err := f.deliver(msg)
		require.NoError(f.t, err, "%T", msg)
	}
}

// dump returns every key and value of the store.
func (f *fixture) dump() []string {
	f.t.Helper()
	it := f.ctx.KVStore(f.store).Iterator(nil, nil)
	defer it.Close()
	var out []string
	for ; it.Valid(); it.Next() {
		out = append(out, hex.EncodeToString(it.Key())+"="+hex.EncodeToString(it.Value()))
	}
	return out
}

func (f *fixture) device(id uint64) types.Device {
	f.t.Helper()
	d, err := f.k.DeviceByID(f.ctx, id)
	require.NoError(f.t, err)
	return d
}

func (f *fixture) fleet(id uint64) types.Fleet {
	f.t.Helper()
	fl, err := f.k.Fleet(f.ctx, id)
	require.NoError(f.t, err)
	return fl
}

// requireConsistent checks that the state exports, validates, and imports to the same bytes, indexes included.
func (f *fixture) requireConsistent() {
	f.t.Helper()
	state, err := f.k.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	require.NoError(f.t, state.Validate())
	other := newFixture(f.t)
	require.NoError(f.t, other.k.InitGenesis(other.ctx, *state))
	require.Equal(f.t, f.dump(), other.dump())
}

// The devices of newWorld, by id.
const (
	idActive uint64 = iota + 1
	idPending
	idRevoked
	idSuspect
	idRotating
	idRemoved
	idElsewhere
	idPendingElsewhere
	idPendingRevoked
	idRotated
)

// newWorld is a fixture with two fleets, of alice and bob, and a device in every state.
func newWorld(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	a := bech("alice")
	standing := func(id uint64, s types.Standing) sdk.Msg {
		return &types.MsgSetDeviceStanding{Operator: a, DeviceId: id, Standing: s, Reason: "test"}
	}
	f.do(
		&types.MsgCreateFleet{Operator: a, Description: "one", Allow: []string{"acme/vibration", "globex"}, Labels: []string{"site=ulm"}},
		&types.MsgCreateFleet{Operator: bech("bob"), Description: "two"},
		&types.MsgProposeFleetOperator{Operator: bech("bob"), FleetId: 2, NewOperator: bech("carol")},
		&types.MsgEnrollDevice{
			Operator: a, FleetId: 1, Labels: []string{"line=4"},
			Addresses: []string{bech("active"), bech("pending"), bech("revoked"), bech("suspect"), bech("rotating"), bech("removed")},
		},
		&types.MsgEnrollDevice{Operator: bech("bob"), FleetId: 2, Addresses: []string{bech("elsewhere"), bech("pending")}},
		&types.MsgEnrollDevice{Operator: a, FleetId: 1, Addresses: []string{bech("pending revoked"), bech("rotated old")}},
	)
	for _, name := range []string{"active", "revoked", "suspect", "rotating", "removed", "rotated old"} {
		f.do(&types.MsgConfirmDevice{Address: bech(name), FleetId: 1})
	}
	f.do(
		&types.MsgConfirmDevice{Address: bech("elsewhere"), FleetId: 2},
		standing(idRevoked, types.StandingRevoked),
		standing(idSuspect, types.StandingSuspect),
		standing(idPendingRevoked, types.StandingRevoked),
		&types.MsgRotateDeviceKey{Signer: a, DeviceId: idRotating, NewAddress: bech("rotating new")},
		&types.MsgRotateDeviceKey{Signer: a, DeviceId: idRotated, NewAddress: bech("rotated")},
		&types.MsgConfirmDeviceKey{NewAddress: bech("rotated"), DeviceId: idRotated},
		&types.MsgRemoveDevice{Operator: a, DeviceId: idRemoved},
	)
	return f
}

// messageCase is one message on newWorld. err is nil for success; then check looks at the result and event is
// the last that was emitted.
type messageCase struct {
	name  string
	msg   sdk.Msg
	err   error
	event proto.Message
	check func(t *testing.T, f *fixture)
}

func runCases(t *testing.T, cases []messageCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newWorld(t)
			before := f.dump()
			result, err := f.deliver(tc.msg)
			if tc.err != nil {
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, before, f.dump(), "state changed by a message that failed")
				return
			}
			require.NoError(t, err)
			f.requireConsistent()
			require.Equal(t, tc.event, lastEvent(t, result))
			if tc.check != nil {
				tc.check(t, f)
			}
		})
	}
}

func lastEvent(t *testing.T, result *sdk.Result) proto.Message {
	t.Helper()
	events := slices.Clone(result.Events)
	require.NotEmpty(t, events)
	event, err := sdk.ParseTypedEvent(events[len(events)-1])
	require.NoError(t, err)
	return event
}
