package vm

import "github.com/assay-chain/assay/x/contract/vm/binary"

// Limits bound what a module may declare and what an instance may use.
type Limits struct {
	binary.Limits
	CallDepth  uint32 // calls within each other, host functions not counted
	StackSlots uint32 // locals and operands of all of these together
	// Gas is what a call has unless its caller says otherwise. Instantiate does not look at it.
	Gas uint64
}

// DefaultLimits are what docs/wasm-profile.md gives, with reasons.
func DefaultLimits() Limits {
	return Limits{
		Limits:     binary.DefaultLimits(),
		CallDepth:  256,
		StackSlots: 16 << 10,
		Gas:        1_000_000,
	}
}
