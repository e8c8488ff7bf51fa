package cmd

import (
	"fmt"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/assay-chain/assay/app"
)

// newApp opens the application that a node runs.
func newApp(logger log.Logger, db dbm.DB, opts servertypes.AppOptions) servertypes.Application {
	return app.New(logger, db, true, opts, server.DefaultBaseappOptions(opts)...)
}

// exportApp returns the state after a height (-1: the latest) as a genesis.
func exportApp(
	logger log.Logger, db dbm.DB, height int64, zeroHeight bool, allowed []string,
	opts servertypes.AppOptions, modules []string,
) (servertypes.ExportedApp, error) {
	latest := height == -1
	a := app.New(logger, db, latest, opts, server.DefaultBaseappOptions(opts)...)
	if !latest {
		if err := a.LoadHeight(height); err != nil {
			return servertypes.ExportedApp{}, fmt.Errorf("load height %d: %w", height, err)
		}
	}
	return a.ExportAppStateAndValidators(zeroHeight, allowed, modules)
}
