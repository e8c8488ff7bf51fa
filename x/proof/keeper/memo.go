package keeper

import (
	"context"

	"github.com/assay-chain/assay/x/proof/types"
)

// memo remembers what it read from the registry, since a block's proofs are mostly of few versions. It lives as long
// as one scan, within which the state does not change.
type memo struct {
	types.RegistryKeeper
	versions map[string]types.Version
	keys     map[string]types.VerifyingKey
}

func newMemo(r types.RegistryKeeper) *memo {
	return &memo{r, make(map[string]types.Version), make(map[string]types.VerifyingKey)}
}

// Version implements types.RegistryKeeper.
func (m *memo) Version(ctx context.Context, id string) (types.Version, error) {
	return remember(m.versions, id, func() (types.Version, error) { return m.RegistryKeeper.Version(ctx, id) })
}

// VerifyingKey implements types.RegistryKeeper.
func (m *memo) VerifyingKey(ctx context.Context, digest []byte) (types.VerifyingKey, error) {
	return remember(m.keys, string(digest), func() (types.VerifyingKey, error) { return m.RegistryKeeper.VerifyingKey(ctx, digest) })
}

func remember[V any](known map[string]V, key string, read func() (V, error)) (V, error) {
	if v, ok := known[key]; ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		known[key] = v
	}
	return v, err
}
