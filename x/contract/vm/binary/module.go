package binary

// PageSize is the unit of memory, in bytes (core specification 4.2.8).
const PageSize = 65536

// MaxPages is the most memory that the specification allows, in pages (3.2.5).
const MaxPages = 65536

// Module is a decoded module. Its slices of bytes alias the code that was decoded, which must not change.
type Module struct {
	Types       []FuncType
	Imports     []Import // functions; they come first in the function index space
	Funcs       []Func   // defined functions, after Imports in the function index space
	Table       *Table   // nil when there is none
	Memory      *Memory  // nil when there is none
	Globals     []Global
	Exports     []Export
	Start       *uint32 // function index; nil when there is none
	StartOffset int     // of the start section's index in the code
	Elements    []Element
	Data        []Data
}

// FuncType is the type of a function. All of its values are i32.
type FuncType struct {
	Params int
	Result bool
}

// Import is an imported function.
type Import struct {
	Module, Name string
	Type         uint32 // index of Types
	Offset       int    // of the type index in the code
}

// Func is a defined function.
type Func struct {
	Type       uint32 // index of Types
	TypeOffset int    // of the type index in the code
	Locals     uint32 // declared, beyond the parameters
	Body       []byte // the expression with its final end
	Offset     int    // of Body in the code
}

// Table is the one table, of funcref.
type Table struct {
	Min, Max uint32 // in elements; Max counts only with HasMax
	HasMax   bool
}

// Memory is the one memory.
type Memory struct {
	Min, Max uint32 // in pages; Max counts only with HasMax
	HasMax   bool
}

// Global is a defined global of type i32.
type Global struct {
	Mutable bool
	Init    uint32 // the bits of its i32.const
}

// ExportKind says in which index space an export lies (5.5.10).
type ExportKind byte

// The kinds of exports.
const (
	ExportFunc ExportKind = iota
	ExportTable
	ExportMemory
	ExportGlobal
)

// String gives the keyword of the text format.
func (k ExportKind) String() string {
	switch k {
	case ExportFunc:
		return "func"
	case ExportTable:
		return "table"
	case ExportMemory:
		return "memory"
	case ExportGlobal:
		return "global"
	}
	return "unknown"
}

// Export gives something a name for the host.
type Export struct {
	Name   string
	Kind   ExportKind
	Index  uint32
	Offset int // of Name's length in the code
}

// Element is an active segment of table 0.
type Element struct {
	Offset uint32   // where in the table it goes: the bits of its i32.const
	Funcs  []uint32 // function indices
	At     int      // offset of the segment in the code
}

// Data is an active segment of memory 0.
type Data struct {
	Offset uint32 // where in memory it goes: the bits of its i32.const
	Bytes  []byte
	At     int // offset of the segment in the code
}

// FuncType gives the type of a function of the function index space, and false when the index or its type
// index points nowhere.
func (m *Module) FuncType(index uint32) (FuncType, bool) {
	var t uint32
	switch n := uint64(len(m.Imports)); {
	case uint64(index) < n:
		t = m.Imports[index].Type
	case uint64(index) < n+uint64(len(m.Funcs)):
		t = m.Funcs[uint64(index)-n].Type
	default:
		return FuncType{}, false
	}
	if uint64(t) >= uint64(len(m.Types)) {
		return FuncType{}, false
	}
	return m.Types[t], true
}
