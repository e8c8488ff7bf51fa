package app

import (
	"context"
	"fmt"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// Upgrade is a change of the application that the chain makes at a planned height.
type Upgrade struct {
	// Name is that of the plan which governance passes.
	Name string
	// Stores are added, renamed or deleted when the new binary first opens the state.
	Stores storetypes.StoreUpgrades
}

// Upgrades lists what this binary can upgrade to, oldest first. Every one runs the modules' migrations.
func Upgrades() []Upgrade { return nil }

// setUpgrades registers a handler for each upgrade and, where a plan has stopped the old binary, the
// store changes that the plan needs. Reading the plan touches the home folder, so it waits for load.
func (app *App) setUpgrades(load bool) {
	for _, u := range Upgrades() {
		app.Upgrade.SetUpgradeHandler(u.Name, app.migrate)
	}
	if !load || len(Upgrades()) == 0 {
		return
	}
	plan, err := app.Upgrade.ReadUpgradeInfoFromDisk()
	must("upgrade plan", err)
	if app.Upgrade.IsSkipHeight(plan.Height) {
		return
	}
	for _, u := range Upgrades() {
		if u.Name == plan.Name {
			app.SetStoreLoader(upgradetypes.UpgradeStoreLoader(plan.Height, &u.Stores))
		}
	}
}

// migrate takes every module from the version on record to the one of this binary.
func (app *App) migrate(ctx context.Context, plan upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
	to, err := app.ModuleManager.RunMigrations(ctx, app.configurator, from)
	if err != nil {
		return nil, fmt.Errorf("upgrade %q: %w", plan.Name, err)
	}
	return to, nil
}
