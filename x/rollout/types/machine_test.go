package types_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/assay-chain/assay/x/rollout/types"
)

func drawSteps(t *rapid.T) []types.Step {
	weights := rapid.SampledFrom([][]uint32{{100}, {10, 100}, {1, 50, 100}}).Draw(t, "weights")
	steps := make([]types.Step, len(weights))
	for i, w := range weights {
		s := types.Step{
			Weight: w, MinReady: uint32(rapid.IntRange(0, 2).Draw(t, "min ready")),
			MaxFailures: uint32(rapid.IntRange(0, 2).Draw(t, "max failures")), MaxFailureShare: 5000,
			BakeBlocks: rapid.Uint64Range(0, 5).Draw(t, "bake"), MinContributors: uint32(rapid.IntRange(0, 1).Draw(t, "min contributors")),
			Decider: rapid.SampledFrom([]string{"", "", "someone"}).Draw(t, "decider"),
		}
		if rapid.Bool().Draw(t, "has deadline") {
			s.DeadlineBlocks = s.BakeBlocks + rapid.Uint64Range(1, 20).Draw(t, "deadline")
			s.OnDeadline = rapid.SampledFrom([]types.OnDeadline{types.OnDeadlinePause, types.OnDeadlineRollBack}).Draw(t, "on deadline")
		}
		steps[i] = s
	}
	return steps
}

func drawTotals(t *rapid.T) types.Totals {
	n := rapid.SampledFrom([]uint64{0, 0, 1, 2, 5})
	totals := types.Totals{Seen: n.Draw(t, "seen"), Ready: n.Draw(t, "ready"), Serving: n.Draw(t, "serving"), Failed: n.Draw(t, "failed")}
	totals.Failures = min(totals.Failed+n.Draw(t, "more failures"), totals.Devices())
	return totals
}

func drawZones(t *rapid.T) types.ZoneCounts {
	n := rapid.Uint32Range(0, 2)
	return types.ZoneCounts{Announced: n.Draw(t, "announced"), Held: n.Draw(t, "held"), Accepted: n.Draw(t, "accepted"), Stopped: n.Draw(t, "stopped")}
}

// A rollout of the pure machine, moved by chance: its evidence, its clock, its publisher.
type machine struct {
	r      types.Rollout
	height int64
	log    []types.Transition
	sent   []*types.Command
}

func newMachine(t *rapid.T) *machine {
	return &machine{height: 10, r: types.Rollout{
		Id: 1, Version: "acme/alpha@1.0.0", Steps: drawSteps(t), Phase: types.PhasePending, Generation: 1, Cause: types.CauseStarted,
		StepHeight: 10, Zones: types.ZoneCounts{Announced: 1}, Contributors: uint32(rapid.IntRange(0, 1).Draw(t, "contributors")),
		WaitsFor: rapid.SampledFrom([]uint64{0, 0, 9}).Draw(t, "waits for"),
	}}
}

