package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

const (
	source   = "channel-7"
	mirrorID = "channel-7:acme/vibration@1.0.0"
)

// hubID is what the hub calls the version: a name that newPopulated has for a version of its own.
func hubID() types.VersionID {
	return types.VersionID{Publisher: "acme", Model: "vibration", Number: "1.0.0"}
}

func mirrored(key []byte) sdk.Msg {
	return &types.EventVersionMirrored{
		Version: mirrorID, Source: source, Publisher: "channel-7:acme", Model: "vibration", Number: "1.0.0", VerifyingKeyDigest: hexSum(key),
	}
}

func TestMirrorVersionSucceeds(t *testing.T) {
	newKey, knownKey := makeKey(3, 4, 2), makeKey(2, 4, 1)

	t.Run("success: with a new key", func(t *testing.T) {
		f := newPopulated(t)
		local, err := f.k.Version(f.ctx, "acme/vibration@1.0.0")
		require.NoError(t, err)
		v, err := f.k.MirrorVersion(f.ctx, source, hubID(), spec(newKey), newKey)
		require.NoError(t, err)
		require.Equal(t, types.Version{
			Id: mirrorID, Publisher: "channel-7:acme", Model: "vibration", Number: "1.0.0",
			VersionSpec: spec(newKey), PublishedHeight: 10, Source: source,
		}, v)
		stored, err := f.k.Version(f.ctx, mirrorID)
		require.NoError(t, err)
		require.Equal(t, v, stored)
		key, err := f.k.VerifyingKey(f.ctx, sum(newKey))
		require.NoError(t, err)
		require.Equal(t, types.VerifyingKey{
			Digest: sum(newKey), Key: newKey, PublicInputs: 4, Commitments: 2, RegisteredHeight: 10, Source: source,
		}, key)
		require.Equal(t, 1, f.checker.calls)
		requireEvents(t, f,
			&types.EventVerifyingKeyRegistered{Digest: hexSum(newKey), PublicInputs: 4, Commitments: 2, Source: source}, mirrored(newKey))
		requireInvariants(t, f)
		again, err := f.k.Version(f.ctx, "acme/vibration@1.0.0")
		require.NoError(t, err)
		require.Equal(t, local, again, "the version of this chain stays as it is")
	})
	t.Run("success: with a key on record", func(t *testing.T) {
		f := newPopulated(t)
		_, err := f.k.MirrorVersion(f.ctx, source, hubID(), spec(knownKey), knownKey)
		require.NoError(t, err)
		require.Zero(t, f.checker.calls)
		requireEvents(t, f, mirrored(knownKey))
		key, err := f.k.VerifyingKey(f.ctx, sum(knownKey))
		require.NoError(t, err)
		require.Equal(t, alice, key.Registrant)
		require.Empty(t, key.Source)
		requireInvariants(t, f)
	})
	t.Run("success: again, whatever came with it and whatever the parameters are by then", func(t *testing.T) {
		f := newPopulated(t)
		first, err := f.k.MirrorVersion(f.ctx, source, hubID(), spec(newKey), newKey)
		require.NoError(t, err)
		params := types.DefaultParams()
		params.MaxArtifacts = 1
		require.NoError(t, f.k.Params.Set(f.ctx, params))
		before, gas := f.state(), f.ctx.GasMeter().GasConsumed()
		f.ctx = f.ctx.WithBlockHeight(20).WithEventManager(sdk.NewEventManager())
		second, err := f.k.MirrorVersion(f.ctx, source, hubID(), spec(newKey), nil)
		require.NoError(t, err)
		require.Equal(t, first, second)
		require.Equal(t, before, f.state())
		require.Empty(t, f.ctx.EventManager().Events())
		require.Equal(t, 1, f.checker.calls)
		require.Less(t, f.ctx.GasMeter().GasConsumed()-gas, types.GasKeyBase)
	})
	t.Run("success: other sources are other versions", func(t *testing.T) {
		f := newPopulated(t)
		for _, s := range []string{source, "channel-8", "07-tendermint-7"} {
			_, err := f.k.MirrorVersion(f.ctx, s, hubID(), spec(newKey), newKey)
			require.NoError(t, err)
		}
		// The same id with another spec from another source is no conflict.
		_, err := f.k.MirrorVersion(f.ctx, "channel-9", hubID(), spec(knownKey), knownKey)
		require.NoError(t, err)
		requireInvariants(t, f)
	})
	t.Run("success: a version of this chain may use a mirror's key", func(t *testing.T) {
		f := newPopulated(t)
		_, err := f.k.MirrorVersion(f.ctx, source, hubID(), spec(newKey), newKey)
		require.NoError(t, err)
		_, err = f.msg.PublishVersion(f.ctx, publish("2.0.0", newKey))
		require.NoError(t, err)
		require.Equal(t, 1, f.checker.calls)
		_, err = f.msg.RegisterVerifyingKey(f.ctx, &types.MsgRegisterVerifyingKey{Registrant: bob, Key: newKey})
		require.ErrorIs(t, err, types.ErrVerifyingKeyExists)
		requireInvariants(t, f)
	})
}

