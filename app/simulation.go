package app

import (
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authsims "github.com/cosmos/cosmos-sdk/x/auth/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// newSimulation collects the modules that can simulate themselves, in a fixed order.
func (app *App) newSimulation() {
	override := map[string]module.AppModuleSimulation{
		authtypes.ModuleName: auth.NewAppModule(app.enc.Codec, app.Account, authsims.RandomGenesisAccounts, nil),
	}
	app.simulation = module.NewSimulationManagerFromAppModules(app.ModuleManager.Modules, override)
	app.simulation.RegisterStoreDecoders()
}
