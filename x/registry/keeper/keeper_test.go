package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

func TestNewKeeperPanicsOnBrokenWiring(t *testing.T) {
	f := newFixture(t)
	store := runtime.NewKVStoreService(storetypes.NewKVStoreKey(types.StoreKey))
	require.Panics(t, func() { keeper.NewKeeper(f.cdc, store, nil, authority) })
	require.Panics(t, func() { keeper.NewKeeper(f.cdc, store, f.checker, "gov") })
	require.Equal(t, authority, f.k.Authority())
}

// Clients read the store by proof, at the keys that package types computes.
func TestStoreKeysOfClients(t *testing.T) {
	f := newPopulated(t)
	store := f.ctx.KVStore(f.storeKey)
	for name, key := range map[string]func() ([]byte, error){
		"version":       func() ([]byte, error) { return types.VersionStoreKey("acme/vibration@1.0.0") },
		"alias":         func() ([]byte, error) { return types.AliasStoreKey("acme", "vibration", "stable") },
		"verifying key": func() ([]byte, error) { return types.VerifyingKeyStoreKey(sum(makeKey(2, 4, 1))) },
	} {
		k, err := key()
		require.NoError(t, err, name)
		require.NotEmpty(t, store.Get(k), name)
	}
	_, err := types.VersionStoreKey("acme")
	require.ErrorIs(t, err, types.ErrInvalidVersionID)
	_, err = types.VerifyingKeyStoreKey([]byte{1})
	require.ErrorIs(t, err, types.ErrInvalidDigest)

	var v types.Version
	k, _ := types.VersionStoreKey("acme/vibration@1.0.0")
	require.NoError(t, f.cdc.Unmarshal(store.Get(k), &v))
	require.Equal(t, "acme/vibration@1.0.0", v.Id)
}
