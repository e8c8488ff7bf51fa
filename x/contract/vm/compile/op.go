package compile

// Op is an instruction of the internal form.
//
// r[x] is a register of the running frame; A, B, C, D, Imm, T, G and F are fields of Inst. Names follow
// WebAssembly's. In those that end in I the last operand is Imm.
//
//   - Arithmetic sets r[A] from r[B] and r[C], or r[B] and Imm. SubFrom is Imm-r[B], ShlOf is Imm<<r[B], AddShl is
//     r[B]+r[C]<<D, MulAdd is r[B]+r[C]*r[D]; Select is r[B] if r[D] is not zero, else r[C].
//   - Comparisons set r[A] to 1 or 0 likewise.
//   - Const sets r[A] to Imm, Copy to r[B], GlobalGet to global Imm; GlobalSet sets global Imm to r[A]. FarLoad sets
//     r[A] to the register Imm of the frame, which may be beyond the window, and FarStore the reverse.
//   - Loads set r[A] from an address: r[B]+Imm, or with W the same of 32 bits, or with X the sum of r[B]+r[C]<<D, which
//     is of 32 bits, and Imm, or with XW the same of 32 bits, or with Abs Imm. Stores put r[A] there, or T if their name
//     has an I before that of the address.
//   - MemSize sets r[A], MemGrow takes r[B]; MemCopy and MemFill take r[A], r[B] and r[C].
//   - Br goes to T and charges G. The other branches do so if a condition holds of r[A] and r[B], or of r[A] and Imm,
//     and charge F if not: Z and NZ compare with zero, None and Any look for bits of Imm. AddBr adds Imm to r[A] first
//     and compares the sum with r[B]; if it ends in I it adds the signed B and compares with Imm.
//   - BrTable goes to Targets[Imm+min(r[A], T-1)]. Gas charges Imm for the block that begins after it.
//   - Call calls the defined function Imm with arguments from r[T] on, where its result goes. CallHost calls an
//     imported one, CallIndirect the element r[A] of the table, whose signature must be Imm. Return, ReturnReg and
//     ReturnI return nothing, r[A] and Imm. Exit is what the outermost frame returns to.
type Op uint16

// The instructions, in the order in which package exec looks for them. It tries one group after the other, so what
// programs run most comes first.
const (
	OpAdd Op = iota
	OpAddI
	OpLoad
	OpLoadW
	OpLoad8U
	OpLoad8UW

	OpXor
	OpAnd
	OpAndI
	OpMulI
	OpShlI
	OpShrUI
	OpConst

	OpCopy
	OpSub
	OpMul
	OpOr
	OpAddShl
	OpMulAdd

	OpAddBrNe
	OpAddBrNeI
	OpBrZ
	OpBrNZ
	OpBr
	OpGas

	OpBrEqI
	OpBrNeI
	OpBrLtSI
	OpBrLtUI
	OpBrGtSI
	OpBrGtUI

	OpStore
	OpStore8
	OpStoreW
	OpStore8W
	OpStoreI
	OpStore8IW

	OpBrEq
	OpBrNe
	OpBrLtS
	OpBrLtU
	OpBrLeS
	OpBrLeU

	OpCall
	OpReturnReg
	OpReturn
	OpBrTable
	OpBrNone
	OpBrAny

	OpLoadX
	OpLoadXW
	OpLoad8UX
	OpLoad8UXW
	OpGlobalGet
	OpGlobalSet
	OpSelect

	OpBrLeSI
	OpBrLeUI
	OpBrGeSI
	OpBrGeUI
	OpStoreAbs
	OpLoadAbs

	OpExit
	OpUnreachable
	OpReturnI
	OpCallHost
	OpCallIndirect
	OpAddBrLtS
	OpAddBrLtU
	OpAddBrLtSI
	OpAddBrLtUI
	OpFarStore
	OpStore16
	OpStore16W
	OpStoreX
	OpStore8X
	OpStore16X
	OpStoreXW
	OpStore8XW
	OpStore16XW
	OpStore8Abs
	OpStore16Abs
	OpStore8I
	OpStore16I
	OpStoreIW
	OpStore16IW
	OpStoreIAbs
	OpStore8IAbs
	OpStore16IAbs
	OpMemCopy
	OpMemFill
	OpFarLoad
	OpMemSize
	OpMemGrow
	OpLoad8S
	OpLoad16S
	OpLoad16U
	OpLoad8SW
	OpLoad16SW
	OpLoad16UW
	OpLoad8SX
	OpLoad16SX
	OpLoad16UX
	OpLoad8SXW
	OpLoad16SXW
	OpLoad16UXW
	OpLoad8SAbs
	OpLoad8UAbs
	OpLoad16SAbs
	OpLoad16UAbs
	OpClz
	OpCtz
	OpPopcnt
	OpExtend8S
	OpExtend16S
	OpDivS
	OpDivU
	OpRemS
	OpRemU
	OpShl
	OpShrS
	OpShrU
	OpRotl
	OpRotr
	OpDivSI
	OpDivUI
	OpRemSI
	OpRemUI
	OpOrI
	OpXorI
	OpShrSI
	OpRotlI
	OpRotrI
	OpSubFrom
	OpShlOf
	OpEq
	OpNe
	OpLtS
	OpLtU
	OpLeS
	OpLeU
	OpEqI
	OpNeI
	OpLtSI
	OpLtUI
	OpGtSI
	OpGtUI
	OpLeSI
	OpLeUI
	OpGeSI
	OpGeUI

	opCount
)

