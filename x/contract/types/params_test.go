package types_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// numbers are the parameters that have a bound in code, with a setter for each.
var numbers = []struct {
	name string
	most uint64
	set  func(p *types.Params, v uint64)
}{
	{"max_code_bytes", 512 << 10, func(p *types.Params, v uint64) { p.MaxCodeBytes = uint32(v) }},
	{"max_message_bytes", 64 << 10, func(p *types.Params, v uint64) { p.MaxMessageBytes = uint32(v) }},
	{"max_label_bytes", 1 << 10, func(p *types.Params, v uint64) { p.MaxLabelBytes = uint32(v) }},
	{"max_source_bytes", 4 << 10, func(p *types.Params, v uint64) { p.MaxSourceBytes = uint32(v) }},
	{"max_call_gas", 1_000_000_000, func(p *types.Params, v uint64) { p.MaxCallGas = v }},
	{"max_query_gas", 1_000_000_000, func(p *types.Params, v uint64) { p.MaxQueryGas = v }},
	{"vm_gas_per_gas", 1_000, func(p *types.Params, v uint64) { p.VmGasPerGas = v }},
	{"store_gas_per_byte", 1_000_000, func(p *types.Params, v uint64) { p.StoreGasPerByte = v }},
	{"load_gas_per_kib", 1_000_000, func(p *types.Params, v uint64) { p.LoadGasPerKib = v }},
	{"max_key_bytes", 1 << 10, func(p *types.Params, v uint64) { p.MaxKeyBytes = uint32(v) }},
	{"max_value_bytes", 64 << 10, func(p *types.Params, v uint64) { p.MaxValueBytes = uint32(v) }},
	{"max_call_depth", 16, func(p *types.Params, v uint64) { p.MaxCallDepth = uint32(v) }},
	{"memory_pages", 16, func(p *types.Params, v uint64) { p.MemoryPages = uint32(v) }},
	{"hook_gas", 1_000_000_000, func(p *types.Params, v uint64) { p.HookGas = v }},
	{"hook_gas_per_block", 10_000_000_000, func(p *types.Params, v uint64) { p.HookGasPerBlock = v }},
	{"max_subscribers_per_model", 64, func(p *types.Params, v uint64) { p.MaxSubscribersPerModel = uint32(v) }},
	{"max_subscriptions_per_contract", 256, func(p *types.Params, v uint64) { p.MaxSubscriptionsPerContract = uint32(v) }},
	{"max_queue", 1_000_000, func(p *types.Params, v uint64) { p.MaxQueue = uint32(v) }},
}

// widest are parameters at every bound, so that each one is checked alone.
func widest() types.Params {
	p := types.MaxParams()
	p.HookFeeDenom = types.DefaultHookFeeDenom
	return p
}

// TestParamsBounds sets each parameter to the least and the most that it may be, and beyond.
func TestParamsBounds(t *testing.T) {
	require.NoError(t, widest().Validate())
	least := widest()
	for _, n := range numbers {
		n.set(&least, 1)
	}
	require.NoError(t, least.Validate(), "1 is the least of each")
	for _, n := range numbers {
		t.Run(n.name, func(t *testing.T) {
			for _, tc := range []struct {
				name  string
				value uint64
				ok    bool
			}{
				{"success: the most", n.most, true},
				{"failure: zero", 0, false},
				{"failure: beyond the most", n.most + 1, false},
				{"failure: the largest number", math.MaxUint64, false},
			} {
				t.Run(tc.name, func(t *testing.T) {
					p := widest()
					n.set(&p, tc.value)
					if tc.ok {
						require.NoError(t, p.Validate())
						return
					}
					err := p.Validate()
					require.ErrorIs(t, err, types.ErrInvalidParams)
					require.ErrorContains(t, err, n.name)
				})
			}
		})
	}
}

