package keeper_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
)

// pay is the string that has a puppet transfer coins.
func pay(key string, amount uint32, to string) string {
	return key + "p" + string(binary.LittleEndian.AppendUint32(nil, amount)) + to
}

// TestHookEffects runs on_attestation once and compares what is left of it.
func TestHookEffects(t *testing.T) {
	const funds = 5000
	broke := uint32(types.ErrFunds.ABCICode())
	for _, tc := range []struct {
		name   string
		pull   string
		change func(*stage)
		stats  types.HookStats // without gas and height
		told   uint32          // that left their mark
		moved  int64           // to the passer-by
		events []string
	}{
		{
			name: "success: counts", pull: "a1", told: 1, stats: types.HookStats{Runs: 1},
			events: []string{"on_attestation 1 code 0"},
		},
		{
			name: "success: announces", pull: "ae", told: 1, stats: types.HookStats{Runs: 1},
			events: []string{"emitted told", "on_attestation 1 code 0"},
		},
		{
			name: "success: pays somebody", pull: pay("a", 7, passerby), told: 1, moved: 7, stats: types.HookStats{Runs: 1},
			events: []string{"on_attestation 1 code 0"},
		},
		{
			name: "success: for nothing", pull: "a1", told: 1, stats: types.HookStats{Runs: 1},
			change: func(s *stage) { s.set(func(p *types.Params) { p.HookGasPrice = math.LegacyZeroDec() }) },
			events: []string{"on_attestation 1 code 0"},
		},
		{
			name: "failure: traps", pull: "at", stats: types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrTrap.ABCICode()},
			events: []string{"on_attestation 1 code 10"},
		},
		{
			name: "failure: out of gas", pull: "al", stats: types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrOutOfGas.ABCICode()},
			events: []string{"on_attestation 1 code 11"},
		},
		{
			name: "failure: gives up", pull: "ax", stats: types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrAborted.ABCICode()},
			events: []string{"on_attestation 1 code 12"},
		},
		{
			name: "failure: spends its fee", pull: pay("a", funds, passerby), stats: types.HookStats{Runs: 1, Failures: 1, LastCode: broke},
			events: []string{"on_attestation 1 code 17"},
		},
		{
			name: "failure: cannot cover the limit", pull: "a1", stats: types.HookStats{Skipped: 1, LastCode: broke},
			change: func(s *stage) { s.set(func(p *types.Params) { p.HookGasPrice = math.LegacyNewDec(1) }) },
			events: []string{"on_attestation 1 code 17", "unsubscribed acme/vibration: funds"},
		},
		{
			name: "failure: the bank takes no fee", pull: "a1", stats: types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrTrap.ABCICode()},
			change: func(s *stage) { s.restricted = true },
			events: []string{"on_attestation 1 code 10"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			c := s.cast(s.puppet, funds, stageModel)
			s.pull(c, tc.pull)
			if tc.change != nil {
				tc.change(s)
			}
			s.attest(1)
			require.Empty(t, s.events(), "in the device's transaction nothing happens")
			height := s.ctx.BlockHeight()
			s.endBlock()

			stats := s.stats(c)
			require.Equal(t, stats.Runs > 0, stats.Gas > 0)
			tc.stats.Gas, tc.stats.LastHeight = stats.Gas, height
			require.Equal(t, tc.stats, stats)
			require.Equal(t, tc.events, s.events())
			require.Equal(t, tc.told, s.counted(c, 'A'))
			require.Equal(t, tc.moved, s.balance(passerby))
			require.EqualValues(t, funds, s.balance(c)+s.balance(passerby)+s.fees(), "no coin is lost")
			if tc.stats.Runs > 0 && !s.restricted {
				require.Equal(t, s.fee(stats.Gas), s.fees())
			} else {
				require.Zero(t, s.fees())
			}
			require.Empty(t, s.queue())
		})
	}
}

// fee is the price of a puppet's hook, rounded up.
func (s *stage) fee(vmGas uint64) int64 {
	s.t.Helper()
	r, err := s.query.Code(s.ctx, &types.QueryCodeRequest{Id: s.puppet})
	require.NoError(s.t, err)
	p := s.params()
	gas := (uint64(r.Code.Size_)+1023)/1024*p.LoadGasPerKib + (vmGas+p.VmGasPerGas-1)/p.VmGasPerGas
	return p.HookGasPrice.MulInt(math.NewIntFromUint64(gas)).Ceil().TruncateInt64()
}

