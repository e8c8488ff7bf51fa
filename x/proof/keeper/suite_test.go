package keeper_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/statement"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/keeper"
	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

const (
	chainID   = "assay-test"
	authority = "authority"
	version   = "acme/vibration@1.0.0"
	outputLen = 40 // two elements, so four public inputs
)

// fixture is one circuit for all tests of the package: a setup takes a while.
var fixture = sync.OnceValue(func() *verifiertest.Fixture {
	f, err := verifiertest.NewFixture(4, true)
	if err != nil {
		panic(err)
	}
	return f
})

// suite is a keeper over a fresh store, with fakes around it.
type suite struct {
	ctx      sdk.Context
	keeper   keeper.Keeper
	msgs     keeper.MsgServer
	queries  keeper.QueryServer
	registry *fakeRegistry
	fleet    *fakeFleet
	engine   *engine
	device   sdk.AccAddress
}

func newSuite(t testing.TB) *suite {
	t.Helper()
	s := &suite{registry: newFakeRegistry(), fleet: newFakeFleet(), engine: newEngine(), device: address(1)}
	s.open(t)
	s.fleet.devices[s.device.String()] = fleettypes.Device{
		Id: 7, FleetId: 3, Address: s.device.String(), Standing: fleettypes.StandingActive, Confirmed: true,
	}
	require.NoError(t, s.keeper.InitGenesis(s.ctx, types.DefaultGenesis()))
	return s
}

// open gives the suite an empty store and a keeper over it.
func (s *suite) open(t testing.TB) {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	s.ctx = testutil.DefaultContext(key, storetypes.NewTransientStoreKey("transient")).
		WithBlockHeader(cmtproto.Header{ChainID: chainID, Height: 10, Time: time.Unix(1_700_000_000, 0).UTC()}).
		WithChainID(chainID).
		WithExecMode(sdk.ExecModeFinalize)
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	s.keeper = keeper.NewKeeper(cdc, runtime.NewKVStoreService(key), s.registry, s.fleet, s.engine, authority)
	s.msgs, s.queries = keeper.NewMsgServer(s.keeper), keeper.NewQueryServer(s.keeper)
}

// forget makes the verifier forget all answers.
func (s *suite) forget() { s.engine.Engine = newEngine().Engine }

// state is everything that the module stores.
func (s *suite) state(t testing.TB) *types.GenesisState {
	t.Helper()
	g, err := s.keeper.ExportGenesis(s.ctx)
	require.NoError(t, err)
	return g
}

// params changes the parameters.
func (s *suite) params(t testing.TB, change func(*types.Params)) {
	t.Helper()
	p, err := s.keeper.Params.Get(s.ctx)
	require.NoError(t, err)
	change(&p)
	require.NoError(t, p.Validate())
	require.NoError(t, s.keeper.Params.Set(s.ctx, p))
}

// entry returns a claim of a device with a valid proof. Its nonce is one byte.
func (s *suite) entry(t testing.TB, device sdk.AccAddress, nonce byte) types.ProofEntry {
	t.Helper()
	return s.entryOf(t, device, version, nonce)
}

// entryOf is entry for a version.
func (s *suite) entryOf(t testing.TB, device sdk.AccAddress, version string, nonce byte) types.ProofEntry {
	t.Helper()
	output := make([]byte, outputLen)
	for i := range output {
		output[i] = nonce + byte(i)
	}
	digest, err := statement.Digest([]byte{nonce, 1, 2, 3})
	require.NoError(t, err)
	binding := statement.Binding{ChainID: chainID, Device: device, Version: version, Nonce: []byte{nonce}}
	inputs, err := statement.PublicInputs(digest, output, binding)
	require.NoError(t, err)
	proof, err := fixture().Prove(inputs...)
	require.NoError(t, err)
	b := digest.Bytes()
	return types.ProofEntry{Version: version, Nonce: []byte{nonce}, InputDigest: b[:], Output: output, Proof: proof}
}

// msg returns a message with a valid proof.
func (s *suite) msg(t testing.TB, nonce byte) *types.MsgSubmitProof {
	t.Helper()
	return message(s.device, s.entry(t, s.device, nonce))
}

// message makes a message of an entry.
func message(device sdk.AccAddress, e types.ProofEntry) *types.MsgSubmitProof {
	return &types.MsgSubmitProof{
		Device: device.String(), Version: e.Version, Nonce: e.Nonce, InputDigest: e.InputDigest, Output: e.Output, Proof: e.Proof,
	}
}

// submit submits valid proofs with the given nonces.
func (s *suite) submit(t testing.TB, nonces ...byte) {
	t.Helper()
	for _, n := range nonces {
		_, err := s.msgs.SubmitProof(s.ctx, s.msg(t, n))
		require.NoError(t, err)
	}
}

func address(b byte) sdk.AccAddress {
	sum := sha256.Sum256([]byte{b})
	return sum[:statement.DeviceBytes]
}

var errFake = errors.New("fake: not found")

type fakeRegistry struct {
	versions map[string]registrytypes.Version
	keys     map[string]registrytypes.VerifyingKey
	reads    int
}

func newFakeRegistry() *fakeRegistry {
	key := fixture().Key
	digest := sha256.Sum256(key)
	v := registrytypes.Version{Id: version, Publisher: "acme", Model: "vibration", Number: "1.0.0"}
	v.VerifyingKeyDigest = digest[:]
	v.Outputs = []registrytypes.TensorSignature{{Shape: []uint32{1, 30}}, {Shape: []uint32{2, 5}}}
	return &fakeRegistry{
		versions: map[string]registrytypes.Version{version: v},
		keys: map[string]registrytypes.VerifyingKey{
			string(digest[:]): {Digest: digest[:], Key: key, PublicInputs: 4, Commitments: 1},
		},
	}
}

func (r *fakeRegistry) Version(_ context.Context, id string) (registrytypes.Version, error) {
	r.reads++
	v, ok := r.versions[id]
	if !ok {
		return v, errFake
	}
	return v, nil
}

func (r *fakeRegistry) VerifyingKey(_ context.Context, digest []byte) (registrytypes.VerifyingKey, error) {
	r.reads++
	k, ok := r.keys[string(digest)]
	if !ok {
		return k, errFake
	}
	return k, nil
}

// change edits the version.
func (r *fakeRegistry) change(edit func(*registrytypes.Version)) {
	v := r.versions[version]
	edit(&v)
	r.versions[version] = v
}

type fakeFleet struct {
	devices   map[string]fleettypes.Device
	publisher string // of the one model that is asked about
	refuses   bool
	err       error
	reads     int // of devices
}

func newFakeFleet() *fakeFleet {
	return &fakeFleet{devices: make(map[string]fleettypes.Device), publisher: "acme"}
}

func (f *fakeFleet) Device(_ context.Context, addr sdk.AccAddress) (fleettypes.Device, error) {
	f.reads++
	d, ok := f.devices[addr.String()]
	if !ok {
		return d, errFake
	}
	return d, nil
}

func (f *fakeFleet) FleetAllows(_ context.Context, fleetID uint64, publisher, model string) (bool, error) {
	if fleetID != 3 || publisher != f.publisher || model != "vibration" {
		return false, fmt.Errorf("fake: unexpected question about fleet %d, %s/%s", fleetID, publisher, model)
	}
	return !f.refuses, f.err
}

// change edits the device of an address.
func (f *fakeFleet) change(addr sdk.AccAddress, edit func(*fleettypes.Device)) {
	d := f.devices[addr.String()]
	edit(&d)
	f.devices[addr.String()] = d
}
