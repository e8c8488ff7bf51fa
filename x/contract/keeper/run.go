package keeper

import (
	"errors"
	"math"
	"math/bits"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/vm"
)

// kib is the unit that loading code is paid by.
const kib = 1 << 10

// run calls a contract for those of st, which is empty for a call from outside, within call.Gas, and charges nobody. What the
// contract writes goes to ctx, also where it fails: the caller branches. The result says the VM gas used, on failure too.
// Errors: ErrOutOfGas, ErrTrap, ErrAborted, ErrEntry, ErrReadOnly, ErrLimit; what compiling gives where today's limits are
// below those that the code was stored under.
func (k Keeper) run(ctx sdk.Context, c types.Contract, call host.Call, st host.Stack) (host.Result, error) {
	params, err := k.Params.Get(unmetered(ctx))
	if err != nil {
		return host.Result{}, err
	}
	code, err := k.Code(unmetered(ctx), c.CodeId)
	if err != nil {
		return host.Result{}, err
	}
	return k.runCode(ctx, c, code, params, call, st)
}

func (k Keeper) runCode(
	ctx sdk.Context, c types.Contract, code types.Code, params types.Params, call host.Call, st host.Stack,
) (host.Result, error) {
	self, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return host.Result{}, err
	}
	module, err := k.module(ctx, code, params)
	if err != nil {
		return host.Result{}, err
	}
	e := &env{
		k: k, ctx: unmetered(ctx), params: params, self: self, address: c.Address, readOnly: call.ReadOnly,
		stack: st.Push(c.Address),
	}
	call.Self = c.Address
	result, err := host.Run(module, e, call)
	if e.fault != nil {
		panic(e.fault)
	}
	if err != nil {
		count(ctx, metricCallsFailed)
	}
	if errors.Is(err, vm.TrapInternal) {
		count(ctx, metricInterpreterPanics)
		ctx.Logger().Error("interpreter panicked, which is a bug", "contract", c.Address, "entry", call.Entry, "error", err)
	}
	return result, callError(call.Entry, err)
}

// runInTx is run with what a transaction has left: call.Gas is lowered to what the meter of ctx can still pay for. The meter
// is charged for loading the code and for the VM gas used, whatever comes of the call.
func (k Keeper) runInTx(ctx sdk.Context, c types.Contract, call host.Call, st host.Stack) (host.Result, error) {
	params, err := k.Params.Get(unmetered(ctx))
	if err != nil {
		return host.Result{}, err
	}
	code, err := k.Code(ctx, c.CodeId)
	if err != nil {
		return host.Result{}, err
	}
	meter := ctx.GasMeter()
	meter.ConsumeGas(loadGas(code, params), "load contract")
	call.Gas = min(call.Gas, saturatingMul(meter.GasRemaining(), params.VmGasPerGas))
	result, err := k.runCode(ctx, c, code, params, call, st)
	meter.ConsumeGas(ceilDiv(result.GasUsed, params.VmGasPerGas), "run contract")
	return result, err
}

// loadGas is what a call pays for having the code at hand, in gas of a transaction.
func loadGas(code types.Code, params types.Params) uint64 {
	if code.Pinned {
		return 0
	}
	return params.LoadGasPerKib * ceilDiv(uint64(code.Size_), kib) // both have bounds in code; no overflow
}

func ceilDiv(a, b uint64) uint64 {
	q := a / b
	if a%b != 0 {
		q++
	}
	return q
}

func saturatingMul(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high != 0 {
		return math.MaxUint64
	}
	return low
}

// callError gives an error of the runtime its code on the chain. The text says the trap, and where in the binary.
func callError(entry string, err error) error {
	var abort *host.AbortError
	var trap *vm.Trap
	switch {
	case err == nil:
		return nil
	case errors.As(err, &abort):
		return types.WithReason(types.ErrAborted, abort)
	case errors.Is(err, host.ErrEntry):
		return errorsmod.Wrapf(types.ErrEntry, "%q", entry)
	case errors.Is(err, vm.TrapOutOfGas):
		return types.WithReason(types.ErrOutOfGas, err)
	case errors.Is(err, host.ErrReadOnly):
		return types.WithReason(types.ErrReadOnly, err)
	case errors.Is(err, types.ErrLimit), errors.Is(err, host.ErrLimit):
		return types.WithReason(types.ErrLimit, err)
	case errors.As(err, &trap):
		return types.WithReason(types.ErrTrap, err)
	}
	return err
}