// setsNone has the instructions that do not set r[A], or have an effect besides.
var setsNone = [opCount]bool{
	OpAddBrNe:      true,
	OpAddBrNeI:     true,
	OpBrZ:          true,
	OpBrNZ:         true,
	OpBr:           true,
	OpGas:          true,
	OpBrEqI:        true,
	OpBrNeI:        true,
	OpBrLtSI:       true,
	OpBrLtUI:       true,
	OpBrGtSI:       true,
	OpBrGtUI:       true,
	OpStore:        true,
	OpStore8:       true,
	OpStoreW:       true,
	OpStore8W:      true,
	OpStoreI:       true,
	OpStore8IW:     true,
	OpBrEq:         true,
	OpBrNe:         true,
	OpBrLtS:        true,
	OpBrLtU:        true,
	OpBrLeS:        true,
	OpBrLeU:        true,
	OpCall:         true,
	OpReturnReg:    true,
	OpReturn:       true,
	OpBrTable:      true,
	OpBrNone:       true,
	OpBrAny:        true,
	OpGlobalSet:    true,
	OpBrLeSI:       true,
	OpBrLeUI:       true,
	OpBrGeSI:       true,
	OpBrGeUI:       true,
	OpStoreAbs:     true,
	OpExit:         true,
	OpUnreachable:  true,
	OpReturnI:      true,
	OpCallHost:     true,
	OpCallIndirect: true,
	OpAddBrLtS:     true,
	OpAddBrLtU:     true,
	OpAddBrLtSI:    true,
	OpAddBrLtUI:    true,
	OpFarStore:     true,
	OpStore16:      true,
	OpStore16W:     true,
	OpStoreX:       true,
	OpStore8X:      true,
	OpStore16X:     true,
	OpStoreXW:      true,
	OpStore8XW:     true,
	OpStore16XW:    true,
	OpStore8Abs:    true,
	OpStore16Abs:   true,
	OpStore8I:      true,
	OpStore16I:     true,
	OpStoreIW:      true,
	OpStore16IW:    true,
	OpStoreIAbs:    true,
	OpStore8IAbs:   true,
	OpStore16IAbs:  true,
	OpMemCopy:      true,
	OpMemFill:      true,
}

