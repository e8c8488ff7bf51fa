package keeper

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

var _ types.MsgServer = MsgServer{}

// MsgServer executes the module's messages.
type MsgServer struct{ k Keeper }

// NewMsgServer returns the message server of a keeper.
func NewMsgServer(k Keeper) MsgServer { return MsgServer{k} }

// StartRollout implements types.MsgServer.
func (s MsgServer) StartRollout(goCtx context.Context, m *types.MsgStartRollout) (*types.MsgStartRolloutResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.Plan.Validate(params); err != nil {
		return nil, err
	}
	ctx.GasMeter().ConsumeGas(params.StartGas(m.Plan), "start rollout")
	contributors, err := s.mayStart(ctx, m)
	if err != nil {
		return nil, err
	}
	r, err := s.k.start(ctx, m.Owner, m.Plan, contributors)
	if err != nil {
		return nil, err
	}
	return &types.MsgStartRolloutResponse{Id: r.Id}, nil
}

// mayStart checks the signer, the versions, the deciders and the links of a well-formed plan, and returns how many
// contributed to the version's keys.
func (s MsgServer) mayStart(ctx sdk.Context, m *types.MsgStartRollout) (uint32, error) {
	id, err := types.ParseVersionID(m.Plan.Version)
	if err != nil {
		return 0, err
	}
	if err := s.k.registry.CheckModelOwner(ctx, id.Publisher, id.Model, m.Owner); err != nil {
		return 0, types.ErrUnauthorized.Wrap(err.Error())
	}
	v, err := s.k.registry.Version(ctx, m.Plan.Version)
	if err != nil {
		return 0, types.ErrVersion.Wrap(err.Error())
	}
	if v.Yanked {
		return 0, types.ErrVersion.Wrapf("%q is yanked", v.Id)
	}
	if m.Plan.Replaces != "" {
		if _, err := s.k.registry.Version(ctx, m.Plan.Replaces); err != nil {
			return 0, types.ErrVersion.Wrapf("replaces: %s", err)
		}
	}
	contributors := types.Contributors(v.VersionSpec)
	if need := types.MinContributors(m.Plan.Steps); need > contributors {
		return 0, types.ErrContributors.Wrapf("a step asks for %d, %q has %d", need, v.Id, contributors)
	}
	if err := s.fits(ctx, m.Plan, v); err != nil {
		return 0, err
	}
	return contributors, s.mayReach(ctx, m.Plan)
}

// fits checks that the announcement of the version to each zone is no larger than a packet may be.
func (s MsgServer) fits(ctx context.Context, plan types.Plan, v types.RegistryVersion) error {
	key, err := s.k.registry.VerifyingKey(ctx, v.VerifyingKeyDigest)
	if err != nil {
		return types.ErrVersion.Wrap(err.Error())
	}
	manifest, err := types.EncodeManifest(v.VersionSpec)
	if err != nil {
		return err
	}
	longest := slices.MaxFunc(plan.Targets, func(a, b types.Target) int { return cmp.Compare(a.Size(), b.Size()) })
	r := types.Rollout{Id: math.MaxUint64, Version: plan.Version, Replaces: plan.Replaces, Steps: plan.Steps, Generation: math.MaxUint64, Phase: types.PhasePending}
	_, err = types.NewAnnounce(announcement(r, longest, manifest, key.Key)).Encode()
	return err
}

func (s MsgServer) mayReach(ctx sdk.Context, plan types.Plan) error {
	for i, step := range plan.Steps {
		if step.Decider != "" && (s.k.decider.set == nil || !s.k.decider.set.Exists(ctx, step.Decider)) {
			return types.ErrNoDecider.Wrapf("step %d: %q", i, step.Decider)
		}
	}
	for _, t := range plan.Targets {
		if status := s.k.LinkStatus(ctx, t.Zone); status == types.LinkClosed || status == types.LinkUnknown {
			return types.ErrLink.Wrapf("zone %q: %s", t.Zone, status)
		}
	}
	return nil
}

// ControlRollout implements types.MsgServer.
func (s MsgServer) ControlRollout(goCtx context.Context, m *types.MsgControlRollout) (*types.MsgControlRolloutResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if m.Action != types.ActionPause && m.Action != types.ActionResume && m.Action != types.ActionRollBack && m.Action != types.ActionAbort {
		return nil, types.ErrInvalidAction.Wrapf("expected pause, resume, roll back or abort, got %d", m.Action)
	}
	if err := s.checkReason(ctx, m.Reason); err != nil {
		return nil, err
	}
	r, err := s.k.rollout(ctx, m.Id)
	if err != nil {
		return nil, err
	}
	cause, err := s.controller(ctx, m.Signer, r)
	if err != nil {
		return nil, err
	}
	if err := s.k.move(ctx, &r, types.Move{Action: m.Action, Cause: cause}, m.Signer, m.Reason); err != nil {
		return nil, err
	}
	return &types.MsgControlRolloutResponse{Generation: r.Generation}, nil
}