func (m *machine) apply(t *rapid.T, move types.Move) {
	before := m.r
	next, tr, err := m.r.Apply(move, m.height)
	if err != nil {
		require.Equal(t, before, next, "a refused move changes nothing")
		require.Zero(t, tr)
		return
	}
	require.False(t, before.Phase.Ended(), "what has ended does not change")
	require.Equal(t, before.Generation+1, next.Generation)
	require.GreaterOrEqual(t, next.Step, before.Step)
	require.Equal(t, types.Transition{
		Rollout: 1, Generation: next.Generation, From: before.Phase, To: next.Phase, FromStep: before.Step, Step: next.Step,
		Cause: move.Cause, Totals: before.Totals, Height: m.height,
	}, tr)
	require.Equal(t, next.Phase == types.PhasePromoted, int(next.Step) == len(next.Steps))
	if next.Phase.Ended() {
		require.Zero(t, next.WaitsFor)
	}
	m.r = next
	m.log = append(m.log, tr)
	if c := next.Command(); c != nil {
		m.sent = append(m.sent, c)
	}
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"judge": func(t *rapid.T) {
			vote := rapid.SampledFrom([]types.Vote{types.VoteWait, types.VoteYes, types.VoteNo}).Draw(t, "vote")
			move := m.r.Judge(m.height, rapid.IntRange(0, 9).Draw(t, "yanked") == 0, vote)
			if !move.IsDue() {
				return
			}
			before := m.r.Generation
			m.apply(t, move)
			require.Equal(t, before+1, m.r.Generation, "what is due can be done: %v", move)
		},
		"publisher": func(t *rapid.T) {
			m.apply(t, types.Move{Action: types.Action(rapid.IntRange(0, 6).Draw(t, "action")), Cause: types.CausePublisher})
		},
		"evidence": func(t *rapid.T) { m.r.Totals = drawTotals(t) },
		"zones":    func(t *rapid.T) { m.r.Zones = drawZones(t) },
		"blocks":   func(t *rapid.T) { m.height += rapid.Int64Range(1, 4).Draw(t, "blocks") },
		"served": func(*rapid.T) {
			m.r.WaitsFor = 0
		},
		"": m.checkClock,
	}
}

// checkClock checks that the clock is never late: where nothing is due now, nothing is due and nobody is to be asked
// before NextClock, or ever where there is none.
func (m *machine) checkClock(t *rapid.T) {
	if m.r.Judge(m.height, false, types.VoteWait).IsDue() {
		return
	}
	next, asked := m.r.NextClock(m.height), m.r.NeedsVote(m.height)
	require.True(t, next == 0 || next > m.height)
	if asked {
		require.True(t, next != 0 && next <= m.height+types.VoteInterval)
	}
	until := next
	if until == 0 {
		until = m.height + 60
	}
	for h := m.height + 1; h < until; h++ {
		require.False(t, m.r.Judge(h, false, types.VoteWait).IsDue(), "due in %d, looked at in %d", h, next)
		require.Equal(t, asked, m.r.NeedsVote(h), "the decider, in %d", h)
	}
}

func TestMachine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(m.actions())
		m.checkFollowers(t)
	})
}

// checkFollowers checks that zones that get any of the commands, in any order and more than once, never go back, and have
// the hub's state when they have the latest.
func (m *machine) checkFollowers(t *rapid.T) {
	if len(m.sent) == 0 {
		return
	}
	some := rapid.SliceOfN(rapid.SampledFrom(m.sent), 0, 2*len(m.sent)).Draw(t, "commands")
	z := types.ZoneRollout{Number: 3, Id: 1, Version: "new", Steps: m.r.Steps, Phase: types.PhasePending, Generation: 1, Standing: types.StandingAccepted}
	for _, c := range append(some, m.sent[len(m.sent)-1]) {
		before := z
		next, tr, code := z.Obey(c, m.height)
		switch {
		case c.Generation > before.Generation:
			require.Equal(t, types.AckApplied, code)
			require.Equal(t, c.Generation, next.Generation)
			require.Equal(t, []any{before.Phase, next.Phase, c.Generation}, []any{tr.From, tr.To, tr.Generation})
		default:
			require.Equal(t, types.AckStale, code)
			require.Equal(t, before, next)
		}
		require.Equal(t, m.stateAt(next.Generation), []any{next.Phase, next.Step})
		z = next
	}
	require.Equal(t, []any{m.r.Phase, m.r.Step, m.r.Generation}, []any{z.Phase, z.Step, z.Generation})
	require.Equal(t, m.r.Phase == types.PhasePromoted, types.Resolve(types.Assignment{Version: "old"}, z).Version == "new")
}

func (m *machine) stateAt(generation uint64) []any {
	for _, tr := range m.log {
		if tr.Generation == generation {
			return []any{tr.To, tr.Step}
		}
	}
	return []any{types.PhasePending, uint32(0)}
}