func requireEvents(t *testing.T, f *fixture, want ...sdk.Msg) {
	t.Helper()
	var expected sdk.Events
	for _, e := range want {
		event, err := sdk.TypedEventToEvent(e)
		require.NoError(t, err)
		expected = append(expected, event)
	}
	require.Equal(t, expected, f.ctx.EventManager().Events())
}

// mirrorCall is the arguments of MirrorVersion.
type mirrorCall struct {
	source string
	id     types.VersionID
	spec   types.VersionSpec
	key    []byte
}

func TestMirrorVersionFails(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(c *mirrorCall)
		err    error
	}{
		{"failure: no source", func(c *mirrorCall) { c.source = "" }, types.ErrInvalidName},
		{"failure: source", func(c *mirrorCall) { c.source = "channel-07" }, types.ErrInvalidName},
		{"failure: publisher", func(c *mirrorCall) { c.id.Publisher = "Acme" }, types.ErrInvalidName},
		{"failure: publisher that is qualified", func(c *mirrorCall) { c.id.Publisher = "channel-1:acme" }, types.ErrInvalidName},
		{"failure: id that has a source", func(c *mirrorCall) { c.id.Source = "channel-1" }, types.ErrInvalidVersionID},
		{"failure: model", func(c *mirrorCall) { c.id.Model = "" }, types.ErrInvalidName},
		{"failure: number", func(c *mirrorCall) { c.id.Number = "v1" }, types.ErrInvalidNumber},
		{"failure: no artifact", func(c *mirrorCall) { c.spec.Artifacts = nil }, types.ErrInvalidArtifact},
		{"failure: no output", func(c *mirrorCall) { c.spec.Outputs = nil }, types.ErrInvalidTensor},
		{"failure: spec above the parameters", func(c *mirrorCall) { c.spec.Description = strings.Repeat("x", 1<<10+1) }, types.ErrLimit},
		{"failure: no key", func(c *mirrorCall) { c.key = nil }, types.ErrInvalidVerifyingKey},
		{"failure: no key, though it is on record", func(c *mirrorCall) { c.spec, c.key = spec(makeKey(2, 4, 1)), nil }, types.ErrInvalidVerifyingKey},
		{"failure: key of another digest", func(c *mirrorCall) { c.key = makeKey(4, 4, 2) }, types.ErrInvalidVerifyingKey},
		{"failure: bad key", func(c *mirrorCall) { c.key = []byte("nonsense"); c.spec = spec(c.key) }, types.ErrInvalidVerifyingKey},
		{"failure: key above the parameter", func(c *mirrorCall) { c.key = make([]byte, 32<<10+1); c.spec = spec(c.key) }, types.ErrLimit},
		{"failure: a new key with too few public inputs", func(c *mirrorCall) { c.key = makeKey(3, 3, 2); c.spec = spec(c.key) }, types.ErrPublicInputs},
		{"failure: a key on record does not fit other outputs", func(c *mirrorCall) {
			c.key = makeKey(2, 4, 1)
			c.spec = spec(c.key)
			c.spec.Outputs[0].Shape = []uint32{1, 31}
		}, types.ErrPublicInputs},
		{"failure: on record with another description", func(c *mirrorCall) { c.id.Number = "5.0.0"; c.spec.Description = "other" }, types.ErrVersionConflict},
		{"failure: on record with another URI", func(c *mirrorCall) { c.id.Number = "5.0.0"; c.spec.Artifacts[0].Uris = nil }, types.ErrVersionConflict},
		{"failure: on record with another key", func(c *mirrorCall) {
			c.id.Number, c.key = "5.0.0", makeKey(2, 4, 1)
			c.spec = spec(c.key)
		}, types.ErrVersionConflict},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newPopulated(t)
			key := makeKey(3, 4, 2)
			known := hubID()
			known.Number = "5.0.0"
			_, err := f.k.MirrorVersion(f.ctx, source, known, spec(makeKey(7, 4, 0)), makeKey(7, 4, 0))
			require.NoError(t, err)
			f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
			c := mirrorCall{source, hubID(), spec(key), key}
			if errors.Is(tc.err, types.ErrVersionConflict) {
				c.key = makeKey(7, 4, 0)
				c.spec = spec(c.key)
			}
			tc.change(&c)
			before := f.state()
			v, err := f.k.MirrorVersion(f.ctx, c.source, c.id, c.spec, c.key)
			require.ErrorIs(t, err, tc.err)
			require.Zero(t, v)
			require.Equal(t, before, f.state())
			require.Empty(t, f.ctx.EventManager().Events())
			requireInvariants(t, f)
		})
	}
}

