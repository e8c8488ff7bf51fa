package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// Contract returns a contract, or ErrContractNotFound.
func (k Keeper) Contract(ctx context.Context, address sdk.AccAddress) (types.Contract, error) {
	c, err := k.Contracts.Get(ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		return c, errorsmod.Wrapf(types.ErrContractNotFound, "%s", address)
	}
	return c, err
}

// contractOf is Contract by the text of an address.
func (k Keeper) contractOf(ctx context.Context, address string) (types.Contract, error) {
	a, err := types.ParseContractAddress("contract", address)
	if err != nil {
		return types.Contract{}, err
	}
	return k.Contract(ctx, a)
}

// administered returns a contract if the sender is its admin, or ErrUnauthorized.
func (k Keeper) administered(ctx context.Context, address, sender string) (types.Contract, error) {
	c, err := k.contractOf(ctx, address)
	if err != nil {
		return c, err
	}
	if c.Admin == "" {
		return c, errorsmod.Wrapf(types.ErrUnauthorized, "contract %s has no admin", address)
	}
	if c.Admin != sender {
		return c, errorsmod.Wrapf(types.ErrUnauthorized, "contract %s: expected admin %s, got %s", address, c.Admin, sender)
	}
	return c, nil
}

// setContract stores a contract that is on record already, under its code.
func (k Keeper) setContract(ctx context.Context, c types.Contract) error {
	a, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return err
	}
	return k.Contracts.Set(ctx, a, c)
}

// insertContract stores a contract and its index.
func (k Keeper) insertContract(ctx context.Context, c types.Contract) error {
	a, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return err
	}
	if err := k.Contracts.Set(ctx, a, c); err != nil {
		return err
	}
	return k.ContractsByCode.Set(ctx, collections.Join(c.CodeId, []byte(a)))
}

// newAddress takes the next number and makes the account of its address.
func (k Keeper) newAddress(ctx context.Context) (sdk.AccAddress, error) {
	instance, err := k.NextInstance.Next(ctx)
	if err != nil {
		return nil, err
	}
	a := types.ContractAddress(instance)
	return a, k.claimAccount(ctx, a)
}

// claimAccount makes the plain account of a new contract. Addresses can be foreseen, so somebody may have sent coins there, or
// have made a vesting account of it: coins are welcome, and the account becomes a plain one, for a schedule of vesting would cost
// time in every transfer, and refusing it would let anyone stop all that are to come. An account that somebody uses is
// refused; as nobody can have the key, there is none.
func (k Keeper) claimAccount(ctx context.Context, a sdk.AccAddress) error {
	old := k.accounts.GetAccount(ctx, a)
	if old == nil {
		k.accounts.SetAccount(ctx, k.accounts.NewAccountWithAddress(ctx, a))
		return nil
	}
	_, isModule := old.(sdk.ModuleAccountI)
	if old.GetPubKey() != nil || old.GetSequence() != 0 || isModule {
		return errorsmod.Wrapf(types.ErrAddressTaken, "%s", a)
	}
	k.accounts.SetAccount(ctx, authtypes.NewBaseAccount(a, nil, old.GetAccountNumber(), 0))
	return nil
}

// sendFunds gives a contract coins of an account's. Where a denomination must not be sent, or the account has not got enough,
// it is ErrFunds.
func (k Keeper) sendFunds(ctx context.Context, from, to sdk.AccAddress, funds sdk.Coins) error {
	if funds.Empty() {
		return nil
	}
	if err := k.bank.IsSendEnabledCoins(ctx, funds...); err != nil {
		return types.WithReason(types.ErrFunds, err)
	}
	if err := k.bank.SendCoins(ctx, from, to, funds); err != nil {
		return types.WithReason(types.ErrFunds, err)
	}
	return nil
}
