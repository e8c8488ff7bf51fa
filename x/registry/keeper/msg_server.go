package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// msgServer changes the registry. Each handler checks everything first, then asks the guard where there is one to ask, and
// writes last; what hooks may still refuse is written to a branch of the state.
type msgServer struct {
	k Keeper
}

// NewMsgServer returns the message handlers.
func NewMsgServer(k Keeper) types.MsgServer { return msgServer{k: k} }

// UpdateParams replaces all limits. What is on record already stays as it is.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	if msg.Authority != s.k.authority {
		return nil, errorsmod.Wrapf(types.ErrUnauthorized, "expected authority %s, got %s", s.k.authority, msg.Authority)
	}
	if err := s.k.Params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Authority: msg.Authority})
}
