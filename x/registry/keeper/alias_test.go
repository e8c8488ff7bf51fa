package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestAliasesOfAModelAreLimited(t *testing.T) {
	f := newPopulated(t)
	f.mustCreate("other", bob) // another model's aliases do not count
	set := func(alias string) error {
		_, err := f.msg.SetAlias(f.ctx, &types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: alias, Number: "1.0.0"})
		return err
	}
	most := int(types.DefaultParams().MaxAliases)
	for i := 1; i < most; i++ { // "stable" is there already
		require.NoError(t, set(fmt.Sprintf("alias-%d", i)))
	}
	require.ErrorIs(t, set("one-too-many"), types.ErrLimit)
	require.NoError(t, set("stable"), "moving an alias needs no room")

	_, err := f.msg.RemoveAlias(f.ctx, &types.MsgRemoveAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "alias-1"})
	require.NoError(t, err)
	require.NoError(t, set("one-more"))
}
