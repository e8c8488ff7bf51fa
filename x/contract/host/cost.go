package host

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm"
)

// The limits of what passes between a contract and its host.
const (
	MaxMessageBytes   = 64 << 10 // of a message to another contract
	MaxOutputBytes    = 64 << 10
	MaxAbortBytes     = 256 // of abort's message; more is cut off
	MaxEvents         = 16  // of one call
	MaxAttributes     = 16  // of one event
	MaxEventBytes     = 1 << 10
	MaxEventTypeBytes = 64
	MaxRangeEntries   = 64
	MaxNameBytes      = 512 // of an address, a denomination, or the key of a record
)

// rate is a cost that grows with bytes: gas for every unit of them that is begun.
type rate struct {
	gas  uint64
	unit uint32 // in bytes; 0: the cost does not grow
	of   string // what the bytes are of, for people
}

// The costs that grow, in VM gas.
var (
	copied      = rate{gas: 1, unit: 16, of: "bytes copied"}
	hashed      = rate{gas: 10, unit: 64, of: "bytes"}
	stored      = rate{gas: 300, unit: 1, of: "byte of key and value"}
	read        = rate{gas: 30, unit: 1, of: "byte of key and value"}
	readEntries = rate{gas: 30, unit: 1, of: "byte of key and value, 300 per entry"}
	readRecord  = rate{gas: 30, unit: 1, of: "byte of the record"}
	announced   = rate{gas: 10, unit: 1, of: "byte of type and attributes"}
)

// The flat costs, in VM gas. The most expensive are of the order of what a chain asks for the same.
const (
	gasCopy     = 100
	gasKnown    = 200 // what the host has at hand
	gasHash     = 500
	gasEvent    = 2_000
	gasBalance  = 5_000
	gasRead     = 10_000
	gasEntry    = 300 // more for each entry of a range
	gasWrite    = 20_000
	gasCall     = 20_000
	gasTransfer = 50_000
)

// cost is what n bytes cost.
func (r rate) cost(n uint64) uint64 {
	if r.unit == 0 {
		return 0
	}
	return (n + uint64(r.unit) - 1) / uint64(r.unit) * r.gas
}

// charge takes what n bytes cost from the call. n is a sum of lengths of 32 bits, so nothing overflows.
func (r rate) charge(in *vm.Instance, n uint64) error {
	return in.Charge(r.cost(n))
}

func (r rate) String() string {
	switch r.unit {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("+ %d per %s", r.gas, r.of)
	}
	return fmt.Sprintf("+ %d per %d %s", r.gas, r.unit, r.of)
}
