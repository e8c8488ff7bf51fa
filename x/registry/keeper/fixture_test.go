package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

var (
	authority = address(99)
	alice     = address(1)
	bob       = address(2)
	carol     = address(3)
)

func address(b byte) string { return sdk.AccAddress(bytes.Repeat([]byte{b}, 20)).String() }

func digest(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// errBadKey is why fakeChecker refuses a key.
var errBadKey = errors.New("point off the curve")

// fakeChecker accepts the keys that makeKey makes, and counts the calls. The keeper's own tests need
// no curve: the real checker has tests of its own.
type fakeChecker struct {
	calls int
	info  *types.KeyInfo // if set, the answer for every key
}

func (c *fakeChecker) CheckVerifyingKey(key []byte) (types.KeyInfo, error) {
	c.calls++
	if c.info != nil {
		return *c.info, nil
	}
	var info types.KeyInfo
	var id int
	if _, err := fmt.Sscanf(string(key), "key %d of %d inputs and %d commitments", &id, &info.PublicInputs, &info.Commitments); err != nil {
		return info, fmt.Errorf("%w: %w", errBadKey, err)
	}
	return info, nil
}

func makeKey(id, inputs, commitments int) []byte {
	key := make([]byte, 1000) // zeros after the text
	copy(key, fmt.Sprintf("key %d of %d inputs and %d commitments ", id, inputs, commitments))
	return key
}

func sum(data []byte) []byte {
	d := sha256.Sum256(data)
	return d[:]
}

// fixture is a registry over a real store.
type fixture struct {
	t        *testing.T
	cdc      codec.Codec
	storeKey *storetypes.KVStoreKey
	ctx      sdk.Context
	checker  *fakeChecker
	k        keeper.Keeper
	msg      types.MsgServer
	query    types.QueryServer
}

// newFixture returns an empty registry with default parameters, at height 10.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	test := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient"))
	registry := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(registry)
	f := &fixture{
		t:        t,
		cdc:      codec.NewProtoCodec(registry),
		storeKey: key,
		ctx:      test.Ctx.WithBlockHeight(10),
		checker:  &fakeChecker{},
	}
	f.k = keeper.NewKeeper(f.cdc, runtime.NewKVStoreService(key), f.checker, authority)
	f.msg, f.query = keeper.NewMsgServer(f.k), keeper.NewQueryServer(f.k)
	require.NoError(t, f.k.InitGenesis(f.ctx, *types.DefaultGenesis()))
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
	return f
}

// newPopulated returns a registry in which alice has acme/vibration with versions 1.0.0 and 1.1.0
// (under one key), 0.9.0 (another key, yanked) and the alias stable at 1.0.0, and offers acme to bob.
func newPopulated(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.mustCreate("acme", alice)
	f.mustPublish("0.9.0", makeKey(1, 4, 0))
	f.mustPublish("1.1.0", makeKey(2, 4, 1))
	f.mustPublish("1.0.0", makeKey(2, 4, 1))
	_, err := f.msg.SetAlias(f.ctx, &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "stable", Number: "1.0.0"})
	require.NoError(t, err)
	_, err = f.msg.YankVersion(f.ctx, &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@0.9.0", Reason: "wrong normalization"})
	require.NoError(t, err)
	_, err = f.msg.ProposePublisherOwner(f.ctx, &types.MsgProposePublisherOwner{Owner: alice, Name: "acme", NewOwner: bob})
	require.NoError(t, err)
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
	f.checker.calls = 0
	return f
}

// mustCreate makes a publisher with the model vibration.
func (f *fixture) mustCreate(publisher, owner string) {
	f.t.Helper()
	_, err := f.msg.CreatePublisher(f.ctx, &types.MsgCreatePublisher{Owner: owner, Name: publisher, Description: "sensors"})
	require.NoError(f.t, err)
	_, err = f.msg.CreateModel(f.ctx, &types.MsgCreateModel{Owner: owner, Publisher: publisher, Name: "vibration", Description: "bearings"})
	require.NoError(f.t, err)
}

func (f *fixture) mustPublish(number string, key []byte) {
	f.t.Helper()
	_, err := f.msg.PublishVersion(f.ctx, publish(number, key))
	require.NoError(f.t, err)
}

// publish is alice's message to publish acme/vibration with an output of 62 bytes: 4 public inputs.
func publish(number string, key []byte) *types.MsgPublishVersion {
	return &types.MsgPublishVersion{
		Owner: alice, Publisher: "acme", Model: "vibration", Number: number, Spec: spec(key), VerifyingKey: key,
	}
}

func spec(key []byte) types.VersionSpec {
	tensor := types.TensorSignature{
		Name: "x", ElementType: types.ELEMENT_TYPE_INT8, Shape: []uint32{1, 62}, ScaleBits: 0x3f000000, ZeroPoint: -3,
	}
	return types.VersionSpec{
		Artifacts: []types.Artifact{
			{Name: "canonical.onnx", MediaType: "application/onnx", Digest: digest(1), Size_: 1000, Uris: []string{"ipfs:x"}},
			{Name: "circuit.r1cs", MediaType: "application/octet-stream", Digest: digest(2), Size_: 2000},
		},
		Inputs:             []types.TensorSignature{tensor},
		Outputs:            []types.TensorSignature{tensor},
		SessionOptions:     []types.SessionOption{{Key: "session.disable_quant_qdq", Value: "1"}},
		CircuitDigest:      digest(2),
		VerifyingKeyDigest: sum(key),
		Setup:              types.SetupProvenance{Kind: types.SETUP_KIND_SINGLE_PARTY_INSECURE},
	}
}

// state is the whole store as genesis JSON.
func (f *fixture) state() string {
	f.t.Helper()
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(f.t, err)
	return string(f.cdc.MustMarshalJSON(gs))
}

// requireEvent checks that the last event of the context is the given one.
func (f *fixture) requireEvent(want sdk.Msg) {
	f.t.Helper()
	events := f.ctx.EventManager().Events()
	require.NotEmpty(f.t, events)
	expected, err := sdk.TypedEventToEvent(want)
	require.NoError(f.t, err)
	require.Equal(f.t, expected, events[len(events)-1])
}