// A mirror's key costs what an account's does, and is paid for before it is checked.
func TestMirrorGasIsChargedBeforeTheCheck(t *testing.T) {
	key := makeKey(3, 4, 2)
	f := newPopulated(t)
	before := f.state()
	f.ctx = f.ctx.WithGasMeter(storetypes.NewGasMeter(types.KeyCheckGas(len(key))))
	require.PanicsWithValue(t, storetypes.ErrorOutOfGas{Descriptor: "check verifying key"}, func() {
		_, _ = f.k.MirrorVersion(f.ctx, source, hubID(), spec(key), key)
	})
	require.Zero(t, f.checker.calls)
	f.ctx = f.ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	require.Equal(t, before, f.state())
}

// Where gas runs out between two writes, neither is kept, whatever the caller does about the panic.
func TestMirrorIsAllOrNothingWhenGasRunsOut(t *testing.T) {
	key := makeKey(3, 4, 2)
	f := newPopulated(t)
	before := f.state()
	whole := storetypes.NewInfiniteGasMeter()
	branch, _ := f.ctx.WithGasMeter(whole).CacheContext()
	_, err := f.k.MirrorVersion(branch, source, hubID(), spec(key), key)
	require.NoError(t, err)
	for short := uint64(1); short < whole.GasConsumed(); short += 5_000 {
		ctx := f.ctx.WithGasMeter(storetypes.NewGasMeter(whole.GasConsumed() - short))
		require.Panics(t, func() { _, _ = f.k.MirrorVersion(ctx, source, hubID(), spec(key), key) })
		require.Equal(t, before, f.state())
	}
}

// Nobody owns a mirror: no message reaches one.
func TestMirrorsTakeNoMessage(t *testing.T) {
	const publisher = "channel-7:acme"
	for _, msg := range []sdk.Msg{
		&types.MsgCreatePublisher{Owner: alice, Name: publisher},
		&types.MsgUpdatePublisher{Owner: alice, Name: publisher},
		&types.MsgProposePublisherOwner{Owner: alice, Name: publisher, NewOwner: bob},
		&types.MsgAcceptPublisherOwner{NewOwner: bob, Name: publisher},
		&types.MsgCancelPublisherTransfer{Owner: alice, Name: publisher},
		&types.MsgCreateModel{Owner: alice, Publisher: publisher, Name: "vibration"},
		&types.MsgUpdateModel{Owner: alice, Publisher: publisher, Name: "vibration"},
		&types.MsgPublishVersion{Owner: alice, Publisher: publisher, Model: "vibration", Number: "2.0.0", Spec: spec(makeKey(3, 4, 2)), VerifyingKey: makeKey(3, 4, 2)},
		&types.MsgSetAlias{Owner: alice, Publisher: publisher, Model: "vibration", Alias: "stable", Number: "1.0.0"},
		&types.MsgRemoveAlias{Owner: alice, Publisher: publisher, Model: "vibration", Alias: "stable"},
		&types.MsgYankVersion{Owner: alice, Version: mirrorID, Reason: "bad"},
	} {
		t.Run("failure: "+sdk.MsgTypeURL(msg), func(t *testing.T) {
			f := newWithMirrors(t)
			before := f.state()
			_, err := f.handle(msg)
			require.ErrorIs(t, err, types.ErrInvalidName)
			require.Equal(t, before, f.state())
		})
	}
}