func TestHookPinnedCodePaysNoLoading(t *testing.T) {
	s := newStage(t)
	s.set(func(p *types.Params) { p.HookGasPrice = math.LegacyNewDec(1) })
	c := s.cast(s.puppet, 1_000_000, stageModel)
	_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: stageAuthority, CodeId: s.puppet})
	require.NoError(t, err)
	s.attest(1)
	s.endBlock()
	gas := s.stats(c).Gas
	require.EqualValues(t, (gas+9)/10, s.fees())
}

// TestHookMessageIsTheRecord reads back what a contract was told.
func TestHookMessageIsTheRecord(t *testing.T) {
	s := newStage(t)
	c := s.cast(s.puppet, 5000, stageModel)
	s.attest(1)
	s.endBlock()
	want, ok, err := keeper.Record(s.k, s.ctx, host.Attestation, "", 1)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, string(want), s.value(c, 'm'))
}

// TestHookCallsAnother has a puppet call another, which may write, and itself, which it may not.
func TestHookCallsAnother(t *testing.T) {
	for _, tc := range []struct {
		name string
		self bool
		code string
	}{
		{"success: another", false, "0"},
		{"failure: itself", true, "4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			c, other := s.cast(s.puppet, 5000, stageModel), s.cast(s.puppet, 0)
			callee := other
			if tc.self {
				callee = c
			}
			s.pull(c, "ak"+callee)
			s.attest(1)
			s.endBlock()
			require.Zero(t, s.stats(c).Failures)
			require.Equal(t, tc.code, s.value(c, 'c'))
			require.Equal(t, !tc.self, s.value(other, 's') == "!")
			require.Zero(t, s.balance(other))
		})
	}
}

// TestHookOfCodeWithout has a contract lose its entry point by migration: it goes on paying for being asked.
func TestHookOfCodeWithout(t *testing.T) {
	s := newStage(t)
	c := s.cast(s.puppet, 5000, stageModel)
	_, err := s.msg.Migrate(s.ctx, &types.MsgMigrate{Sender: director, Contract: c, CodeId: s.mute})
	require.NoError(t, err)
	s.attest(1)
	s.endBlock()
	require.Equal(t, types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrEntry.ABCICode(), LastHeight: 10}, s.stats(c))
	require.Positive(t, s.fees())
}

// TestQueueOrder tells two subscribers of three attestations with gas for one hook in a block: each attestation to all
// subscribers by address, then the next.
func TestQueueOrder(t *testing.T) {
	s := newStage(t)
	s.set(func(p *types.Params) { p.HookGasPerBlock = p.HookGas }) // half is less than a hook, and one always fits
	contracts := []string{s.cast(s.puppet, 50_000, stageModel), s.cast(s.puppet, 50_000, stageModel)}
	slices.SortFunc(contracts, func(a, b string) int {
		return slices.Compare(sdk.MustAccAddressFromBech32(a), sdk.MustAccAddressFromBech32(b))
	})
	s.attest(1, 2, 3)
	runs := func() [2]uint64 { return [2]uint64{s.stats(contracts[0]).Runs, s.stats(contracts[1]).Runs} }
	for _, want := range []struct {
		runs   [2]uint64
		first  uint64 // attestation at the head of the queue
		cursor string
	}{
		{[2]uint64{1, 0}, 1, contracts[0]},
		{[2]uint64{1, 1}, 2, ""},
		{[2]uint64{2, 1}, 2, contracts[0]},
		{[2]uint64{2, 2}, 3, ""},
	} {
		s.endBlock()
		require.Equal(t, want.runs, runs())
		head := s.queue()[0]
		require.Equal(t, want.first, head.AttestationId)
		require.Equal(t, want.cursor, head.Cursor)
	}
	s.endBlock()
	s.endBlock()
	require.Equal(t, [2]uint64{3, 3}, runs())
	require.Empty(t, s.queue())
	s.endBlock()
	require.Equal(t, [2]uint64{3, 3}, runs())
}

