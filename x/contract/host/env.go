package host

import "slices"

// Env is what one call sees of the chain, or of what stands in for it. An error of any method is a fault of the surroundings
// or a limit of theirs; it ends the call with a trap whose cause it is. Slices that are passed in alias the contract's memory
// and must not be kept or changed; slices that are returned are read only, before the next call.
type Env interface {
	// Get reads the contract's storage; false where the key has no value.
	Get(key []byte) ([]byte, bool, error)
	// Set writes the contract's storage.
	Set(key, value []byte) error
	// Delete removes a value. There need not be one.
	Delete(key []byte) error
	// Range visits entries from start up to end, which is not included, in the order of the keys' bytes or the reverse, until
	// visit says that it has enough. An empty end is the end of the contract's storage. visit pays for each entry, so the next
	// one must not be read before it returned; its errors are returned as they are.
	Range(start, end []byte, reverse bool, visit func(Entry) (more bool, err error)) error
	// Block is the block that the call is in.
	Block() Block
	// Balance is how much the contract can send of a denomination, 2^64−1 where it is more.
	Balance(denom string) (uint64, error)
	// Transfer sends coins of the contract's own, and says a code.
	Transfer(to, denom string, amount uint64) (uint32, error)
	// Emit announces an event under the contract's address.
	Emit(event Event) error
	// Record reads a record of another module, encoded as values; false where there is none. Models, versions and devices have
	// a key, attestations and rollouts an id.
	Record(kind RecordKind, key string, id uint64) ([]byte, bool, error)
	// Call runs another contract. What a failed call did is undone before it returns.
	Call(call SubCall) (SubResult, error)
}

// Entry is a key of a contract's storage and its value.
type Entry struct {
	Key, Value []byte
}

// Block says when and where a call happens.
type Block struct {
	Height  uint64
	Seconds uint64 // Unix time of the header
	Nanos   uint32 // of that second
	ChainID string
}

// Coin is an amount of a denomination, in its base unit.
type Coin struct {
	Denom  string
	Amount uint64
}

// Event is what a contract announces.
type Event struct {
	Type       string
	Attributes []Attribute
}

// Attribute is a key and value of an event.
type Attribute struct {
	Key, Value string
}

// RecordKind says whose record it is.
type RecordKind uint8

// The records that contracts can read.
const (
	Model RecordKind = iota + 1
	Version
	Attestation
	Device
	Rollout
)

func (k RecordKind) String() string {
	switch k {
	case Model:
		return "model"
	case Version:
		return "version"
	case Attestation:
		return "attestation"
	case Device:
		return "device"
	case Rollout:
		return "rollout"
	}
	return "unknown"
}

// SubCall is a call of one contract by another.
type SubCall struct {
	To      string
	Message []byte
	Denom   string // of the coins that come with it; an amount of 0 sends none
	Amount  uint64
	Gas     uint64 // VM gas that it may use, loading the code included; at most what the caller has left
	Query   bool   // run the entry point query, and nothing may be written
}

// SubResult is what comes of a SubCall.
type SubResult struct {
	Code    uint32 // one of the Call codes
	Output  []byte // what the contract returned, or with CallFailed a text that says why
	GasUsed uint64 // the caller pays for it, whatever the code
}

// The codes of transfer.
const (
	TransferDone      uint32 = iota
	TransferNotEnough        // the contract has not got as much
	TransferNoAddress        // not an address, or one that may not receive
	TransferNoDenom          // not a denomination, or one that may not be sent
)

// The codes of call and query_contract.
const (
	CallDone       uint32 = iota
	CallFailed            // it trapped, aborted or ran out of gas; its effects are undone, its gas is spent
	CallNoContract        // there is no contract at the address
	CallTooDeep           // as many contracts are at work as may be
	CallReentrant         // the contract is at work already
)

// Stack holds the addresses of the contracts that are at work, the outermost first.
type Stack []string

// Enter says with a code whether the contract may be called by the last of the stack, where at most depth contracts may be at
// work at once.
func (s Stack) Enter(contract string, depth int) uint32 {
	switch {
	case slices.Contains(s, contract):
		return CallReentrant
	case len(s) >= depth:
		return CallTooDeep
	}
	return CallDone
}

// Push returns the stack with a contract at its end; the receiver stays as it is.
func (s Stack) Push(contract string) Stack {
	return append(slices.Clone(s), contract)
}
