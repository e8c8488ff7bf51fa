package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/assay-chain/assay/app"
)

// notExported are keys that the SDK's modules rebuild or forget on import: queues, histories and
// indexes, by store. None of them is ours.
var notExported = map[string][][]byte{
	stakingtypes.StoreKey: {
		stakingtypes.UnbondingQueueKey, stakingtypes.RedelegationQueueKey, stakingtypes.ValidatorQueueKey,
		stakingtypes.HistoricalInfoKey, stakingtypes.UnbondingIDKey, stakingtypes.UnbondingIndexKey,
		stakingtypes.UnbondingTypeKey, stakingtypes.ValidatorUpdatesKey,
	},
	authzkeeper.StoreKey:    {authzkeeper.GrantQueuePrefix},
	feegrant.StoreKey:       {feegrant.FeeAllowanceQueueKeyPrefix},
	slashingtypes.StoreKey:  {slashingtypes.ValidatorMissedBlockBitmapKeyPrefix},
	upgradetypes.StoreKey:   {nil}, // module versions, written at the chain's start
	consensustypes.StoreKey: {nil}, // handed over beside the state
}

// imported is a new application whose state is the exported one, before any block.
func imported(t testing.TB, from *app.App, state json.RawMessage) (*app.App, sdk.Context) {
	t.Helper()
	a := app.New(log.NewNopLogger(), dbm.NewMemDB(), true, simtestutil.EmptyAppOptions{}, baseapp.SetChainID(from.ChainID()))
	var genesis app.GenesisState
	require.NoError(t, json.Unmarshal(state, &genesis))
	ctx := a.NewNextBlockContext(cmtproto.Header{ChainID: from.ChainID(), Height: from.LastBlockHeight()})
	_, err := a.ModuleManager.InitGenesis(ctx, a.AppCodec(), genesis)
	require.NoError(t, err)
	return a, ctx
}

// differences lists the keys at which the stores of two applications differ.
func differences(t testing.TB, a, b *app.App, ctxA, ctxB sdk.Context) []string {
	t.Helper()
	var out []string
	for name, key := range a.StoreKeys() {
		other := b.StoreKeys()[name]
		require.NotNil(t, other, name)
		left, right := dump(ctxA.KVStore(key), notExported[name]), dump(ctxB.KVStore(other), notExported[name])
		for k, v := range left {
			if w, ok := right[k]; !ok || !bytes.Equal(v, w) {
				out = append(out, fmt.Sprintf("%s %x: %x, imported %x", name, k, v, w))
			}
		}
		for k, w := range right {
			if _, ok := left[k]; !ok {
				out = append(out, fmt.Sprintf("%s %x: absent, imported %x", name, k, w))
			}
		}
	}
	slices.Sort(out)
	return out
}

func dump(store storetypes.KVStore, skip [][]byte) map[string][]byte {
	out := make(map[string][]byte)
	it := store.Iterator(nil, nil)
	defer func() { _ = it.Close() }()
	for ; it.Valid(); it.Next() {
		if !slices.ContainsFunc(skip, func(p []byte) bool { return bytes.HasPrefix(it.Key(), p) }) {
			out[string(it.Key())] = bytes.Clone(it.Value())
		}
	}
	return out
}
