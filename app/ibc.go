package app

import (
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/ibc-go/v11/modules/apps/transfer"
	transferkeeper "github.com/cosmos/ibc-go/v11/modules/apps/transfer/keeper"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
	transferv2 "github.com/cosmos/ibc-go/v11/modules/apps/transfer/v2"
	ibc "github.com/cosmos/ibc-go/v11/modules/core"
	porttypes "github.com/cosmos/ibc-go/v11/modules/core/05-port/types"
	ibcapi "github.com/cosmos/ibc-go/v11/modules/core/api"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"
	ibckeeper "github.com/cosmos/ibc-go/v11/modules/core/keeper"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"

	"github.com/assay-chain/assay/x/rollout"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

func (app *App) newIBCKeepers() {
	cdc, authority := app.enc.Codec, Authority()
	app.IBC = ibckeeper.NewKeeper(cdc, app.storeService(ibcexported.StoreKey), app.Upgrade, authority)
	app.Transfer = transferkeeper.NewKeeper(
		cdc, app.Account.AddressCodec(), app.storeService(transfertypes.StoreKey), app.IBC.ChannelKeeper,
		app.MsgServiceRouter(), app.Account, app.Bank, authority,
	)
}

// newIBCModules routes packets to applications and client messages to light clients, and returns the modules.
func (app *App) newIBCModules() []module.AppModule {
	app.IBC.SetRouter(porttypes.NewRouter().
		AddRoute(transfertypes.ModuleName, transfer.NewIBCModule(app.Transfer)).
		AddRoute(rollouttypes.PortID, rollout.NewIBCModule(app.Rollout)))
	app.IBC.SetRouterV2(ibcapi.NewRouter().
		AddRoute(transfertypes.PortID, transferv2.NewIBCModule(app.Transfer)).
		AddRoute(rollouttypes.PortID, rollout.NewIBCModuleV2(app.Rollout)))

	tendermint := ibctm.NewLightClientModule(app.enc.Codec, app.IBC.ClientKeeper.GetStoreProvider())
	app.IBC.ClientKeeper.AddRoute(ibctm.ModuleName, &tendermint)
	return []module.AppModule{
		ibc.NewAppModule(app.IBC),
		transfer.NewAppModule(app.Transfer),
		ibctm.NewAppModule(tendermint),
	}
}
