package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// msgServer stores code, and makes and calls contracts. Each handler works in a branch of the state: a message that fails
// changes nothing, and its gas stays used.
type msgServer struct {
	k Keeper
}

// NewMsgServer returns the message handlers.
func NewMsgServer(k Keeper) types.MsgServer { return msgServer{k: k} }

// StoreCode checks a module and puts it on record. The same module again has the id that it has, and changes nothing.
func (s msgServer) StoreCode(ctx context.Context, msg *types.MsgStoreCode) (*types.MsgStoreCodeResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	var code types.Code
	err := atomically(ctx, func(ctx sdk.Context) error {
		var isNew bool
		var err error
		code, isNew, err = s.k.storeCode(ctx, msg)
		if err != nil || !isNew {
			return err
		}
		count(ctx, metricCodesStored)
		return emit(ctx, &types.EventCodeStored{
			CodeId: code.Id, Digest: types.FormatDigest(code.Digest), Creator: code.Creator, Size_: code.Size_,
		})
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgStoreCodeResponse{CodeId: code.Id, Digest: code.Digest}, nil
}

// SetAdmin names the next admin of a contract. With none, the contract stays as it is for ever.
func (s msgServer) SetAdmin(ctx context.Context, msg *types.MsgSetAdmin) (*types.MsgSetAdminResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	c, err := s.k.administered(ctx, msg.Contract, msg.Sender)
	if err != nil {
		return nil, err
	}
	c.Admin = msg.NewAdmin
	err = atomically(ctx, func(ctx sdk.Context) error {
		if err := s.k.setContract(ctx, c); err != nil {
			return err
		}
		return emit(ctx, &types.EventAdminSet{Contract: c.Address, PreviousAdmin: msg.Sender, Admin: c.Admin})
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgSetAdminResponse{}, nil
}

// PinCode has every node keep a code compiled, from the next block on.
func (s msgServer) PinCode(ctx context.Context, msg *types.MsgPinCode) (*types.MsgPinCodeResponse, error) {
	if err := s.governed(msg, msg.Authority); err != nil {
		return nil, err
	}
	err := atomically(ctx, func(ctx sdk.Context) error {
		if err := s.k.pinCode(ctx, msg.CodeId, true); err != nil {
			return err
		}
		return emit(ctx, &types.EventCodePinned{CodeId: msg.CodeId})
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgPinCodeResponse{}, nil
}

// UnpinCode ends that.
func (s msgServer) UnpinCode(ctx context.Context, msg *types.MsgUnpinCode) (*types.MsgUnpinCodeResponse, error) {
	if err := s.governed(msg, msg.Authority); err != nil {
		return nil, err
	}
	err := atomically(ctx, func(ctx sdk.Context) error {
		if err := s.k.pinCode(ctx, msg.CodeId, false); err != nil {
			return err
		}
		return emit(ctx, &types.EventCodeUnpinned{CodeId: msg.CodeId})
	})
	if err != nil {
		return nil, err
	}
	return &types.MsgUnpinCodeResponse{}, nil
}

// UpdateParams replaces all parameters. What is on record already stays as it is. A guard has to be a contract that can
// answer, for all publications wait on it.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.governed(msg, msg.Authority); err != nil {
		return nil, err
	}
	if msg.Params.PublishGuard != "" {
		if err := s.k.needEntry(ctx, msg.Params.PublishGuard, types.EntryAllowPublish); err != nil {
			return nil, err
		}
	}
	if err := s.k.Params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Authority: msg.Authority})
}

// governed checks a message that governance alone may send.
func (s msgServer) governed(msg sdk.HasValidateBasic, authority string) error {
	if err := msg.ValidateBasic(); err != nil {
		return err
	}
	if authority != s.k.authority {
		return errorsmod.Wrapf(types.ErrUnauthorized, "expected authority %s, got %s", s.k.authority, authority)
	}
	return nil
}

// needEntry wants a contract on record whose code exports an entry point.
func (k Keeper) needEntry(ctx context.Context, address, entry string) error {
	c, err := k.contractOf(ctx, address)
	if err != nil {
		return err
	}
	code, err := k.Code(ctx, c.CodeId)
	if err != nil {
		return err
	}
	if !hasEntry(code, entry) {
		return errorsmod.Wrapf(types.ErrEntry, "contract %s: %q", address, entry)
	}
	return nil
}