// A zone obeys a hub that is not honest as little as it must: no command moves what has ended or is out, and none is
// followed twice.
func TestObeyDishonestHub(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		z := types.ZoneRollout{
			Number: 1, Id: 1, Version: "channel-0:acme/alpha@1.0.0", Steps: steps, Phase: types.PhasePending, Generation: 1,
			Standing: rapid.SampledFrom([]types.Standing{types.StandingHeld, types.StandingAccepted, types.StandingAccepted, types.StandingRefused}).Draw(t, "standing"),
		}
		for range rapid.IntRange(1, 20).Draw(t, "commands") {
			before := z
			if rapid.IntRange(0, 9).Draw(t, "stop") == 0 {
				next, _, err := z.Stop(types.CauseZoneOperator, 5)
				if before.Phase.Ended() || before.Standing.Out() {
					require.ErrorIs(t, err, types.ErrEnded)
					require.Equal(t, before, next)
				} else {
					require.NoError(t, err)
					require.Equal(t, []any{types.StandingStopped, types.PhaseRolledBack, before.Generation}, []any{next.Standing, next.Phase, next.Generation})
				}
				z = next
				continue
			}
			c := &types.Command{
				Rollout: rapid.Uint64Range(1, 2).Draw(t, "rollout"), Action: types.Action(rapid.IntRange(-1, 6).Draw(t, "action")),
				Generation: rapid.Uint64Range(0, 9).Draw(t, "generation"), Step: uint32(rapid.IntRange(0, 5).Draw(t, "step")),
			}
			next, _, code := z.Obey(c, 7)
			if code != types.AckApplied {
				require.Equal(t, before, next)
				continue
			}
			require.False(t, before.Phase.Ended() || before.Standing.Out() || c.Generation <= before.Generation)
			require.Equal(t, before.Standing, next.Standing)
			require.LessOrEqual(t, int(next.Step), len(steps))
			require.NotEqual(t, types.PhasePending, next.Phase)
			z = next
			d := types.Resolve(types.Assignment{Version: "old"}, z)
			switch {
			case z.Standing == types.StandingAccepted && z.Phase == types.PhasePromoted:
				require.Equal(t, []any{z.Version, "", uint32(0)}, []any{d.Version, d.Candidate, d.Weight})
			case z.Live():
				require.Equal(t, []any{"old", z.Version, steps[z.Step].Weight}, []any{d.Version, d.Candidate, d.Weight})
			default:
				require.Equal(t, []any{"old", "", uint32(0)}, []any{d.Version, d.Candidate, d.Weight})
			}
		}
	})
}

// Devices are counted where they are: the sum over phases is the number of devices, whatever they report.
func TestTotalsCountDevices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var totals types.Totals
		at := make([]types.DevicePhase, 4)
		for range rapid.IntRange(0, 30).Draw(t, "moves") {
			i := rapid.IntRange(0, 3).Draw(t, "device")
			to := types.DevicePhase(rapid.IntRange(0, 6).Draw(t, "phase"))
			totals.Move(at[i], to)
			at[i] = to
		}
		var want types.Totals
		for _, p := range at {
			want.Move(types.DevicePhaseUnspecified, p)
		}
		require.Equal(t, want, totals)
		out := slices.DeleteFunc(at, func(p types.DevicePhase) bool { return p == types.DevicePhaseUnspecified })
		require.Equal(t, uint64(len(out)), totals.Devices())
	})
}

func TestTotalsAddSub(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTotals(t), drawTotals(t)
		require.Equal(t, a, a.Add(b).Sub(b))
		require.Equal(t, a.Add(b), b.Add(a))
		require.Equal(t, a.Devices()+b.Devices(), a.Add(b).Devices())
	})
	require.NotPanics(t, func() { (&types.Totals{}).Move(types.DevicePhaseSeen, types.DevicePhase(77)) })
	totals := types.Totals{}
	totals.Move(types.DevicePhaseReady, types.DevicePhaseUnspecified)
	require.Zero(t, totals, "a count is never taken below zero")
}

