package local

import (
	"errors"
	"fmt"
	"slices"

	"github.com/assay-chain/assay/x/contract/host"
)

// Call is a call from outside.
type Call struct {
	Entry   string
	Message []byte
	Caller  string // address
	Funds   []host.Coin
	Gas     uint64 // VM gas; 0: what the chain allows for the entry point
}

// Result is what came of it.
type Result struct {
	host.Result
	GasLimit uint64
	Events   []Emitted
	Changes  []Change // of storage; what was written and stayed the same is left out
}

// Change is a value of a contract's storage before and after.
type Change struct {
	Contract string // address
	Key      []byte
	Before   []byte // nil: there was none
	After    []byte // nil: there is none
}

// Instantiate makes a contract of a code and calls its init. The address is that of the next number. A name must be new.
// Errors: as Call; ErrExists.
func (c *Chain) Instantiate(name string, code *Code, call Call) (Result, error) {
	if _, err := c.Contract(name); err == nil {
		return Result{}, fmt.Errorf("contract %q: %w", name, ErrExists)
	}
	number := uint64(len(c.contracts)) + 1
	contract := &Contract{Name: name, Address: ContractAddress(number), Number: number, Code: code, storage: map[string][]byte{}}
	call.Entry = host.EntryInit
	var result Result
	err := c.branch(func() error {
		c.contracts = append(c.contracts, contract)
		c.undo = append(c.undo, func() { c.contracts = c.contracts[:number-1] })
		var err error
		result, err = c.Call(contract, call)
		return err
	})
	return result, err
}

// Migrate gives a contract another code and calls that code's migrate. Errors: as Call.
func (c *Chain) Migrate(contract *Contract, code *Code, call Call) (Result, error) {
	call.Entry = host.EntryMigrate
	var result Result
	err := c.branch(func() error {
		before := contract.Code
		contract.Code = code
		c.undo = append(c.undo, func() { contract.Code = before })
		var err error
		result, err = c.Call(contract, call)
		return err
	})
	return result, err
}

// Call runs an entry point. Where it fails, refuses to publish or gives no vote, nothing of it stays; a query writes nothing. The
// result says the gas also of a call that failed. Errors: ErrFunds, ErrLimit, and those of host.Run.
func (c *Chain) Call(contract *Contract, call Call) (Result, error) {
	if len(call.Message) > MaxMessageBytes {
		return Result{}, fmt.Errorf("message: expected at most %d bytes, got %d: %w", MaxMessageBytes, len(call.Message), ErrLimit)
	}
	limit := call.Gas
	if limit == 0 {
		limit = GasLimit(call.Entry)
	}
	result := Result{GasLimit: limit}
	before, events := c.snapshot(), len(c.events)
	err := c.branch(func() error {
		for _, coin := range call.Funds {
			if code := c.move(call.Caller, contract.Address, coin.Denom, coin.Amount); code != host.TransferDone {
				return fmt.Errorf("%d%s of %s: %w", coin.Amount, coin.Denom, c.display(call.Caller), ErrFunds)
			}
		}
		e := newEnv(c, contract, host.Stack{}, call.Entry == host.EntryQuery)
		var err error
		result.Result, err = host.Run(contract.Code.Module, e, host.Call{
			Entry: call.Entry, Message: call.Message, Caller: call.Caller, Self: contract.Address, Funds: call.Funds, ReadOnly: e.readOnly, Gas: limit,
		})
		if err == nil && !keeps(call.Entry, result.Value) {
			return errNotKept
		}
		return err
	})
	if err != nil && !errors.Is(err, errNotKept) {
		return result, err
	}
	result.Events = slices.Clone(c.events[events:])
	result.Changes = c.changes(before)
	return result, nil
}

// errNotKept undoes what a call wrote that did well.
var errNotKept = errors.New("not kept")

// keeps says whether the chain keeps what a call wrote. A refusal to publish, and a value that is no vote, leave nothing.
func keeps(entry string, value uint32) bool {
	switch entry {
	case host.EntryDecideStep:
		return value <= host.VoteNo
	case host.EntryAllowPublish:
		return value == host.VotePublish
	}
	return true
}

// GasLimit is the VM gas that a call of an entry point may use.
func GasLimit(entry string) uint64 {
	switch entry {
	case host.EntryQuery:
		return MaxQueryGas
	case host.EntryOnAttestation, host.EntryDecideStep, host.EntryAllowPublish:
		return HookGas
	}
	return MaxCallGas
}

// display is the name of an address, or itself.
func (c *Chain) display(address string) string {
	if name, ok := c.Name(address); ok {
		return name
	}
	return address
}

// Commit ends what can be undone, and forgets the events. It is for between the steps of a test.
func (c *Chain) Commit() {
	c.undo, c.events = nil, nil
}