// TestQueueAllowance looks at how many hooks a block runs.
func TestQueueAllowance(t *testing.T) {
	for _, tc := range []struct {
		name     string
		perBlock uint64 // in hooks
		pull     string
		want     uint64
	}{
		{"success: half of the gas", 8, "al", 4},
		{"success: one always", 1, "al", 1},
		{"success: cheap ones all", 4, "a1", 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			s.set(func(p *types.Params) { p.HookGasPerBlock = tc.perBlock * p.HookGas })
			_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: stageAuthority, CodeId: s.puppet})
			require.NoError(t, err)
			c := s.cast(s.puppet, 500_000, stageModel)
			s.pull(c, tc.pull)
			s.attest(1, 2, 3, 4, 5, 6, 7)
			s.endBlock()
			require.Equal(t, tc.want, s.stats(c).Runs)
			require.Len(t, s.queue(), int(7-tc.want))
		})
	}
}

// TestQueueSteps bounds what costs no gas: items whose subscribers are gone.
func TestQueueSteps(t *testing.T) {
	s := newStage(t)
	c := s.cast(s.puppet, 5000, stageModel)
	for i := range uint64(1500) {
		s.attest(i + 1)
	}
	s.unsubscribe(c)
	s.endBlock()
	require.Len(t, s.queue(), 1500-1024)
	s.endBlock()
	require.Empty(t, s.queue())
	require.Zero(t, s.stats(c).Runs)
}

func (s *stage) unsubscribe(contract string) {
	s.t.Helper()
	_, err := s.msg.Unsubscribe(s.ctx, &types.MsgUnsubscribe{Sender: director, Contract: contract, Model: stageModel})
	require.NoError(s.t, err)
}

func TestQueueFull(t *testing.T) {
	s := newStage(t)
	s.set(func(p *types.Params) { p.MaxQueue = 2 })
	c := s.cast(s.puppet, 5000, stageModel)
	s.attest(1, 2)
	require.Empty(t, s.events())
	s.attest(3)
	require.Equal(t, []string{"dropped 3 of acme/vibration"}, s.events(), "the newest is dropped, and said so")
	require.Len(t, s.queue(), 2)
	s.endBlock()
	require.EqualValues(t, 2, s.stats(c).Runs)
	require.NotContains(t, s.events(), "on_attestation 3 code 0")
	s.attest(4)
	s.endBlock()
	require.EqualValues(t, 3, s.stats(c).Runs)
}

// TestQueueMeanwhile changes what a queue was made from before it is worked.
func TestQueueMeanwhile(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(s *stage, first, second string)
		runs   [2]uint64
	}{
		{"success: nothing changes", func(*stage, string, string) {}, [2]uint64{1, 1}},
		{"success: unsubscribed", func(s *stage, first, _ string) { s.unsubscribe(first) }, [2]uint64{0, 1}},
		{"success: pruned", func(s *stage, _, _ string) { delete(s.chain.attestations, 1) }, [2]uint64{0, 0}},
		{"success: out of coins", func(s *stage, first, _ string) {
			require.NoError(s.t, s.bank.SendCoins(s.ctx, sdk.MustAccAddressFromBech32(first), sdk.MustAccAddressFromBech32(passerby),
				sdk.NewCoins(sdk.NewInt64Coin(denom, 4990))))
		}, [2]uint64{0, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			first, second := s.cast(s.puppet, 5000, stageModel), s.cast(s.puppet, 5000, stageModel)
			s.attest(1)
			tc.change(s, first, second)
			s.endBlock()
			require.Equal(t, tc.runs, [2]uint64{s.stats(first).Runs, s.stats(second).Runs})
			require.Empty(t, s.queue())
		})
	}
}

// TestAfterAttestation has the device pay nothing, and nothing stored for a model that nobody listens to.
func TestAfterAttestation(t *testing.T) {
	s := newStage(t)
	before := s.state()
	meter := storetypes.NewGasMeter(1)
	s.ctx = s.ctx.WithGasMeter(meter)
	s.attest(1)
	s.ctx = s.ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	require.Equal(t, before, s.state())
	s.cast(s.puppet, 5000, stageModel)
	s.ctx = s.ctx.WithGasMeter(meter)
	s.attest(2)
	require.Zero(t, meter.GasConsumed())
	s.ctx = s.ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	require.Equal(t, []types.QueuedHook{{Sequence: 1, AttestationId: 2, Model: stageModel}}, s.queue())
}

// TestEndBlockStoreFault is the one error that ends a block: another module's store does not answer.
func TestEndBlockStoreFault(t *testing.T) {
	s := newStage(t)
	s.cast(s.puppet, 5000, stageModel)
	s.attest(1)
	s.chain.err = errors.New("disk gone")
	require.ErrorIs(t, s.k.EndBlock(s.ctx), s.chain.err)
}
