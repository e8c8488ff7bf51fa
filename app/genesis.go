package app

import (
	"encoding/json"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// GenesisState is the state of each module at a chain's start, by module name.
type GenesisState map[string]json.RawMessage

// InitChainer starts the chain from the application state of a genesis file.
func (app *App) InitChainer(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state GenesisState
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, fmt.Errorf("genesis: app_state: %w", err)
	}
	if err := app.Upgrade.SetModuleVersionMap(ctx, app.ModuleManager.GetVersionMap()); err != nil {
		return nil, fmt.Errorf("genesis: module versions: %w", err)
	}
	return app.ModuleManager.InitGenesis(ctx, app.enc.Codec, state)
}
