package keeper_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/assay-chain/assay/x/contract/types"
)

func TestDecideStep(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pull  string
		price math.LegacyDec
		vote  types.Vote
		stats types.HookStats // without gas and height
	}{
		{"success: wait", "d0", math.LegacyOneDec(), types.VoteWait, types.HookStats{Runs: 1}},
		{"success: yes", "d1", math.LegacyOneDec(), types.VoteYes, types.HookStats{Runs: 1}},
		{"success: no", "d2", math.LegacyOneDec(), types.VoteNo, types.HookStats{Runs: 1}},
		{"failure: three", "d3", math.LegacyOneDec(), types.VoteWait, types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrVote.ABCICode()}},
		{"failure: traps", "dt", math.LegacyOneDec(), types.VoteWait, types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrTrap.ABCICode()}},
		{"failure: out of gas", "dl", math.LegacyOneDec(), types.VoteWait, types.HookStats{Runs: 1, Failures: 1, LastCode: types.ErrOutOfGas.ABCICode()}},
		{"failure: cannot cover the limit", "d1", math.LegacyNewDec(1000), types.VoteWait, types.HookStats{Skipped: 1, LastCode: types.ErrFunds.ABCICode()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			s.populate()
			s.set(func(p *types.Params) { p.HookGasPrice = tc.price })
			c := s.cast(s.puppet, 1_000_000)
			s.pull(c, tc.pull)
			vote, err := s.decider.DecideStep(s.ctx, c, s.chain.rollouts[1])
			require.NoError(t, err, "x/rollout would throw away what was paid and recorded")
			require.Equal(t, tc.vote, vote)
			stats := s.stats(c)
			tc.stats.Gas, tc.stats.LastHeight = stats.Gas, 10
			require.Equal(t, tc.stats, stats)
			require.Equal(t, stats.Runs > 0, s.fees() > 0)
			require.Equal(t, stats.Runs > stats.Failures, s.counted(c, 'D') == 1)
		})
	}
}

// TestVotesShareAnAllowance asks more contracts in a block than it has gas for, beside a queue that takes all of its own share.
func TestVotesShareAnAllowance(t *testing.T) {
	s := newStage(t)
	s.populate()
	s.set(func(p *types.Params) { p.HookGasPerBlock = 6 * p.HookGas })
	_, err := s.msg.PinCode(s.ctx, &types.MsgPinCode{Authority: stageAuthority, CodeId: s.puppet})
	require.NoError(t, err)
	c := s.cast(s.puppet, 1_000_000, stageModel)
	s.pull(c, "al", "dl")
	s.attest(1, 2, 3, 4, 5)
	s.endBlock()
	require.EqualValues(t, 3, s.stats(c).Runs, "half of the gas")
	for range 5 {
		vote, err := s.decider.DecideStep(s.ctx, c, s.chain.rollouts[1])
		require.NoError(t, err)
		require.Equal(t, types.VoteWait, vote)
	}
	require.EqualValues(t, 6, s.stats(c).Runs, "the other half; whoever is not asked any more pays nothing")
}

func TestDeciderExists(t *testing.T) {
	s := newStage(t)
	require.True(t, s.decider.Exists(s.ctx, s.cast(s.puppet, 0)))
	require.False(t, s.decider.Exists(s.ctx, s.cast(s.mute, 0)), "no such entry point")
	require.False(t, s.decider.Exists(s.ctx, director))
	require.False(t, s.decider.Exists(s.ctx, types.ContractAddress(77).String()))
	require.False(t, s.decider.Exists(s.ctx, ""))
}

func TestAllowPublish(t *testing.T) {
	for _, tc := range []struct {
		name string
		pull string
		gas  uint64 // of the transaction
		mute bool
		is   []error
	}{
		{name: "success: yes", pull: "g1", gas: 1_000_000},
		{name: "failure: no", pull: "g0", gas: 1_000_000, is: []error{types.ErrGuard}},
		{name: "failure: two", pull: "g2", gas: 1_000_000, is: []error{types.ErrGuard}},
		{name: "failure: traps", pull: "gt", gas: 1_000_000, is: []error{types.ErrGuard, types.ErrTrap}},
		{name: "failure: out of its gas", pull: "gl", gas: 1_000_000, is: []error{types.ErrGuard, types.ErrOutOfGas}},
		{name: "failure: out of the transaction's gas", pull: "gl", gas: 20_000, is: []error{types.ErrGuard, types.ErrOutOfGas}},
		{name: "failure: pays somebody and gives up", pull: "gx", gas: 1_000_000, is: []error{types.ErrGuard, types.ErrAborted}},
		{name: "failure: lost its entry point", pull: "g1", gas: 1_000_000, mute: true, is: []error{types.ErrGuard, types.ErrEntry}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStage(t)
			c := s.cast(s.puppet, 1000)
			s.pull(c, tc.pull)
			s.set(func(p *types.Params) { p.PublishGuard = c })
			if tc.mute {
				_, err := s.msg.Migrate(s.ctx, &types.MsgMigrate{Sender: director, Contract: c, CodeId: s.mute})
				require.NoError(t, err)
			}
			s.clear()
			before := s.state()
			meter := storetypes.NewGasMeter(tc.gas)
			err := s.k.Guard().AllowPublish(s.ctx.WithGasMeter(meter), "acme", "vibration", "1.0.0", landlord)
			require.LessOrEqual(t, meter.GasConsumed(), meter.Limit())
			require.Positive(t, meter.GasConsumed())
			require.Zero(t, s.fees(), "the transaction pays")
			if tc.is == nil {
				require.NoError(t, err)
				require.EqualValues(t, 1, s.counted(c, 'G'))
				require.Equal(t, []string{"allow_publish acme/vibration@1.0.0 code 0"}, s.events())
				return
			}
			for _, is := range tc.is {
				require.ErrorIs(t, err, is)
			}
			require.Equal(t, before, s.state())
			require.Empty(t, s.events())
		})
	}
}

func TestAllowPublishWithoutGuard(t *testing.T) {
	s := newStage(t)
	require.NoError(t, s.k.Guard().AllowPublish(s.ctx, "acme", "", "", landlord))
	s.set(func(p *types.Params) { p.PublishGuard = types.ContractAddress(77).String() })
	err := s.k.Guard().AllowPublish(s.ctx, "acme", "", "", landlord)
	require.ErrorIs(t, err, types.ErrGuard, "a guard that is not there allows nothing")
	require.True(t, errors.Is(err, types.ErrContractNotFound))
}
