package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// receiveAnnounce takes a rollout that a hub announces: the policy first, which costs nothing, then the manifest and the
// key, which the registry checks as if they were published here, then the fleets.
func (k Keeper) receiveAnnounce(ctx sdk.Context, source string, a *types.Announce) (types.Acknowledgement, error) {
	number, err := k.Numbers.Get(ctx, collections.Join(source, a.Rollout))
	if err == nil {
		return k.announcedAgain(ctx, number, a)
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return types.Acknowledgement{}, err
	}
	z, hold, err := k.admit(ctx, source, a)
	if err != nil {
		return types.Acknowledgement{}, err
	}
	if z.Number, err = k.NextNumber.Next(ctx); err != nil {
		return types.Acknowledgement{}, err
	}
	if err := k.Numbers.Set(ctx, collections.Join(source, a.Rollout), z.Number); err != nil {
		return types.Acknowledgement{}, err
	}
	if source != types.LocalZone {
		if err := k.addLink(ctx, source); err != nil {
			return types.Acknowledgement{}, err
		}
	}
	z.Standing = types.StandingHeld
	if !hold {
		if err := k.accept(ctx, &z); err != nil {
			return types.Acknowledgement{}, err
		}
	}
	if err := k.saveMoved(ctx, &z, z.Record(types.CauseCommand, ctx.BlockHeight())); err != nil {
		return types.Acknowledgement{}, err
	}
	return types.NewAck(standingCode(z.Standing), z.Generation), nil
}

// announcedAgain answers an announcement of a rollout that is on record: it may bring a later state.
func (k Keeper) announcedAgain(ctx sdk.Context, number uint64, a *types.Announce) (types.Acknowledgement, error) {
	z, err := k.zoneRollout(ctx, number)
	if err != nil {
		return types.Acknowledgement{}, err
	}
	if unqualified(z.Version) != a.Plan.Version {
		return types.NewAck(0, z.Generation), refuse(types.AckMalformed, types.ErrInvalidPacket.Wrapf("rollout %d: expected version %q, got %q", a.Rollout, unqualified(z.Version), a.Plan.Version))
	}
	if a.Action != types.ActionUnspecified {
		c := &types.Command{Rollout: a.Rollout, Action: a.Action, Generation: a.Generation, Step: a.Step}
		if z, err = k.obey(ctx, z, c); err != nil && !isStale(err) {
			return types.NewAck(0, z.Generation), err
		}
	}
	return types.NewAck(standingCode(z.Standing), z.Generation), nil
}

func unqualified(version string) string {
	id, err := types.ParseVersionID(version)
	if err != nil {
		return version // not reached: ids on record are valid
	}
	return id.Unqualified().String()
}

// standingCode is the code that tells a zone's standing.
func standingCode(s types.Standing) types.AckCode {
	switch s {
	case types.StandingHeld:
		return types.AckHeld
	case types.StandingAccepted:
		return types.AckAccepted
	case types.StandingStopped:
		return types.AckStopped
	}
	return types.AckRefused
}

// admit judges an announcement by this zone's policy and the registry's rules, and returns the record of the rollout and
// whether it is held for the operator. The version is in the registry then.
func (k Keeper) admit(ctx sdk.Context, source string, a *types.Announce) (z types.ZoneRollout, hold bool, err error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return z, false, err
	}
	if err := a.Plan.ValidateReceived(params); err != nil {
		return z, false, refuse(types.AckPlan, err)
	}
	id, err := types.ParseVersionID(a.Plan.Version)
	if err != nil {
		return z, false, refuse(types.AckPlan, err)
	}
	spec, err := types.DecodeManifest(a.Manifest)
	if err != nil {
		return z, false, refuse(types.AckManifest, err)
	}
	if hold, err = k.checkPolicy(ctx, source, id, len(a.VerifyingKey), types.ArtifactBytes(spec)); err != nil {
		return z, false, err
	}
	if types.MinContributors(a.Plan.Steps) > types.Contributors(spec) {
		return z, false, refuse(types.AckPlan, types.ErrContributors.Wrapf("expected %d, got %d", types.MinContributors(a.Plan.Steps), types.Contributors(spec)))
	}
	version, err := k.mirror(ctx, source, id, spec, a.VerifyingKey)
	if err != nil {
		return z, false, err
	}
	z, err = newZoneRollout(ctx, source, a, version, types.Contributors(spec))
	return z, hold, err
}

