package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/assay-chain/assay/x/registry/types"
)

func hexSum(data []byte) string { return fmt.Sprintf("%x", sum(data)) }

func TestKeyCheckerIsNotTrustedWithCounts(t *testing.T) {
	for _, tc := range []struct {
		name string
		info types.KeyInfo
	}{
		{"failure: negative public inputs", types.KeyInfo{PublicInputs: -1}},
		{"failure: more public inputs than points", types.KeyInfo{PublicInputs: 32}},
		{"failure: negative commitments", types.KeyInfo{PublicInputs: 4, Commitments: -1}},
		{"failure: more commitments than points", types.KeyInfo{PublicInputs: 4, Commitments: 1 << 33}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t)
			f.checker.info = &tc.info
			_, err := f.msg.RegisterVerifyingKey(f.ctx, &types.MsgRegisterVerifyingKey{Registrant: alice, Key: makeKey(1, 1, 1)})
			require.ErrorIs(t, err, types.ErrInvalidVerifyingKey)
		})
	}
}

func TestKeyCheckKeepsTheReason(t *testing.T) {
	f := newFixture(t)
	_, err := f.msg.RegisterVerifyingKey(f.ctx, &types.MsgRegisterVerifyingKey{Registrant: alice, Key: []byte("nonsense")})
	require.ErrorIs(t, err, types.ErrInvalidVerifyingKey)
	require.ErrorIs(t, err, errBadKey)
}

// Gas is charged before the check: where it runs out the checker is not called.
func TestGasIsChargedBeforeTheCheck(t *testing.T) {
	key := makeKey(1, 4, 0)
	cost := types.KeyCheckGas(len(key))
	register := func(f *fixture, limit uint64) func() {
		f.ctx = f.ctx.WithGasMeter(storetypes.NewGasMeter(limit))
		return func() {
			_, _ = f.msg.RegisterVerifyingKey(f.ctx, &types.MsgRegisterVerifyingKey{Registrant: alice, Key: key})
		}
	}

	f := newFixture(t)
	require.PanicsWithValue(t, storetypes.ErrorOutOfGas{Descriptor: "check verifying key"}, register(f, cost))
	require.Zero(t, f.checker.calls)

	f = newFixture(t)
	register(f, 100*cost)()
	require.Equal(t, 1, f.checker.calls)
	require.Greater(t, f.ctx.GasMeter().GasConsumed(), cost)
}

// The formula's values are consensus.
func TestKeyCheckGas(t *testing.T) {
	for n, want := range map[int]uint64{0: 500000, 63: 502520, 64: 513060, 712: 643980, 32 << 10: 7186720} {
		require.Equal(t, want, types.KeyCheckGas(n), "%d bytes", n)
	}
}
