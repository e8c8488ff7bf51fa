package app

import (
	"github.com/spf13/cast"

	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	evidencekeeper "github.com/cosmos/cosmos-sdk/x/evidence/keeper"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1beta1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1beta1"
	mintkeeper "github.com/cosmos/cosmos-sdk/x/mint/keeper"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
	transferkeeper "github.com/cosmos/ibc-go/v11/modules/apps/transfer/keeper"
	ibckeeper "github.com/cosmos/ibc-go/v11/modules/core/keeper"

	contractkeeper "github.com/assay-chain/assay/x/contract/keeper"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	fleetkeeper "github.com/assay-chain/assay/x/fleet/keeper"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	proofkeeper "github.com/assay-chain/assay/x/proof/keeper"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
	registrykeeper "github.com/assay-chain/assay/x/registry/keeper"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rolloutkeeper "github.com/assay-chain/assay/x/rollout/keeper"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// Keepers hold the state of each module. Tests and simulations reach state through them.
type Keepers struct {
	Account   authkeeper.AccountKeeper
	Authz     authzkeeper.Keeper
	Bank      bankkeeper.BaseKeeper
	Consensus consensuskeeper.Keeper
	Distr     distrkeeper.Keeper
	Evidence  evidencekeeper.Keeper
	FeeGrant  feegrantkeeper.Keeper
	Gov       govkeeper.Keeper
	Mint      mintkeeper.Keeper
	Slashing  slashingkeeper.Keeper
	Staking   *stakingkeeper.Keeper
	Upgrade   *upgradekeeper.Keeper

	IBC      *ibckeeper.Keeper
	Transfer *transferkeeper.Keeper

	Registry registrykeeper.Keeper
	Fleet    fleetkeeper.Keeper
	Proof    proofkeeper.Keeper
	Rollout  rolloutkeeper.Keeper
	Contract contractkeeper.Keeper
}

// storeService opens a module's store in the context of a transaction or a block.
func (app *App) storeService(name string) store.KVStoreService {
	return runtime.NewKVStoreService(app.keys[name])
}

// newKeepers builds the keepers in the order of what they need.
func (app *App) newKeepers(opts servertypes.AppOptions) {
	app.newAccountKeepers()
	app.newStakingKeepers()
	app.newGovernanceKeepers(opts)
	app.newIBCKeepers()
	app.newAssayKeepers()
}

func (app *App) newAccountKeepers() {
	cdc, authority := app.enc.Codec, Authority()
	app.Consensus = consensuskeeper.NewKeeper(cdc, app.storeService(consensustypes.StoreKey), authority, runtime.EventService{})
	app.SetParamStore(app.Consensus.ParamsStore)
	app.Account = authkeeper.NewAccountKeeper(
		cdc, app.storeService(authtypes.StoreKey), authtypes.ProtoBaseAccount, modulePermissions(),
		address.NewBech32Codec(Bech32Prefix), Bech32Prefix, authority,
	)
	app.Bank = bankkeeper.NewBaseKeeper(
		cdc, app.storeService(banktypes.StoreKey), app.Account, BlockedAddresses(), authority, app.Logger(),
	)
	app.Authz = authzkeeper.NewKeeper(app.storeService(authzkeeper.StoreKey), cdc, app.MsgServiceRouter(), app.Account)
	app.FeeGrant = feegrantkeeper.NewKeeper(cdc, app.storeService(feegrant.StoreKey), app.Account)
}

func (app *App) newStakingKeepers() {
	cdc, authority := app.enc.Codec, Authority()
	cfg := sdk.GetConfig()
	app.Staking = stakingkeeper.NewKeeper(
		cdc, app.storeService(stakingtypes.StoreKey), app.Account, app.Bank, authority,
		address.NewBech32Codec(cfg.GetBech32ValidatorAddrPrefix()), address.NewBech32Codec(cfg.GetBech32ConsensusAddrPrefix()),
	)
	app.Mint = mintkeeper.NewKeeper(
		cdc, app.storeService(minttypes.StoreKey), app.Staking, app.Account, app.Bank, authtypes.FeeCollectorName, authority,
	)
	app.Distr = distrkeeper.NewKeeper(
		cdc, app.storeService(distrtypes.StoreKey), app.Account, app.Bank, app.Staking, authtypes.FeeCollectorName, authority,
	)
	app.Slashing = slashingkeeper.NewKeeper(cdc, app.enc.Amino, app.storeService(slashingtypes.StoreKey), app.Staking, authority)
	app.Staking.SetHooks(stakingtypes.NewMultiStakingHooks(app.Distr.Hooks(), app.Slashing.Hooks()))
	app.Evidence = *evidencekeeper.NewKeeper(
		cdc, app.storeService(evidencetypes.StoreKey), app.Staking, app.Slashing, app.Account.AddressCodec(), runtime.ProvideCometInfoService(),
	)
}

func (app *App) newGovernanceKeepers(opts servertypes.AppOptions) {
	cdc, authority := app.enc.Codec, Authority()
	skip := make(map[int64]bool)
	for _, h := range cast.ToIntSlice(opts.Get(server.FlagUnsafeSkipUpgrades)) {
		skip[int64(h)] = true
	}
	app.Upgrade = upgradekeeper.NewKeeper(
		skip, app.storeService(upgradetypes.StoreKey), cdc, cast.ToString(opts.Get(flags.FlagHome)), app.BaseApp, authority,
	)
	app.Gov = *govkeeper.NewKeeper(
		cdc, app.storeService(govtypes.StoreKey), app.Account, app.Bank, app.Distr, app.MsgServiceRouter(),
		govtypes.DefaultConfig(), authority, govkeeper.NewDefaultCalculateVoteResultsAndVotingPower(app.Staking),
	)
	// Text is the only content of the old kind; without a router such a proposal would panic.
	app.Gov.SetLegacyRouter(govv1beta1.NewRouter().AddRoute(govtypes.RouterKey, govv1beta1.ProposalHandler))
}

func (app *App) newAssayKeepers() {
	cdc, authority := app.enc.Codec, Authority()
	app.Registry = registrykeeper.NewKeeper(cdc, app.storeService(registrytypes.StoreKey), keyChecker{}, authority)
	app.Fleet = fleetkeeper.NewKeeper(cdc, app.storeService(fleettypes.StoreKey), authority)
	// The engine's memory is this node's own: what it holds changes when the work is done, never an answer.
	engine := verifier.NewEngine(verifier.Config{})
	app.Proof = proofkeeper.NewKeeper(cdc, app.storeService(prooftypes.StoreKey), app.Registry, app.Fleet, engine, authority)
	app.Rollout = rolloutkeeper.NewKeeper(cdc, app.storeService(rollouttypes.StoreKey), app.Registry, app.Fleet, rolloutkeeper.IBC{
		Channels: app.IBC.ChannelKeeper, Sender: app.IBC.ChannelKeeper, ChannelsV2: app.IBC.ChannelKeeperV2,
		Clients: app.IBC.ClientKeeper, ClientsV2: app.IBC.ClientV2Keeper,
	}, authority)
	app.Contract = contractkeeper.NewKeeper(cdc, app.storeService(contracttypes.StoreKey), app.Account, app.Bank, contractkeeper.Chain{
		Registry: app.Registry, Fleet: app.Fleet, Proof: app.Proof, Rollout: app.Rollout,
	}, authority)
	app.setHooks()
}

// setHooks fills the seams where a module tells or asks others.
func (app *App) setHooks() {
	app.Registry.SetHooks(app.Rollout.Hooks())
	app.Registry.SetPublishGuard(app.Contract.Guard())
	app.Fleet.SetHooks(app.Rollout.Hooks())
	app.Proof.SetHooks(prooftypes.MultiAttestationHooks{app.Rollout.Hooks(), app.Contract.Hooks()})
	app.Rollout.SetDecider(app.Contract.Decider(runtime.NewTransientStoreService(app.transientKeys[contracttypes.TransientStoreKey])))
}