// Families of instructions, by what tells their members apart.
var (
	// By the distance of WebAssembly's opcode from i32.add.
	ofRegisters = [...]Op{OpAdd, OpSub, OpMul, OpDivS, OpDivU, OpRemS, OpRemU, OpAnd, OpOr, OpXor, OpShl, OpShrS, OpShrU, OpRotl, OpRotr}
	// A difference with a constant is a sum, and sums with constants wait: see addLater.
	ofImmediate = [count]Op{
		byMul: OpMulI, OpDivSI, OpDivUI, OpRemSI, OpRemUI, byAnd: OpAndI, byOr: OpOrI, byXor: OpXorI,
		byShl: OpShlI, OpShrSI, OpShrUI, OpRotlI, OpRotrI,
	}

	// By form and width.
	loads = [...][5]Op{
		based:          {OpLoad, OpLoad8S, OpLoad8U, OpLoad16S, OpLoad16U},
		wrapped:        {OpLoadW, OpLoad8SW, OpLoad8UW, OpLoad16SW, OpLoad16UW},
		indexed:        {OpLoadX, OpLoad8SX, OpLoad8UX, OpLoad16SX, OpLoad16UX},
		indexedWrapped: {OpLoadXW, OpLoad8SXW, OpLoad8UXW, OpLoad16SXW, OpLoad16UXW},
		absolute:       {OpLoadAbs, OpLoad8SAbs, OpLoad8UAbs, OpLoad16SAbs, OpLoad16UAbs},
	}
	stores = [...][3]Op{
		based:          {OpStore, OpStore8, OpStore16},
		wrapped:        {OpStoreW, OpStore8W, OpStore16W},
		indexed:        {OpStoreX, OpStore8X, OpStore16X},
		indexedWrapped: {OpStoreXW, OpStore8XW, OpStore16XW},
		absolute:       {OpStoreAbs, OpStore8Abs, OpStore16Abs},
	}
	storesOfImmediate = [...][3]Op{
		based:    {OpStoreI, OpStore8I, OpStore16I},
		wrapped:  {OpStoreIW, OpStore8IW, OpStore16IW},
		absolute: {OpStoreIAbs, OpStore8IAbs, OpStore16IAbs},
	}

	// By condition. Of two registers there are six; package compile swaps the operands of the others.
	branchesOfRegisters = [...]Op{condEq: OpBrEq, condNe: OpBrNe, condLtS: OpBrLtS, condLtU: OpBrLtU, condLeS: OpBrLeS, condLeU: OpBrLeU}
	branchesOfImmediate = [...]Op{
		condEq: OpBrEqI, condNe: OpBrNeI, condLtS: OpBrLtSI, condLtU: OpBrLtUI, condGtS: OpBrGtSI,
		condGtU: OpBrGtUI, condLeS: OpBrLeSI, condLeU: OpBrLeUI, condGeS: OpBrGeSI, condGeU: OpBrGeUI,
	}
	branchesOfZero      = [...]Op{condEq: OpBrZ, condNe: OpBrNZ}
	branchesOfBits      = [...]Op{condEq: OpBrNone, condNe: OpBrAny}
	countersOfRegisters = [...]Op{condNe: OpAddBrNe, condLtS: OpAddBrLtS, condLtU: OpAddBrLtU}
	countersOfImmediate = [...]Op{condNe: OpAddBrNeI, condLtS: OpAddBrLtSI, condLtU: OpAddBrLtUI}
	truthsOfRegisters   = [...]Op{condEq: OpEq, condNe: OpNe, condLtS: OpLtS, condLtU: OpLtU, condLeS: OpLeS, condLeU: OpLeU}
	truthsOfImmediate   = [...]Op{
		condEq: OpEqI, condNe: OpNeI, condLtS: OpLtSI, condLtU: OpLtUI, condGtS: OpGtSI,
		condGtU: OpGtUI, condLeS: OpLeSI, condLeU: OpLeUI, condGeS: OpGeSI, condGeU: OpGeUI,
	}
)
