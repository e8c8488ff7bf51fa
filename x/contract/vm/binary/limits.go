package binary

// Limits bound what a module may declare. A module at a limit is accepted; zero allows none of a thing.
type Limits struct {
	CodeBytes     uint32 // bytes of the module
	Types         uint32 // function types
	Imports       uint32 // imported functions
	Funcs         uint32 // defined functions
	Params        uint32 // parameters of a function type
	Locals        uint32 // locals that a function declares beyond its parameters
	BodyBytes     uint32 // bytes of a function's entry in the code section: its locals and its body
	BranchTargets uint32 // labels of a br_table, its default not counted
	ControlDepth  uint32 // blocks, loops and ifs within each other; the function's own block not counted
	Globals       uint32 // globals
	TableSize     uint32 // elements that the table starts with
	MemoryPages   uint32 // pages of 64 KiB that memory starts with; growth is held to it when the module runs
	Elements      uint32 // element segments, and function indices of all of them together
	Data          uint32 // data segments
	Exports       uint32 // exports
}

// DefaultLimits are what docs/wasm-profile.md gives, with reasons.
func DefaultLimits() Limits {
	return Limits{
		CodeBytes:     128 << 10,
		Types:         256,
		Imports:       64,
		Funcs:         1024,
		Params:        32,
		Locals:        512,
		BodyBytes:     64 << 10,
		BranchTargets: 1024,
		ControlDepth:  256,
		Globals:       256,
		TableSize:     1024,
		MemoryPages:   1,
		Elements:      1024,
		Data:          1024,
		Exports:       64,
	}
}