// TestParamsRules are those that are not about one number.
func TestParamsRules(t *testing.T) {
	contract, account := types.ContractAddress(1).String(), sdk.AccAddress(make([]byte, 20)).String()
	for _, tc := range []struct {
		name   string
		change func(p *types.Params)
		err    error
		also   error
	}{
		{"success: the defaults", func(*types.Params) {}, nil, nil},
		{"success: a block has room for one hook", func(p *types.Params) { p.HookGasPerBlock = p.HookGas }, nil, nil},
		{"failure: a block has room for none", func(p *types.Params) { p.HookGasPerBlock = p.HookGas - 1 }, types.ErrInvalidParams, nil},
		{"success: hooks for nothing", func(p *types.Params) { p.HookGasPrice = sdkmath.LegacyZeroDec() }, nil, nil},
		{"success: the highest price", func(p *types.Params) { p.HookGasPrice = sdkmath.LegacyNewDec(1_000_000) }, nil, nil},
		{"failure: a price beyond it", func(p *types.Params) {
			p.HookGasPrice = sdkmath.LegacyNewDec(1_000_000).Add(sdkmath.LegacySmallestDec())
		}, types.ErrInvalidParams, nil},
		{"failure: a negative price", func(p *types.Params) { p.HookGasPrice = sdkmath.LegacySmallestDec().Neg() }, types.ErrInvalidParams, nil},
		{"failure: no price", func(p *types.Params) { p.HookGasPrice = sdkmath.LegacyDec{} }, types.ErrInvalidParams, nil},
		{"success: another denomination", func(p *types.Params) { p.HookFeeDenom = "ibc/27394FB092D2ECCD56123C74F36E4C1F" }, nil, nil},
		{"failure: no denomination", func(p *types.Params) { p.HookFeeDenom = "" }, types.ErrInvalidParams, nil},
		{"failure: a denomination that is none", func(p *types.Params) { p.HookFeeDenom = "1u" }, types.ErrInvalidParams, nil},
		{"success: a guard", func(p *types.Params) { p.PublishGuard = contract }, nil, nil},
		{"failure: a guard that is no address", func(p *types.Params) { p.PublishGuard = "guard" }, types.ErrInvalidParams, types.ErrInvalidRequest},
		{"failure: a guard in upper case", func(p *types.Params) { p.PublishGuard = strings.ToUpper(contract) }, types.ErrInvalidParams, types.ErrInvalidRequest},
		{"failure: a guard that is an account", func(p *types.Params) { p.PublishGuard = account }, types.ErrInvalidParams, types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := types.DefaultParams()
			tc.change(&p)
			err := p.Validate()
			require.ErrorIs(t, err, tc.err)
			if tc.also != nil {
				require.ErrorIs(t, err, tc.also)
			}
		})
	}
	require.ErrorIs(t, types.Params{}.Validate(), types.ErrInvalidParams)
}

// TestDefaultParams pins the prices and limits that contracts and documents are written against.
func TestDefaultParams(t *testing.T) {
	p := types.DefaultParams()
	require.NoError(t, p.Validate())
	require.Equal(t, []uint64{1_000_000, 3_000_000, 10, 100, 4_000, 1_000_000}, []uint64{
		p.MaxCallGas, p.MaxQueryGas, p.VmGasPerGas, p.StoreGasPerByte, p.LoadGasPerKib, p.HookGas,
	})
	require.Equal(t, []uint32{128 << 10, 64 << 10, 128, 512, 256, 16 << 10, 4, 1, 8, 16, 10_000}, []uint32{
		p.MaxCodeBytes, p.MaxMessageBytes, p.MaxLabelBytes, p.MaxSourceBytes, p.MaxKeyBytes, p.MaxValueBytes, p.MaxCallDepth, p.MemoryPages,
		p.MaxSubscribersPerModel, p.MaxSubscriptionsPerContract, p.MaxQueue,
	})
	require.Equal(t, "0.001000000000000000", p.HookGasPrice.String())
	require.Equal(t, "uassay", p.HookFeeDenom)
	require.Empty(t, p.PublishGuard)
}
