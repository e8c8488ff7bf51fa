package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

var errHook = errors.New("not now")

// recorder writes down what it is told, and that the version is yanked by then.
type recorder struct {
	k      keeper.Keeper
	yanked []string
	err    error
}

func (r *recorder) AfterVersionYanked(ctx context.Context, id string) error {
	v, err := r.k.Version(ctx, id)
	if err != nil {
		return err
	}
	if v.Yanked {
		r.yanked = append(r.yanked, id)
	}
	return r.err
}

func TestYankHook(t *testing.T) {
	yank := &types.MsgYankVersion{Owner: alice, Version: "acme/vibration@1.0.0", Reason: "bad"}
	t.Run("success: told after the yank, though set on another copy", func(t *testing.T) {
		f := newPopulated(t)
		r := &recorder{k: f.k}
		f.k.SetHooks(r)
		_, err := f.handle(yank)
		require.NoError(t, err)
		require.Equal(t, []string{"acme/vibration@1.0.0"}, r.yanked)
		f.requireEvent(&types.EventVersionYanked{Version: "acme/vibration@1.0.0", Reason: "bad"})
		_, err = f.handle(yank)
		require.ErrorIs(t, err, types.ErrVersionYanked)
		require.Len(t, r.yanked, 1)
	})
	t.Run("failure: the hook refuses", func(t *testing.T) {
		f := newPopulated(t)
		f.k.SetHooks(&recorder{k: f.k, err: errHook})
		before := f.state()
		_, err := f.handle(yank)
		require.ErrorIs(t, err, errHook)
		require.Equal(t, before, f.state())
		require.Empty(t, f.ctx.EventManager().Events())
	})
	t.Run("failure: set twice, or to nothing", func(t *testing.T) {
		f := newPopulated(t)
		require.Panics(t, func() { f.k.SetHooks(nil) })
		f.k.SetHooks(&recorder{})
		require.Panics(t, func() { f.k.SetHooks(&recorder{}) })
	})
}

func TestCheckModelOwner(t *testing.T) {
	f := newWithMirrors(t)
	for _, tc := range []struct {
		name, publisher, model, address string
		err                             error
	}{
		{"success: the owner", "acme", "vibration", alice, nil},
		{"failure: another", "acme", "vibration", carol, types.ErrUnauthorized},
		{"failure: the pending owner", "acme", "vibration", bob, types.ErrUnauthorized},
		{"failure: nobody", "acme", "vibration", "", types.ErrUnauthorized},
		{"failure: unknown model", "acme", "other", alice, types.ErrModelNotFound},
		{"failure: unknown publisher", "bobs", "vibration", alice, types.ErrPublisherNotFound},
		{"failure: mirror", "channel-7:acme", "vibration", alice, types.ErrPublisherNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, f.k.CheckModelOwner(f.ctx, tc.publisher, tc.model, tc.address), tc.err)
		})
	}
}
