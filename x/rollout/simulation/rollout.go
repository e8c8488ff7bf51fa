package simulation

import (
	"slices"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

// Register adds a factory for every message but the one of governance. Starting and reporting outweigh what ends a
// rollout, so that there are rollouts to work on.
func Register(weights simsx.WeightSource, reg simsx.Registry, k keeper.Keeper) {
	reg.Add(weights.Get("rollout_start", 100), MsgStartRolloutFactory(k))
	reg.Add(weights.Get("rollout_control", 15), MsgControlRolloutFactory(k))
	reg.Add(weights.Get("rollout_decide", 5), MsgDecideRolloutFactory(k))
	reg.Add(weights.Get("rollout_stop", 5), MsgStopRolloutFactory(k))
	reg.Add(weights.Get("rollout_report", 150), MsgReportPhaseFactory(k))
	reg.Add(weights.Get("rollout_set_policy", 10), MsgSetZonePolicyFactory(k))
}

func live(r types.Rollout) bool      { return !r.Phase.Ended() }
func anyZone(types.ZoneRollout) bool { return true }

// MsgStartRolloutFactory starts a rollout on this chain, by the owner of its publisher, to some fleets. Where another has
// them, it waits or must be refused.
func MsgStartRolloutFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgStartRollout, error) {
		plan := s.plan()
		owner := s.such(func(a simsx.SimAccount) bool { return s.k.MayStart(s.ctx, a.AddressBech32, plan) == nil })
		first, err := s.k.FirstConflict(s.ctx, plan)
		s.check(err)
		var want error
		if first != 0 && !plan.Wait {
			want = types.ErrActiveRollout
		}
		return owner, &types.MsgStartRollout{Owner: owner.AddressBech32, Plan: plan}, want
	})
}

func (s scene) plan() types.Plan {
	version := oneOf(s, Versions...)
	plan := types.Plan{Version: version, Wait: s.intn(3) == 0, Targets: []types.Target{{Zone: types.LocalZone, Fleets: s.fleets()}}}
	if old := oneOf(s, append([]string{""}, Versions...)...); old != version {
		plan.Replaces = old
	}
	steps, err := types.Template(oneOf(s, types.Templates()...), types.Step{
		MinReady: uint32(s.intn(2)), MaxFailures: uint32(s.intn(3)), MaxFailureShare: uint32(s.intn(types.FullShare + 1)),
		BakeBlocks: uint64(s.intn(3)), DeadlineBlocks: 3 + uint64(s.intn(10)), OnDeadline: oneOf(s, types.OnDeadlinePause, types.OnDeadlineRollBack),
	})
	s.check(err)
	plan.Steps = steps
	if len(Deciders) > 0 && s.intn(5) > 0 {
		decider := oneOf(s, Deciders...)
		for i := range plan.Steps {
			plan.Steps[i].Decider, plan.Steps[i].MinReady = decider, 0 // so that the vote is soon what is missing
		}
	}
	return plan
}

// fleets are none, which selects the zone operator's, or a few low ids.
func (s scene) fleets() (ids []uint64) {
	for range min(s.intn(4), int(s.params().MaxFleets)) {
		ids = append(ids, 1+uint64(s.intn(6)))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// MsgControlRolloutFactory moves a rollout, or must be refused where its phase does not allow it.
func MsgControlRolloutFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgControlRollout, error) {
		r := pick(s, s.k.Rollouts, live)
		action := oneOf(s, types.ActionPause, types.ActionResume, types.ActionRollBack, types.ActionAbort)
		var want error
		if action == types.ActionPause && r.Phase != types.PhaseCanary || action == types.ActionResume && r.Phase != types.PhasePaused {
			want = types.ErrWrongPhase
		}
		return s.named(r.Owner), &types.MsgControlRollout{Signer: r.Owner, Id: r.Id, Action: action, Reason: "simulated"}, want
	})
}

// MsgDecideRolloutFactory decides on a rollout of this chain, which is never held.
func MsgDecideRolloutFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgDecideRollout, error) {
		z, operator := pick(s, s.k.ZoneRollouts, anyZone), s.params().ZoneOperator
		return s.named(operator), &types.MsgDecideRollout{Operator: operator, Number: z.Number, Accept: s.intn(2) == 0}, types.ErrNotHeld
	})
}

// MsgStopRolloutFactory stops a rollout on the zone, or must be refused where it has ended.
func MsgStopRolloutFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgStopRollout, error) {
		z, operator := pick(s, s.k.ZoneRollouts, anyZone), s.params().ZoneOperator
		var want error
		if z.Phase.Ended() || z.Standing.Out() {
			want = types.ErrEnded
		}
		return s.named(operator), &types.MsgStopRollout{Operator: operator, Number: z.Number, Reason: "simulated"}, want
	})
}

// MsgReportPhaseFactory reports a phase of a device, or must be refused by the rules of reports.
func MsgReportPhaseFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgReportPhase, error) {
		z := pick(s, s.k.ZoneRollouts, types.ZoneRollout.Live)
		device := s.such(func(a simsx.SimAccount) bool { return s.k.MayReport(s.ctx, a.AddressBech32, z) == nil })
		msg := &types.MsgReportPhase{Device: device.AddressBech32, Number: z.Number, Phase: types.DevicePhase(1 + s.intn(int(types.DevicePhaseFailed)))}
		if msg.Phase == types.DevicePhaseFailed {
			msg.Code = types.FailureCode(1 + s.intn(int(types.FailureOther)))
		}
		return device, msg, s.reportError(z, msg)
	})
}

// reportError is why a report must be refused, by rules that are written here once more.
func (s scene) reportError(z types.ZoneRollout, m *types.MsgReportPhase) error {
	d, err := s.k.DeviceStateOf(s.ctx, z.Number, m.Device)
	s.check(err)
	p, height := s.params(), sdk.UnwrapSDKContext(s.ctx).BlockHeight()
	switch {
	case m.Phase == types.DevicePhaseServing && z.Phase == types.PhasePending:
		return types.ErrWrongPhase
	case d.Phase != types.DevicePhaseFailed && m.Phase <= d.Phase:
		return types.ErrPhaseOrder
	case d.Reports >= p.ReportsPerWindow && height-d.Window < int64(p.ReportWindow):
		return types.ErrRateLimit
	}
	return nil
}

// MsgSetZonePolicyFactory sets a policy.
func MsgSetZonePolicyFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgSetZonePolicy, error) {
		operator := s.named(s.params().ZoneOperator)
		return operator, &types.MsgSetZonePolicy{Operator: operator.AddressBech32, Policy: types.ZonePolicy{
			Rules:          []types.HubRule{{Source: "channel-0", Publishers: []string{"acme"}, Hold: s.intn(2) == 0}},
			FleetOperators: []string{s.such(func(simsx.SimAccount) bool { return true }).AddressBech32},
		}}, nil
	})
}

// MsgUpdateParamsFactory makes governance proposals of new parameters.
func MsgUpdateParamsFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return factory(k, func(s scene) (simsx.SimAccount, *types.MsgUpdateParams, error) {
		return simsx.SimAccount{}, &types.MsgUpdateParams{Authority: k.Authority(), Params: randomParams(s.data.Rand().Rand, s.params().ZoneOperator)}, nil
	})
}
