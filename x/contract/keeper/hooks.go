package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
)

// Counters of hooks, as seen by this node since it started.
const (
	metricHooksRun      = "hooks_run"
	metricHooksFailed   = "hooks_failed"
	metricHooksSkipped  = "hooks_skipped"  // for want of coins
	metricHooksDropped  = "hooks_dropped"  // attestations that found the queue full
	metricHooksPruned   = "hooks_pruned"   // attestations that were gone when their turn came
	metricVotesDeferred = "votes_deferred" // deciders that a block had no gas left for
)

// Hooks is what x/proof tells this module.
type Hooks struct{ k Keeper }

var _ types.AttestationHooks = Hooks{}

// Hooks returns the hooks of the keeper, for x/proof.
func (k Keeper) Hooks() Hooks { return Hooks{k} }

// AfterAttestation queues an attestation whose model has subscribers. It runs in the device's transaction and is none of
// the device's business: it is not metered, it does one write however many subscribers there are, and a queue that is full is
// no error. The subscribers are told at the end of a block.
func (h Hooks) AfterAttestation(goCtx context.Context, a types.Attestation) error {
	ctx := unmetered(goCtx)
	model, err := types.ModelOfVersion(a.Version)
	if err != nil {
		return err
	}
	subscribed, err := h.k.SubscriberCounts.Has(ctx, model)
	if err != nil || !subscribed {
		return err
	}
	return h.k.enqueue(ctx, a.Id, model)
}

// enqueue puts an attestation at the end of the queue, or drops it where the queue is full.
func (k Keeper) enqueue(ctx sdk.Context, attestation uint64, model string) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	head, next, err := k.queueEnds(ctx)
	if err != nil {
		return err
	}
	if next-head >= uint64(params.MaxQueue) {
		count(ctx, metricHooksDropped)
		return emit(ctx, &types.EventAttestationDropped{AttestationId: attestation, Model: model})
	}
	if err := k.Queue.Set(ctx, next, types.QueuedHook{Sequence: next, AttestationId: attestation, Model: model}); err != nil {
		return err
	}
	return k.QueueNext.Set(ctx, next+1)
}

// hook is a call that the chain makes and the contract pays for.
type hook struct {
	contract types.Contract
	entry    string
	message  []byte
	// subject is what it is about, for the event.
	subject string
	// most is the largest value that the entry point may return.
	most uint32
}

// outcome is what came of a hook.
type outcome struct {
	// ran is false where the contract could not have paid.
	ran bool
	// value is what the entry point returned.
	value uint32
	// gas is the VM gas that it used, and load that of having its code at hand.
	gas, load uint64
	// err is why the hook ran to no effect, or did not run.
	err error
}

// work is what a hook takes of a block's allowance, in VM gas.
func (o outcome) work() uint64 { return o.gas + o.load }

// runHook runs a hook that the contract pays for, and records how it went: on the contract and in an event. What the contract
// does is kept if the hook does well and the contract can still pay for it afterwards; otherwise it is undone whole, and
// paid for all the same. How a contract behaves is in the outcome; an error is a fault of the store.
func (k Keeper) runHook(ctx sdk.Context, params types.Params, h hook) (outcome, error) {
	code, err := k.Code(ctx, h.contract.CodeId)
	if err != nil {
		return outcome{}, err
	}
	address, err := types.ParseContractAddress("contract", h.contract.Address)
	if err != nil {
		return outcome{}, err
	}
	load := loadGas(code, params)
	out := outcome{load: saturatingMul(load, params.VmGasPerGas)}
	if limit := hookFee(params, load, params.HookGas); k.bank.SpendableCoin(ctx, address, limit.Denom).IsLT(limit) {
		out.load, out.err = 0, errorsmod.Wrapf(types.ErrFunds, "hook: expected at least %s", limit)
		return out, k.recordHook(ctx, h, out)
	}
	out.ran = true
	out.err = atomically(ctx, func(ctx sdk.Context) error {
		result, err := k.run(ctx, h.contract, host.Call{
			Entry: h.entry, Message: h.message, Caller: hookCaller(), Gas: params.HookGas,
		}, nil)
		out.value, out.gas = result.Value, result.GasUsed
		if err != nil {
			return err
		}
		if result.Value > h.most {
			return errorsmod.Wrapf(types.ErrVote, "%s: expected 0 to %d, got %d", h.entry, h.most, result.Value)
		}
		return k.payHook(ctx, address, hookFee(params, load, result.GasUsed))
	})
	if out.err != nil {
		if err := atomically(ctx, func(ctx sdk.Context) error {
			return k.payHook(ctx, address, hookFee(params, load, out.gas))
		}); err != nil { // the coins are there, so the bank itself refuses; the contract is not to blame
			ctx.Logger().Error("hook is not paid for", "contract", h.contract.Address, "entry", h.entry, "error", err)
		}
	}
	return out, k.recordHook(ctx, h, out)
}

// hookCaller is who calls hooks: the module.
func hookCaller() string { return authtypes.NewModuleAddress(types.ModuleName).String() }

// hookFee is the price of a hook, rounded up: of loading its code, in gas of a transaction, and of the VM gas that it used.
func hookFee(params types.Params, load, used uint64) sdk.Coin {
	gas := sdkmath.NewIntFromUint64(load).Add(sdkmath.NewIntFromUint64(ceilDiv(used, params.VmGasPerGas)))
	return sdk.NewCoin(params.HookFeeDenom, params.HookGasPrice.MulInt(gas).Ceil().TruncateInt())
}

// payHook moves a fee to those who share the fees of transactions.
func (k Keeper) payHook(ctx sdk.Context, contract sdk.AccAddress, fee sdk.Coin) error {
	if fee.IsZero() {
		return nil
	}
	if k.bank.SpendableCoin(ctx, contract, fee.Denom).IsLT(fee) {
		return errorsmod.Wrapf(types.ErrFunds, "hook: expected at least %s after it", fee)
	}
	return k.bank.SendCoinsFromAccountToModule(ctx, contract, authtypes.FeeCollectorName, sdk.NewCoins(fee))
}

// recordHook counts a hook on its contract and announces it.
func (k Keeper) recordHook(ctx sdk.Context, h hook, out outcome) error {
	c, err := k.contractOf(ctx, h.contract.Address)
	if err != nil {
		return err
	}
	stats := &c.Hooks
	switch {
	case !out.ran:
		stats.Skipped++
		count(ctx, metricHooksSkipped)
	case out.err != nil:
		stats.Failures++
		count(ctx, metricHooksFailed)
		fallthrough
	default:
		stats.Runs++
		count(ctx, metricHooksRun)
	}
	stats.Gas += out.gas
	stats.LastCode, stats.LastHeight = hookCode(out.err), ctx.BlockHeight()
	if err := k.setContract(ctx, c); err != nil {
		return err
	}
	if out.err != nil {
		ctx.Logger().Info("hook of a contract", "contract", c.Address, "entry", h.entry, "subject", h.subject, "error", out.err)
	}
	return emit(ctx, &types.EventHookRun{
		Contract: c.Address, Entry: h.entry, Code: stats.LastCode, GasUsed: out.gas, Subject: h.subject,
	})
}

// hookCode is the code of an error in the codespace of the module; of one that has none there, that of a trap.
func hookCode(err error) uint32 {
	if err == nil {
		return 0
	}
	codespace, code, _ := errorsmod.ABCIInfo(err, false)
	if codespace != types.ModuleName {
		return types.ErrTrap.ABCICode()
	}
	return code
}
