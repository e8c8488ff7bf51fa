package app

import (
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
)

// modulePermissions returns what each module account may do with coins.
func modulePermissions() map[string][]string {
	return map[string][]string{
		authtypes.FeeCollectorName:     nil,
		distrtypes.ModuleName:          nil,
		minttypes.ModuleName:           {authtypes.Minter},
		stakingtypes.BondedPoolName:    {authtypes.Burner, authtypes.Staking},
		stakingtypes.NotBondedPoolName: {authtypes.Burner, authtypes.Staking},
		govtypes.ModuleName:            {authtypes.Burner},
		transfertypes.ModuleName:       {authtypes.Minter, authtypes.Burner},
	}
}

// BlockedAddresses returns the module accounts that must not receive coins from a transfer: all but
// that of governance, whose deposits and grants come that way.
func BlockedAddresses() map[string]bool {
	blocked := make(map[string]bool)
	for name := range modulePermissions() {
		blocked[authtypes.NewModuleAddress(name).String()] = true
	}
	delete(blocked, Authority())
	return blocked
}

// Authority is the address that may change parameters: the governance module account.
func Authority() string { return authtypes.NewModuleAddress(govtypes.ModuleName).String() }
