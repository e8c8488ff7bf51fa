package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/registry/types"
)

// Alias returns an alias, or ErrAliasNotFound. The version that it stands for may have been yanked
// since.
func (k Keeper) Alias(ctx context.Context, publisher, model, name string) (types.Alias, error) {
	a, err := k.Aliases.Get(ctx, collections.Join3(publisher, model, name))
	return a, found(err, types.ErrAliasNotFound, publisher+"/"+model+":"+name)
}

func (k Keeper) setAlias(ctx context.Context, a types.Alias) error {
	return k.Aliases.Set(ctx, collections.Join3(a.Publisher, a.Model, a.Name), a)
}

// countAliases counts the aliases of a model, at most most of them.
func (k Keeper) countAliases(ctx context.Context, publisher, model string, most uint32) (uint32, error) {
	var n uint32
	prefix := collections.NewSuperPrefixedTripleRange[string, string, string](publisher, model)
	err := k.Aliases.Walk(ctx, prefix, func(collections.Triple[string, string, string], types.Alias) (bool, error) {
		n++
		return n >= most, nil
	})
	return n, err
}
