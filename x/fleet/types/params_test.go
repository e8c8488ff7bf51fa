package types_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/fleet/types"
)

// Every field is tried by reflection, so that a new limit cannot be left out of the check.
func TestParamsValidate(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	require.NoError(t, types.CapParams().Validate())
	fields := reflect.TypeFor[types.Params]()
	for i := range fields.NumField() {
		set := func(v uint64) types.Params {
			p := types.CapParams()
			reflect.ValueOf(&p).Elem().Field(i).SetUint(v)
			return p
		}
		name, most := fields.Field(i).Name, reflect.ValueOf(types.CapParams()).Field(i).Uint()
		t.Run("success: 1: "+name, func(t *testing.T) { require.NoError(t, set(1).Validate()) })
		t.Run("failure: 0: "+name, func(t *testing.T) { require.ErrorIs(t, set(0).Validate(), types.ErrInvalidParams) })
		t.Run("failure: above the cap: "+name, func(t *testing.T) { require.ErrorIs(t, set(most+1).Validate(), types.ErrInvalidParams) })
	}
}