// newZoneRollout is the record of an announced rollout, in the state that the announcement carries.
func newZoneRollout(ctx sdk.Context, source string, a *types.Announce, version string, contributors uint32) (types.ZoneRollout, error) {
	z := types.ZoneRollout{
		Source: source, Id: a.Rollout, Version: version, Replaces: qualify(a.Plan.Replaces, source),
		Target: a.Plan.Targets[0], Steps: a.Plan.Steps, Phase: types.PhasePending, Contributors: contributors,
		Cause: types.CauseCommand, ReceivedHeight: ctx.BlockHeight(), PhaseHeight: ctx.BlockHeight(),
	}
	if a.Action == types.ActionUnspecified {
		z.Generation = a.Generation
		return z, nil
	}
	c := &types.Command{Rollout: a.Rollout, Action: a.Action, Generation: a.Generation, Step: a.Step}
	z, _, code := z.Obey(c, ctx.BlockHeight())
	if code != types.AckApplied {
		return z, refuse(code, types.ErrInvalidPacket.Wrap("announce: state"))
	}
	return z, nil
}

// qualify is the id that this chain gives to a version of the source; that of this chain itself stays.
func qualify(version, source string) string {
	if version == "" || source == types.LocalZone {
		return version
	}
	id, err := types.ParseVersionID(version)
	if err != nil {
		return version // not reached: the plan was checked
	}
	return id.Qualify(source).String()
}

// checkPolicy says whether this zone takes a model of that size from the source, and whether it holds it.
func (k Keeper) checkPolicy(ctx context.Context, source string, id types.VersionID, keyBytes int, artifactBytes uint64) (hold bool, err error) {
	if source == types.LocalZone {
		return false, nil
	}
	policy, err := k.Policy.Get(ctx)
	if err != nil {
		return false, err
	}
	rule, ok := policy.RuleFor(source)
	switch {
	case !ok:
		return false, refuse(types.AckPolicySource, types.ErrRefused.Wrapf("no rule for %q", source))
	case !rule.Accepts(id.Publisher, id.Model):
		return false, refuse(types.AckPolicyModel, types.ErrRefused.Wrapf("no rule of %q has %s/%s", source, id.Publisher, id.Model))
	case !rule.FitsSize(keyBytes, artifactBytes):
		return false, refuse(types.AckPolicySize, types.ErrRefused.Wrapf("key of %d bytes and artifacts of %d", keyBytes, artifactBytes))
	}
	return rule.Hold, nil
}

// mirror puts the announced version into the registry, or finds it there where this chain is its own hub, and returns its id here.
func (k Keeper) mirror(ctx context.Context, source string, id types.VersionID, spec types.VersionSpec, key []byte) (string, error) {
	if source == types.LocalZone {
		v, err := k.registry.Version(ctx, id.String())
		if err != nil {
			return "", refuse(types.AckManifest, err)
		}
		return v.Id, nil
	}
	v, err := k.registry.MirrorVersion(ctx, source, id, spec, key)
	switch {
	case err == nil:
		return v.Id, nil
	case errors.Is(err, types.ErrVersionConflict):
		return "", refuse(types.AckVersionConflict, err)
	case errors.Is(err, types.ErrInvalidVerifyingKey), errors.Is(err, types.ErrKeyPublicInputs):
		return "", refuse(types.AckVerifyingKey, err)
	case errors.Is(err, types.ErrRegistryLimit):
		return "", refuse(types.AckPolicySize, err)
	}
	return "", refuse(types.AckManifest, err)
}