// base is a rollout in the first of two steps: 10 blocks of baking, 20 to the deadline.
func base() types.Rollout {
	return types.Rollout{
		Id: 1, Version: "acme/alpha@1.0.0", Phase: types.PhaseCanary, Generation: 2, StepHeight: 100, Zones: types.ZoneCounts{Accepted: 1},
		Steps: []types.Step{
			{Weight: 10, MinReady: 2, MaxFailures: 1, MaxFailureShare: 5000, BakeBlocks: 10, DeadlineBlocks: 20, OnDeadline: types.OnDeadlinePause},
			{Weight: 100, MaxFailureShare: types.FullShare, MaxFailures: 9},
		},
	}
}

func TestJudge(t *testing.T) {
	met := types.Totals{Ready: 2}
	for _, tc := range []struct {
		name   string
		change func(*types.Rollout)
		height int64
		yanked bool
		vote   types.Vote
		want   types.Move
	}{
		{"nothing yet", func(*types.Rollout) {}, 105, false, 0, types.Move{}},
		{"evidence, not baked", func(r *types.Rollout) { r.Totals = met }, 109, false, 0, types.Move{}},
		{"evidence, baked", func(r *types.Rollout) { r.Totals = met }, 110, false, 0, types.Move{Action: types.ActionAdvance, Cause: types.CauseEvidence}},
		{"evidence of no zone", func(r *types.Rollout) { r.Totals, r.Zones = met, types.ZoneCounts{Held: 1} }, 110, false, 0, types.Move{}},
		{"too few contributors", func(r *types.Rollout) { r.Totals, r.Steps[0].MinContributors = met, 1 }, 110, false, 0, types.Move{}},
		{"deadline", func(*types.Rollout) {}, 120, false, 0, types.Move{Action: types.ActionPause, Cause: types.CauseDeadline}},
		{"deadline rolls back", func(r *types.Rollout) { r.Steps[0].OnDeadline = types.OnDeadlineRollBack }, 120, false, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseDeadline}},
		{"one block before the deadline", func(*types.Rollout) {}, 119, false, 0, types.Move{}},
		{"evidence at the deadline", func(r *types.Rollout) { r.Totals = met }, 120, false, 0, types.Move{Action: types.ActionAdvance, Cause: types.CauseEvidence}},
		{"as many failures as allowed", func(r *types.Rollout) { r.Totals = types.Totals{Ready: 1, Failed: 1, Failures: 1} }, 101, false, 0, types.Move{}},
		{"one failure more", func(r *types.Rollout) { r.Totals = types.Totals{Ready: 9, Failed: 2, Failures: 2} }, 101, false, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseFailures}},
		{"too large a share of failures", func(r *types.Rollout) { r.Totals = types.Totals{Failed: 1, Failures: 1} }, 101, false, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseFailures}},
		{"failures before evidence", func(r *types.Rollout) { r.Totals = types.Totals{Ready: 9, Failures: 2} }, 110, false, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseFailures}},
		{"failures while paused", func(r *types.Rollout) {
			r.Phase, r.Totals = types.PhasePaused, types.Totals{Failed: 2, Failures: 2}
		}, 101, false, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseFailures}},
		{"evidence while paused", func(r *types.Rollout) { r.Phase, r.Totals = types.PhasePaused, met }, 200, false, 0, types.Move{}},
		{"yanked", func(*types.Rollout) {}, 101, true, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseYanked}},
		{"yanked before failures", func(r *types.Rollout) { r.Totals.Failures = 9 }, 101, true, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseYanked}},
		{"yanked while waiting", func(r *types.Rollout) { r.Phase, r.WaitsFor = types.PhasePending, 7 }, 101, true, 0, types.Move{Action: types.ActionRollBack, Cause: types.CauseYanked}},
		{"no zone left", func(r *types.Rollout) { r.Zones = types.ZoneCounts{Stopped: 1, Lost: 2, Refused: 3} }, 101, false, 0, types.Move{Action: types.ActionAbort, Cause: types.CauseNoZone}},
		{"first zone", func(r *types.Rollout) { r.Phase = types.PhasePending }, 101, false, 0, types.Move{Action: types.ActionAdvance, Cause: types.CauseZoneAccepted}},
		{"no zone yet", func(r *types.Rollout) { r.Phase, r.Zones = types.PhasePending, types.ZoneCounts{Announced: 1} }, 101, false, 0, types.Move{}},
		{"waiting", func(r *types.Rollout) { r.Phase, r.WaitsFor = types.PhasePending, 7 }, 101, false, 0, types.Move{}},
		{"ended", func(r *types.Rollout) { r.Phase = types.PhaseAborted }, 500, true, 0, types.Move{}},
		{"decider waits", func(r *types.Rollout) { r.Totals, r.Steps[0].Decider = met, "x" }, 110, false, types.VoteWait, types.Move{}},
		{"decider says yes", func(r *types.Rollout) { r.Totals, r.Steps[0].Decider = met, "x" }, 110, false, types.VoteYes, types.Move{Action: types.ActionAdvance, Cause: types.CauseEvidence}},
		{"decider says no", func(r *types.Rollout) { r.Totals, r.Steps[0].Decider = met, "x" }, 110, false, types.VoteNo, types.Move{Action: types.ActionRollBack, Cause: types.CauseVote}},
		{"decider waits at the deadline", func(r *types.Rollout) { r.Totals, r.Steps[0].Decider = met, "x" }, 120, false, types.VoteWait, types.Move{Action: types.ActionPause, Cause: types.CauseDeadline}},
		{"a vote that was not asked for", func(r *types.Rollout) { r.Steps[0].Decider = "x" }, 110, false, types.VoteNo, types.Move{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := base()
			tc.change(&r)
			require.Equal(t, tc.want, r.Judge(tc.height, tc.yanked, tc.vote))
		})
	}
}

