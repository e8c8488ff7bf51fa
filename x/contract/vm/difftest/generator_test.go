package difftest

import (
	"fmt"
	"slices"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// Bounds of what is made: small enough that one run takes well under a millisecond.
const (
	maxTypes   = 6
	maxFuncs   = 5
	maxGlobals = 5
	maxTable   = 8
	maxPages   = 3 // of memory; the runtimes get it as their limit
	maxFuel    = 400
	maxSteps   = 120 // instructions of a function, about
)

// fuelGlobal counts down at every loop head and function entry; at zero the function runs into unreachable. So every program
// ends, at the same place in every implementation.
const fuelGlobal = 0

type funcType struct {
	params int
	result bool
}

// hostTypes are the functions that a module may import from module "assay".
var hostTypes = []struct {
	name string
	funcType
}{
	{"mix", funcType{2, true}},   // a number made of both
	{"note", funcType{1, false}}, // only logged
	{"tick", funcType{0, true}},  // how many calls there were
	{"poke", funcType{2, false}}, // writes the second to where the first says
}

// program is a module and what a test needs to know to run it.
type program struct {
	code    []byte
	exports []funcExport // of the functions that were made; each changes state
	getters []string     // exports () → i32 that read a global or the size of memory
}

type funcExport struct {
	name string
	funcType
}

// generator holds what has been decided about a module.
type generator struct {
	*source
	types   []funcType
	imports []int // of hostTypes
	funcs   []int // type index of each function, imports first
	mutable []bool
	table   int   // 0: none
	slots   []int // function index of each element, -1: none
	memory  bool
	pages   [2]int // at the start, at most
	start   int    // function index, -1: none
}

// generate makes a valid module of the profile out of any bytes.
func generate(data []byte) program {
	g := &generator{source: &source{data}, start: -1}
	g.declare()
	bodies := g.bodies()
	var p program
	for i := len(g.imports); i < len(g.funcs); i++ {
		p.exports = append(p.exports, funcExport{fmt.Sprintf("f%d", i), g.types[g.funcs[i]]})
	}
	helpers := g.helpers(&p)
	p.code = g.encode(p, bodies, helpers)
	return p
}

// declare decides on everything but the bodies.
func (g *generator) declare() {
	// The first two are those of the helpers; the rest may repeat them, which makes other indices of the same type.
	g.types = []funcType{{0, true}, {1, false}}
	for range g.below(maxTypes) {
		g.types = append(g.types, funcType{g.below(5), g.below(2) == 0})
	}
	if g.below(2) == 1 {
		for i := range hostTypes {
			g.types = append(g.types, hostTypes[i].funcType)
			g.imports = append(g.imports, i)
			g.funcs = append(g.funcs, len(g.types)-1)
		}
	}
	for range 1 + g.below(maxFuncs) {
		g.funcs = append(g.funcs, g.below(len(g.types)))
	}
	g.mutable = []bool{true}
	for range g.below(maxGlobals) {
		g.mutable = append(g.mutable, !g.one(4))
	}
	if g.below(4) > 0 {
		g.table = 1 + g.below(maxTable)
		for range g.table {
			slot := -1
			if !g.one(6) {
				slot = g.below(len(g.funcs))
			}
			g.slots = append(g.slots, slot)
		}
	}
	if g.memory = !g.one(8); g.memory {
		g.pages[0] = g.below(3)
		g.pages[1] = g.pages[0] + g.below(maxPages+1-g.pages[0])
	}
	g.chooseStart()
}

// chooseStart makes one of the functions the start function, now and then; the profile has none in a module with imports.
func (g *generator) chooseStart() {
	if len(g.imports) > 0 || !g.one(6) {
		return
	}
	g.types = append(g.types, funcType{})
	g.start = len(g.funcs)
	g.funcs = append(g.funcs, len(g.types)-1)
}

func (g *generator) bodies() [][]byte {
	var out [][]byte
	for _, t := range g.funcs[len(g.imports):] {
		out = append(out, g.function(g.types[t]))
	}
	return out
}

// helpers are functions that let a host read and set what only the module can.
func (g *generator) helpers(p *program) [][]byte {
	out := [][]byte{wire.Func(0, 0x20, 0, 0x24, fuelGlobal)} // refuel
	for i := range g.mutable {
		out = append(out, wire.Func(0, 0x23, byte(i)))
		p.getters = append(p.getters, fmt.Sprintf("g%d", i))
	}
	if g.memory {
		out = append(out, wire.Func(0, 0x3f, 0))
		p.getters = append(p.getters, "pages")
	}
	return out
}

func (g *generator) encode(p program, bodies, helpers [][]byte) []byte {
	var types, imports, funcs, globals, exports [][]byte
	for _, t := range g.types {
		types = append(types, wire.FuncType(t.params, t.result))
	}
	for i, h := range g.imports {
		imports = append(imports, wire.Imported("assay", hostTypes[h].name, uint32(g.funcs[i])))
	}
	for _, t := range g.funcs[len(g.imports):] {
		funcs = append(funcs, wire.U32(uint32(t)))
	}
	for i, mutable := range g.mutable {
		init := int32(maxFuel)
		if i != fuelGlobal {
			init = int32(g.number())
		}
		globals = append(globals, slices.Concat([]byte{0x7f, bit(mutable)}, wire.Const(init)))
	}
	for i, e := range p.exports {
		exports = append(exports, wire.Exported(e.name, 0, uint32(len(g.imports)+i)))
	}
	for i, name := range append([]string{"refuel"}, p.getters...) {
		funcs = append(funcs, wire.U32(uint32(bit(i == 0)))) // type 1 takes a number, type 0 gives one
		exports = append(exports, wire.Exported(name, 0, uint32(len(g.funcs)+i)))
	}
	if g.memory {
		exports = append(exports, wire.Exported("memory", 2, 0))
	}
	sections := [][]byte{wire.Vector(wire.Type, types...)}
	if len(imports) > 0 {
		sections = append(sections, wire.Vector(wire.Import, imports...))
	}
	sections = append(sections, wire.Vector(wire.Function, funcs...))
	if g.table > 0 {
		sections = append(sections, wire.Vector(wire.Table, wire.Bytes(0x70, 0, byte(g.table))))
	}
	if g.memory {
		sections = append(sections, wire.Vector(wire.Memory, wire.Bytes(1, byte(g.pages[0]), byte(g.pages[1]))))
	}
	sections = append(sections, wire.Vector(wire.Global, globals...), wire.Vector(wire.Export, exports...))
	if g.start >= 0 {
		sections = append(sections, wire.Section(wire.Start, wire.U32(uint32(g.start))))
	}
	if g.table > 0 {
		sections = append(sections, wire.Vector(wire.Element, g.elements()...))
	}
	sections = append(sections, wire.Vector(wire.Code, append(bodies, helpers...)...))
	if g.memory {
		sections = append(sections, wire.Vector(wire.Data, g.data()...))
	}
	return wire.Module(sections...)
}

// elements fills the table: a segment for each run of slots that hold something. Now and then one lies out of the table.
func (g *generator) elements() [][]byte {
	var out [][]byte
	for at, slot := range g.slots {
		if slot < 0 {
			continue
		}
		out = append(out, slices.Concat([]byte{0}, wire.Const(int32(at)), wire.Vec(wire.U32(uint32(slot)))))
	}
	if g.one(64) {
		out = append(out, slices.Concat([]byte{0}, wire.Const(int32(g.table)), wire.Vec(wire.U32(0))))
	}
	return out
}

// data gives memory something to read. Now and then a segment lies out of memory.
func (g *generator) data() [][]byte {
	var out [][]byte
	size := g.pages[0] * 65536
	for range g.below(3) {
		content := stream(uint64(g.next()), 64)
		at := 16 * g.below(256)
		if at+len(content) > size && !g.one(16) {
			continue
		}
		out = append(out, slices.Concat([]byte{0}, wire.Const(int32(at)), wire.Sized(content)))
	}
	return out
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}
