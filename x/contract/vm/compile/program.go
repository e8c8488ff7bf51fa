package compile

// Window is how many registers of a frame an instruction can name. Those of larger frames are moved in and out of
// the window by OpFarLoad and OpFarStore.
const Window = 256

// Inst is an instruction. What its fields mean is up to Op. It is 16 bytes wide.
type Inst struct {
	Op   Op
	A, B uint8
	Imm  uint32
	// T is where a branch goes; an instruction without a target has the registers C and D here.
	T uint32
	// G is the gas of the block at T, F that of the block that follows.
	G, F uint16
}

// C is the third register.
func (i *Inst) C() uint8 { return uint8(i.T) }

// D is the fourth register, or how far an index is shifted.
func (i *Inst) D() uint8 { return uint8(i.T >> 8) }

// Target is an entry of a br_table.
type Target struct {
	PC  uint32 // index of Program.Code
	Gas uint32 // of the block there
}

// Func is what a call needs to know of a function.
type Func struct {
	Gas      uint64 // of the block at its entry; of a host function, flat
	Entry    uint32 // index of Program.Code; zero of a host function
	Frame    uint32 // slots of the stack
	ZeroFrom uint32 // the first declared local
	ZeroTo   uint32 // and the register after the last
	Params   uint32
	Sig      uint32 // equal for equal types
	Result   bool
	Host     bool
}

// Program is a lowered module. It is not changed after Lower but for the gas of host functions, which the
// caller may set before the first run, and may be run by any number of machines at the same time.
type Program struct {
	Code    []Inst
	Offsets []uint32 // of each of Code in the binary
	Funcs   []Func   // by function index, imports first
	Targets []Target // of all br_tables
	Imports uint32
}

// Sizes in bytes; a test compares them with the compiler's.
const (
	programSize = 104
	instSize    = 16
	offsetSize  = 4
	funcSize    = 40
	targetSize  = 8
)

// Size is the memory that the program takes, in bytes.
func (p *Program) Size() int {
	return programSize + cap(p.Code)*instSize + cap(p.Offsets)*offsetSize +
		cap(p.Funcs)*funcSize + cap(p.Targets)*targetSize
}

// Sig gives equal numbers for equal function types, whose values are all i32.
func Sig(params int, result bool) uint32 {
	s := uint32(params) << 1
	if result {
		s |= 1
	}
	return s
}

// FuncAt gives the index of the function that Code[pc] belongs to.
func (p *Program) FuncAt(pc uint32) uint32 {
	lo, hi := p.Imports, uint32(len(p.Funcs))
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; p.Funcs[mid].Entry <= pc {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
