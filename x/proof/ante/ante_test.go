package ante_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/ante"
)

var errBad = errors.New("bad proof")

type checker struct{ calls int }

func (c *checker) CheckTx(sdk.Context, sdk.Tx) error {
	c.calls++
	return errBad
}

func TestCheckTxDecorator(t *testing.T) {
	fresh := sdk.Context{}
	for _, tc := range []struct {
		name     string
		ctx      sdk.Context
		simulate bool
		want     error
	}{
		{"success: a block is not checked", fresh, false, nil},
		{"success: a recheck is not checked", fresh.WithIsCheckTx(true).WithIsReCheckTx(true), false, nil},
		{"success: a simulation is not checked", fresh.WithIsCheckTx(true), true, nil},
		{"failure: a bad proof on the way into the mempool", fresh.WithIsCheckTx(true), false, errBad},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, passed := &checker{}, false
			next := func(ctx sdk.Context, _ sdk.Tx, _ bool) (sdk.Context, error) {
				passed = true
				return ctx, nil
			}
			_, err := ante.NewCheckTxDecorator(c).AnteHandle(tc.ctx, nil, tc.simulate, next)
			require.ErrorIs(t, err, tc.want)
			require.Equal(t, tc.want == nil, passed)
			require.Equal(t, tc.want != nil, c.calls == 1)
		})
	}
}
