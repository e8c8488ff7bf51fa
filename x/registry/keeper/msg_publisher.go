package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// CreatePublisher takes a namespace that nobody has, if the guard allows it.
func (s msgServer) CreatePublisher(ctx context.Context, msg *types.MsgCreatePublisher) (*types.MsgCreatePublisherResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	taken, err := s.k.Publishers.Has(ctx, msg.Name)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, errorsmod.Wrapf(types.ErrPublisherExists, "%q", msg.Name)
	}
	if err := s.k.guard.allowPublish(ctx, msg.Name, "", "", msg.Owner); err != nil {
		return nil, err
	}
	p := types.Publisher{
		Name: msg.Name, Owner: msg.Owner, Description: msg.Description, Website: msg.Website, CreatedHeight: height(ctx),
	}
	if err := s.putPublisher(ctx, p); err != nil {
		return nil, err
	}
	count(ctx, metricPublishersCreated)
	return &types.MsgCreatePublisherResponse{}, emit(ctx, &types.EventPublisherCreated{Publisher: p.Name, Owner: p.Owner})
}

// UpdatePublisher replaces the description and the website.
func (s msgServer) UpdatePublisher(ctx context.Context, msg *types.MsgUpdatePublisher) (*types.MsgUpdatePublisherResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.k.ownedPublisher(ctx, msg.Name, msg.Owner)
	if err != nil {
		return nil, err
	}
	p.Description, p.Website = msg.Description, msg.Website
	if err := s.putPublisher(ctx, p); err != nil {
		return nil, err
	}
	return &types.MsgUpdatePublisherResponse{}, emit(ctx, &types.EventPublisherUpdated{Publisher: p.Name})
}

// ProposePublisherOwner offers the publisher to an account. The owner stays the owner until that
// account accepts, so a mistyped address loses nothing.
func (s msgServer) ProposePublisherOwner(ctx context.Context, msg *types.MsgProposePublisherOwner) (*types.MsgProposePublisherOwnerResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.k.ownedPublisher(ctx, msg.Name, msg.Owner)
	if err != nil {
		return nil, err
	}
	p.PendingOwner = msg.NewOwner
	if err := s.k.Publishers.Set(ctx, p.Name, p); err != nil {
		return nil, err
	}
	return &types.MsgProposePublisherOwnerResponse{}, emit(ctx, &types.EventPublisherTransferProposed{
		Publisher: p.Name, Owner: p.Owner, PendingOwner: p.PendingOwner,
	})
}

// AcceptPublisherOwner makes the signer the owner, if the publisher was offered to it.
func (s msgServer) AcceptPublisherOwner(ctx context.Context, msg *types.MsgAcceptPublisherOwner) (*types.MsgAcceptPublisherOwnerResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.k.Publisher(ctx, msg.Name)
	if err != nil {
		return nil, err
	}
	if p.PendingOwner == "" {
		return nil, errorsmod.Wrapf(types.ErrNoTransfer, "publisher %q", p.Name)
	}
	if p.PendingOwner != msg.NewOwner {
		return nil, errorsmod.Wrapf(types.ErrUnauthorized, "publisher %q: expected new owner %s, got %s", p.Name, p.PendingOwner, msg.NewOwner)
	}
	previous := p.Owner
	p.Owner, p.PendingOwner = p.PendingOwner, ""
	if err := s.k.Publishers.Set(ctx, p.Name, p); err != nil {
		return nil, err
	}
	count(ctx, metricPublishersTransferred)
	return &types.MsgAcceptPublisherOwnerResponse{}, emit(ctx, &types.EventPublisherTransferred{
		Publisher: p.Name, PreviousOwner: previous, Owner: p.Owner,
	})
}

// CancelPublisherTransfer takes an offer back.
func (s msgServer) CancelPublisherTransfer(ctx context.Context, msg *types.MsgCancelPublisherTransfer) (*types.MsgCancelPublisherTransferResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	p, err := s.k.ownedPublisher(ctx, msg.Name, msg.Owner)
	if err != nil {
		return nil, err
	}
	if p.PendingOwner == "" {
		return nil, errorsmod.Wrapf(types.ErrNoTransfer, "publisher %q", p.Name)
	}
	pending := p.PendingOwner
	p.PendingOwner = ""
	if err := s.k.Publishers.Set(ctx, p.Name, p); err != nil {
		return nil, err
	}
	return &types.MsgCancelPublisherTransferResponse{}, emit(ctx, &types.EventPublisherTransferCancelled{
		Publisher: p.Name, PendingOwner: pending,
	})
}

// putPublisher stores a publisher whose texts a message set, within today's limits.
func (s msgServer) putPublisher(ctx context.Context, p types.Publisher) error {
	params, err := s.k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := p.Validate(params); err != nil {
		return err
	}
	return s.k.Publishers.Set(ctx, p.Name, p)
}
