package exec

import (
	"encoding/binary"
	"math/bits"

	wasm "github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/compile"
)

// pause is why loop returned: a trap, or what it leaves to run.
type pause uint16

// What is no trap. The instruction of the last four is the one before Machine.pc.
const (
	pauseDone pause = 0x100 + iota // the outermost frame returned
	pauseRoom                      // a call needs room: it is to be tried again
	pauseHost                      // a host function is to be called
	pauseGrow                      // memory is to grow
	pauseBulk                      // bytes of memory are to be moved or set
)

// Sums of an address and an offset take 33 bits, and are made in an int: the package does not compile where it has only 32.
const _ = uint(bits.UintSize - 64)

// loop runs from Machine.pc until something is to be done that it cannot do.
//
// It is one function with one switch because that is what makes it fast: the switch becomes a jump table, and pc,
// registers, memory and gas stay in registers of the processor. For that it calls nothing. One call anywhere in
// the loop would have the compiler store all of them to memory on each instruction, so what needs a call is left
// to run. Registers of the program are an array of fixed size that 8 bits index, which needs no check of bounds;
// accesses to memory are written so that the compiler finds the one check that is there enough.
func (m *Machine) loop() pause {
	var (
		code   = m.program.Code
		pc     = int(m.pc)
		regs   = (*[compile.Window]uint32)(m.stack[m.base:])
		memory = m.memory
		gas    = m.gas
		why    pause
	)
loop:
	for {
		in := &code[pc]
		pc++
		switch op := in.Op; {
		case op <= compile.OpLoad8UW:
			switch op {
			case compile.OpAdd:
				regs[in.A] = regs[in.B] + regs[in.C()]
			case compile.OpAddI:
				regs[in.A] = regs[in.B] + in.Imm
			case compile.OpLoad:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = binary.LittleEndian.Uint32(memory[at:])
			case compile.OpLoadW:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = binary.LittleEndian.Uint32(memory[at:])
			case compile.OpLoad8U:
				at := int(regs[in.B]) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(memory[at])
			case compile.OpLoad8UW:
				at := int(regs[in.B] + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(memory[at])
			}
		case op <= compile.OpConst:
			switch op {
			case compile.OpXor:
				regs[in.A] = regs[in.B] ^ regs[in.C()]
			case compile.OpAnd:
				regs[in.A] = regs[in.B] & regs[in.C()]
			case compile.OpAndI:
				regs[in.A] = regs[in.B] & in.Imm
			case compile.OpMulI:
				regs[in.A] = regs[in.B] * in.Imm
			case compile.OpShlI:
				regs[in.A] = regs[in.B] << (in.Imm & 31)
			case compile.OpShrUI:
				regs[in.A] = regs[in.B] >> (in.Imm & 31)
			case compile.OpConst:
				regs[in.A] = in.Imm
			}
		case op <= compile.OpMulAdd:
			switch op {
			case compile.OpCopy:
				regs[in.A] = regs[in.B]
			case compile.OpSub:
				regs[in.A] = regs[in.B] - regs[in.C()]
			case compile.OpMul:
				regs[in.A] = regs[in.B] * regs[in.C()]
			case compile.OpOr:
				regs[in.A] = regs[in.B] | regs[in.C()]
			case compile.OpAddShl:
				regs[in.A] = regs[in.B] + regs[in.C()]<<(in.D()&31)
			case compile.OpMulAdd:
				regs[in.A] = regs[in.B] + regs[in.C()]*regs[in.D()]
			}
		case op <= compile.OpGas:
			switch op {
			case compile.OpAddBrNe:
				sum := regs[in.A] + in.Imm
				regs[in.A] = sum
				if sum != regs[in.B] {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpAddBrNeI:
				sum := regs[in.A] + uint32(int8(in.B))
				regs[in.A] = sum
				if sum != in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrZ:
				if regs[in.A] == 0 {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrNZ:
				if regs[in.A] != 0 {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBr:
				pc = int(in.T)
				if gas < uint64(in.G) {
					why = pause(TrapOutOfGas)
					break loop
				}
				gas -= uint64(in.G)
			case compile.OpGas:
				if gas < uint64(in.Imm) {
					why = pause(TrapOutOfGas)
					break loop
				}
				gas -= uint64(in.Imm)
			}
		case op <= compile.OpBrGtUI:
			switch op {
			case compile.OpBrEqI:
				if regs[in.A] == in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrNeI:
				if regs[in.A] != in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLtSI:
				if int32(regs[in.A]) < int32(in.Imm) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLtUI:
				if regs[in.A] < in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrGtSI:
				if int32(regs[in.A]) > int32(in.Imm) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrGtUI:
				if regs[in.A] > in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			}
		case op <= compile.OpStore8IW:
			switch op {
			case compile.OpStore:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], regs[in.A])
			case compile.OpStore8:
				at := int(regs[in.B]) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(regs[in.A])
			case compile.OpStoreW:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], regs[in.A])
			case compile.OpStore8W:
				at := int(regs[in.B] + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(regs[in.A])
			case compile.OpStoreI:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], in.T)
			case compile.OpStore8IW:
				at := int(regs[in.B] + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(in.T)
			}
		case op <= compile.OpBrLeU:
			switch op {
			case compile.OpBrEq:
				if regs[in.A] == regs[in.B] {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrNe:
				if regs[in.A] != regs[in.B] {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLtS:
				if int32(regs[in.A]) < int32(regs[in.B]) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLtU:
				if regs[in.A] < regs[in.B] {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLeS:
				if int32(regs[in.A]) <= int32(regs[in.B]) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLeU:
				if regs[in.A] <= regs[in.B] {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			}
		case op <= compile.OpBrAny:
			switch op {
			case compile.OpCall:
				f := &m.program.Funcs[in.Imm]
				at := m.base + in.T
				end := at + f.Frame
				if m.depth >= int(m.callDepth) || end > m.stackSlots {
					why = pause(TrapCallStack)
					break loop
				}
				if gas < f.Gas {
					pc = int(f.Entry)
					why = pause(TrapOutOfGas)
					break loop
				}
				if int(end)+compile.Window > len(m.stack) || m.depth >= len(m.frames) {
					why = pauseRoom
					break loop
				}
				gas -= f.Gas
				m.frames[m.depth] = frame{pc: uint32(pc), base: m.base}
				m.depth++
				pc, m.base = int(f.Entry), at
				frame := m.stack[at:]
				regs = (*[compile.Window]uint32)(frame)
				for i := f.ZeroFrom; i < f.ZeroTo; i++ {
					frame[i] = 0
				}
			case compile.OpReturnReg:
				regs[0] = regs[in.A]
				m.depth--
				f := m.frames[m.depth]
				pc, m.base = int(f.pc), f.base
				regs = (*[compile.Window]uint32)(m.stack[f.base:])
			case compile.OpReturn:
				m.depth--
				f := m.frames[m.depth]
				pc, m.base = int(f.pc), f.base
				regs = (*[compile.Window]uint32)(m.stack[f.base:])
			case compile.OpBrTable:
				t := &m.program.Targets[in.Imm+min(regs[in.A], in.T-1)]
				pc = int(t.PC)
				if gas < uint64(t.Gas) {
					why = pause(TrapOutOfGas)
					break loop
				}
				gas -= uint64(t.Gas)
			case compile.OpBrNone:
				if regs[in.A]&in.Imm == 0 {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrAny:
				if regs[in.A]&in.Imm != 0 {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			}
		case op <= compile.OpSelect:
			switch op {
			case compile.OpLoadX:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = binary.LittleEndian.Uint32(memory[at:])
			case compile.OpLoadXW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = binary.LittleEndian.Uint32(memory[at:])
			case compile.OpLoad8UX:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(memory[at])
			case compile.OpLoad8UXW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(memory[at])
			case compile.OpGlobalGet:
				regs[in.A] = m.globals[in.Imm]
			case compile.OpGlobalSet:
				m.globals[in.Imm] = regs[in.A]
			case compile.OpSelect:
				if regs[in.D()] != 0 {
					regs[in.A] = regs[in.B]
				} else {
					regs[in.A] = regs[in.C()]
				}
			}
		case op <= compile.OpLoadAbs:
			switch op {
			case compile.OpBrLeSI:
				if int32(regs[in.A]) <= int32(in.Imm) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrLeUI:
				if regs[in.A] <= in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrGeSI:
				if int32(regs[in.A]) >= int32(in.Imm) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpBrGeUI:
				if regs[in.A] >= in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpStoreAbs:
				at := int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], regs[in.A])
			case compile.OpLoadAbs:
				at := int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = binary.LittleEndian.Uint32(memory[at:])
			}
		default:
			switch op {
			case compile.OpExit:
				why = pauseDone
				break loop
			case compile.OpUnreachable:
				why = pause(TrapUnreachable)
				break loop
			case compile.OpReturnI:
				regs[0] = in.Imm
				m.depth--
				f := m.frames[m.depth]
				pc, m.base = int(f.pc), f.base
				regs = (*[compile.Window]uint32)(m.stack[f.base:])
			case compile.OpCallHost:
				m.callee = in.Imm
				why = pauseHost
				break loop
			case compile.OpCallIndirect:
				index := regs[in.A]
				if uint64(index) >= uint64(len(m.table)) {
					why = pause(TrapUndefinedElement)
					break loop
				}
				index = m.table[index] - 1
				if index == ^uint32(0) {
					why = pause(TrapUninitializedElement)
					break loop
				}
				f := &m.program.Funcs[index]
				if f.Sig != in.Imm {
					why = pause(TrapSignature)
					break loop
				}
				if f.Host {
					m.callee = index
					why = pauseHost
					break loop
				}
				at := m.base + in.T
				end := at + f.Frame
				if m.depth >= int(m.callDepth) || end > m.stackSlots {
					why = pause(TrapCallStack)
					break loop
				}
				if gas < f.Gas {
					pc = int(f.Entry)
					why = pause(TrapOutOfGas)
					break loop
				}
				if int(end)+compile.Window > len(m.stack) || m.depth >= len(m.frames) {
					why = pauseRoom
					break loop
				}
				gas -= f.Gas
				m.frames[m.depth] = frame{pc: uint32(pc), base: m.base}
				m.depth++
				pc, m.base = int(f.Entry), at
				frame := m.stack[at:]
				regs = (*[compile.Window]uint32)(frame)
				for i := f.ZeroFrom; i < f.ZeroTo; i++ {
					frame[i] = 0
				}
			case compile.OpAddBrLtS:
				sum := regs[in.A] + in.Imm
				regs[in.A] = sum
				if int32(sum) < int32(regs[in.B]) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpAddBrLtU:
				sum := regs[in.A] + in.Imm
				regs[in.A] = sum
				if sum < regs[in.B] {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpAddBrLtSI:
				sum := regs[in.A] + uint32(int8(in.B))
				regs[in.A] = sum
				if int32(sum) < int32(in.Imm) {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpAddBrLtUI:
				sum := regs[in.A] + uint32(int8(in.B))
				regs[in.A] = sum
				if sum < in.Imm {
					pc = int(in.T)
					if gas < uint64(in.G) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.G)
				} else {
					if gas < uint64(in.F) {
						why = pause(TrapOutOfGas)
						break loop
					}
					gas -= uint64(in.F)
				}
			case compile.OpFarStore:
				m.stack[m.base+in.Imm] = regs[in.A]
			case compile.OpStore16:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(regs[in.A]))
			case compile.OpStore16W:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(regs[in.A]))
			case compile.OpStoreX:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], regs[in.A])
			case compile.OpStore8X:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(regs[in.A])
			case compile.OpStore16X:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(regs[in.A]))
			case compile.OpStoreXW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], regs[in.A])
			case compile.OpStore8XW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(regs[in.A])
			case compile.OpStore16XW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(regs[in.A]))
			case compile.OpStore8Abs:
				at := int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(regs[in.A])
			case compile.OpStore16Abs:
				at := int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(regs[in.A]))
			case compile.OpStore8I:
				at := int(regs[in.B]) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(in.T)
			case compile.OpStore16I:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(in.T))
			case compile.OpStoreIW:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], in.T)
			case compile.OpStore16IW:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(in.T))
			case compile.OpStoreIAbs:
				at := int(in.Imm)
				if at > len(memory)-4 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint32(memory[at:], in.T)
			case compile.OpStore8IAbs:
				at := int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				memory[at] = uint8(in.T)
			case compile.OpStore16IAbs:
				at := int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				binary.LittleEndian.PutUint16(memory[at:], uint16(in.T))
			case compile.OpMemCopy, compile.OpMemFill:
				why = pauseBulk
				break loop
			case compile.OpFarLoad:
				regs[in.A] = m.stack[m.base+in.Imm]
			case compile.OpMemSize:
				regs[in.A] = uint32(len(memory) / wasm.PageSize)
			case compile.OpMemGrow:
				why = pauseGrow
				break loop
			case compile.OpLoad8S:
				at := int(regs[in.B]) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int8(memory[at]))
			case compile.OpLoad16S:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int16(binary.LittleEndian.Uint16(memory[at:])))
			case compile.OpLoad16U:
				at := int(regs[in.B]) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(binary.LittleEndian.Uint16(memory[at:]))
			case compile.OpLoad8SW:
				at := int(regs[in.B] + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int8(memory[at]))
			case compile.OpLoad16SW:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int16(binary.LittleEndian.Uint16(memory[at:])))
			case compile.OpLoad16UW:
				at := int(regs[in.B] + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(binary.LittleEndian.Uint16(memory[at:]))
			case compile.OpLoad8SX:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int8(memory[at]))
			case compile.OpLoad16SX:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int16(binary.LittleEndian.Uint16(memory[at:])))
			case compile.OpLoad16UX:
				at := int(regs[in.B]+regs[in.C()]<<(in.D()&31)) + int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(binary.LittleEndian.Uint16(memory[at:]))
			case compile.OpLoad8SXW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int8(memory[at]))
			case compile.OpLoad16SXW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int16(binary.LittleEndian.Uint16(memory[at:])))
			case compile.OpLoad16UXW:
				at := int(regs[in.B] + regs[in.C()]<<(in.D()&31) + in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(binary.LittleEndian.Uint16(memory[at:]))
			case compile.OpLoad8SAbs:
				at := int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int8(memory[at]))
			case compile.OpLoad8UAbs:
				at := int(in.Imm)
				if at >= len(memory) {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(memory[at])
			case compile.OpLoad16SAbs:
				at := int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(int16(binary.LittleEndian.Uint16(memory[at:])))
			case compile.OpLoad16UAbs:
				at := int(in.Imm)
				if at > len(memory)-2 {
					why = pause(TrapMemory)
					break loop
				}
				regs[in.A] = uint32(binary.LittleEndian.Uint16(memory[at:]))
			case compile.OpClz:
				regs[in.A] = uint32(bits.LeadingZeros32(regs[in.B]))
			case compile.OpCtz:
				regs[in.A] = uint32(bits.TrailingZeros32(regs[in.B]))
			case compile.OpPopcnt:
				regs[in.A] = ones(regs[in.B])
			case compile.OpExtend8S:
				regs[in.A] = uint32(int8(regs[in.B]))
			case compile.OpExtend16S:
				regs[in.A] = uint32(int16(regs[in.B]))
			case compile.OpDivS:
				x, y := regs[in.B], regs[in.C()]
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				if x == 1<<31 && y == ^uint32(0) {
					why = pause(TrapIntegerOverflow)
					break loop
				}
				regs[in.A] = uint32(int32(x) / int32(y))
			case compile.OpDivU:
				x, y := regs[in.B], regs[in.C()]
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				regs[in.A] = x / y
			case compile.OpRemS:
				x, y := regs[in.B], regs[in.C()]
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				regs[in.A] = uint32(int32(x) % int32(y))
			case compile.OpRemU:
				x, y := regs[in.B], regs[in.C()]
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				regs[in.A] = x % y
			case compile.OpShl:
				regs[in.A] = regs[in.B] << (regs[in.C()] & 31)
			case compile.OpShrS:
				regs[in.A] = uint32(int32(regs[in.B]) >> (regs[in.C()] & 31))
			case compile.OpShrU:
				regs[in.A] = regs[in.B] >> (regs[in.C()] & 31)
			case compile.OpRotl:
				regs[in.A] = bits.RotateLeft32(regs[in.B], int(regs[in.C()]&31))
			case compile.OpRotr:
				regs[in.A] = bits.RotateLeft32(regs[in.B], -int(regs[in.C()]&31))
			case compile.OpDivSI:
				x, y := regs[in.B], in.Imm
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				if x == 1<<31 && y == ^uint32(0) {
					why = pause(TrapIntegerOverflow)
					break loop
				}
				regs[in.A] = uint32(int32(x) / int32(y))
			case compile.OpDivUI:
				x, y := regs[in.B], in.Imm
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				regs[in.A] = x / y
			case compile.OpRemSI:
				x, y := regs[in.B], in.Imm
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				regs[in.A] = uint32(int32(x) % int32(y))
			case compile.OpRemUI:
				x, y := regs[in.B], in.Imm
				if y == 0 {
					why = pause(TrapDivideByZero)
					break loop
				}
				regs[in.A] = x % y
			case compile.OpOrI:
				regs[in.A] = regs[in.B] | in.Imm
			case compile.OpXorI:
				regs[in.A] = regs[in.B] ^ in.Imm
			case compile.OpShrSI:
				regs[in.A] = uint32(int32(regs[in.B]) >> (in.Imm & 31))
			case compile.OpRotlI:
				regs[in.A] = bits.RotateLeft32(regs[in.B], int(in.Imm&31))
			case compile.OpRotrI:
				regs[in.A] = bits.RotateLeft32(regs[in.B], -int(in.Imm&31))
			case compile.OpSubFrom:
				regs[in.A] = in.Imm - regs[in.B]
			case compile.OpShlOf:
				regs[in.A] = in.Imm << (regs[in.B] & 31)
			case compile.OpEq:
				regs[in.A] = truth(regs[in.B] == regs[in.C()])
			case compile.OpNe:
				regs[in.A] = truth(regs[in.B] != regs[in.C()])
			case compile.OpLtS:
				regs[in.A] = truth(int32(regs[in.B]) < int32(regs[in.C()]))
			case compile.OpLtU:
				regs[in.A] = truth(regs[in.B] < regs[in.C()])
			case compile.OpLeS:
				regs[in.A] = truth(int32(regs[in.B]) <= int32(regs[in.C()]))
			case compile.OpLeU:
				regs[in.A] = truth(regs[in.B] <= regs[in.C()])
			case compile.OpEqI:
				regs[in.A] = truth(regs[in.B] == in.Imm)
			case compile.OpNeI:
				regs[in.A] = truth(regs[in.B] != in.Imm)
			case compile.OpLtSI:
				regs[in.A] = truth(int32(regs[in.B]) < int32(in.Imm))
			case compile.OpLtUI:
				regs[in.A] = truth(regs[in.B] < in.Imm)
			case compile.OpGtSI:
				regs[in.A] = truth(int32(regs[in.B]) > int32(in.Imm))
			case compile.OpGtUI:
				regs[in.A] = truth(regs[in.B] > in.Imm)
			case compile.OpLeSI:
				regs[in.A] = truth(int32(regs[in.B]) <= int32(in.Imm))
			case compile.OpLeUI:
				regs[in.A] = truth(regs[in.B] <= in.Imm)
			case compile.OpGeSI:
				regs[in.A] = truth(int32(regs[in.B]) >= int32(in.Imm))
			case compile.OpGeUI:
				regs[in.A] = truth(regs[in.B] >= in.Imm)
			}
		}
	}
	m.pc, m.gas = uint32(pc), gas
	return why
}

func truth(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// ones counts bits that are set. What math/bits has would be a call on processors of unknown age.
func ones(x uint32) uint32 {
	x -= x >> 1 & 0x55555555
	x = x&0x33333333 + x>>2&0x33333333
	return (x + x>>4) & 0x0f0f0f0f * 0x01010101 >> 24
}
