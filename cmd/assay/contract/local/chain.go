package local

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
	"github.com/assay-chain/assay/x/contract/vm"
)

// The default parameters of the module.
const (
	MaxCallGas      = 1_000_000 // VM gas of execute, init and migrate
	MaxQueryGas     = 3_000_000
	HookGas         = 1_000_000
	MaxCallDepth    = 4
	MaxKeyBytes     = 256
	MaxValueBytes   = 16 << 10
	MaxMessageBytes = 64 << 10
	MaxCodeBytes    = 128 << 10
	// StoreGasPerByte is gas of a transaction, for storing new code.
	StoreGasPerByte = 100
	// VMGasPerGas is how much VM gas one gas of a transaction buys.
	VMGasPerGas = 10
	// LoadGasPerKiB is VM gas, for a contract that another one calls.
	LoadGasPerKiB = 40_000
)

// Errors of the package, besides those of packages vm and host.
var (
	ErrNoContract = errors.New("no such contract")
	ErrExists     = errors.New("is there already")
	ErrFunds      = errors.New("funds cannot be sent")
	ErrLimit      = errors.New("limit exceeded")
	ErrState      = errors.New("invalid state")
)

// Code is a compiled contract.
type Code struct {
	Path   string // where it was read from, for people and for files of state
	Size   int    // of the binary, in bytes
	Digest [32]byte
	Module *vm.Module
}

// Contract is an instance of a code.
type Contract struct {
	Name    string
	Address string
	Number  uint64
	Code    *Code
	storage map[string][]byte
}

// Chain is all that contracts can see. It is used by one goroutine.
type Chain struct {
	ID     string
	Height uint64
	Time   time.Time

	names     map[string]string            // of accounts, by address
	balances  map[string]map[string]uint64 // by address and denomination
	contracts []*Contract                  // in the order of their numbers
	records   map[recordKey][]values.Value
	events    []Emitted
	undo      []func() // what takes back each write, the last one first
}

// Emitted is an event, and the contract that announced it.
type Emitted struct {
	Contract string // address
	host.Event
}

// New is a chain at its first block, in 2026, with nothing on it.
func New() *Chain {
	return &Chain{
		ID: "assay-local-1", Height: 1, Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		names: map[string]string{}, balances: map[string]map[string]uint64{}, records: map[recordKey][]values.Value{},
	}
}

// Address is the address that a name stands for: a contract's, or an account's, which is made up from the name. An address
// stands for itself.
func (c *Chain) Address(name string) string {
	if CheckAddress(name) == nil {
		return name
	}
	for _, contract := range c.contracts {
		if contract.Name == name {
			return contract.Address
		}
	}
	address := AccountAddress(name)
	c.names[address] = name
	return address
}

// Expand replaces a word @name by the address that the name stands for.
func (c *Chain) Expand(word string) string {
	if name, ok := strings.CutPrefix(word, "@"); ok && name != "" {
		return c.Address(name)
	}
	return word
}

// Message encodes arguments, @name included, as a message. Errors: those of values.Parse.
func (c *Chain) Message(args []string) ([]byte, error) {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = c.Expand(a)
	}
	list, err := values.Parse(words)
	if err != nil {
		return nil, err
	}
	return values.Encode(list...), nil
}

// Show writes a message for people, on one line: as arguments, with names for the addresses that have some. What is not a list of
// values is shown in hexadecimal digits.
func (c *Chain) Show(message []byte) string {
	list, err := values.Decode(message)
	if err != nil {
		return values.Argument(values.B(message))
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = values.Argument(v)
		switch name, ok := c.Name(v.Text); {
		case v.Kind == values.Text && ok:
			words[i] = "@" + name
		case strings.HasPrefix(words[i], "@"):
			words[i] = "text:" + words[i]
		}
	}
	return values.Join(words)
}

// Name is the name of an address, if it has one.
func (c *Chain) Name(address string) (string, bool) {
	if contract := c.at(address); contract != nil {
		return contract.Name, true
	}
	name, ok := c.names[address]
	return name, ok
}

// Contract finds a contract by its name. Errors: ErrNoContract.
func (c *Chain) Contract(name string) (*Contract, error) {
	for _, contract := range c.contracts {
		if contract.Name == name {
			return contract, nil
		}
	}
	return nil, fmt.Errorf("contract %q: %w", name, ErrNoContract)
}

func (c *Chain) at(address string) *Contract {
	for _, contract := range c.contracts {
		if contract.Address == address {
			return contract
		}
	}
	return nil
}

// Balance is what an address has of a denomination.
func (c *Chain) Balance(address, denom string) uint64 { return c.balances[address][denom] }

// SetBalance gives an address so much, whatever it had.
func (c *Chain) SetBalance(address string, coin host.Coin) {
	c.setBalance(address, coin.Denom, coin.Amount)
}

// Value reads the storage of a contract.
func (c *Contract) Value(key []byte) ([]byte, bool) {
	value, ok := c.storage[string(key)]
	return value, ok
}

// branch runs f, and undoes what it wrote if it returns an error.
func (c *Chain) branch(f func() error) error {
	mark, events := len(c.undo), len(c.events)
	err := f()
	if err != nil {
		for len(c.undo) > mark {
			last := c.undo[len(c.undo)-1]
			c.undo = c.undo[:len(c.undo)-1]
			last()
		}
		c.events = c.events[:events]
	}
	return err
}

// write sets a key of a map, so that it can be undone.
func write[K comparable, V any](c *Chain, m map[K]V, key K, value V, there bool) {
	before, was := m[key]
	c.undo = append(c.undo, func() {
		if was {
			m[key] = before
		} else {
			delete(m, key)
		}
	})
	if there {
		m[key] = value
	} else {
		delete(m, key)
	}
}

func (c *Chain) setBalance(address, denom string, amount uint64) {
	if c.balances[address] == nil {
		c.balances[address] = map[string]uint64{}
	}
	write(c, c.balances[address], denom, amount, amount > 0)
}

// move sends coins, or says with a code why it cannot.
func (c *Chain) move(from, to, denom string, amount uint64) uint32 {
	switch {
	case CheckAddress(to) != nil:
		return host.TransferNoAddress
	case !isDenom(denom):
		return host.TransferNoDenom
	case c.Balance(from, denom) < amount, from != to && c.Balance(to, denom)+amount < amount:
		return host.TransferNotEnough
	}
	c.setBalance(from, denom, c.Balance(from, denom)-amount)
	c.setBalance(to, denom, c.Balance(to, denom)+amount)
	return host.TransferDone
}
