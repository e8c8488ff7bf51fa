package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
)

// Instantiate makes a contract, gives it the funds, calls its init and subscribes it.
func (s msgServer) Instantiate(ctx context.Context, msg *types.MsgInstantiate) (*types.MsgInstantiateResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	var response *types.MsgInstantiateResponse
	err := atomically(ctx, func(ctx sdk.Context) error {
		var err error
		response, err = s.k.instantiate(ctx, msg)
		return err
	})
	if err != nil {
		return nil, err
	}
	count(ctx, metricContractsInstantiated)
	return response, nil
}

func (k Keeper) instantiate(ctx sdk.Context, msg *types.MsgInstantiate) (*types.MsgInstantiateResponse, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := msg.Validate(params); err != nil {
		return nil, err
	}
	if _, err := k.Code(ctx, msg.CodeId); err != nil {
		return nil, err
	}
	address, err := k.newAddress(ctx)
	if err != nil {
		return nil, err
	}
	c := types.Contract{
		Address: address.String(), CodeId: msg.CodeId, Creator: msg.Sender, Admin: msg.Admin, Label: msg.Label, CreatedHeight: height(ctx),
	}
	if err := k.insertContract(ctx, c); err != nil {
		return nil, err
	}
	result, err := k.callWithFunds(ctx, c, types.EntryInit, msg.Sender, msg.Msg, msg.Funds, params)
	if err != nil {
		return nil, err
	}
	for _, model := range msg.Subscriptions {
		if err := k.subscribe(ctx, c, model); err != nil {
			return nil, err
		}
	}
	return &types.MsgInstantiateResponse{Address: c.Address, Output: result.Output}, emit(ctx, &types.EventContractInstantiated{
		Contract: c.Address, CodeId: c.CodeId, Creator: c.Creator, Admin: c.Admin, Label: c.Label, GasUsed: result.GasUsed,
	})
}

// Execute gives a contract the funds and calls its execute.
func (s msgServer) Execute(ctx context.Context, msg *types.MsgExecute) (*types.MsgExecuteResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	var response *types.MsgExecuteResponse
	err := atomically(ctx, func(ctx sdk.Context) error {
		params, err := s.k.Params.Get(ctx)
		if err != nil {
			return err
		}
		if err := types.ValidateMessage(msg.Msg, params); err != nil {
			return err
		}
		c, err := s.k.contractOf(ctx, msg.Contract)
		if err != nil {
			return err
		}
		result, err := s.k.callWithFunds(ctx, c, types.EntryExecute, msg.Sender, msg.Msg, msg.Funds, params)
		if err != nil {
			return err
		}
		response = &types.MsgExecuteResponse{Output: result.Output}
		return emit(ctx, &types.EventContractExecuted{Contract: c.Address, Sender: msg.Sender, GasUsed: result.GasUsed})
	})
	if err != nil {
		return nil, err
	}
	count(ctx, metricContractsExecuted)
	return response, nil
}

// callWithFunds is the part that init and execute share. The funds are the contract's when it starts.
func (k Keeper) callWithFunds(
	ctx sdk.Context, c types.Contract, entry, sender string, message []byte, funds sdk.Coins, params types.Params,
) (host.Result, error) {
	from, err := types.ParseAddress("sender", sender)
	if err != nil {
		return host.Result{}, err
	}
	to, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return host.Result{}, err
	}
	if err := k.sendFunds(ctx, from, to, funds); err != nil {
		return host.Result{}, err
	}
	call := host.Call{Entry: entry, Message: message, Caller: sender, Gas: params.MaxCallGas}
	for _, coin := range funds {
		call.Funds = append(call.Funds, host.Coin{Denom: coin.Denom, Amount: coin.Amount.Uint64()}) // ValidateFunds saw to 64 bits
	}
	return k.runInTx(ctx, c, call, nil)
}

// Migrate gives a contract another code and calls that code's migrate, on the storage that the contract has.
func (s msgServer) Migrate(ctx context.Context, msg *types.MsgMigrate) (*types.MsgMigrateResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	var response *types.MsgMigrateResponse
	err := atomically(ctx, func(ctx sdk.Context) error {
		var err error
		response, err = s.k.migrate(ctx, msg)
		return err
	})
	if err != nil {
		return nil, err
	}
	count(ctx, metricContractsMigrated)
	return response, nil
}

func (k Keeper) migrate(ctx sdk.Context, msg *types.MsgMigrate) (*types.MsgMigrateResponse, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateMessage(msg.Msg, params); err != nil {
		return nil, err
	}
	c, err := k.administered(ctx, msg.Contract, msg.Sender)
	if err != nil {
		return nil, err
	}
	previous := c.CodeId
	if previous == msg.CodeId {
		return nil, errorsmod.Wrapf(types.ErrMigration, "contract %s has code %d", c.Address, msg.CodeId)
	}
	c.CodeId = msg.CodeId
	c.Migrations++
	if err := k.replaceCode(ctx, c, previous); err != nil {
		return nil, err
	}
	call := host.Call{Entry: types.EntryMigrate, Message: msg.Msg, Caller: msg.Sender, Gas: params.MaxCallGas}
	result, err := k.runInTx(ctx, c, call, nil)
	if err != nil {
		return nil, err
	}
	return &types.MsgMigrateResponse{Output: result.Output}, emit(ctx, &types.EventContractMigrated{
		Contract: c.Address, PreviousCodeId: previous, CodeId: c.CodeId, GasUsed: result.GasUsed,
	})
}

// replaceCode stores a contract under another code, which has to be on record and able to take over.
func (k Keeper) replaceCode(ctx context.Context, c types.Contract, previous uint64) error {
	code, err := k.Code(ctx, c.CodeId)
	if err != nil {
		return err
	}
	if !hasEntry(code, types.EntryMigrate) {
		return errorsmod.Wrapf(types.ErrEntry, "code %d: %q", code.Id, types.EntryMigrate)
	}
	address, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return err
	}
	if err := k.ContractsByCode.Remove(ctx, collections.Join(previous, []byte(address))); err != nil {
		return err
	}
	return k.insertContract(ctx, c)
}
