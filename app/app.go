package app

import (
	"fmt"
	"sync"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/version"
)

var (
	_ runtime.AppI            = (*App)(nil)
	_ servertypes.Application = (*App)(nil)
)

// App is the Assay application. Make it with New.
type App struct {
	*baseapp.BaseApp
	Keepers

	// ModuleManager runs the modules; Basics knows their codecs and default genesis.
	ModuleManager *module.Manager
	Basics        module.BasicManager

	enc           Encoding
	keys          map[string]*storetypes.KVStoreKey
	transientKeys map[string]*storetypes.TransientStoreKey
	configurator  module.Configurator
	simulation    *module.SimulationManager
	closing       sync.Once
}

// New wires an application over db. With load it opens the latest committed state; without, the
// caller loads a version, or wants codecs and commands only. Wiring that does not fit together, and
// state that cannot be opened, panic: there is nothing to run.
func New(
	logger log.Logger, db dbm.DB, load bool, opts servertypes.AppOptions, baseOpts ...func(*baseapp.BaseApp),
) *App {
	app := &App{enc: newEncoding(), keys: newStoreKeys(), transientKeys: newTransientStoreKeys()}
	app.BaseApp = baseapp.NewBaseApp(Name, logger, db, app.enc.Tx.TxDecoder(), baseOpts...)
	app.SetVersion(version.Version)
	app.SetInterfaceRegistry(app.enc.Interfaces)
	app.SetTxEncoder(app.enc.Tx.TxEncoder())
	must("streaming", app.RegisterStreamingServices(opts, app.keys))

	app.newKeepers(opts)
	app.newModules()
	app.registerServices()
	app.newSimulation()
	app.setHandlers(opts)
	app.setUpgrades(load)
	if load {
		must("load state", app.LoadLatestVersion())
	}
	return app
}

// registerServices registers the messages and queries of all modules and checks their annotations.
func (app *App) registerServices() {
	app.configurator = module.NewConfigurator(app.enc.Codec, app.MsgServiceRouter(), app.GRPCQueryRouter())
	must("services", app.ModuleManager.RegisterServices(app.configurator))
	app.registerReflection()
	files, err := proto.MergedRegistry()
	must("protobuf registry", err)
	must("protobuf annotations", msgservice.ValidateProtoAnnotations(files))
}

func (app *App) setHandlers(opts servertypes.AppOptions) {
	app.MountKVStores(app.keys)
	app.MountTransientStores(app.transientKeys)
	app.SetInitChainer(app.InitChainer)
	app.SetPreBlocker(app.PreBlocker)
	app.SetBeginBlocker(app.BeginBlocker)
	app.SetEndBlocker(app.EndBlocker)
	app.SetAnteHandler(app.newAnteHandler(checksProofs(opts)))
	app.setProposalHandlers()
}

// must panics on an error of wiring, naming the part.
func must(part string, err error) {
	if err != nil {
		panic(fmt.Errorf("app: %s: %w", part, err))
	}
}

// Close releases the databases. The server calls it more than once; only the first counts.
func (app *App) Close() error {
	var err error
	app.closing.Do(func() { err = app.BaseApp.Close() })
	return err
}

// LoadHeight opens the state after a block.
func (app *App) LoadHeight(height int64) error { return app.LoadVersion(height) }

// Encoding returns the codecs, with the types of all modules registered.
func (app *App) Encoding() Encoding { return app.enc }

// AppCodec returns the protobuf codec.
func (app *App) AppCodec() codec.Codec { return app.enc.Codec }

// LegacyAmino returns the amino codec, which only old signing modes use.
func (app *App) LegacyAmino() *codec.LegacyAmino { return app.enc.Amino }

// InterfaceRegistry returns the registry of message types.
func (app *App) InterfaceRegistry() codectypes.InterfaceRegistry { return app.enc.Interfaces }

// TxConfig returns how transactions are encoded and signed.
func (app *App) TxConfig() client.TxConfig { return app.enc.Tx }

// SimulationManager returns the modules that take part in simulations.
func (app *App) SimulationManager() *module.SimulationManager { return app.simulation }

// StoreKeys returns the keys of the persistent stores, by name.
func (app *App) StoreKeys() map[string]*storetypes.KVStoreKey { return app.keys }
