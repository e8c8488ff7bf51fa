package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

var _ types.MsgServer = MsgServer{}

// MsgServer executes the module's messages.
type MsgServer struct{ keeper Keeper }

// NewMsgServer returns the message server of a keeper.
func NewMsgServer(k Keeper) MsgServer { return MsgServer{k} }

// SubmitProof implements types.MsgServer.
func (s MsgServer) SubmitProof(goCtx context.Context, m *types.MsgSubmitProof) (*types.MsgSubmitProofResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	id, err := s.submitProof(ctx, m)
	countVerdict(ctx, pathBlock, err)
	if err != nil {
		return nil, err
	}
	return &types.MsgSubmitProofResponse{AttestationId: id}, nil
}

func (s MsgServer) submitProof(ctx sdk.Context, m *types.MsgSubmitProof) (uint64, error) {
	params, err := s.keeper.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	if err := m.Validate(params); err != nil {
		return 0, err
	}
	device, err := types.DeviceAddress(m.Device)
	if err != nil {
		return 0, err
	}
	branch, write := ctx.CacheContext()
	id, err := s.keeper.submit(branch, params, claim{device, m.Entry()})
	if err != nil {
		return 0, err
	}
	write()
	return id, nil
}

// SubmitProofs implements types.MsgServer. It is atomic: it works on a branch of the state that is thrown away where
// an entry is refused. The error names the index of the first bad entry.
func (s MsgServer) SubmitProofs(goCtx context.Context, m *types.MsgSubmitProofs) (*types.MsgSubmitProofsResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	params, err := s.keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.Validate(params); err != nil {
		countVerdict(ctx, pathBlock, err)
		return nil, err
	}
	device, err := types.DeviceAddress(m.Device)
	if err != nil {
		return nil, err
	}
	branch, write := ctx.CacheContext()
	ids := make([]uint64, len(m.Entries))
	for i, e := range m.Entries {
		ids[i], err = s.keeper.submit(branch, params, claim{device, e})
		countVerdict(ctx, pathBlock, err)
		if err != nil {
			return nil, errorsmod.Wrapf(err, "entry %d", i)
		}
	}
	write()
	return &types.MsgSubmitProofsResponse{AttestationIds: ids}, nil
}

// UpdateParams implements types.MsgServer.
func (s MsgServer) UpdateParams(goCtx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if m.Authority != s.keeper.authority {
		return nil, errorsmod.Wrapf(types.ErrUnauthorized, "expected %q, got %q", s.keeper.authority, m.Authority)
	}
	if err := m.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.keeper.Params.Set(goCtx, m.Params); err != nil {
		return nil, err
	}
	ctx := sdk.UnwrapSDKContext(goCtx)
	return &types.MsgUpdateParamsResponse{}, ctx.EventManager().EmitTypedEvent(&types.EventParamsUpdated{Authority: m.Authority})
}