func TestApply(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*types.Rollout)
		action types.Action
		to     types.Phase
		step   uint32
		err    error
	}{
		{"success: next step", func(*types.Rollout) {}, types.ActionAdvance, types.PhaseCanary, 1, nil},
		{"success: promoted", func(r *types.Rollout) { r.Step = 1 }, types.ActionAdvance, types.PhasePromoted, 2, nil},
		{"success: first step", func(r *types.Rollout) { r.Phase = types.PhasePending }, types.ActionAdvance, types.PhaseCanary, 0, nil},
		{"success: pause", func(*types.Rollout) {}, types.ActionPause, types.PhasePaused, 0, nil},
		{"success: resume", func(r *types.Rollout) { r.Phase, r.Step = types.PhasePaused, 1 }, types.ActionResume, types.PhaseCanary, 1, nil},
		{"success: roll back", func(r *types.Rollout) { r.Step = 1 }, types.ActionRollBack, types.PhaseRolledBack, 1, nil},
		{"success: roll back while waiting", func(r *types.Rollout) { r.Phase, r.WaitsFor = types.PhasePending, 7 }, types.ActionRollBack, types.PhaseRolledBack, 0, nil},
		{"success: abort while paused", func(r *types.Rollout) { r.Phase = types.PhasePaused }, types.ActionAbort, types.PhaseAborted, 0, nil},
		{"failure: pause twice", func(r *types.Rollout) { r.Phase = types.PhasePaused }, types.ActionPause, 0, 0, types.ErrWrongPhase},
		{"failure: resume what is under way", func(*types.Rollout) {}, types.ActionResume, 0, 0, types.ErrWrongPhase},
		{"failure: advance while paused", func(r *types.Rollout) { r.Phase = types.PhasePaused }, types.ActionAdvance, 0, 0, types.ErrWrongPhase},
		{"failure: advance while waiting", func(r *types.Rollout) { r.Phase, r.WaitsFor = types.PhasePending, 7 }, types.ActionAdvance, 0, 0, types.ErrWrongPhase},
		{"failure: pause while pending", func(r *types.Rollout) { r.Phase = types.PhasePending }, types.ActionPause, 0, 0, types.ErrWrongPhase},
		{"failure: no action", func(*types.Rollout) {}, types.ActionUnspecified, 0, 0, types.ErrInvalidAction},
		{"failure: unknown action", func(*types.Rollout) {}, 6, 0, 0, types.ErrInvalidAction},
		{"failure: roll back what is promoted", func(r *types.Rollout) { r.Phase = types.PhasePromoted }, types.ActionRollBack, 0, 0, types.ErrEnded},
		{"failure: abort what is rolled back", func(r *types.Rollout) { r.Phase = types.PhaseRolledBack }, types.ActionAbort, 0, 0, types.ErrEnded},
		{"failure: no action on what has ended", func(r *types.Rollout) { r.Phase = types.PhaseAborted }, 0, 0, 0, types.ErrEnded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := base()
			tc.change(&r)
			next, tr, err := r.Apply(types.Move{Action: tc.action, Cause: types.CausePublisher}, 130)
			require.ErrorIs(t, err, tc.err)
			if tc.err != nil {
				require.Equal(t, r, next)
				require.Zero(t, tr)
				return
			}
			require.Equal(t, []any{tc.to, tc.step, uint64(3)}, []any{next.Phase, next.Step, next.Generation})
			moves := tc.action == types.ActionAdvance || tc.action == types.ActionResume
			require.Equal(t, moves, next.StepHeight == 130, "the clock of a step starts when it is entered or resumed")
		})
	}
}

