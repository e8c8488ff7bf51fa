package types

import (
	errorsmod "cosmossdk.io/errors"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// DefaultHookFeeDenom is what hooks are paid in: the chain's base denomination.
const DefaultHookFeeDenom = "uassay"

// DefaultParams fit policies: contracts of some ten KiB that count, compare and pay.
//
// What a byte of code costs was measured on one core of an AMD EPYC virtual machine with the benchmarks of packages wasm and vm:
// checking and compiling takes 16 to 27 ns a byte of what compilers make, and 125 at worst, in functions of more registers than
// an instruction can name. store_gas_per_byte buys a byte with a wide margin, for every node that starts from a genesis file pays it
// again. A gas of load_gas_per_kib buys 4 to 7 ns of what compilers make, and 31 at worst, where it is not in the cache; of
// interpreting, ten VM gas of some 1.5 ns each are one gas.
//
// hook_gas_per_block has two halves: one is for the queue of attestations, the other for votes of deciders, and neither can use
// up the other's. The loading of code counts as well. The first hook of a block in each half runs whether or not it fits.
func DefaultParams() Params {
	return Params{
		MaxCodeBytes:                128 << 10,
		MaxMessageBytes:             64 << 10,
		MaxLabelBytes:               128,
		MaxSourceBytes:              512,
		MaxCallGas:                  1_000_000,
		MaxQueryGas:                 3_000_000,
		VmGasPerGas:                 10,
		StoreGasPerByte:             100,
		LoadGasPerKib:               4_000,
		MaxKeyBytes:                 256,
		MaxValueBytes:               16 << 10,
		MaxCallDepth:                4,
		MemoryPages:                 1,
		HookGas:                     1_000_000,
		HookGasPerBlock:             100_000_000,
		HookGasPrice:                math.LegacyNewDecWithPrec(1, 3),
		HookFeeDenom:                DefaultHookFeeDenom,
		MaxSubscribersPerModel:      8,
		MaxSubscriptionsPerContract: 16,
		MaxQueue:                    10_000,
	}
}

// MaxParams are the bounds that governance cannot exceed. They keep a call within seconds, a record small and a genesis
// state within memory.
func MaxParams() Params {
	return Params{
		MaxCodeBytes:                512 << 10,
		MaxMessageBytes:             64 << 10, // what the encoding of messages holds
		MaxLabelBytes:               1 << 10,
		MaxSourceBytes:              4 << 10,
		MaxCallGas:                  1_000_000_000,
		MaxQueryGas:                 1_000_000_000,
		VmGasPerGas:                 1_000,
		StoreGasPerByte:             1_000_000,
		LoadGasPerKib:               1_000_000,
		MaxKeyBytes:                 1 << 10,
		MaxValueBytes:               64 << 10,
		MaxCallDepth:                16,
		MemoryPages:                 16,
		HookGas:                     1_000_000_000,
		HookGasPerBlock:             10_000_000_000,
		HookGasPrice:                math.LegacyNewDec(1_000_000),
		MaxSubscribersPerModel:      64,
		MaxSubscriptionsPerContract: 256,
		MaxQueue:                    1_000_000,
	}
}

// Validate checks that each limit is at least 1 and within MaxParams, that a block has room for a hook, that the price is
// not negative, and the form of the denomination and of the guard's address.
func (p Params) Validate() error {
	most := MaxParams().fields()
	for i, f := range p.fields() {
		if f.value == 0 || f.value > most[i].value {
			return errorsmod.Wrapf(ErrInvalidParams, "%s: expected 1 to %d, got %d", f.name, most[i].value, f.value)
		}
	}
	if p.HookGas > p.HookGasPerBlock {
		return errorsmod.Wrapf(ErrInvalidParams, "hook_gas_per_block: expected at least hook_gas %d, got %d", p.HookGas, p.HookGasPerBlock)
	}
	if err := p.validateHookPrice(); err != nil {
		return err
	}
	if p.PublishGuard == "" {
		return nil
	}
	if err := ValidateContractAddress("publish_guard", p.PublishGuard); err != nil {
		return WithReason(ErrInvalidParams, err)
	}
	return nil
}

func (p Params) validateHookPrice() error {
	most := MaxParams().HookGasPrice
	if p.HookGasPrice.IsNil() || p.HookGasPrice.IsNegative() || p.HookGasPrice.GT(most) {
		return errorsmod.Wrapf(ErrInvalidParams, "hook_gas_price: expected 0 to %s, got %s", most, p.HookGasPrice)
	}
	if err := sdk.ValidateDenom(p.HookFeeDenom); err != nil {
		return errorsmod.Wrap(WithReason(ErrInvalidParams, err), "hook_fee_denom")
	}
	return nil
}

type paramField struct {
	name  string
	value uint64
}

func (p Params) fields() []paramField {
	return []paramField{
		{"max_code_bytes", uint64(p.MaxCodeBytes)},
		{"max_message_bytes", uint64(p.MaxMessageBytes)},
		{"max_label_bytes", uint64(p.MaxLabelBytes)},
		{"max_source_bytes", uint64(p.MaxSourceBytes)},
		{"max_call_gas", p.MaxCallGas},
		{"max_query_gas", p.MaxQueryGas},
		{"vm_gas_per_gas", p.VmGasPerGas},
		{"store_gas_per_byte", p.StoreGasPerByte},
		{"load_gas_per_kib", p.LoadGasPerKib},
		{"max_key_bytes", uint64(p.MaxKeyBytes)},
		{"max_value_bytes", uint64(p.MaxValueBytes)},
		{"max_call_depth", uint64(p.MaxCallDepth)},
		{"memory_pages", uint64(p.MemoryPages)},
		{"hook_gas", p.HookGas},
		{"hook_gas_per_block", p.HookGasPerBlock},
		{"max_subscribers_per_model", uint64(p.MaxSubscribersPerModel)},
		{"max_subscriptions_per_contract", uint64(p.MaxSubscriptionsPerContract)},
		{"max_queue", uint64(p.MaxQueue)},
	}
}