// newWithMirrors is newPopulated with acme/vibration 1.0.0 and 0.9.0 of channel-7 as well, 1.0.0 with a key of its own.
func newWithMirrors(t *testing.T) *fixture {
	t.Helper()
	f := newPopulated(t)
	old := hubID()
	old.Number = "0.9.0"
	for id, key := range map[types.VersionID][]byte{hubID(): makeKey(3, 4, 2), old: makeKey(2, 4, 1)} {
		_, err := f.k.MirrorVersion(f.ctx, source, id, spec(key), key)
		require.NoError(t, err)
	}
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager())
	f.checker.calls = 0
	return f
}

func TestGenesisWithMirrors(t *testing.T) {
	f := newWithMirrors(t)
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
	require.Len(t, gs.Versions, 5)
	require.Len(t, gs.Models, 1)

	g := newFixture(t)
	require.NoError(t, g.k.InitGenesis(g.ctx, *gs))
	require.Equal(t, f.state(), g.state())
	requireInvariants(t, g)
	require.Equal(t, 3, g.checker.calls, "keys are checked again")
	_, err = g.k.MirrorVersion(g.ctx, source, hubID(), spec(makeKey(3, 4, 2)), makeKey(3, 4, 2))
	require.NoError(t, err)
	require.Equal(t, f.state(), g.state())
}

func TestQueriesOfMirrors(t *testing.T) {
	f := newWithMirrors(t)
	t.Run("success: version", func(t *testing.T) {
		res, err := f.query.Version(f.ctx, &types.QueryVersionRequest{Id: mirrorID})
		require.NoError(t, err)
		require.Equal(t, mirrorID, res.Version.Id)
	})
	t.Run("success: versions of a mirrored model", func(t *testing.T) {
		res, err := f.query.Versions(f.ctx, &types.QueryVersionsRequest{Publisher: "channel-7:acme", Model: "vibration"})
		require.NoError(t, err)
		require.Equal(t, []string{"0.9.0", "1.0.0"}, numbers(res.Versions))
		require.Equal(t, mirrorID, res.Versions[1].Id)
	})
	t.Run("success: versions of a model of this chain have no mirrors", func(t *testing.T) {
		res, err := f.query.Versions(f.ctx, &types.QueryVersionsRequest{Publisher: "acme", Model: "vibration"})
		require.NoError(t, err)
		require.Equal(t, []string{"0.9.0", "1.0.0", "1.1.0"}, numbers(res.Versions))
		for _, v := range res.Versions {
			require.Empty(t, v.Source)
		}
	})
	t.Run("success: versions by verifying key", func(t *testing.T) {
		res, err := f.query.VersionsByVerifyingKey(f.ctx, &types.QueryVersionsByVerifyingKeyRequest{Digest: hexSum(makeKey(3, 4, 2))})
		require.NoError(t, err)
		require.Len(t, res.Versions, 1)
		require.Equal(t, mirrorID, res.Versions[0].Id)
	})
	for _, tc := range []struct {
		name, publisher, model string
		err                    error
	}{
		{"failure: versions of an unknown mirrored model", "channel-7:acme", "other", types.ErrModelNotFound},
		{"failure: versions of a model that starts like a mirrored one", "channel-7:acme", "vibratio", types.ErrModelNotFound},
		{"failure: versions from an unknown source", "channel-8:acme", "vibration", types.ErrModelNotFound},
		{"failure: versions, source", "channel-07:acme", "vibration", types.ErrInvalidName},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := f.query.Versions(f.ctx, &types.QueryVersionsRequest{Publisher: tc.publisher, Model: tc.model})
			require.ErrorIs(t, err, tc.err)
		})
	}
}

// What a light client reads is where VersionStoreKey says.
func TestMirrorStoreKeys(t *testing.T) {
	f := newWithMirrors(t)
	key, err := types.VersionStoreKey(mirrorID)
	require.NoError(t, err)
	var v types.Version
	require.NoError(t, v.Unmarshal(f.ctx.KVStore(f.storeKey).Get(key)))
	require.Equal(t, mirrorID, v.Id)
	require.NoError(t, v.Validate(types.MaxParams()))
	_, err = types.VersionStoreKey("channel-07:acme/vibration@1.0.0")
	require.ErrorIs(t, err, types.ErrInvalidName)
}
