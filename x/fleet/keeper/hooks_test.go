package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

var errHook = errors.New("not now")

// recorder writes down what it is told, after a look at the state.
type recorder struct {
	k        keeper.Keeper
	standing []types.Device
	removed  []types.Device
	err      error
}

func (r *recorder) AfterDeviceStanding(ctx context.Context, device types.Device) error {
	stored, err := r.k.DeviceByID(ctx, device.Id)
	if err != nil {
		return err
	}
	r.standing = append(r.standing, stored)
	return r.err
}

func (r *recorder) AfterDeviceRemoved(ctx context.Context, device types.Device) error {
	if _, err := r.k.DeviceByID(ctx, device.Id); !errors.Is(err, types.ErrDeviceNotFound) {
		return errors.New("still there")
	}
	r.removed = append(r.removed, device)
	return r.err
}

func TestHooks(t *testing.T) {
	set := func(id uint64, s types.Standing) sdk.Msg {
		return &types.MsgSetDeviceStanding{Operator: bech("alice"), DeviceId: id, Standing: s, Reason: "why"}
	}
	remove := func(id uint64) sdk.Msg { return &types.MsgRemoveDevice{Operator: bech("alice"), DeviceId: id} }
	for _, tc := range []struct {
		name    string
		msg     sdk.Msg
		standed bool // the hook of standings is called
		removed bool // the hook of removals is called
		id      uint64
	}{
		{"success: standing", set(idActive, types.StandingSuspect), true, false, idActive},
		{"success: standing of a pending device", set(idPending, types.StandingRevoked), true, false, idPending},
		{"success: standing and a dropped key", set(idRotating, types.StandingRevoked), true, false, idRotating},
		{"success: the same standing for another reason", set(idSuspect, types.StandingSuspect), false, false, 0},
		{"success: removal", remove(idRevoked), false, true, idRevoked},
		{"success: removal of a pending device", remove(idPending), false, false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newWorld(t)
			r := &recorder{k: f.k}
			f.k.SetHooks(r)
			var want []types.Device
			if tc.removed {
				want = []types.Device{f.device(tc.id)}
			}
			f.do(tc.msg)
			require.Equal(t, want, r.removed)
			want = nil
			if tc.standed {
				want = []types.Device{f.device(tc.id)}
			}
			require.Equal(t, want, r.standing)
			f.requireConsistent()
		})
		if !tc.standed && !tc.removed {
			continue
		}
		t.Run("failure: the hook refuses, "+tc.name, func(t *testing.T) {
			f := newWorld(t)
			f.k.SetHooks(&recorder{k: f.k, err: errHook})
			before, events := f.dump(), len(f.ctx.EventManager().Events())
			_, err := f.deliver(tc.msg)
			require.ErrorIs(t, err, errHook)
			require.Equal(t, before, f.dump())
			require.Len(t, f.ctx.EventManager().Events(), events)
		})
	}
	t.Run("failure: set twice, or to nothing", func(t *testing.T) {
		f := newWorld(t)
		require.Panics(t, func() { f.k.SetHooks(nil) })
		f.k.SetHooks(&recorder{})
		require.Panics(t, func() { f.k.SetHooks(&recorder{}) })
	})
}
