package keeper_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/types"
)

// handle runs a message.
func (f *fixture) handle(msg sdk.Msg) (any, error) {
	f.t.Helper()
	ctx := context.Context(f.ctx)
	switch m := msg.(type) {
	case *types.MsgCreatePublisher:
		return f.msg.CreatePublisher(ctx, m)
	case *types.MsgUpdatePublisher:
		return f.msg.UpdatePublisher(ctx, m)
	case *types.MsgProposePublisherOwner:
		return f.msg.ProposePublisherOwner(ctx, m)
	case *types.MsgAcceptPublisherOwner:
		return f.msg.AcceptPublisherOwner(ctx, m)
	case *types.MsgCancelPublisherTransfer:
		return f.msg.CancelPublisherTransfer(ctx, m)
	case *types.MsgCreateModel:
		return f.msg.CreateModel(ctx, m)
	case *types.MsgUpdateModel:
		return f.msg.UpdateModel(ctx, m)
	case *types.MsgRegisterVerifyingKey:
		return f.msg.RegisterVerifyingKey(ctx, m)
	case *types.MsgPublishVersion:
		return f.msg.PublishVersion(ctx, m)
	case *types.MsgSetAlias:
		return f.msg.SetAlias(ctx, m)
	case *types.MsgRemoveAlias:
		return f.msg.RemoveAlias(ctx, m)
	case *types.MsgYankVersion:
		return f.msg.YankVersion(ctx, m)
	case *types.MsgUpdateParams:
		return f.msg.UpdateParams(ctx, m)
	default:
		f.t.Fatalf("no handler for %T", msg)
		return nil, nil
	}
}

