package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// CreateModel adds a model to a publisher of the signer.
func (s msgServer) CreateModel(ctx context.Context, msg *types.MsgCreateModel) (*types.MsgCreateModelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if _, err := s.k.ownedPublisher(ctx, msg.Publisher, msg.Owner); err != nil {
		return nil, err
	}
	taken, err := s.k.Models.Has(ctx, collections.Join(msg.Publisher, msg.Name))
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, errorsmod.Wrapf(types.ErrModelExists, "%q", msg.Publisher+"/"+msg.Name)
	}
	m := types.Model{
		Publisher: msg.Publisher, Name: msg.Name, Description: msg.Description, CreatedHeight: height(ctx),
	}
	if err := s.putModel(ctx, m); err != nil {
		return nil, err
	}
	count(ctx, metricModelsCreated)
	return &types.MsgCreateModelResponse{}, emit(ctx, &types.EventModelCreated{Publisher: m.Publisher, Model: m.Name})
}

// UpdateModel replaces the description.
func (s msgServer) UpdateModel(ctx context.Context, msg *types.MsgUpdateModel) (*types.MsgUpdateModelResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	m, err := s.k.ownedModel(ctx, msg.Publisher, msg.Name, msg.Owner)
	if err != nil {
		return nil, err
	}
	m.Description = msg.Description
	if err := s.putModel(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateModelResponse{}, emit(ctx, &types.EventModelUpdated{Publisher: m.Publisher, Model: m.Name})
}

// putModel stores a model within today's limits.
func (s msgServer) putModel(ctx context.Context, m types.Model) error {
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := m.Validate(params); err != nil {
		return err
	}
	return s.k.Models.Set(ctx, collections.Join(m.Publisher, m.Name), m)
}
