package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// PublishVersion adds a version to a model of the signer. Cheap checks come first; then the verifying key, if it is new,
// and its number of public inputs. The guard is asked last, for it may write.
func (s msgServer) PublishVersion(ctx context.Context, msg *types.MsgPublishVersion) (*types.MsgPublishVersionResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if err := s.mayPublish(ctx, msg); err != nil {
		return nil, err
	}
	key, isNew, err := s.versionKey(ctx, msg)
	if err != nil {
		return nil, err
	}
	if err := fits(msg.Spec, key); err != nil {
		return nil, err
	}
	if err := s.k.guard.allowPublish(ctx, msg.Publisher, msg.Model, msg.Number, msg.Owner); err != nil {
		return nil, err
	}
	if isNew {
		if err := s.k.insertVerifyingKey(ctx, key); err != nil {
			return nil, err
		}
	}
	v := types.NewVersion(msg.VersionID(), msg.Spec, height(ctx))
	if err := s.k.insertVersion(ctx, v); err != nil {
		return nil, err
	}
	count(ctx, metricVersionsPublished)
	return &types.MsgPublishVersionResponse{Id: v.Id}, emit(ctx, &types.EventVersionPublished{
		Version:            v.Id,
		Publisher:          v.Publisher,
		Model:              v.Model,
		Number:             v.Number,
		VerifyingKeyDigest: types.FormatDigest(v.VerifyingKeyDigest),
	})
}

// mayPublish checks the spec against today's limits, the signer, the model, and that the number is
// free: a number that was used once, even if yanked, stays used.
func (s msgServer) mayPublish(ctx context.Context, msg *types.MsgPublishVersion) error {
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := msg.Spec.Validate(params); err != nil {
		return err
	}
	if _, err := s.k.ownedModel(ctx, msg.Publisher, msg.Model, msg.Owner); err != nil {
		return err
	}
	taken, err := s.k.Versions.Has(ctx, msg.VersionID().Key())
	if err != nil {
		return err
	}
	if taken {
		return errorsmod.Wrapf(types.ErrVersionExists, "%q", msg.VersionID())
	}
	return nil
}

// fits checks that the key's proofs have the public inputs of a statement with the spec's outputs.
func fits(spec types.VersionSpec, key types.VerifyingKey) error {
	want, err := spec.PublicInputs()
	if err != nil {
		return err
	}
	if key.PublicInputs != uint32(want) {
		return errorsmod.Wrapf(types.ErrPublicInputs,
			"verifying key %x: expected %d public inputs, got %d", key.Digest, want, key.PublicInputs)
	}
	return nil
}

// YankVersion marks a version as not to be used any more. There is no way back: whoever saw the
// yank may have acted on it. Aliases that stand for the version stay; who resolves one sees the yank.
func (s msgServer) YankVersion(ctx context.Context, msg *types.MsgYankVersion) (*types.MsgYankVersionResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	id, err := types.ParseVersionID(msg.Version)
	if err != nil {
		return nil, err
	}
	if _, err := s.k.ownedModel(ctx, id.QualifiedPublisher(), id.Model, msg.Owner); err != nil {
		return nil, err
	}
	v, err := s.k.version(ctx, id)
	if err != nil {
		return nil, err
	}
	if v.Yanked {
		return nil, errorsmod.Wrapf(types.ErrVersionYanked, "%q", v.Id)
	}
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateText("reason", msg.Reason, params.MaxReasonBytes); err != nil {
		return nil, err
	}
	v.Yanked, v.YankReason, v.YankedHeight = true, msg.Reason, height(ctx)
	if err := atomically(ctx, func(ctx context.Context) error { return s.k.yank(ctx, v) }); err != nil {
		return nil, err
	}
	count(ctx, metricVersionsYanked)
	return &types.MsgYankVersionResponse{}, nil
}

// yank stores a version that was just yanked, announces it and tells the hooks, which may still refuse it.
func (k Keeper) yank(ctx context.Context, v types.Version) error {
	if err := k.Versions.Set(ctx, v.VersionID().Key(), v); err != nil {
		return err
	}
	if err := emit(ctx, &types.EventVersionYanked{Version: v.Id, Reason: v.YankReason}); err != nil {
		return err
	}
	return k.hooks.afterVersionYanked(ctx, v.Id)
}
