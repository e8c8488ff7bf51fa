package types_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestParamsValidate(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	require.NoError(t, types.MaxParams().Validate())

	// Every field has a lower and an upper bound, also those added later.
	fields := reflect.TypeFor[types.Params]()
	for i := range fields.NumField() {
		p := types.DefaultParams()
		field := reflect.ValueOf(&p).Elem().Field(i)
		t.Run("failure: "+fields.Field(i).Name, func(t *testing.T) {
			most := reflect.ValueOf(types.MaxParams()).Field(i).Uint()
			field.SetUint(0)
			require.ErrorIs(t, p.Validate(), types.ErrInvalidParams)
			field.SetUint(most + 1)
			require.ErrorIs(t, p.Validate(), types.ErrInvalidParams)
			field.SetUint(most)
			require.NoError(t, p.Validate())
		})
	}
}