func TestWaits(t *testing.T) {
	r := base()
	r.Steps[0].MinAttestations, r.Steps[0].MinContributors = 3, 1
	require.Equal(t, []types.Wait{
		{Kind: types.WaitReady, Have: 0, Need: 2},
		{Kind: types.WaitAttestations, Have: 0, Need: 3},
		{Kind: types.WaitBake, Have: 5, Need: 10},
		{Kind: types.WaitContributors, Have: 0, Need: 1},
	}, r.Waits(105))
	r = base()
	r.Phase, r.Zones = types.PhasePending, types.ZoneCounts{Announced: 1}
	require.Equal(t, []types.Wait{{Kind: types.WaitZone, Need: 1}}, r.Waits(105))
	r.WaitsFor = 7
	require.Equal(t, []types.Wait{{Kind: types.WaitRollout, Need: 7}}, r.Waits(105))
	r = base()
	r.Phase = types.PhasePaused
	require.Equal(t, []types.Wait{{Kind: types.WaitResume, Need: 1}}, r.Waits(105))
	r = base()
	r.Totals, r.Steps[0].Decider = types.Totals{Ready: 2}, "x"
	require.Equal(t, []types.Wait{{Kind: types.WaitVote, Need: 1}}, r.Waits(110))
	r.Phase = types.PhasePromoted
	r.Zones.Settled = 1
	require.Empty(t, r.Waits(110))
}

func TestZoneCounts(t *testing.T) {
	z := types.ZoneCounts{Announced: 3}
	for _, to := range []types.Standing{types.StandingHeld, types.StandingAccepted, types.StandingRefused} {
		z.Move(types.StandingAnnounced, to)
	}
	z.Move(types.StandingHeld, types.StandingStopped)
	z.Move(types.StandingAccepted, types.StandingLost)
	require.Equal(t, types.ZoneCounts{Refused: 1, Stopped: 1, Lost: 1}, z)
	require.Equal(t, uint32(3), z.Total())
	require.True(t, types.StandingRefused.Out() && types.StandingStopped.Out() && types.StandingLost.Out())
	require.False(t, types.StandingAnnounced.Out() || types.StandingHeld.Out() || types.StandingAccepted.Out())
}
