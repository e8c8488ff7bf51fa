package keeper

import (
	"context"

	"github.com/assay-chain/assay/x/fleet/types"
)

var _ types.MsgServer = msgServer{}

// msgServer answers the module's messages. Every handler checks everything before its first write; what hooks may still
// refuse is written to a branch of the state.
type msgServer struct{ Keeper }

// NewMsgServer returns the message server of the keeper.
func NewMsgServer(k Keeper) types.MsgServer { return msgServer{k} }

// UpdateParams replaces the limits.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != s.authority {
		return nil, types.ErrUnauthorized.Wrapf("params: expected authority %s, got %s", s.authority, msg.Authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.Params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Params: msg.Params})
}