// controller says as what a signer may move a rollout: the owner of its publisher now, or governance.
func (s MsgServer) controller(ctx context.Context, signer string, r types.Rollout) (types.Cause, error) {
	if signer == s.k.authority {
		return types.CauseGovernance, nil
	}
	id, err := types.ParseVersionID(r.Version)
	if err != nil {
		return 0, err
	}
	if err := s.k.registry.CheckModelOwner(ctx, id.Publisher, id.Model, signer); err != nil {
		return 0, types.ErrUnauthorized.Wrap(err.Error())
	}
	return types.CausePublisher, nil
}

func (s MsgServer) checkReason(ctx context.Context, reason string) error {
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return err
	}
	return types.ValidateReason(reason, params.MaxReasonBytes)
}

// operator says as what a signer may decide for this zone: its operator, or governance.
func (s MsgServer) operator(ctx context.Context, signer string) (types.Cause, error) {
	params, err := s.k.Params.Get(ctx)
	switch {
	case err != nil:
		return 0, err
	case signer == s.k.authority:
		return types.CauseGovernance, nil
	case params.ZoneOperator != "" && signer == params.ZoneOperator:
		return types.CauseZoneOperator, nil
	}
	return 0, types.ErrUnauthorized.Wrapf("expected the zone's operator %q or governance, got %q", params.ZoneOperator, signer)
}

// DecideRollout implements types.MsgServer.
func (s MsgServer) DecideRollout(goCtx context.Context, m *types.MsgDecideRollout) (*types.MsgDecideRolloutResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	cause, z, err := s.forZone(ctx, m.Operator, m.Number, m.Reason)
	if err != nil {
		return nil, err
	}
	switch {
	case z.Standing != types.StandingHeld:
		return nil, types.ErrNotHeld.Wrapf("rollout %d is %s", z.Number, z.Standing)
	case z.Phase.Ended():
		return nil, types.ErrEnded.Wrapf("rollout %d is %s", z.Number, z.Phase)
	}
	z.Cause = cause
	t := z.Record(cause, ctx.BlockHeight())
	t.Actor, t.Reason = m.Operator, m.Reason
	if !m.Accept {
		z.Standing = types.StandingRefused
	} else if err := s.k.accept(ctx, &z); err != nil {
		return nil, messageError(err)
	}
	return &types.MsgDecideRolloutResponse{}, s.k.saveMoved(ctx, &z, t)
}

// messageError is the cause of a refusal, for the sender of a message.
func messageError(err error) error {
	var r refusal
	if errors.As(err, &r) {
		return r.cause
	}
	return err
}

// StopRollout implements types.MsgServer.
func (s MsgServer) StopRollout(goCtx context.Context, m *types.MsgStopRollout) (*types.MsgStopRolloutResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	cause, z, err := s.forZone(ctx, m.Operator, m.Number, m.Reason)
	if err != nil {
		return nil, err
	}
	z, t, err := z.Stop(cause, ctx.BlockHeight())
	if err != nil {
		return nil, err
	}
	t.Actor, t.Reason = m.Operator, m.Reason
	return &types.MsgStopRolloutResponse{}, s.k.saveMoved(ctx, &z, t)
}

func (s MsgServer) forZone(ctx context.Context, signer string, number uint64, reason string) (types.Cause, types.ZoneRollout, error) {
	cause, err := s.operator(ctx, signer)
	if err != nil {
		return 0, types.ZoneRollout{}, err
	}
	if err := s.checkReason(ctx, reason); err != nil {
		return 0, types.ZoneRollout{}, err
	}
	z, err := s.k.zoneRollout(ctx, number)
	return cause, z, err
}

// ReportPhase implements types.MsgServer.
func (s MsgServer) ReportPhase(goCtx context.Context, m *types.MsgReportPhase) (*types.MsgReportPhaseResponse, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return &types.MsgReportPhaseResponse{}, s.k.report(sdk.UnwrapSDKContext(goCtx), m)
}

// SetZonePolicy implements types.MsgServer.
func (s MsgServer) SetZonePolicy(goCtx context.Context, m *types.MsgSetZonePolicy) (*types.MsgSetZonePolicyResponse, error) {
	if _, err := s.operator(goCtx, m.Operator); err != nil {
		return nil, err
	}
	if err := m.Policy.Validate(); err != nil {
		return nil, err
	}
	if err := s.k.Policy.Set(goCtx, m.Policy); err != nil {
		return nil, err
	}
	return &types.MsgSetZonePolicyResponse{}, emit(goCtx, &types.EventZonePolicySet{Operator: m.Operator})
}

// UpdateParams implements types.MsgServer.
func (s MsgServer) UpdateParams(goCtx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if m.Authority != s.k.authority {
		return nil, types.ErrUnauthorized.Wrapf("expected %q, got %q", s.k.authority, m.Authority)
	}
	if err := m.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.k.Params.Set(goCtx, m.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(goCtx, &types.EventParamsUpdated{Authority: m.Authority})
}
