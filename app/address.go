package app

import (
	"os"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// Name is the application's name in ABCI and in genesis files.
	Name = "assay"
	// Bech32Prefix starts every account address.
	Bech32Prefix = "assay"
	// CoinType is the BIP-44 coin type of keys: that of Cosmos, so that existing wallets derive the same keys.
	CoinType = 118

	// BaseDenom is the unit that balances, fees and stake are counted in.
	BaseDenom = "uassay"
	// DisplayDenom is 10^DisplayExponent of BaseDenom.
	DisplayDenom = "assay"
	// DisplayExponent is the number of decimals of DisplayDenom.
	DisplayExponent = 6
)

// The SDK reads prefixes and the bond denom from process-wide variables, even while packages that
// only build messages are initialized, so they are set when this package is.
func init() {
	// Without a scope of its own, every conversion of an address asks the operating system for the
	// names of the host and of the program: three system calls, in the hottest path of a block.
	if os.Getenv(sdk.EnvConfigScope) == "" {
		must("configuration scope", os.Setenv(sdk.EnvConfigScope, Name))
	}
	cfg := sdk.GetConfig()
	cfg.SetBech32PrefixForAccount(Bech32Prefix, Bech32Prefix+"pub")
	cfg.SetBech32PrefixForValidator(Bech32Prefix+"valoper", Bech32Prefix+"valoperpub")
	cfg.SetBech32PrefixForConsensusNode(Bech32Prefix+"valcons", Bech32Prefix+"valconspub")
	cfg.SetCoinType(CoinType)
	sdk.DefaultBondDenom = BaseDenom
}
