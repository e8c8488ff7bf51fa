package compile

import "github.com/assay-chain/assay/x/contract/vm/binary"

// Gas is charged for a basic block as a whole before its first instruction runs. Only reachable instructions
// count. Which those are, and where a block begins, follows from the instructions alone:
//
//   - The instruction after br, br_table, return and unreachable is unreachable, up to the else or end that
//     closes the innermost block open there. An else is reachable if its if is. What follows an end is
//     reachable if what precedes the end is, if a reachable br, br_if or br_table names the block and it is no
//     loop, or if the block is an if without an else.
//   - A block begins at the entry of a function; at the instruction after loop, br_if, if and else; and after an
//     end that a reachable branch leads to: one of a block or if that a br, br_if or br_table names, of an if
//     without an else, and of an if whose first arm reaches its else.
//   - A block whose sum has reached blockGas ends after the instruction that made it so.
//   - A call, a host call and a trap do not end a block: what follows a call in its block is paid for before.
//
// The gas of a block is the sum of InstructionGas over its instructions; that of the block at the entry of a
// function also has LocalsGas. What memory.grow, memory.copy, memory.fill and host functions cost beyond that
// depends on operands and is charged when they run, before they have any effect.
const blockGas = 1 << 15

// Costs of instructions that depend on operands. See package exec.
const (
	// GrowPageGas is the cost of each page that memory.grow adds. A growth that is refused costs none.
	GrowPageGas = 1000
	// BulkBytes is how many bytes memory.copy and memory.fill move for one gas.
	BulkBytes = 16
	// localsPerGas is how many declared locals a function zeroes for one gas.
	localsPerGas = 8
)

// LocalsGas is the cost of entering a function that declares n locals beyond its parameters.
func LocalsGas(n uint32) uint32 { return uint32((uint64(n) + localsPerGas - 1) / localsPerGas) }

// InstructionGas is what an instruction of the profile costs by itself. One gas is about a nanosecond or a few.
func InstructionGas(op binary.Opcode) uint32 {
	if op <= 0xff {
		return uint32(instructionGas[op])
	}
	return 4 // memory.copy and memory.fill
}

var instructionGas = gasTable()

func gasTable() (t [256]uint8) {
	for i := range t {
		t[i] = 1
	}
	for _, op := range []binary.Opcode{binary.OpNop, binary.OpBlock, binary.OpLoop, binary.OpElse, binary.OpEnd} {
		t[op] = 0
	}
	for op := binary.OpI32Load; op <= binary.OpI32Store16; op++ {
		t[op] = 2
	}
	for op := binary.OpI32DivS; op <= binary.OpI32RemU; op++ {
		t[op] = 4
	}
	t[binary.OpBrTable] = 2
	t[binary.OpCall] = 10
	t[binary.OpCallIndirect] = 15
	t[binary.OpMemoryGrow] = 10
	return t
}
