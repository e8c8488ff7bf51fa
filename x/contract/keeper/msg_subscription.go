package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// Subscribe has a contract told of the attestations of a model, from the next one on that is accepted. Of those that wait in the
// queue already it is not told.
func (s msgServer) Subscribe(ctx context.Context, msg *types.MsgSubscribe) (*types.MsgSubscribeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	c, err := s.k.administered(ctx, msg.Contract, msg.Sender)
	if err != nil {
		return nil, err
	}
	if err := atomically(ctx, func(ctx sdk.Context) error { return s.k.subscribe(ctx, c, msg.Model) }); err != nil {
		return nil, err
	}
	return &types.MsgSubscribeResponse{}, nil
}

// Unsubscribe ends a subscription. Of attestations that wait in the queue the contract is not told any more.
func (s msgServer) Unsubscribe(ctx context.Context, msg *types.MsgUnsubscribe) (*types.MsgUnsubscribeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	c, err := s.k.contractOf(ctx, msg.Contract)
	if err != nil {
		return nil, err
	}
	cause, err := s.mayUnsubscribe(ctx, c, msg)
	if err != nil {
		return nil, err
	}
	contract, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return nil, err
	}
	if err := atomically(ctx, func(ctx sdk.Context) error { return s.k.unsubscribe(ctx, contract, msg.Model, cause) }); err != nil {
		return nil, err
	}
	return &types.MsgUnsubscribeResponse{}, nil
}

// mayUnsubscribe says by which right the sender may end the subscription, or ErrUnauthorized. The owner of a model may, for its
// places are few and anyone may take one.
func (s msgServer) mayUnsubscribe(ctx context.Context, c types.Contract, msg *types.MsgUnsubscribe) (cause string, err error) {
	switch msg.Sender {
	case c.Admin:
		return causeAdmin, nil
	case s.k.authority:
		return causeAuthority, nil
	}
	publisher, model, err := types.SplitModel(msg.Model)
	if err != nil {
		return "", err
	}
	if s.k.chain.Registry.CheckModelOwner(ctx, publisher, model, msg.Sender) != nil {
		return "", errorsmod.Wrapf(types.ErrUnauthorized,
			"unsubscribe %s from %q: expected the admin, the owner of the model or the authority, got %s", c.Address, msg.Model, msg.Sender)
	}
	return causePublisher, nil
}