// TestMessagesSucceed runs each message on the populated registry: the event that it emits, and
// what it changes.
func TestMessagesSucceed(t *testing.T) {
	limits := types.DefaultParams()
	limits.MaxUris = 3
	newKey := makeKey(3, 4, 0)
	for _, tc := range []struct {
		name  string
		msg   sdk.Msg
		event sdk.Msg
		check func(t *testing.T, f *fixture)
	}{
		{
			"success: create publisher",
			&types.MsgCreatePublisher{Owner: bob, Name: "bobs", Website: "https://bob.example"},
			&types.EventPublisherCreated{Publisher: "bobs", Owner: bob},
			func(t *testing.T, f *fixture) {
				p, err := f.k.Publisher(f.ctx, "bobs")
				require.NoError(t, err)
				require.Equal(t, types.Publisher{Name: "bobs", Owner: bob, Website: "https://bob.example", CreatedHeight: 10}, p)
			},
		},
		{
			"success: update publisher",
			&types.MsgUpdatePublisher{Owner: alice, Name: "acme", Description: "new", Website: "https://acme.example"},
			&types.EventPublisherUpdated{Publisher: "acme"},
			func(t *testing.T, f *fixture) {
				p, err := f.k.Publisher(f.ctx, "acme")
				require.NoError(t, err)
				require.Equal(t, types.Publisher{
					Name: "acme", Owner: alice, PendingOwner: bob, Description: "new", Website: "https://acme.example", CreatedHeight: 10,
				}, p)
			},
		},
		{
			"success: another offer takes the place of the first",
			&types.MsgProposePublisherOwner{Owner: alice, Name: "acme", NewOwner: carol},
			&types.EventPublisherTransferProposed{Publisher: "acme", Owner: alice, PendingOwner: carol},
			func(t *testing.T, f *fixture) {
				_, err := f.handle(&types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "acme"})
				require.ErrorIs(t, err, types.ErrUnauthorized)
				_, err = f.handle(&types.MsgAcceptPublisherOwner{NewOwner: carol, Name: "acme"})
				require.NoError(t, err)
			},
		},
		{
			"success: accept",
			&types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "acme"},
			&types.EventPublisherTransferred{Publisher: "acme", PreviousOwner: alice, Owner: bob},
			func(t *testing.T, f *fixture) {
				_, err := f.handle(publish("2.0.0", newKey))
				require.ErrorIs(t, err, types.ErrUnauthorized, "the previous owner")
				msg := publish("2.0.0", newKey)
				msg.Owner = bob
				_, err = f.handle(msg)
				require.NoError(t, err)
				_, err = f.handle(&types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "acme"})
				require.ErrorIs(t, err, types.ErrNoTransfer)
			},
		},
		{
			"success: cancel",
			&types.MsgCancelPublisherTransfer{Owner: alice, Name: "acme"},
			&types.EventPublisherTransferCancelled{Publisher: "acme", PendingOwner: bob},
			func(t *testing.T, f *fixture) {
				_, err := f.handle(&types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "acme"})
				require.ErrorIs(t, err, types.ErrNoTransfer)
			},
		},
		{
			"success: create model",
			&types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "keyword", Description: "speech"},
			&types.EventModelCreated{Publisher: "acme", Model: "keyword"},
			func(t *testing.T, f *fixture) {
				m, err := f.k.Model(f.ctx, "acme", "keyword")
				require.NoError(t, err)
				require.Equal(t, types.Model{Publisher: "acme", Name: "keyword", Description: "speech", CreatedHeight: 10}, m)
			},
		},
		{
			"success: update model",
			&types.MsgUpdateModel{Owner: alice, Publisher: "acme", Name: "vibration", Description: "gears"},
			&types.EventModelUpdated{Publisher: "acme", Model: "vibration"},
			func(t *testing.T, f *fixture) {
				m, err := f.k.Model(f.ctx, "acme", "vibration")
				require.NoError(t, err)
				require.Equal(t, "gears", m.Description)
			},
		},
		{
			"success: register a key, of somebody without a publisher",
			&types.MsgRegisterVerifyingKey{Registrant: carol, Key: makeKey(3, 7, 2)},
			&types.EventVerifyingKeyRegistered{Digest: hexSum(makeKey(3, 7, 2)), PublicInputs: 7, Commitments: 2, Registrant: carol},
			func(t *testing.T, f *fixture) {
				key, err := f.k.VerifyingKey(f.ctx, sum(makeKey(3, 7, 2)))
				require.NoError(t, err)
				require.Equal(t, types.VerifyingKey{
					Digest: sum(makeKey(3, 7, 2)), Key: makeKey(3, 7, 2), PublicInputs: 7, Commitments: 2, Registrant: carol, RegisteredHeight: 10,
				}, key)
			},
		},
		{
			"success: publish with a new key",
			publish("2.0.0-rc.1", newKey),
			published("2.0.0-rc.1", newKey),
			func(t *testing.T, f *fixture) {
				v, err := f.k.Version(f.ctx, "acme/vibration@2.0.0-rc.1")
				require.NoError(t, err)
				require.Equal(t, types.Version{
					Id: "acme/vibration@2.0.0-rc.1", Publisher: "acme", Model: "vibration", Number: "2.0.0-rc.1",
					VersionSpec: spec(newKey), PublishedHeight: 10,
				}, v)
				key, err := f.k.VerifyingKey(f.ctx, sum(newKey))
				require.NoError(t, err)
				require.Equal(t, alice, key.Registrant)
				require.Equal(t, 1, f.checker.calls)
			},
		},
		{
			"success: publish with a key on record is not checked again",
			publish("2.0.0", makeKey(2, 4, 1)),
			published("2.0.0", makeKey(2, 4, 1)),
			func(t *testing.T, f *fixture) { require.Zero(t, f.checker.calls) },
		},
		{
			"success: publish with the digest of a key on record",
			withoutKey(publish("2.0.0", makeKey(2, 4, 1))),
			published("2.0.0", makeKey(2, 4, 1)),
			func(t *testing.T, f *fixture) { require.Zero(t, f.checker.calls) },
		},
		{
			"success: new alias",
			&types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "beta", Number: "1.1.0"},
			&types.EventAliasSet{Publisher: "acme", Model: "vibration", Alias: "beta", Number: "1.1.0"},
			func(t *testing.T, f *fixture) {
				a, err := f.k.Alias(f.ctx, "acme", "vibration", "beta")
				require.NoError(t, err)
				require.Equal(t, types.Alias{Publisher: "acme", Model: "vibration", Name: "beta", Number: "1.1.0", UpdatedHeight: 10}, a)
			},
		},
		{
			"success: move an alias",
			&types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "stable", Number: "1.1.0"},
			&types.EventAliasSet{Publisher: "acme", Model: "vibration", Alias: "stable", Number: "1.1.0", PreviousNumber: "1.0.0"},
			func(t *testing.T, f *fixture) {
				a, err := f.k.Alias(f.ctx, "acme", "vibration", "stable")
				require.NoError(t, err)
				require.Equal(t, "1.1.0", a.Number)
			},
		},
		{
			"success: remove an alias",
			&types.MsgRemoveAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "stable"},
			&types.EventAliasRemoved{Publisher: "acme", Model: "vibration", Alias: "stable", PreviousNumber: "1.0.0"},
			func(t *testing.T, f *fixture) {
				_, err := f.k.Alias(f.ctx, "acme", "vibration", "stable")
				require.ErrorIs(t, err, types.ErrAliasNotFound)
			},
		},
		{
			"success: yank",
			&types.MsgYankVersion{Owner: alice, Version: "acme/vibration@1.0.0", Reason: "drift"},
			&types.EventVersionYanked{Version: "acme/vibration@1.0.0", Reason: "drift"},
			func(t *testing.T, f *fixture) {
				v, err := f.k.Version(f.ctx, "acme/vibration@1.0.0")
				require.NoError(t, err)
				require.Equal(t, types.Version{
					Id: "acme/vibration@1.0.0", Publisher: "acme", Model: "vibration", Number: "1.0.0", VersionSpec: spec(makeKey(2, 4, 1)),
					PublishedHeight: 10, Yanked: true, YankReason: "drift", YankedHeight: 10,
				}, v)
				a, err := f.k.Alias(f.ctx, "acme", "vibration", "stable")
				require.NoError(t, err, "the alias stays")
				require.Equal(t, "1.0.0", a.Number)
			},
		},
		{
			"success: update params",
			&types.MsgUpdateParams{Authority: authority, Params: limits},
			&types.EventParamsUpdated{Authority: authority},
			func(t *testing.T, f *fixture) {
				got, err := f.k.Params.Get(f.ctx)
				require.NoError(t, err)
				require.Equal(t, limits, got)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newPopulated(t)
			_, err := f.handle(tc.msg)
			require.NoError(t, err)
			f.requireEvent(tc.event)
			tc.check(t, f)
			requireInvariants(t, f)
		})
	}
}

