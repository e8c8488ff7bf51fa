package local

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
)

// env is what one call of a contract sees of the chain.
type env struct {
	chain    *Chain
	contract *Contract
	stack    host.Stack // ends with the contract
	readOnly bool
}

var _ host.Env = (*env)(nil)

func newEnv(c *Chain, contract *Contract, stack host.Stack, readOnly bool) *env {
	return &env{chain: c, contract: contract, stack: stack.Push(contract.Address), readOnly: readOnly}
}

func checkKey(key []byte) error {
	if len(key) == 0 || len(key) > MaxKeyBytes {
		return fmt.Errorf("key: expected 1 to %d bytes, got %d: %w", MaxKeyBytes, len(key), ErrLimit)
	}
	return nil
}

func (e *env) Get(key []byte) ([]byte, bool, error) {
	if err := checkKey(key); err != nil {
		return nil, false, err
	}
	value, ok := e.contract.Value(key)
	return value, ok, nil
}

func (e *env) Set(key, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > MaxValueBytes {
		return fmt.Errorf("value: expected at most %d bytes, got %d: %w", MaxValueBytes, len(value), ErrLimit)
	}
	write(e.chain, e.contract.storage, string(key), append([]byte{}, value...), true)
	return nil
}

func (e *env) Delete(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	write(e.chain, e.contract.storage, string(key), nil, false)
	return nil
}

func (e *env) Range(start, end []byte, reverse bool, visit func(host.Entry) (bool, error)) error {
	keys := slices.Sorted(maps.Keys(e.contract.storage))
	if reverse {
		slices.Reverse(keys)
	}
	for _, k := range keys {
		if k < string(start) || len(end) > 0 && k >= string(end) {
			continue
		}
		more, err := visit(host.Entry{Key: []byte(k), Value: e.contract.storage[k]})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (e *env) Block() host.Block {
	t := e.chain.Time
	return host.Block{Height: e.chain.Height, Seconds: uint64(max(t.Unix(), 0)), Nanos: uint32(t.Nanosecond()), ChainID: e.chain.ID}
}

func (e *env) Balance(denom string) (uint64, error) {
	return e.chain.Balance(e.contract.Address, denom), nil
}

func (e *env) Transfer(to, denom string, amount uint64) (uint32, error) {
	return e.chain.move(e.contract.Address, to, denom, amount), nil
}

func (e *env) Emit(event host.Event) error {
	e.chain.events = append(e.chain.events, Emitted{Contract: e.contract.Address, Event: event})
	return nil
}

func (e *env) Record(kind host.RecordKind, key string, id uint64) ([]byte, bool, error) {
	if kind == host.Attestation || kind == host.Rollout {
		key = strconv.FormatUint(id, 10)
	}
	list, ok := e.chain.records[recordKey{kind, key}]
	return values.Encode(list...), ok, nil
}

// Call runs another contract, which pays from c.Gas for the loading of its code first.
func (e *env) Call(c host.SubCall) (host.SubResult, error) {
	callee := e.chain.at(c.To)
	if callee == nil {
		return host.SubResult{Code: host.CallNoContract}, nil
	}
	if code := e.stack.Enter(callee.Address, MaxCallDepth); code != host.CallDone {
		return host.SubResult{Code: code}, nil
	}
	load := (uint64(callee.Code.Size) + 1023) / 1024 * LoadGasPerKiB
	if load > c.Gas {
		return host.SubResult{Code: host.CallFailed, Output: []byte("contract out of gas"), GasUsed: c.Gas}, nil
	}
	var result host.Result
	failure := ""
	err := e.chain.branch(func() error {
		funds, err := e.give(callee, c)
		if err != nil {
			failure = err.Error()
			return err
		}
		call := host.Call{
			Entry: host.EntryExecute, Message: c.Message, Caller: e.contract.Address, Self: callee.Address, Funds: funds,
			ReadOnly: e.readOnly || c.Query, Gas: c.Gas - load,
		}
		if c.Query {
			call.Entry = host.EntryQuery
		}
		result, err = host.Run(callee.Code.Module, newEnv(e.chain, callee, e.stack, call.ReadOnly), call)
		if err != nil {
			failure = host.FailureText(err)
		}
		return err
	})
	used := load + result.GasUsed
	if err != nil {
		return host.SubResult{Code: host.CallFailed, Output: []byte(failure), GasUsed: used}, nil
	}
	return host.SubResult{Code: host.CallDone, Output: result.Output, GasUsed: used}, nil
}

// give moves what comes with a call to the contract that is called.
func (e *env) give(callee *Contract, c host.SubCall) ([]host.Coin, error) {
	if c.Amount == 0 || c.Query {
		return nil, nil
	}
	if e.chain.move(e.contract.Address, callee.Address, c.Denom, c.Amount) != host.TransferDone {
		return nil, ErrFunds
	}
	return []host.Coin{{Denom: c.Denom, Amount: c.Amount}}, nil
}

// snapshot is the storage of all contracts; the values are shared.
func (c *Chain) snapshot() map[string]map[string][]byte {
	out := map[string]map[string][]byte{}
	for _, contract := range c.contracts {
		out[contract.Address] = maps.Clone(contract.storage)
	}
	return out
}

// changes compares storage with what it was, in the order of contracts and keys.
func (c *Chain) changes(before map[string]map[string][]byte) []Change {
	var out []Change
	for _, contract := range c.contracts {
		old := before[contract.Address]
		all := maps.Clone(contract.storage)
		maps.Copy(all, old)
		for _, k := range slices.Sorted(maps.Keys(all)) {
			was, had := old[k]
			is, has := contract.storage[k]
			if had != has || !bytes.Equal(was, is) {
				out = append(out, Change{Contract: contract.Address, Key: []byte(k), Before: was, After: is})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return strings.Compare(a.Contract, b.Contract) })
	return out
}
