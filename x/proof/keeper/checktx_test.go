package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/types"
)

func TestCheckTx(t *testing.T) {
	price := types.DefaultParams().VerificationGas(4, 1, outputLen)
	unconfirmed := func(s *suite) {
		s.fleet.change(s.device, func(d *fleettypes.Device) { d.Confirmed = false })
	}
	for _, tc := range []struct {
		name     string
		gas      uint64
		msgs     func(*testing.T, *suite) []sdk.Msg
		want     error
		verified int
	}{
		{"success: no proofs", 0, func(*testing.T, *suite) []sdk.Msg { return []sdk.Msg{&banktypes.MsgSend{}} }, nil, 0},
		{"success: two proofs", 2 * price, func(t *testing.T, s *suite) []sdk.Msg { return []sdk.Msg{s.msg(t, 1), s.msg(t, 2)} }, nil, 2},
		{"success: admission is left to the block where other messages run too", price, func(t *testing.T, s *suite) []sdk.Msg {
			unconfirmed(s)
			return []sdk.Msg{&banktypes.MsgSend{}, s.msg(t, 1)}
		}, nil, 0},
		{"success: proofs beyond the limit are left to the block", 2 * price, func(t *testing.T, s *suite) []sdk.Msg {
			s.params(t, func(p *types.Params) { p.MaxProofsPerMsg = 1 })
			bad := s.msg(t, 2)
			bad.Output[0] ^= 1
			return []sdk.Msg{s.msg(t, 1), bad}
		}, nil, 1},
		{"success: a seventeenth proof is left to the block", 1 << 40, func(t *testing.T, s *suite) []sdk.Msg {
			msgs := make([]sdk.Msg, 17)
			for i := range msgs {
				m := s.msg(t, byte(i))
				if i == 16 {
					m.Output[0] ^= 1
				}
				msgs[i] = m
			}
			return msgs
		}, nil, 16},
		{"failure: the sixteenth proof of many", 1 << 40, func(t *testing.T, s *suite) []sdk.Msg {
			m := &types.MsgSubmitProofs{Device: s.device.String()}
			for i := range 17 {
				m.Entries = append(m.Entries, s.entry(t, s.device, byte(i)))
			}
			m.Entries[15].Output[0] ^= 1
			return []sdk.Msg{m}
		}, types.ErrProofInvalid, 16},
		{"failure: malformed", price, func(t *testing.T, s *suite) []sdk.Msg {
			m := s.msg(t, 1)
			m.Nonce = nil
			return []sdk.Msg{&banktypes.MsgSend{}, m}
		}, types.ErrInvalidNonce, 0},
		{"failure: not admitted", price, func(t *testing.T, s *suite) []sdk.Msg {
			unconfirmed(s)
			return []sdk.Msg{s.msg(t, 1)}
		}, types.ErrDeviceUnconfirmed, 0},
		{"failure: nonce used on chain", price, func(t *testing.T, s *suite) []sdk.Msg {
			m := s.msg(t, 1)
			s.submit(t, 1)
			s.engine.alone = 0
			return []sdk.Msg{m}
		}, types.ErrNonceUsed, 0},
		{"failure: nonce twice in the transaction", 2 * price, func(t *testing.T, s *suite) []sdk.Msg {
			return []sdk.Msg{s.msg(t, 1), s.msg(t, 1)}
		}, types.ErrNonceUsed, 0},
		{"failure: gas limit too low for the second", 2*price - 1, func(t *testing.T, s *suite) []sdk.Msg {
			return []sdk.Msg{s.msg(t, 1), s.msg(t, 2)}
		}, sdkerrors.ErrOutOfGas, 1},
		{"failure: invalid proof", price, func(t *testing.T, s *suite) []sdk.Msg {
			m := s.msg(t, 1)
			m.Output[0] ^= 1
			return []sdk.Msg{m}
		}, types.ErrProofInvalid, 1},
		{"failure: invalid proof beside other messages", price, func(t *testing.T, s *suite) []sdk.Msg {
			m := s.msg(t, 1)
			m.Output[0] ^= 1
			return []sdk.Msg{m, &banktypes.MsgSend{}}
		}, types.ErrProofInvalid, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			msgs := tc.msgs(t, s)
			before := s.state(t)
			ctx := s.ctx.WithGasMeter(storetypes.NewGasMeter(tc.gas)).WithEventManager(sdk.NewEventManager())
			err := s.keeper.CheckTx(ctx, tx{gas: tc.gas, msgs: msgs})
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, tc.verified, s.engine.alone)
			require.Zero(t, ctx.GasMeter().GasConsumed())
			require.Empty(t, ctx.EventManager().Events())
			require.Equal(t, before, s.state(t))
		})
	}
}