// TestMessagesFail runs messages that must fail: with this error, and nothing changed.
func TestMessagesFail(t *testing.T) {
	const tooLong = 1 << 10 // the default limit of a description
	long := strings.Repeat("x", tooLong+1)
	newKey := makeKey(3, 4, 0)
	with := func(change func(*types.MsgPublishVersion)) sdk.Msg {
		m := publish("2.0.0", newKey)
		change(m)
		return m
	}
	for _, tc := range []struct {
		name string
		msg  sdk.Msg
		err  error
	}{
		{"failure: publisher exists", &types.MsgCreatePublisher{Owner: bob, Name: "acme"}, types.ErrPublisherExists},
		{"failure: publisher's description above the parameter", &types.MsgCreatePublisher{Owner: bob, Name: "bobs", Description: long}, types.ErrLimit},
		{"failure: publisher's name", &types.MsgCreatePublisher{Owner: bob, Name: "B"}, types.ErrInvalidName},
		{"failure: update a publisher of another", &types.MsgUpdatePublisher{Owner: bob, Name: "acme"}, types.ErrUnauthorized},
		{"failure: update an unknown publisher", &types.MsgUpdatePublisher{Owner: bob, Name: "bobs"}, types.ErrPublisherNotFound},
		{"failure: update with a long website", &types.MsgUpdatePublisher{Owner: alice, Name: "acme", Website: "https://" + long}, types.ErrLimit},
		{"failure: offer the publisher of another", &types.MsgProposePublisherOwner{Owner: bob, Name: "acme", NewOwner: carol}, types.ErrUnauthorized},
		{"failure: offer to oneself", &types.MsgProposePublisherOwner{Owner: alice, Name: "acme", NewOwner: alice}, types.ErrInvalidTransfer},
		{"failure: accept an offer to another", &types.MsgAcceptPublisherOwner{NewOwner: carol, Name: "acme"}, types.ErrUnauthorized},
		{"failure: the owner accepts", &types.MsgAcceptPublisherOwner{NewOwner: alice, Name: "acme"}, types.ErrUnauthorized},
		{"failure: accept an unknown publisher", &types.MsgAcceptPublisherOwner{NewOwner: bob, Name: "bobs"}, types.ErrPublisherNotFound},
		{"failure: the pending owner cancels", &types.MsgCancelPublisherTransfer{Owner: bob, Name: "acme"}, types.ErrUnauthorized},
		{"failure: the pending owner publishes", with(func(m *types.MsgPublishVersion) { m.Owner = bob }), types.ErrUnauthorized},

		{"failure: model exists", &types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "vibration"}, types.ErrModelExists},
		{"failure: model of another", &types.MsgCreateModel{Owner: bob, Publisher: "acme", Name: "other"}, types.ErrUnauthorized},
		{"failure: model of an unknown publisher", &types.MsgCreateModel{Owner: bob, Publisher: "bobs", Name: "other"}, types.ErrPublisherNotFound},
		{"failure: model's description above the parameter", &types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "other", Description: long}, types.ErrLimit},
		{"failure: update a model of another", &types.MsgUpdateModel{Owner: bob, Publisher: "acme", Name: "vibration"}, types.ErrUnauthorized},
		{"failure: update an unknown model", &types.MsgUpdateModel{Owner: alice, Publisher: "acme", Name: "other"}, types.ErrModelNotFound},

		{"failure: key on record", &types.MsgRegisterVerifyingKey{Registrant: bob, Key: makeKey(1, 4, 0)}, types.ErrVerifyingKeyExists},
		{"failure: bad key", &types.MsgRegisterVerifyingKey{Registrant: bob, Key: []byte("nonsense")}, types.ErrInvalidVerifyingKey},
		{"failure: empty key", &types.MsgRegisterVerifyingKey{Registrant: bob}, types.ErrInvalidVerifyingKey},
		{"failure: key above the parameter", &types.MsgRegisterVerifyingKey{Registrant: bob, Key: make([]byte, 32<<10+1)}, types.ErrLimit},

		{"failure: version exists", publish("1.0.0", newKey), types.ErrVersionExists},
		{"failure: a yanked number is not free", publish("0.9.0", newKey), types.ErrVersionExists},
		{"failure: publish for another", with(func(m *types.MsgPublishVersion) { m.Owner = carol }), types.ErrUnauthorized},
		{"failure: publish an unknown model", with(func(m *types.MsgPublishVersion) { m.Model = "other" }), types.ErrModelNotFound},
		{"failure: publish for an unknown publisher", with(func(m *types.MsgPublishVersion) { m.Publisher = "bobs" }), types.ErrPublisherNotFound},
		{"failure: number", with(func(m *types.MsgPublishVersion) { m.Number = "v2" }), types.ErrInvalidNumber},
		{"failure: spec above the parameters", with(func(m *types.MsgPublishVersion) { m.Spec.Description = long }), types.ErrLimit},
		{"failure: key of another digest", with(func(m *types.MsgPublishVersion) { m.VerifyingKey = makeKey(4, 4, 0) }), types.ErrInvalidVerifyingKey},
		{"failure: digest of no key on record", withoutKey(publish("2.0.0", newKey)), types.ErrVerifyingKeyNotFound},
		{"failure: bad key inline", publish("2.0.0", []byte("nonsense")), types.ErrInvalidVerifyingKey},
		{"failure: key inline above the parameter", publish("2.0.0", make([]byte, 32<<10+1)), types.ErrLimit},
		{"failure: a new key with too few public inputs", publish("2.0.0", makeKey(3, 3, 0)), types.ErrPublicInputs},
		{"failure: a new key with too many public inputs", publish("2.0.0", makeKey(3, 5, 0)), types.ErrPublicInputs},
		{"failure: a key on record does not fit other outputs", with(func(m *types.MsgPublishVersion) {
			m.Spec, m.VerifyingKey = spec(makeKey(2, 4, 1)), nil
			m.Spec.Outputs[0].Shape = []uint32{1, 31}
		}), types.ErrPublicInputs},

		{"failure: alias of another's model", &types.MsgSetAlias{Owner: bob, Publisher: "acme", Model: "vibration", Alias: "beta", Number: "1.0.0"}, types.ErrUnauthorized},
		{"failure: alias of an unknown model", &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "other", Alias: "beta", Number: "1.0.0"}, types.ErrModelNotFound},
		{"failure: alias for an unknown version", &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "beta", Number: "7.0.0"}, types.ErrVersionNotFound},
		{"failure: alias for a yanked version", &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "beta", Number: "0.9.0"}, types.ErrVersionYanked},
		{"failure: remove an unknown alias", &types.MsgRemoveAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "beta"}, types.ErrAliasNotFound},
		{"failure: remove another's alias", &types.MsgRemoveAlias{Owner: bob, Publisher: "acme", Model: "vibration", Alias: "stable"}, types.ErrUnauthorized},

		{"failure: yank twice", &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@0.9.0", Reason: "again"}, types.ErrVersionYanked},
		{"failure: yank another's version", &types.MsgYankVersion{Owner: bob, Version: "acme/vibration@1.0.0", Reason: "bad"}, types.ErrUnauthorized},
		{"failure: yank an unknown version", &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@7.0.0", Reason: "bad"}, types.ErrVersionNotFound},
		{"failure: yank without a reason", &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@1.0.0"}, types.ErrInvalidText},
		{"failure: yank with a reason above the parameter", &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@1.0.0", Reason: long}, types.ErrLimit},

		{"failure: update params by another", &types.MsgUpdateParams{Authority: alice, Params: types.DefaultParams()}, types.ErrUnauthorized},
		{"failure: update params out of bounds", &types.MsgUpdateParams{Authority: authority}, types.ErrInvalidParams},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newPopulated(t)
			before := f.state()
			_, err := f.handle(tc.msg)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, before, f.state())
			require.Empty(t, f.ctx.EventManager().Events())
		})
	}
}

func published(number string, key []byte) sdk.Msg {
	return &types.EventVersionPublished{
		Version: "acme/vibration@" + number, Publisher: "acme", Model: "vibration", Number: number, VerifyingKeyDigest: hexSum(key),
	}
}

func withoutKey(m *types.MsgPublishVersion) *types.MsgPublishVersion {
	m.VerifyingKey = nil
	return m
}
