package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// AccountKeeper is what x/contract needs of x/auth.
type AccountKeeper interface {
	// GetAccount returns the account of an address, or nil.
	GetAccount(ctx context.Context, address sdk.AccAddress) sdk.AccountI
	// NewAccountWithAddress makes an account that is not stored yet.
	NewAccountWithAddress(ctx context.Context, address sdk.AccAddress) sdk.AccountI
	// SetAccount stores an account.
	SetAccount(ctx context.Context, account sdk.AccountI)
}

// BankKeeper is what x/contract needs of x/bank.
type BankKeeper interface {
	// GetBalance returns what an account holds of a denomination.
	GetBalance(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
	// SpendableCoin returns what of it the account can send.
	SpendableCoin(ctx context.Context, address sdk.AccAddress, denom string) sdk.Coin
	// SendCoins moves coins between accounts.
	SendCoins(ctx context.Context, from, to sdk.AccAddress, amount sdk.Coins) error
	// SendCoinsFromAccountToModule pays a module.
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, module string, amount sdk.Coins) error
	// BlockedAddr says whether an address must not receive coins.
	BlockedAddr(address sdk.AccAddress) bool
	// IsSendEnabledCoins returns an error if one of the coins must not be sent.
	IsSendEnabledCoins(ctx context.Context, coins ...sdk.Coin) error
}
