package keeper

import (
	"bytes"
	"errors"
	"math"
	"unicode/utf8"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/vm"
)

var _ host.Env = (*env)(nil)

// env is what one call of a contract sees of the chain. It writes to ctx, which the caller of the contract keeps or throws
// away. It is used by one goroutine and for one call.
type env struct {
	k       Keeper
	ctx     sdk.Context // with a meter without a limit: VM gas pays
	params  types.Params
	self    sdk.AccAddress
	address string // self as text
	// stack holds the contracts that are at work; it ends with address.
	stack    host.Stack
	readOnly bool
	// fault is what a host function panicked with.
	fault any
}

// noteFault keeps a panic of the chain's own for who ran the contract. The runtime turns every panic into a trap, which is
// right for its own bugs; but a node whose disk fails must stop, and not take the failure for the contract's.
func (e *env) noteFault() {
	if r := recover(); r != nil {
		e.fault = r
		panic(r)
	}
}

// Get reads the contract's storage.
func (e *env) Get(key []byte) ([]byte, bool, error) {
	defer e.noteFault()
	if err := types.ValidateKey(key, e.params); err != nil {
		return nil, false, err
	}
	value, err := e.k.State.Get(e.ctx, collections.Join([]byte(e.self), key))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// Set writes the contract's storage. The slices are not kept.
func (e *env) Set(key, value []byte) error {
	defer e.noteFault()
	if e.readOnly {
		return host.ErrReadOnly
	}
	if err := types.ValidateEntry(key, value, e.params); err != nil {
		return err
	}
	return e.k.State.Set(e.ctx, collections.Join([]byte(e.self), bytes.Clone(key)), append([]byte{}, value...))
}

// Delete removes a value; one that is not there is no error.
func (e *env) Delete(key []byte) error {
	defer e.noteFault()
	if e.readOnly {
		return host.ErrReadOnly
	}
	if err := types.ValidateKey(key, e.params); err != nil {
		return err
	}
	return e.k.State.Remove(e.ctx, collections.Join([]byte(e.self), bytes.Clone(key)))
}

// Range visits entries from start up to end, which is not included; an empty end is the end of the contract's storage.
func (e *env) Range(start, end []byte, reverse bool, visit func(host.Entry) (bool, error)) error {
	defer e.noteFault()
	if len(end) > 0 && bytes.Compare(start, end) >= 0 {
		return nil
	}
	r := collections.NewPrefixedPairRange[[]byte, []byte](e.self)
	if len(start) > 0 {
		r = r.StartInclusive(bytes.Clone(start))
	}
	if len(end) > 0 {
		r = r.EndExclusive(bytes.Clone(end))
	}
	if reverse {
		r = r.Descending()
	}
	it, err := e.k.State.Iterate(e.ctx, r)
	if err != nil {
		return err
	}
	defer it.Close()
	for ; it.Valid(); it.Next() {
		kv, err := it.KeyValue()
		if err != nil {
			return err
		}
		if more, err := visit(host.Entry{Key: kv.Key.K2(), Value: kv.Value}); err != nil || !more {
			return err
		}
	}
	return nil
}

// Block is the block that the call is in; for a query, the latest one.
func (e *env) Block() host.Block {
	t := e.ctx.BlockTime()
	return host.Block{
		Height: uint64(max(e.ctx.BlockHeight(), 0)), Seconds: uint64(max(t.Unix(), 0)), Nanos: uint32(t.Nanosecond()), ChainID: e.ctx.ChainID(),
	}
}

// Balance is what the contract can send.
func (e *env) Balance(denom string) (uint64, error) {
	defer e.noteFault()
	if sdk.ValidateDenom(denom) != nil {
		return 0, nil
	}
	amount := e.k.bank.SpendableCoin(e.ctx, e.self, denom).Amount
	if !amount.IsUint64() {
		return math.MaxUint64, nil
	}
	return amount.Uint64(), nil
}

// Transfer sends the contract's own coins.
func (e *env) Transfer(to, denom string, amount uint64) (uint32, error) {
	defer e.noteFault()
	if e.readOnly {
		return 0, host.ErrReadOnly
	}
	address, err := types.ParseAddress("recipient", to)
	if err != nil || e.k.bank.BlockedAddr(address) {
		return host.TransferNoAddress, nil
	}
	return e.send(e.ctx, address, denom, amount)
}

// send moves coins of the contract's. What a failed attempt wrote is undone.
func (e *env) send(ctx sdk.Context, to sdk.AccAddress, denom string, amount uint64) (uint32, error) {
	if sdk.ValidateDenom(denom) != nil {
		return host.TransferNoDenom, nil
	}
	if amount == 0 {
		return host.TransferDone, nil
	}
	coin := sdk.NewCoin(denom, sdkmath.NewIntFromUint64(amount))
	if e.k.bank.IsSendEnabledCoins(ctx, coin) != nil {
		return host.TransferNoDenom, nil
	}
	if e.k.bank.SpendableCoin(ctx, e.self, denom).IsLT(coin) {
		return host.TransferNotEnough, nil
	}
	err := atomically(ctx, func(ctx sdk.Context) error {
		return e.k.bank.SendCoins(ctx, e.self, to, sdk.NewCoins(coin))
	})
	if err != nil { // a restriction of the bank's on who may receive what
		return host.TransferNoAddress, nil
	}
	return host.TransferDone, nil
}

// Emit announces an event under the contract's address. Bytes that are no UTF-8 cannot be in an event.
func (e *env) Emit(event host.Event) error {
	defer e.noteFault()
	if e.readOnly {
		return host.ErrReadOnly
	}
	out := &types.EventContractEmitted{Contract: e.address, Type: event.Type}
	valid := utf8.ValidString(event.Type)
	for _, a := range event.Attributes {
		valid = valid && utf8.ValidString(a.Key) && utf8.ValidString(a.Value)
		out.Attributes = append(out.Attributes, types.EventAttribute{Key: a.Key, Value: a.Value})
	}
	if !valid {
		return errorsmod.Wrap(types.ErrInvalidRequest, "event: not UTF-8")
	}
	return emit(e.ctx, out)
}

// Record reads a record of another module.
func (e *env) Record(kind host.RecordKind, key string, id uint64) ([]byte, bool, error) {
	defer e.noteFault()
	return e.k.record(e.ctx, kind, key, id)
}

// Call runs another contract, on behalf of this one and within c.Gas, which also pays for loading its code. What a call that
// fails did is undone; its gas stays used. The text that comes back with a failure is the same on every node.
func (e *env) Call(c host.SubCall) (host.SubResult, error) {
	defer e.noteFault()
	if err := types.ValidateMessage(c.Message, e.params); err != nil {
		return host.SubResult{}, err
	}
	if e.readOnly && !c.Query {
		return host.SubResult{}, host.ErrReadOnly
	}
	callee, err := e.k.contractOf(e.ctx, c.To)
	switch {
	case errors.Is(err, types.ErrInvalidRequest), errors.Is(err, types.ErrContractNotFound):
		return host.SubResult{Code: host.CallNoContract}, nil
	case err != nil:
		return host.SubResult{}, err
	}
	if code := e.stack.Enter(callee.Address, int(e.params.MaxCallDepth)); code != host.CallDone {
		return host.SubResult{Code: code}, nil
	}
	return e.callLoaded(c, callee)
}

func (e *env) callLoaded(c host.SubCall, callee types.Contract) (host.SubResult, error) {
	code, err := e.k.Code(e.ctx, callee.CodeId)
	if err != nil {
		return host.SubResult{}, err
	}
	load := saturatingMul(loadGas(code, e.params), e.params.VmGasPerGas)
	if load > c.Gas {
		return host.SubResult{Code: host.CallFailed, Output: []byte(host.FailureText(vm.TrapOutOfGas)), GasUsed: c.Gas}, nil
	}
	c.Gas -= load
	var result host.Result
	err = atomically(e.ctx, func(ctx sdk.Context) error {
		funds, err := e.give(ctx, callee, c)
		if err != nil {
			return err
		}
		call := host.Call{
			Entry: types.EntryExecute, Message: c.Message, Caller: e.address, Funds: funds, ReadOnly: c.Query, Gas: c.Gas,
		}
		if c.Query {
			call.Entry = types.EntryQuery
		}
		result, err = e.k.runCode(ctx, callee, code, e.params, call, e.stack)
		return err
	})
	used := load + result.GasUsed
	if err != nil {
		return host.SubResult{Code: host.CallFailed, Output: []byte(failureText(err)), GasUsed: used}, nil
	}
	return host.SubResult{Code: host.CallDone, Output: result.Output, GasUsed: used}, nil
}

// give moves what comes with a call to the contract that is called.
func (e *env) give(ctx sdk.Context, callee types.Contract, c host.SubCall) ([]host.Coin, error) {
	if c.Amount == 0 || c.Query {
		return nil, nil
	}
	to, err := types.ParseContractAddress("contract", callee.Address)
	if err != nil {
		return nil, err
	}
	code, err := e.send(ctx, to, c.Denom, c.Amount)
	if err != nil {
		return nil, err
	}
	if code != host.TransferDone {
		return nil, types.ErrFunds
	}
	return []host.Coin{{Denom: c.Denom, Amount: c.Amount}}, nil
}

// failureText is what a contract learns about a call of its own that failed.
func failureText(err error) string {
	if errors.Is(err, types.ErrFunds) {
		return types.ErrFunds.Error()
	}
	return host.FailureText(err)
}
