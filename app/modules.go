package app

import (
	"slices"

	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authsims "github.com/cosmos/cosmos-sdk/x/auth/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/auth/vesting"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	authzmodule "github.com/cosmos/cosmos-sdk/x/authz/module"
	"github.com/cosmos/cosmos-sdk/x/bank"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/consensus"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distr "github.com/cosmos/cosmos-sdk/x/distribution"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	"github.com/cosmos/cosmos-sdk/x/evidence"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantmodule "github.com/cosmos/cosmos-sdk/x/feegrant/module"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govclient "github.com/cosmos/cosmos-sdk/x/gov/client"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	"github.com/cosmos/cosmos-sdk/x/mint"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	"github.com/cosmos/cosmos-sdk/x/slashing"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	"github.com/cosmos/cosmos-sdk/x/upgrade"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	"github.com/assay-chain/assay/x/contract"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/fleet"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/registry"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// newModules builds the module manager, registers codecs and services, and fixes the orders.
func (app *App) newModules() {
	modules := slices.Concat(app.newSDKModules(), app.newIBCModules(), app.newAssayModules())
	app.ModuleManager = module.NewManager(modules...)
	app.Basics = module.NewBasicManagerFromManager(app.ModuleManager, map[string]module.AppModuleBasic{
		genutiltypes.ModuleName: genutil.NewAppModuleBasic(genutiltypes.DefaultMessageValidator),
		govtypes.ModuleName:     gov.NewAppModuleBasic([]govclient.ProposalHandler{}),
	})
	app.Basics.RegisterLegacyAminoCodec(app.enc.Amino)
	app.Basics.RegisterInterfaces(app.enc.Interfaces)
	app.setModuleOrders()
}

func (app *App) newSDKModules() []module.AppModule {
	cdc, reg := app.enc.Codec, app.enc.Interfaces
	return []module.AppModule{
		genutil.NewAppModule(app.Account, app.Staking, app, app.enc.Tx),
		auth.NewAppModule(cdc, app.Account, authsims.RandomGenesisAccounts, nil),
		vesting.NewAppModule(app.Account, app.Bank),
		bank.NewAppModule(cdc, app.Bank, app.Account, nil),
		feegrantmodule.NewAppModule(cdc, app.Account, app.Bank, app.FeeGrant, reg),
		authzmodule.NewAppModule(cdc, app.Authz, app.Account, app.Bank, reg),
		gov.NewAppModule(cdc, &app.Gov, app.Account, app.Bank, nil),
		mint.NewAppModule(cdc, app.Mint, app.Account, nil, nil),
		slashing.NewAppModule(cdc, app.Slashing, app.Account, app.Bank, app.Staking, nil, reg),
		distr.NewAppModule(cdc, app.Distr, app.Account, app.Bank, app.Staking, nil),
		staking.NewAppModule(cdc, app.Staking, app.Account, app.Bank, nil),
		evidence.NewAppModule(app.Evidence),
		upgrade.NewAppModule(app.Upgrade, app.Account.AddressCodec()),
		consensus.NewAppModule(cdc, app.Consensus),
	}
}

func (app *App) newAssayModules() []module.AppModule {
	return []module.AppModule{
		registry.NewAppModule(app.Registry),
		fleet.NewAppModule(app.Fleet),
		proof.NewAppModule(app.Proof),
		rollout.NewAppModule(app.Rollout),
		contract.NewAppModule(app.Contract),
	}
}

// setModuleOrders fixes who goes first. Reasons:
//   - pre-block: upgrade swaps the handlers that everyone else runs with;
//   - begin: distribution pays out before slashing takes, so that the fee pool holds nothing to lose;
//   - end: bank settles first (the SDK asks for it), governance may change what staking then applies;
//   - genesis: accounts and coins before those who bond them, genutil after staking, for it delivers
//     the genesis transactions.
func (app *App) setModuleOrders() {
	app.ModuleManager.SetOrderPreBlockers(upgradetypes.ModuleName, authtypes.ModuleName)
	app.ModuleManager.SetOrderBeginBlockers(
		minttypes.ModuleName, distrtypes.ModuleName, slashingtypes.ModuleName, evidencetypes.ModuleName,
		stakingtypes.ModuleName, authz.ModuleName, genutiltypes.ModuleName,
		ibcexported.ModuleName, transfertypes.ModuleName,
		contracttypes.ModuleName,
	)
	app.ModuleManager.SetOrderEndBlockers(
		banktypes.ModuleName, govtypes.ModuleName, stakingtypes.ModuleName, feegrant.ModuleName, genutiltypes.ModuleName,
		ibcexported.ModuleName, transfertypes.ModuleName,
		prooftypes.ModuleName,
		contracttypes.ModuleName, // contracts learn of attestations before they vote on steps
		rollouttypes.ModuleName,  // what the block's messages and packets moved is judged, and sent, in the same block
	)
	genesis := []string{
		authtypes.ModuleName, banktypes.ModuleName, distrtypes.ModuleName, stakingtypes.ModuleName,
		slashingtypes.ModuleName, govtypes.ModuleName, minttypes.ModuleName, ibcexported.ModuleName,
		genutiltypes.ModuleName, evidencetypes.ModuleName, authz.ModuleName, feegrant.ModuleName,
		transfertypes.ModuleName, upgradetypes.ModuleName, vestingtypes.ModuleName, consensustypes.ModuleName,
		registrytypes.ModuleName, fleettypes.ModuleName, prooftypes.ModuleName, rollouttypes.ModuleName,
		contracttypes.ModuleName, // its subscriptions and its queue name records of those before
	}
	app.ModuleManager.SetOrderInitGenesis(genesis...)
	app.ModuleManager.SetOrderExportGenesis(genesis...)
}
