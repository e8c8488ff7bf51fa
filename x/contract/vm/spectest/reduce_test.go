package spectest

import (
	"slices"

	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// reduction is a module with what lies in the profile as it was and something in the place of the rest, so that indices mean
// the same. A function that is out of the profile is a stub, which traps as unreachable.
type reduction struct {
	*rawModule
	profile profile
	imports environment

	// What is out of the profile, by index: why, or nothing.
	whyType, whyFunc, whyGlobal []string

	stubType   []byte // takes the place of types: no function that is kept has it
	code       []byte
	startApart bool  // a start function that imports stand beside; it is exported as startName instead
	segments   int   // that are kept
	unknown    state // what the module begins with but was not kept, or shares with another
}

// environment says what a module may import.
type environment interface {
	// function says why an imported function is a stub, or nothing.
	function(*rawImport) string
	// value gives an immutable global of i32.
	value(*rawImport) (uint32, bool)
}

// startName is an export that no script has.
const startName = "\x00start"

func reduce(m *rawModule, p profile, env environment) *reduction {
	r := &reduction{rawModule: m, profile: p, imports: env}
	for _, t := range m.types {
		r.whyType = append(r.whyType, whyType(t))
	}
	for _, g := range m.globals {
		why := ""
		if g.valueType != typeI32 {
			why = typeName(g.valueType) + " global"
		}
		r.whyGlobal = append(r.whyGlobal, why)
	}
	for i := range m.funcs {
		r.whyFunc = append(r.whyFunc, r.function(&m.funcs[i]))
	}
	r.stubType = r.unusedType()
	r.startApart = m.start >= 0 && m.importedFuncs() > 0
	r.code = bt.Module(r.sections()...)
	return r
}

// stubs says whether a function is one. An index beyond all is none.
func (r *reduction) stubs(index uint32) bool {
	return uint64(index) < uint64(len(r.whyFunc)) && r.whyFunc[index] != ""
}

// whole says that nothing that is the module's own was replaced.
func (r *reduction) whole() bool {
	own := r.whyFunc[r.importedFuncs():]
	return !slices.ContainsFunc(slices.Concat(own, r.whyType, r.whyGlobal), func(why string) bool { return why != "" })
}

// runs says whether there is anything left that a command can try.
func (r *reduction) runs() bool {
	return r.segments > 0 || slices.Contains(r.whyFunc[r.importedFuncs():], "")
}

func whyType(t rawType) string {
	for _, b := range t.params {
		if b != typeI32 {
			return typeName(b) + " parameter"
		}
	}
	if len(t.results) > 1 {
		return "multi-value function type"
	}
	for _, b := range t.results {
		if b != typeI32 {
			return typeName(b) + " result"
		}
	}
	return ""
}

// function says why a function is not kept. It is also out when it refers to what is: where the replacement is of another
// type it would be invalid.
func (r *reduction) function(f *rawFunc) string {
	if why := r.whyType[f.typeIndex]; why != "" {
		return why
	}
	if f.from != nil {
		return r.imports.function(f.from)
	}
	for _, b := range f.locals {
		if b != typeI32 {
			return typeName(b) + " local"
		}
	}
	for _, in := range f.code {
		if why := r.profile.excludes(in); why != "" {
			return feature(why)
		}
		if why := r.refers(in); why != "" {
			return why
		}
	}
	return ""
}

// refers says why something that an instruction refers to is out.
func (r *reduction) refers(in instruction) string {
	switch in.op {
	case opCall:
		return r.whyType[r.funcs[in.a].typeIndex]
	case opCallIndirect:
		return r.whyType[in.a]
	case opGlobalGet, opGlobalSet:
		return r.whyGlobal[in.a]
	}
	return ""
}

// unusedType is a type that no call can mean: else an indirect call that must trap could come to a stub.
func (r *reduction) unusedType() []byte {
	for params := 1; ; params++ {
		t := bt.FuncType(params, false)
		if !slices.ContainsFunc(r.types, func(o rawType) bool { return len(o.params) == params && len(o.results) == 0 }) {
			return t
		}
	}
}

// signature is a type as the reduced module has it.
func (r *reduction) signature(index uint32) (params int, result bool) {
	if r.whyType[index] != "" {
		return int(r.stubType[1]), false
	}
	return len(r.types[index].params), len(r.types[index].results) > 0
}

func (r *reduction) sections() [][]byte {
	return [][]byte{
		r.typeSection(), r.importSection(), r.functionSection(), r.tableSection(), r.memorySection(), r.globalSection(),
		r.exportSection(), r.startSection(), r.elementSection(), r.codeSection(), r.dataSection(),
	}
}

// vector is a section, or nothing if it is empty.
func vector(id byte, items [][]byte) []byte {
	if len(items) == 0 {
		return nil
	}
	return bt.Vector(id, items...)
}

func (r *reduction) typeSection() []byte {
	var items [][]byte
	for i, t := range r.types {
		if r.whyType[i] != "" {
			items = append(items, r.stubType)
		} else {
			items = append(items, bt.FuncType(len(t.params), len(t.results) > 0))
		}
	}
	return vector(bt.Type, items)
}

func (r *reduction) importSection() []byte {
	var items [][]byte
	for _, f := range r.funcs[:r.importedFuncs()] {
		items = append(items, bt.Imported(f.from.module, f.from.name, f.typeIndex))
	}
	return vector(bt.Import, items)
}

func (r *reduction) functionSection() []byte {
	var items [][]byte
	for _, f := range r.funcs[r.importedFuncs():] {
		items = append(items, bt.U32(f.typeIndex))
	}
	return vector(bt.Function, items)
}

// own is a table or memory as the module's own. That of spectest begins as new for each module: no script looks at what
// another module left there. That of another module is not known.
func (r *reduction) own(e rawExtent, spectest []byte, what state) []byte {
	switch {
	case e.from == nil:
		return e.desc
	case e.from.module == "spectest":
		return spectest
	}
	r.unknown |= what
	return e.desc
}

// hasTable says whether table 0 is kept. Functions that use others are out.
func (r *reduction) hasTable() bool { return len(r.tables) > 0 && r.tables[0].desc[0] == typeFuncref }

func (r *reduction) tableSection() []byte {
	if !r.hasTable() {
		return nil
	}
	return bt.Vector(bt.Table, r.own(r.tables[0], bt.Bytes(typeFuncref, 1, 10, 20), tableElements))
}

func (r *reduction) memorySection() []byte {
	if len(r.memories) == 0 {
		return nil
	}
	return bt.Vector(bt.Memory, r.own(r.memories[0], bt.Bytes(1, 1, 2), memoryBytes|memorySize))
}

func (r *reduction) globalSection() []byte {
	var items [][]byte
	for i, g := range r.globals {
		value, ok := uint32(0), false
		switch {
		case r.whyGlobal[i] != "":
			ok = true // nothing that is kept can see it
		case g.from == nil:
			value, ok = r.constant(g.init)
		case !g.mutable:
			value, ok = r.imports.value(g.from)
		}
		if !ok {
			r.unknown |= globalState(uint32(i))
		}
		items = append(items, append(bt.Bytes(typeI32, boolByte(g.mutable)), bt.Const(int32(value))...))
	}
	return vector(bt.Global, items)
}

// constant gives the value of a constant expression of i32.
func (r *reduction) constant(in instruction) (uint32, bool) {
	switch in.op {
	case opI32Const:
		return in.a, true
	case opGlobalGet:
		if from := r.globals[in.a].from; from != nil {
			return r.imports.value(from)
		}
	}
	return 0, false
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// exportSection drops tables that are not kept.
func (r *reduction) exportSection() []byte {
	var items [][]byte
	for _, e := range r.exports {
		if e.kind != kindTable || e.index == 0 && r.hasTable() {
			items = append(items, bt.Exported(e.name, e.kind, e.index))
		}
	}
	if r.startApart {
		items = append(items, bt.Exported(startName, kindFunc, uint32(r.start)))
	}
	return vector(bt.Export, items)
}

func (r *reduction) startSection() []byte {
	if r.start < 0 || r.startApart {
		return nil
	}
	return bt.Section(bt.Start, bt.U32(uint32(r.start)))
}

func (r *reduction) elementSection() []byte {
	var items [][]byte
	for _, e := range r.elements {
		if !e.active || e.table != 0 || !r.hasTable() || r.unknown&tableElements != 0 {
			continue
		}
		offset, ok := r.constant(e.offset)
		var funcs [][]byte
		for _, in := range e.items {
			funcs = append(funcs, bt.U32(in.a))
			ok = ok && in.op == opRefFunc
		}
		if !ok {
			r.unknown |= tableElements
			continue
		}
		items = append(items, slices.Concat(bt.Bytes(0), bt.Const(int32(offset)), bt.Vec(funcs...)))
	}
	r.segments += len(items)
	return vector(bt.Element, items)
}

func (r *reduction) codeSection() []byte {
	var items [][]byte
	for i, f := range r.funcs {
		switch {
		case f.from != nil:
		case r.whyFunc[i] != "":
			items = append(items, bt.Func(0, 0x00))
		default:
			items = append(items, bt.Sized(f.entry))
		}
	}
	return vector(bt.Code, items)
}

func (r *reduction) dataSection() []byte {
	var items [][]byte
	for _, d := range r.data {
		if !d.active || r.unknown&memoryBytes != 0 {
			continue
		}
		offset, ok := r.constant(d.offset)
		if !ok {
			r.unknown |= memoryBytes
			continue
		}
		items = append(items, slices.Concat(bt.Bytes(0), bt.Const(int32(offset)), bt.Sized(d.bytes)))
	}
	r.segments += len(items)
	return vector(bt.Data, items)
}
