package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

var errHook = errors.New("not now")

// recorder writes down the attestations that it is told of. It uses gas, emits an event, and refuses what refuse says.
type recorder struct {
	s      *suite
	told   []types.Attestation
	refuse func(types.Attestation) bool
}

func (r *recorder) AfterAttestation(ctx context.Context, att types.Attestation) error {
	stored, err := r.s.keeper.Attestations.Get(ctx, att.Id)
	if err != nil {
		return err
	}
	counter, err := r.s.keeper.VersionDeviceCounters.Get(ctx, collections.Join(att.Version, att.DeviceId))
	if err != nil || counter.Accepted == 0 {
		return errors.Join(errors.New("not counted"), err)
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	sdkCtx.GasMeter().ConsumeGas(1234, "hook")
	sdkCtx.EventManager().EmitEvent(sdk.NewEvent("hook"))
	r.told = append(r.told, stored)
	if r.refuse != nil && r.refuse(att) {
		return errHook
	}
	return nil
}

func newHookedSuite(t *testing.T, refuse func(types.Attestation) bool) (*suite, *recorder) {
	t.Helper()
	s := newSuite(t)
	r := &recorder{s: s, refuse: refuse}
	s.keeper.SetHooks(r) // the message server has a copy of the keeper from before
	return s, r
}

func TestAttestationHook(t *testing.T) {
	always := func(types.Attestation) bool { return true }
	t.Run("success: told after all is written", func(t *testing.T) {
		s, r := newHookedSuite(t, nil)
		s.submit(t, 1, 2)
		require.Equal(t, s.state(t).Attestations, r.told)
		require.Equal(t, "hook", lastEvent(s.ctx).Type)
	})
	t.Run("success: not told of a proof that does not hold", func(t *testing.T) {
		s, r := newHookedSuite(t, nil)
		m := s.msg(t, 1)
		m.Output[0] ^= 1
		_, err := s.msgs.SubmitProof(s.ctx, m)
		require.ErrorIs(t, err, types.ErrProofInvalid)
		require.Empty(t, r.told)
	})
	t.Run("failure: the hook refuses a proof", func(t *testing.T) {
		s, _ := newHookedSuite(t, always)
		before := s.state(t)
		_, err := s.msgs.SubmitProof(s.ctx, s.msg(t, 1))
		require.ErrorIs(t, err, errHook)
		require.Equal(t, before, s.state(t))
		require.Empty(t, s.ctx.EventManager().Events())
	})
	t.Run("failure: the hook refuses one of many", func(t *testing.T) {
		s, _ := newHookedSuite(t, func(a types.Attestation) bool { return a.Nonce[0] == 2 })
		m := &types.MsgSubmitProofs{Device: s.device.String()}
		for n := range byte(4) {
			m.Entries = append(m.Entries, s.entry(t, s.device, n))
		}
		before := s.state(t)
		_, err := s.msgs.SubmitProofs(s.ctx, m)
		require.ErrorIs(t, err, errHook)
		require.ErrorContains(t, err, "entry 2: ")
		require.Equal(t, before, s.state(t))
		require.Empty(t, s.ctx.EventManager().Events())
	})
	t.Run("success: asking, checking and preparing tell nothing", func(t *testing.T) {
		s, r := newHookedSuite(t, always)
		m := s.msg(t, 1)
		res, err := s.queries.VerifyProof(s.ctx, &types.QueryVerifyProofRequest{Device: m.Device, Entry: m.Entry()})
		require.NoError(t, err)
		require.True(t, res.Valid)
		require.NoError(t, s.keeper.CheckTx(s.ctx, tx{gas: 1 << 40, msgs: []sdk.Msg{m}}))
		s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: []sdk.Msg{m}}})
		require.Empty(t, r.told)
	})
	t.Run("failure: set twice, or to nothing", func(t *testing.T) {
		s := newSuite(t)
		require.Panics(t, func() { s.keeper.SetHooks(nil) })
		s.keeper.SetHooks(&recorder{})
		require.Panics(t, func() { s.keeper.SetHooks(&recorder{}) })
	})
}
