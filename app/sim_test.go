package app_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	simcli "github.com/cosmos/cosmos-sdk/x/simulation/client/cli"

	"github.com/assay-chain/assay/app"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

func init() { simcli.GetSimulatorFlags() }

type simInstance = simsx.TestInstance[*app.App]

func newSimApp(
	logger log.Logger, db dbm.DB, load bool, opts servertypes.AppOptions, baseOpts ...func(*baseapp.BaseApp),
) *app.App {
	return app.New(logger, db, load, opts, append(baseOpts, baseapp.SetChainID(simsx.SimAppChainID))...)
}

func simState(a *app.App) simsx.SimStateFactory {
	return simsx.SimStateFactory{
		Codec:         a.AppCodec(),
		AppStateFn:    withProvableVersion(a.AppCodec(), simtestutil.AppStateFn(a.AppCodec(), a.SimulationManager(), a.DefaultGenesis())),
		BlockedAddr:   app.BlockedAddresses(),
		AccountSource: a.Account,
		BalanceSource: a.Bank,
	}
}

func simConfig() simtypes.Config {
	cfg := simcli.NewConfigFromFlags()
	cfg.ChainID = simsx.SimAppChainID
	cfg.NumBlocks, cfg.BlockSize = simBlocks, simBlockSize
	cfg.Commit, cfg.Lean = true, true
	cfg.GenesisTime = 1_767_225_600
	return cfg
}

// simulate runs random messages of all modules from a seed, and then the checks.
func simulate(t *testing.T, seed int64, after ...func(testing.TB, simInstance, []simtypes.Account)) {
	t.Helper()
	simsx.RunWithSeed(t, simConfig(), newSimApp, simState, seed, nil, after...)
}

func TestFullAppSimulation(t *testing.T) {
	var all hooks
	for _, seed := range simSeeds {
		simulate(t, seed, func(tb testing.TB, ti simInstance, _ []simtypes.Account) {
			require.GreaterOrEqual(tb, ti.App.LastBlockHeight(), int64(1))
			requireUsed(tb, ti.App)
			h := hooksOf(tb, ti.App)
			tb.Logf("seed %d: %s", seed, h)
			all = all.plus(h)
		})
	}
	t.Logf("all seeds: %s", all)
	require.Positive(t, all.guarded, "no guard was asked")
	require.Positive(t, all.told, "no contract was told of an attestation")
	if len(simSeeds) > 1 { // a short simulation is too short for these
		require.Positive(t, all.asked, "no contract voted")
		require.Positive(t, all.failed, "no hook failed")
		require.Positive(t, all.skipped, "no hook was skipped")
	}
}

// requireUsed fails where a simulation left one of our modules as it was at genesis.
func requireUsed(tb testing.TB, a *app.App) {
	tb.Helper()
	ctx := a.NewContext(true)
	next, err := a.Proof.NextAttestationID.Peek(ctx)
	require.NoError(tb, err)
	require.Greater(tb, next, uint64(1), "no proof was accepted")
	publishers, err := a.Registry.Publishers.Iterate(ctx, nil)
	require.NoError(tb, err)
	require.True(tb, publishers.Valid(), "no publisher")
	require.NoError(tb, publishers.Close())
	fleets, err := a.Fleet.Fleets.Iterate(ctx, nil)
	require.NoError(tb, err)
	require.True(tb, fleets.Valid(), "no fleet")
	require.NoError(tb, fleets.Close())
	number, err := a.Rollout.NextNumber.Peek(ctx)
	require.NoError(tb, err)
	require.Greater(tb, number, uint64(1), "no rollout was accepted")
	instance, err := a.Contract.NextInstance.Peek(ctx)
	require.NoError(tb, err)
	require.Greater(tb, instance, uint64(2), "no contract was made beside that of genesis")
}

// hooks is how often the chain called the contracts of a simulation.
type hooks struct {
	ran, failed, skipped uint64 // as the chain counted
	told, asked, guarded uint64 // of those that did well, as the contracts did: attestations, votes, publications
}

func (h hooks) plus(o hooks) hooks {
	return hooks{h.ran + o.ran, h.failed + o.failed, h.skipped + o.skipped, h.told + o.told, h.asked + o.asked, h.guarded + o.guarded}
}

func (h hooks) String() string {
	return fmt.Sprintf("%d hooks ran, %d of them failed, %d were skipped for want of coins; %d attestations, %d votes and %d publications did well",
		h.ran, h.failed, h.skipped, h.told, h.asked, h.guarded)
}

// hooksOf adds up what the contracts did, and fails where they counted something else than the chain: what a hook that failed wrote is
// undone.
func hooksOf(tb testing.TB, a *app.App) (h hooks) {
	tb.Helper()
	ctx := a.NewContext(true)
	counted := func(contract []byte, key string) uint64 {
		value, err := a.Contract.State.Get(ctx, collections.Join(contract, []byte(key)))
		if errors.Is(err, collections.ErrNotFound) {
			return 0
		}
		require.NoError(tb, err)
		return binary.LittleEndian.Uint64(value)
	}
	require.NoError(tb, a.Contract.Contracts.Walk(ctx, nil, func(address []byte, c contracttypes.Contract) (bool, error) {
		h = h.plus(hooks{
			c.Hooks.Runs, c.Hooks.Failures, c.Hooks.Skipped, counted(address, "seen"), counted(address, "asked"), counted(address, "published"),
		})
		return false, nil
	}))
	require.Equal(tb, h.ran-h.failed, h.told+h.asked+h.guarded, "every hook that did well left its mark, and no other")
	return h
}

func TestAppImportExport(t *testing.T) {
	for _, seed := range simSeeds {
		simulate(t, seed, func(tb testing.TB, ti simInstance, _ []simtypes.Account) {
			out, err := ti.App.ExportAppStateAndValidators(false, nil, nil)
			require.NoError(tb, err)
			b, ctx := imported(tb, ti.App, out.AppState)
			require.Empty(tb, differences(tb, ti.App, b, ti.App.NewContext(true), ctx))
			requireSameExport(tb, out.AppState, b, ctx)
		})
	}
}

// requireSameExport fails where a state, exported, imported and exported again, is not the same bytes.
func requireSameExport(tb testing.TB, first json.RawMessage, b *app.App, ctx sdk.Context) {
	tb.Helper()
	var was app.GenesisState
	require.NoError(tb, json.Unmarshal(first, &was))
	for _, name := range []string{registrytypes.ModuleName, fleettypes.ModuleName, prooftypes.ModuleName, rollouttypes.ModuleName, contracttypes.ModuleName} {
		again, err := b.ModuleManager.ExportGenesisForModules(ctx, b.AppCodec(), []string{name})
		require.NoError(tb, err)
		require.JSONEq(tb, string(was[name]), string(again[name]), name)
	}
}

func TestAppStateDeterminism(t *testing.T) {
	for _, seed := range simSeeds {
		var hashes [][]byte
		for range 2 {
			simulate(t, seed, func(_ testing.TB, ti simInstance, _ []simtypes.Account) {
				hashes = append(hashes, slices.Clone(ti.App.LastCommitID().Hash))
			})
		}
		require.Equal(t, hashes[0], hashes[1], "seed %d", seed)
	}
}
