package app

import (
	"encoding/json"
	"fmt"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
)

// ExportAppStateAndValidators returns the committed state as a genesis, with the validator set, to
// start a chain that goes on at the next height. With zeroHeight the new chain counts from 1: rewards
// are paid out, heights on record are reset, and validators not in allowed (operator addresses; empty
// allows all) are jailed. modules limits the export to some modules; empty exports all.
func (app *App) ExportAppStateAndValidators(zeroHeight bool, allowed, modules []string) (servertypes.ExportedApp, error) {
	var none servertypes.ExportedApp
	ctx := app.NewContextLegacy(true, app.header())
	height := app.LastBlockHeight() + 1 // the exported chain's first block
	if zeroHeight {
		height = 0
		if err := app.resetHeights(ctx, allowed); err != nil {
			return none, fmt.Errorf("export: reset heights: %w", err)
		}
	}
	state, err := app.ModuleManager.ExportGenesisForModules(ctx, app.enc.Codec, modules)
	if err != nil {
		return none, fmt.Errorf("export: %w", err)
	}
	raw, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return none, fmt.Errorf("export: %w", err)
	}
	validators, err := staking.WriteValidators(ctx, app.Staking)
	if err != nil {
		return none, fmt.Errorf("export: validators: %w", err)
	}
	return servertypes.ExportedApp{
		AppState: raw, Validators: validators, Height: height, ConsensusParams: app.GetConsensusParams(ctx),
	}, nil
}
