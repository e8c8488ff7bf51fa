package validate

import (
	"fmt"
	"slices"

	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// Info is what validation learns about the defined functions and compilation has use for. Its slices are by
// index of Module.Funcs.
type Info struct {
	MaxStack []uint32 // the most operands on the stack at a time, without parameters and locals; dead code counts
	Instrs   []uint32 // instructions, the final end included
	MaxDepth uint32   // the deepest nesting of blocks in the module, a function's own block included
}

// Module validates m under the limits that it was decoded with. Errors are *binary.Error and wrap one of
// package binary's sentinels.
func Module(m *binary.Module, l binary.Limits) (*Info, error) {
	if err := indices(m); err != nil {
		return nil, err
	}
	n := len(m.Funcs)
	perFunc := make([]uint32, 2*n)
	c := checker{module: m, limits: l, info: &Info{MaxStack: perFunc[:n:n], Instrs: perFunc[n:]}}
	for i := range m.Funcs {
		if err := c.function(i); err != nil {
			return nil, err
		}
	}
	return c.info, dataSegments(m)
}

// indices checks what lies before the code section: that indices point somewhere, and that export names differ.
func indices(m *binary.Module) error {
	for i := range m.Imports {
		if err := typeIndex(m, m.Imports[i].Type, m.Imports[i].Offset); err != nil {
			return err
		}
	}
	for i := range m.Funcs {
		if err := typeIndex(m, m.Funcs[i].Type, m.Funcs[i].TypeOffset); err != nil {
			return err
		}
	}
	if err := exports(m); err != nil {
		return err
	}
	if err := start(m); err != nil {
		return err
	}
	return elements(m)
}

func typeIndex(m *binary.Module, index uint32, offset int) error {
	if uint64(index) >= uint64(len(m.Types)) {
		return invalid(offset, "unknown type %d", index)
	}
	return nil
}

func exports(m *binary.Module) error {
	again := repeated(m.Exports)
	for i := range m.Exports {
		e := &m.Exports[i]
		if i == again {
			return invalid(e.Offset, "duplicate export %s", binary.Quote(e.Name))
		}
		if uint64(e.Index) >= exportable(m, e.Kind) {
			return invalid(e.Offset, "export %s: unknown %v %d", binary.Quote(e.Name), e.Kind, e.Index)
		}
	}
	return nil
}

// exportable is the size of an index space.
func exportable(m *binary.Module, kind binary.ExportKind) uint64 {
	switch {
	case kind == binary.ExportFunc:
		return uint64(len(m.Imports)) + uint64(len(m.Funcs))
	case kind == binary.ExportGlobal:
		return uint64(len(m.Globals))
	case kind == binary.ExportTable && m.Table != nil, kind == binary.ExportMemory && m.Memory != nil:
		return 1
	}
	return 0
}

// repeated is the index of the first export whose name an earlier one has, or -1.
func repeated(exports []binary.Export) int {
	order := make([]int, len(exports))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if x, y := exports[a].Name, exports[b].Name; x < y {
			return -1
		} else if x > y {
			return 1
		}
		return a - b
	})
	first := -1
	for i := 1; i < len(order); i++ {
		if at := order[i]; exports[at].Name == exports[order[i-1]].Name && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

func start(m *binary.Module) error {
	if m.Start == nil {
		return nil
	}
	t, ok := m.FuncType(*m.Start)
	if !ok {
		return invalid(m.StartOffset, "unknown start function %d", *m.Start)
	}
	if t.Params != 0 || t.Result {
		return invalid(m.StartOffset, "start function %d: expected no parameters and no result", *m.Start)
	}
	return nil
}

func elements(m *binary.Module) error {
	for i := range m.Elements {
		e := &m.Elements[i]
		if m.Table == nil {
			return invalid(e.At, "element segment %d: unknown table 0", i)
		}
		for _, f := range e.Funcs {
			if uint64(f) >= exportable(m, binary.ExportFunc) {
				return invalid(e.At, "element segment %d: unknown function %d", i, f)
			}
		}
	}
	return nil
}

func dataSegments(m *binary.Module) error {
	if len(m.Data) > 0 && m.Memory == nil {
		return invalid(m.Data[0].At, "data segment 0: unknown memory 0")
	}
	return nil
}

func invalid(offset int, format string, args ...any) error {
	return &binary.Error{Err: binary.ErrInvalid, Offset: offset, Msg: fmt.Sprintf(format, args...)}
}
