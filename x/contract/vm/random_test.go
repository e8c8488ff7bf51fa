package vm_test

import (
	"hash/crc32"
	"slices"

	wasm "github.com/assay-chain/assay/x/contract/vm/binary"
	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// source turns bytes into choices; when they are used up it goes on with numbers that follow from them.
type source struct {
	data []byte
	next uint32
}

func (s *source) byte() byte {
	if len(s.data) > 0 {
		b := s.data[0]
		s.data = s.data[1:]
		return b
	}
	s.next = s.next*1664525 + 1013904223
	return byte(s.next >> 24)
}

func (s *source) below(n int) int { return int(s.byte()) % n }

// program makes valid functions of whatever bytes it is given, with a bias to what makes lowering hard: values that
// stay on the stack while their locals are set, branches with values, addresses that are sums.
type program struct {
	*source
	out    []byte
	height int
	opens  []block
	locals int
	budget int
}

type block struct {
	op     wasm.Opcode
	result bool
	height int
}

// funcs of every program, by index: (i32, i32) → i32 three times, () → ().
const funcsOfProgram = 3

// randomModule is a module with memory, a table, globals and functions.
func randomModule(data []byte) []byte {
	s := &source{data: data, next: crc32.ChecksumIEEE(data)}
	many := s.below(8) == 0
	code := [][]byte{}
	for range funcsOfProgram {
		p := &program{source: s, locals: 2 + s.below(5), budget: 40}
		if many {
			p.locals += 300 // beyond what an instruction can name
		}
		p.opens = []block{{op: wasm.OpBlock, result: true}}
		for len(p.opens) > 0 {
			p.step()
		}
		code = append(code, wire.Func(uint32(p.locals-2), p.out[:len(p.out)-1]...))
	}
	return wire.Module(
		wire.Vector(wire.Type, wire.FuncType(2, true), wire.FuncType(0, false)),
		wire.Vector(wire.Function, wire.U32(0), wire.U32(0), wire.U32(0)),
		wire.Vector(wire.Table, wire.Bytes(0x70, 0, 4)),
		wire.Vector(wire.Memory, wire.Bytes(1, 1, 2)),
		wire.Vector(wire.Global, slices.Concat(wire.Bytes(0x7f, 1), wire.Const(7)), slices.Concat(wire.Bytes(0x7f, 1), wire.Const(-1))),
		wire.Vector(wire.Export, wire.Exported("run", 0, 0), wire.Exported("memory", 2, 0)),
		wire.Vector(wire.Element, slices.Concat(wire.Bytes(0), wire.Const(0), wire.Vec(wire.U32(1), wire.U32(2), wire.U32(1)))),
		wire.Vector(wire.Code, code...),
		wire.Vector(wire.Data, slices.Concat(wire.Bytes(0), wire.Const(16), wire.Name("some bytes that are not zero"))),
	)
}

func (p *program) emit(op wasm.Opcode, immediates ...[]byte) {
	if op > 0xff {
		p.out = append(p.out, 0xfc)
	}
	p.out = append(p.out, byte(op))
	for _, i := range immediates {
		p.out = append(p.out, i...)
	}
}

func (p *program) constant(v int32) {
	p.emit(wasm.OpI32Const, wire.S32(v))
	p.height++
}

func (p *program) local() []byte {
	return wire.U32(uint32(p.below(min(p.locals, 250)) * (p.locals / min(p.locals, 250))))
}

// need makes sure that there are n operands.
func (p *program) need(n int) {
	for p.height-p.opens[len(p.opens)-1].height < n {
		if p.below(3) == 0 {
			p.constant(int32(p.byte()) - 100)
		} else {
			p.emit(wasm.OpLocalGet, p.local())
			p.height++
		}
	}
}

// finish brings the stack to what the innermost block leaves.
func (p *program) finish() {
	top := p.opens[len(p.opens)-1]
	want := top.height
	if top.result {
		p.need(1)
		want++
	}
	for ; p.height > want; p.height-- {
		p.emit(wasm.OpDrop)
	}
}

func (p *program) step() {
	if p.budget--; p.budget < 0 || p.below(12) == 0 {
		p.close()
		return
	}
	switch p.below(12) {
	case 0, 1:
		p.need(1)
		p.emit([]wasm.Opcode{wasm.OpLocalSet, wasm.OpLocalTee}[0], p.local())
		p.height--
	case 2:
		p.need(1)
		p.emit(wasm.OpLocalTee, p.local())
	case 3:
		p.need(2)
		p.emit(wasm.OpI32Add)
		p.height--
	case 4:
		p.arithmetic()
	case 5:
		p.constant(int32(p.byte())*int32(p.byte()) - 9)
		p.emit([]wasm.Opcode{wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI32Shl, wasm.OpI32And}[p.needBelow()])
		p.height--
	case 6:
		p.load()
	case 7:
		p.store()
	case 8:
		p.open()
	case 9:
		p.branch()
	case 10:
		p.other()
	case 11:
		p.emit(wasm.OpLocalGet, p.local())
		p.height++
	}
}

// needBelow makes sure that a constant on top has another operand below it, and chooses among four.
func (p *program) needBelow() int {
	if p.height-p.opens[len(p.opens)-1].height < 2 {
		p.emit(wasm.OpLocalGet, p.local())
		p.height++
	}
	return p.below(4)
}

func (p *program) arithmetic() {
	p.need(2)
	if p.below(2) == 0 {
		p.emit(wasm.OpI32Add + wasm.Opcode(p.below(15)))
	} else {
		p.emit(wasm.OpI32Eq + wasm.Opcode(p.below(10)))
	}
	p.height--
}

func (p *program) load() {
	p.need(1)
	op := []wasm.Opcode{wasm.OpI32Load, wasm.OpI32Load8S, wasm.OpI32Load8U, wasm.OpI32Load16S, wasm.OpI32Load16U}[p.below(5)]
	p.emit(op, wire.U32(0), wire.U32(uint32(p.below(3)*p.below(300))))
}

func (p *program) store() {
	p.need(2)
	op := []wasm.Opcode{wasm.OpI32Store, wasm.OpI32Store8, wasm.OpI32Store16}[p.below(3)]
	p.emit(op, wire.U32(0), wire.U32(uint32(p.below(3)*p.below(300))))
	p.height -= 2
}

func (p *program) open() {
	if len(p.opens) > 6 {
		return
	}
	op := []wasm.Opcode{wasm.OpBlock, wasm.OpLoop, wasm.OpIf}[p.below(3)]
	if op == wasm.OpIf {
		p.need(1)
		p.height--
	}
	b := block{op: op, result: p.below(2) == 0, height: p.height}
	typ := byte(0x40)
	if b.result {
		typ = 0x7f
	}
	p.emit(op, []byte{typ})
	p.opens = append(p.opens, b)
}

func (p *program) close() {
	p.finish()
	top := &p.opens[len(p.opens)-1]
	if top.op == wasm.OpIf && (top.result || p.below(2) == 0) {
		p.emit(wasm.OpElse)
		top.op = wasm.OpElse
		p.height = top.height
		p.budget += 4
		return
	}
	p.emit(wasm.OpEnd)
	p.height = top.height
	if top.result {
		p.height++
	}
	p.opens = p.opens[:len(p.opens)-1]
}

// branch goes somewhere; what would never be reached after it is left out, but for an instruction or two.
func (p *program) branch() {
	depth := p.below(len(p.opens))
	target := p.opens[len(p.opens)-1-depth]
	takes := target.result && target.op != wasm.OpLoop
	n := 0
	if takes {
		n = 1
	}
	switch p.below(5) {
	case 0, 1:
		p.need(n + 1)
		p.emit(wasm.OpBrIf, wire.U32(uint32(depth)))
		p.height--
		return
	case 2:
		p.need(n)
		p.emit(wasm.OpBr, wire.U32(uint32(depth)))
	case 3:
		p.table(n, takes)
	case 4:
		p.need(1)
		p.emit(wasm.OpReturn)
	}
	p.emit(wasm.OpUnreachable) // in unreachable code
	for p.opens[len(p.opens)-1].height < p.height {
		p.height--
	}
	if p.opens[len(p.opens)-1].result {
		p.constant(3)
	}
	p.close()
}

// table emits a br_table to all blocks that take as much.
func (p *program) table(n int, takes bool) {
	var labels []byte
	count := 0
	for i := range p.opens {
		b := p.opens[len(p.opens)-1-i]
		if (b.result && b.op != wasm.OpLoop) == takes {
			labels = append(labels, wire.U32(uint32(i))...)
			count++
		}
	}
	p.need(n + 1)
	p.emit(wasm.OpBrTable, wire.U32(uint32(count-1)), labels)
}

func (p *program) other() {
	switch p.below(9) {
	case 0:
		p.need(3)
		p.emit(wasm.OpSelect)
		p.height -= 2
	case 1:
		p.need(2)
		p.emit(wasm.OpCall, wire.U32(uint32(p.below(funcsOfProgram))))
		p.height--
	case 2:
		p.need(2)
		p.constant(int32(p.below(5)))
		p.emit(wasm.OpCallIndirect, wire.U32(uint32(p.below(8)/7)), []byte{0})
		if p.out[len(p.out)-2] == 0 {
			p.height -= 2
		} else {
			p.height--
		}
	case 3:
		p.emit(wasm.OpGlobalGet, wire.U32(uint32(p.below(2))))
		p.height++
	case 4:
		p.need(1)
		p.emit(wasm.OpGlobalSet, wire.U32(uint32(p.below(2))))
		p.height--
	case 5:
		p.need(1)
		p.emit([]wasm.Opcode{wasm.OpI32Eqz, wasm.OpI32Clz, wasm.OpI32Ctz, wasm.OpI32Popcnt, wasm.OpI32Extend8S, wasm.OpI32Extend16S}[p.below(6)])
	case 6:
		p.need(1)
		p.emit(wasm.OpMemoryGrow, []byte{0})
	case 7:
		p.emit(wasm.OpMemorySize, []byte{0})
		p.height++
	case 8:
		p.constant(int32(p.byte()))
		p.constant(int32(p.byte()))
		p.constant(int32(p.byte()))
		if p.below(2) == 0 {
			p.emit(wasm.OpMemoryCopy, []byte{0, 0})
		} else {
			p.emit(wasm.OpMemoryFill, []byte{0})
		}
		p.height -= 3
	}
}
