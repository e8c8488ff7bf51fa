package vm

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/compile"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

// Module is compiled code. It is immutable, may be shared, and keeps no reference to the bytes that it came from.
type Module struct {
	program  *compile.Program
	hosts    []*HostFunc // by import
	exports  []Export
	globals  []uint32 // initial values
	elements []binary.Element
	data     []segment
	start    int // function index, or -1
	table    uint32
	minPages uint32
	maxPages uint32
	limits   Limits
	size     int
}

// Export is what a module exports.
type Export = binary.Export

// segment is a data segment.
type segment struct {
	offset uint32
	bytes  []byte
}

// Compile makes a module of code. Errors wrap one of package binary's sentinels, with the offset of what is wrong,
// or ErrImport. Work and memory are linear in the length of code. A panic, which is a bug, is TrapInternal.
func Compile(code []byte, hosts *Hosts, l Limits) (*Module, error) {
	return guarded(func() (*Module, error) { return newCode(code, hosts, l) })
}

func newCode(code []byte, hosts *Hosts, l Limits) (*Module, error) {
	decoded, err := binary.Decode(code, l.Limits)
	if err != nil {
		return nil, err
	}
	info, err := validate.Module(decoded, l.Limits)
	if err != nil {
		return nil, err
	}
	linked, err := link(decoded, hosts)
	if err != nil {
		return nil, err
	}
	program, err := compile.Lower(decoded, info)
	if err != nil {
		return nil, err
	}
	for i, f := range linked {
		program.Funcs[i].Gas = f.Gas
	}
	return newModule(decoded, program, linked, l), nil
}

// link finds the host functions that a module imports.
func link(m *binary.Module, hosts *Hosts) ([]*HostFunc, error) {
	linked := make([]*HostFunc, len(m.Imports))
	for i := range m.Imports {
		want := &m.Imports[i]
		f := hosts.lookup(want.Module, want.Name)
		if f == nil {
			return nil, fmt.Errorf("import %s (offset %#x): %w", quoted(want), want.Offset, ErrImport)
		}
		if t := m.Types[want.Type]; t.Params != f.Params || t.Result != f.Result {
			return nil, fmt.Errorf("import %s (offset %#x): %w: expected %s, got %s",
				quoted(want), want.Offset, ErrImport, signature(f.Params, f.Result), signature(t.Params, t.Result))
		}
		linked[i] = f
	}
	return linked, nil
}

func quoted(i *binary.Import) string { return binary.Quote(i.Module) + "." + binary.Quote(i.Name) }

func signature(params int, result bool) string {
	if result {
		return fmt.Sprintf("%d parameters and a result", params)
	}
	return fmt.Sprintf("%d parameters and no result", params)
}

func newModule(d *binary.Module, program *compile.Program, linked []*HostFunc, l Limits) *Module {
	m := &Module{
		program:  program,
		hosts:    linked,
		exports:  d.Exports,
		elements: d.Elements,
		start:    -1,
		limits:   l,
	}
	m.globals = make([]uint32, len(d.Globals))
	for i := range d.Globals {
		m.globals[i] = d.Globals[i].Init
	}
	if d.Start != nil {
		m.start = int(*d.Start)
	}
	if d.Table != nil {
		m.table = d.Table.Min
	}
	if d.Memory != nil {
		m.minPages, m.maxPages = d.Memory.Min, min(l.MemoryPages, binary.MaxPages)
		if d.Memory.HasMax {
			m.maxPages = min(m.maxPages, d.Memory.Max)
		}
	}
	m.data = segments(d.Data)
	m.size = m.measure()
	return m
}

// segments copies data, so that the code it lies in can go.
func segments(data []binary.Data) []segment {
	total := 0
	for i := range data {
		total += len(data[i].Bytes)
	}
	all := make([]byte, 0, total)
	out := make([]segment, len(data))
	for i := range data {
		from := len(all)
		all = append(all, data[i].Bytes...)
		out[i] = segment{offset: data[i].Offset, bytes: all[from:len(all):len(all)]}
	}
	return out
}

// Sizes of what a module is made of, in bytes; a test compares them with the compiler's.
const (
	moduleSize  = 240
	exportSize  = 32
	elementSize = 40
	segmentSize = 32
)

// measure adds up what the module takes.
func (m *Module) measure() int {
	n := moduleSize + m.program.Size() + len(m.hosts)*8 + len(m.globals)*4
	for i := range m.exports {
		n += exportSize + len(m.exports[i].Name)
	}
	for i := range m.elements {
		n += elementSize + cap(m.elements[i].Funcs)*4
	}
	for i := range m.data {
		n += segmentSize + len(m.data[i].bytes)
	}
	return n
}

// Size is the memory that the module takes, in bytes.
func (m *Module) Size() int { return m.size }

// Exports is what the module exports, in the order of the binary. The caller must not change it.
func (m *Module) Exports() []Export { return m.exports }

// HasFunc says whether a function is exported under a name.
func (m *Module) HasFunc(name string) bool {
	_, ok := m.function(name)
	return ok
}

// FuncType gives the type of an exported function, whose values are all i32.
func (m *Module) FuncType(name string) (params int, result, ok bool) {
	index, ok := m.function(name)
	if !ok {
		return 0, false, false
	}
	f := &m.program.Funcs[index]
	return int(f.Params), f.Result, true
}

// function finds an exported function. There are few exports, and most differ in length.
func (m *Module) function(name string) (uint32, bool) {
	for i := range m.exports {
		if e := &m.exports[i]; e.Kind == binary.ExportFunc && e.Name == name {
			return e.Index, true
		}
	}
	return 0, false
}
