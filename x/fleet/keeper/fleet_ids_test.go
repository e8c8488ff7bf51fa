package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

func TestFleetIDsByOperator(t *testing.T) {
	f := newWorld(t) // fleet 1 is alice's, fleet 2 bob's
	for range 4 {
		f.do(&types.MsgCreateFleet{Operator: bech("dave")})
	}
	for _, tc := range []struct {
		name, operator string
		limit          int
		want           []uint64
	}{
		{name: "success: all, ascending", operator: "dave", limit: 100, want: []uint64{3, 4, 5, 6}},
		{name: "success: the first", operator: "dave", limit: 3, want: []uint64{3, 4, 5}},
		{name: "success: another operator", operator: "alice", limit: 100, want: []uint64{1}},
		{name: "success: no fleet", operator: "carol", limit: 100},
		{name: "success: a limit of none", operator: "dave", limit: 0},
		{name: "success: a negative limit", operator: "dave", limit: -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := f.k.FleetIDsByOperator(f.ctx, account(tc.operator), tc.limit)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}
