package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

var errGuard = errors.New("not you")

// gatekeeper writes down what it is asked, and that it is not on record yet. Where it allows, it renames a model, as a
// guard that writes would.
type gatekeeper struct {
	k     keeper.Keeper
	asked [][4]string
	err   error
}

func (g *gatekeeper) AllowPublish(ctx context.Context, publisher, model, number, owner string) error {
	known, err := g.k.Publishers.Has(ctx, publisher)
	if number != "" {
		known, err = g.k.Versions.Has(ctx, types.VersionID{Publisher: publisher, Model: model, Number: number}.Key())
	}
	if err != nil || known {
		return errors.Join(err, errors.New("asked too late"))
	}
	g.asked = append(g.asked, [4]string{publisher, model, number, owner})
	if g.err != nil {
		return g.err
	}
	return g.k.Models.Set(ctx, collections.Join("acme", "vibration"), types.Model{Publisher: "acme", Name: "vibration", Description: "allowed"})
}

func TestPublishGuard(t *testing.T) {
	create := &types.MsgCreatePublisher{Owner: carol, Name: "zenith"}
	version := publish("2.0.0", makeKey(7, 4, 0))
	taken := publish("1.0.0", makeKey(2, 4, 1))
	unfit := publish("2.0.0", makeKey(7, 5, 0))
	stranger := publish("2.0.0", makeKey(7, 4, 0))
	stranger.Owner = carol
	for _, tc := range []struct {
		name  string
		guard error
		msg   sdk.Msg
		asked [][4]string
		err   error
	}{
		{"success: a publisher", nil, create, [][4]string{{"zenith", "", "", carol}}, nil},
		{"success: a version", nil, version, [][4]string{{"acme", "vibration", "2.0.0", alice}}, nil},
		{"success: a model is not asked about", errGuard, &types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "sound"}, nil, nil},
		{"failure: the guard refuses a publisher", errGuard, create, [][4]string{{"zenith", "", "", carol}}, errGuard},
		{"failure: the guard refuses a version", errGuard, version, [][4]string{{"acme", "vibration", "2.0.0", alice}}, errGuard},
		{"failure: not asked about a taken name", nil, &types.MsgCreatePublisher{Owner: carol, Name: "acme"}, nil, types.ErrPublisherExists},
		{"failure: not asked about a taken number", nil, taken, nil, types.ErrVersionExists},
		{"failure: not asked about a stranger", nil, stranger, nil, types.ErrUnauthorized},
		{"failure: not asked about a key that does not fit", nil, unfit, nil, types.ErrPublicInputs},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newPopulated(t)
			g := &gatekeeper{k: f.k, err: tc.guard}
			f.k.SetPublishGuard(g)
			before := f.state()
			_, err := f.handle(tc.msg)
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, tc.asked, g.asked)
			if tc.err != nil {
				require.Equal(t, before, f.state())
				require.Empty(t, f.ctx.EventManager().Events())
				return
			}
			m, err := f.k.Model(f.ctx, "acme", "vibration")
			require.NoError(t, err)
			require.Equal(t, tc.asked != nil, m.Description == "allowed", "what the guard wrote is kept")
		})
	}
}

func TestPublishGuardMirror(t *testing.T) {
	f := newPopulated(t)
	g := &gatekeeper{k: f.k, err: errGuard}
	f.k.SetPublishGuard(g)
	key := makeKey(7, 4, 0)
	_, err := f.k.MirrorVersion(f.ctx, "channel-7", types.VersionID{Publisher: "acme", Model: "vibration", Number: "2.0.0"}, spec(key), key)
	require.NoError(t, err, "a zone's policy rules mirrors")
	require.Empty(t, g.asked)
}

func TestSetPublishGuard(t *testing.T) {
	f := newPopulated(t)
	require.Panics(t, func() { f.k.SetPublishGuard(nil) })
	f.k.SetPublishGuard(&gatekeeper{})
	require.Panics(t, func() { f.k.SetPublishGuard(&gatekeeper{}) })
}
