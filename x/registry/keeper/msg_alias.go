package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// SetAlias makes an alias or moves it. It never comes to stand for a yanked version.
func (s msgServer) SetAlias(ctx context.Context, msg *types.MsgSetAlias) (*types.MsgSetAliasResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, err := s.k.ownedModel(ctx, msg.Publisher, msg.Model, msg.Owner); err != nil {
		return nil, err
	}
	a := types.Alias{
		Publisher: msg.Publisher, Model: msg.Model, Name: msg.Alias, Number: msg.Number, UpdatedHeight: height(ctx),
	}
	v, err := s.k.version(ctx, a.VersionID())
	if err != nil {
		return nil, err
	}
	if v.Yanked {
		return nil, errorsmod.Wrapf(types.ErrVersionYanked, "%q", v.Id)
	}
	previous, err := s.previousNumber(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := s.k.setAlias(ctx, a); err != nil {
		return nil, err
	}
	return &types.MsgSetAliasResponse{}, emit(ctx, &types.EventAliasSet{
		Publisher: a.Publisher, Model: a.Model, Alias: a.Name, Number: a.Number, PreviousNumber: previous,
	})
}

// previousNumber is what the alias stands for so far; for a new one it is empty, provided that the
// model may have one more.
func (s msgServer) previousNumber(ctx context.Context, a types.Alias) (string, error) {
	old, err := s.k.Alias(ctx, a.Publisher, a.Model, a.Name)
	if err == nil || !errors.Is(err, types.ErrAliasNotFound) {
		return old.Number, err
	}
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return "", err
	}
	n, err := s.k.countAliases(ctx, a.Publisher, a.Model, params.MaxAliases)
	if err != nil {
		return "", err
	}
	if n >= params.MaxAliases {
		return "", errorsmod.Wrapf(types.ErrLimit, "model %q: expected at most %d aliases", a.Publisher+"/"+a.Model, params.MaxAliases)
	}
	return "", nil
}

// RemoveAlias removes an alias.
func (s msgServer) RemoveAlias(ctx context.Context, msg *types.MsgRemoveAlias) (*types.MsgRemoveAliasResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, err := s.k.ownedModel(ctx, msg.Publisher, msg.Model, msg.Owner); err != nil {
		return nil, err
	}
	a, err := s.k.Alias(ctx, msg.Publisher, msg.Model, msg.Alias)
	if err != nil {
		return nil, err
	}
	if err := s.k.Aliases.Remove(ctx, collections.Join3(a.Publisher, a.Model, a.Name)); err != nil {
		return nil, err
	}
	return &types.MsgRemoveAliasResponse{}, emit(ctx, &types.EventAliasRemoved{
		Publisher: a.Publisher, Model: a.Model, Alias: a.Name, PreviousNumber: a.Number,
	})
}
