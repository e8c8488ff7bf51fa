package vm_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/assay-chain/assay/x/contract/vm"
	wasm "github.com/assay-chain/assay/x/contract/vm/binary"
)

// reference runs a module instruction by instruction, as the specification says, and charges by the rule of package
// compile. It shares nothing with compile and exec: that they agree is what it is for. It is slow and panics where a
// module is not valid.
type reference struct {
	module  *wasm.Module
	bodies  []body
	memory  []byte
	globals []uint32
	table   []uint32 // index plus one
	gas     uint64
	depth   int
	pages   int
}

// body is a function with what a walk over its instructions finds out.
type body struct {
	instrs []wasm.Instr
	closes map[int]int    // of block, loop, if: its end; of if with an else: see other
	other  map[int]int    // of if: its else
	gas    map[int]uint64 // by the instruction that begins a basic block
}

func newReference(code []byte, l vm.Limits, gas uint64) *reference {
	m, err := wasm.Decode(code, l.Limits)
	if err != nil {
		panic(err)
	}
	r := &reference{module: m, gas: gas}
	for i := range m.Funcs {
		r.bodies = append(r.bodies, walk(&m.Funcs[i]))
	}
	for _, g := range m.Globals {
		r.globals = append(r.globals, g.Init)
	}
	if m.Table != nil {
		r.table = make([]uint32, m.Table.Min)
	}
	if m.Memory != nil {
		r.memory = make([]byte, m.Memory.Min*wasm.PageSize)
		r.pages = int(l.MemoryPages)
		if m.Memory.HasMax {
			r.pages = min(r.pages, int(m.Memory.Max))
		}
	}
	return r
}

// prepare puts segments in place and runs the start function.
func (r *reference) prepare() (err error) {
	defer trapped(&err)
	for _, e := range r.module.Elements {
		if int(e.Offset)+len(e.Funcs) > len(r.table) {
			panic(vm.TrapUndefinedElement)
		}
		for i, f := range e.Funcs {
			r.table[int(e.Offset)+i] = f + 1
		}
	}
	for _, d := range r.module.Data {
		copy(r.at(d.Offset, 0, len(d.Bytes)), d.Bytes)
	}
	if r.module.Start != nil {
		r.invoke(*r.module.Start, nil)
	}
	return nil
}

func (r *reference) call(export string, args ...uint32) (value uint32, err error) {
	defer trapped(&err)
	for _, e := range r.module.Exports {
		if e.Kind == wasm.ExportFunc && e.Name == export {
			r.depth = 0
			return r.invoke(e.Index, args), nil
		}
	}
	panic("no export " + export)
}

func trapped(err *error) {
	if p := recover(); p != nil {
		code, ok := p.(vm.TrapCode)
		if !ok {
			panic(p)
		}
		*err = code
	}
}

// walk finds the reachable instructions and the gas of basic blocks.
func walk(f *wasm.Func) body {
	b := body{closes: map[int]int{}, other: map[int]int{}, gas: map[int]uint64{}}
	type open struct {
		at             int
		op             wasm.Opcode
		live, targeted bool
	}
	labels := []open{{at: -1, op: wasm.OpBlock, live: true}}
	var reached []bool
	begins := map[int]bool{0: true}
	live := true
	aim := func(depth uint32) {
		if b := &labels[len(labels)-1-int(depth)]; live && b.op != wasm.OpLoop {
			b.targeted = true
		}
	}
	rd := wasm.NewReader(f.Body, f.Offset)
	for i := 0; !rd.Done(); i++ {
		var in wasm.Instr
		if err := rd.Next(&in); err != nil {
			panic(err)
		}
		b.instrs, reached = append(b.instrs, in), append(reached, live)
		top := &labels[len(labels)-1]
		switch in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
			labels = append(labels, open{at: i, op: in.Op, live: live})
			begins[i+1] = live && in.Op != wasm.OpBlock
		case wasm.OpElse:
			top.targeted = top.targeted || live
			top.op = wasm.OpElse
			b.other[top.at] = i
			live = top.live
			begins[i+1] = live
		case wasm.OpEnd:
			top.targeted = top.targeted || top.op == wasm.OpIf && top.live
			b.closes[top.at] = i
			if at, ok := b.other[top.at]; ok {
				b.closes[at] = i
			}
			live = live || top.targeted
			begins[i+1] = top.targeted
			labels = labels[:len(labels)-1]
		case wasm.OpBrIf:
			aim(in.A)
			begins[i+1] = live
		case wasm.OpBr:
			aim(in.A)
			live = false
		case wasm.OpBrTable:
			for _, t := range in.Targets {
				aim(t)
			}
			live = false
		case wasm.OpReturn, wasm.OpUnreachable:
			live = false
		}
	}
	block := 0
	b.gas[0] = uint64(f.Locals+7) / 8
	for i := range b.instrs {
		if begins[i] && i > 0 {
			block = i
			b.gas[i] = 0
		}
		if reached[i] {
			b.gas[block] += price(b.instrs[i].Op)
		}
		if b.gas[block] >= 32768 {
			begins[i+1] = true
		}
	}
	return b
}

// price is the table of docs/wasm-profile.md.
func price(op wasm.Opcode) uint64 {
	switch op {
	case wasm.OpNop, wasm.OpBlock, wasm.OpLoop, wasm.OpElse, wasm.OpEnd:
		return 0
	case wasm.OpBrTable, wasm.OpI32Load, wasm.OpI32Load8S, wasm.OpI32Load8U, wasm.OpI32Load16S, wasm.OpI32Load16U,
		wasm.OpI32Store, wasm.OpI32Store8, wasm.OpI32Store16:
		return 2
	case wasm.OpI32DivS, wasm.OpI32DivU, wasm.OpI32RemS, wasm.OpI32RemU, wasm.OpMemoryCopy, wasm.OpMemoryFill:
		return 4
	case wasm.OpCall, wasm.OpMemoryGrow:
		return 10
	case wasm.OpCallIndirect:
		return 15
	}
	return 1
}

func (r *reference) charge(gas uint64) {
	if r.gas < gas {
		r.gas = 0
		panic(vm.TrapOutOfGas)
	}
	r.gas -= gas
}

func (r *reference) at(ptr, offset uint32, n int) []byte {
	from := int(ptr) + int(offset)
	if from+n > len(r.memory) {
		panic(vm.TrapMemory)
	}
	return r.memory[from : from+n]
}

// activation is a running function.
type activation struct {
	*reference
	body   *body
	locals []uint32
	stack  []uint32
	labels []label
}

// label is an open block: where a branch to it goes, and what it leaves on the stack.
type label struct {
	to     int
	height int
	takes  int
}

func (a *activation) push(v uint32) { a.stack = append(a.stack, v) }

func (a *activation) pop() uint32 {
	v := a.stack[len(a.stack)-1]
	a.stack = a.stack[:len(a.stack)-1]
	return v
}

func (r *reference) invoke(index uint32, args []uint32) uint32 {
	t, _ := r.module.FuncType(index)
	f := &r.module.Funcs[int(index)-len(r.module.Imports)]
	if r.depth++; r.depth > 256 {
		panic(vm.TrapCallStack)
	}
	defer func() { r.depth-- }()
	a := &activation{reference: r, body: &r.bodies[int(index)-len(r.module.Imports)]}
	a.locals = append(append(a.locals, args...), make([]uint32, f.Locals)...)
	takes := 0
	if t.Result {
		takes = 1
	}
	a.labels = []label{{to: len(a.body.instrs), takes: takes}}
	for pc := 0; pc < len(a.body.instrs); {
		if gas, ok := a.body.gas[pc]; ok {
			r.charge(gas)
		}
		pc = a.step(pc)
	}
	if t.Result {
		return a.pop()
	}
	return 0
}

// branch leaves blocks, and gives where to go on.
func (a *activation) branch(depth uint32) int {
	n := len(a.labels) - 1 - int(depth)
	l := a.labels[n]
	a.stack = append(a.stack[:l.height], a.stack[len(a.stack)-l.takes:]...)
	if l.to <= 0 { // a loop stays open
		a.labels = a.labels[:n+1]
		return -l.to
	}
	a.labels = a.labels[:n]
	return l.to
}

// step runs an instruction, and gives the next.
func (a *activation) step(pc int) int {
	in := &a.body.instrs[pc]
	switch in.Op {
	case wasm.OpNop:
	case wasm.OpUnreachable:
		panic(vm.TrapUnreachable)
	case wasm.OpBlock:
		a.labels = append(a.labels, label{to: a.body.closes[pc] + 1, height: len(a.stack), takes: int(in.A)})
	case wasm.OpLoop:
		a.labels = append(a.labels, label{to: -(pc + 1), height: len(a.stack)})
	case wasm.OpIf:
		c := a.pop()
		a.labels = append(a.labels, label{to: a.body.closes[pc] + 1, height: len(a.stack), takes: int(in.A)})
		if c == 0 {
			if other, ok := a.body.other[pc]; ok {
				return other + 1
			}
			return a.branch(0)
		}
	case wasm.OpElse:
		return a.branch(0)
	case wasm.OpEnd:
		a.labels = a.labels[:len(a.labels)-1]
	case wasm.OpBr:
		return a.branch(in.A)
	case wasm.OpBrIf:
		if a.pop() != 0 {
			return a.branch(in.A)
		}
	case wasm.OpBrTable:
		return a.branch(in.Targets[min(int(a.pop()), len(in.Targets)-1)])
	case wasm.OpReturn:
		return a.branch(uint32(len(a.labels) - 1))
	case wasm.OpCall:
		a.enter(in.A)
	case wasm.OpCallIndirect:
		a.indirect(in.A)
	default:
		a.plain(in)
	}
	return pc + 1
}

func (a *activation) enter(index uint32) {
	t, _ := a.module.FuncType(index)
	n := len(a.stack) - t.Params
	args := append([]uint32(nil), a.stack[n:]...)
	a.stack = a.stack[:n]
	if v := a.invoke(index, args); t.Result {
		a.push(v)
	}
}

func (a *activation) indirect(typ uint32) {
	i := a.pop()
	if int(i) >= len(a.table) {
		panic(vm.TrapUndefinedElement)
	}
	if a.table[i] == 0 {
		panic(vm.TrapUninitializedElement)
	}
	if t, _ := a.module.FuncType(a.table[i] - 1); t != a.module.Types[typ] {
		panic(vm.TrapSignature)
	}
	a.enter(a.table[i] - 1)
}

func (a *activation) plain(in *wasm.Instr) {
	switch op := in.Op; {
	case op == wasm.OpI32Const:
		a.push(in.A)
	case op == wasm.OpDrop:
		a.pop()
	case op == wasm.OpSelect:
		c, y, x := a.pop(), a.pop(), a.pop()
		if c == 0 {
			x = y
		}
		a.push(x)
	case op >= wasm.OpLocalGet && op <= wasm.OpGlobalSet:
		a.variable(in)
	case op >= wasm.OpI32Load && op <= wasm.OpI32Store16, op >= wasm.OpMemoryCopy, op == wasm.OpMemorySize, op == wasm.OpMemoryGrow:
		a.access(in)
	case op == wasm.OpI32Eqz, op >= wasm.OpI32Clz && op <= wasm.OpI32Popcnt, op >= wasm.OpI32Extend8S:
		a.push(unary(op, a.pop()))
	default:
		y := a.pop()
		a.push(two(op, a.pop(), y))
	}
}

func (a *activation) variable(in *wasm.Instr) {
	switch in.Op {
	case wasm.OpLocalGet:
		a.push(a.locals[in.A])
	case wasm.OpLocalSet:
		a.locals[in.A] = a.pop()
	case wasm.OpLocalTee:
		a.locals[in.A] = a.stack[len(a.stack)-1]
	case wasm.OpGlobalGet:
		a.push(a.globals[in.A])
	case wasm.OpGlobalSet:
		a.globals[in.A] = a.pop()
	}
}

func (a *activation) access(in *wasm.Instr) {
	le := binary.LittleEndian
	switch in.Op {
	case wasm.OpI32Load:
		a.push(le.Uint32(a.at(a.pop(), in.B, 4)))
	case wasm.OpI32Load8S:
		a.push(uint32(int8(a.at(a.pop(), in.B, 1)[0])))
	case wasm.OpI32Load8U:
		a.push(uint32(a.at(a.pop(), in.B, 1)[0]))
	case wasm.OpI32Load16S:
		a.push(uint32(int16(le.Uint16(a.at(a.pop(), in.B, 2)))))
	case wasm.OpI32Load16U:
		a.push(uint32(le.Uint16(a.at(a.pop(), in.B, 2))))
	case wasm.OpI32Store:
		v := a.pop()
		le.PutUint32(a.at(a.pop(), in.B, 4), v)
	case wasm.OpI32Store8:
		v := a.pop()
		a.at(a.pop(), in.B, 1)[0] = byte(v)
	case wasm.OpI32Store16:
		v := a.pop()
		le.PutUint16(a.at(a.pop(), in.B, 2), uint16(v))
	case wasm.OpMemorySize:
		a.push(uint32(len(a.memory) / wasm.PageSize))
	case wasm.OpMemoryGrow:
		before, more := len(a.memory)/wasm.PageSize, int(a.pop())
		if before+more > a.pages {
			a.push(^uint32(0))
			return
		}
		a.charge(uint64(more) * 1000)
		a.memory = append(a.memory, make([]byte, more*wasm.PageSize)...)
		a.push(uint32(before))
	case wasm.OpMemoryCopy:
		n, from, to := a.pop(), a.pop(), a.pop()
		dst, src := a.at(to, 0, int(n)), a.at(from, 0, int(n))
		a.charge((uint64(n) + 15) / 16)
		copy(dst, src)
	case wasm.OpMemoryFill:
		n, v, to := a.pop(), a.pop(), a.pop()
		dst := a.at(to, 0, int(n))
		a.charge((uint64(n) + 15) / 16)
		for i := range dst {
			dst[i] = byte(v)
		}
	}
}

func unary(op wasm.Opcode, x uint32) uint32 {
	switch op {
	case wasm.OpI32Eqz:
		return truth(x == 0)
	case wasm.OpI32Clz:
		return uint32(bits.LeadingZeros32(x))
	case wasm.OpI32Ctz:
		return uint32(bits.TrailingZeros32(x))
	case wasm.OpI32Popcnt:
		return uint32(bits.OnesCount32(x))
	case wasm.OpI32Extend8S:
		return uint32(int8(x))
	case wasm.OpI32Extend16S:
		return uint32(int16(x))
	}
	panic(fmt.Sprintf("unary %v", op))
}

func truth(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func two(op wasm.Opcode, x, y uint32) uint32 {
	s, t := int32(x), int32(y)
	switch op {
	case wasm.OpI32Eq:
		return truth(x == y)
	case wasm.OpI32Ne:
		return truth(x != y)
	case wasm.OpI32LtS:
		return truth(s < t)
	case wasm.OpI32LtU:
		return truth(x < y)
	case wasm.OpI32GtS:
		return truth(s > t)
	case wasm.OpI32GtU:
		return truth(x > y)
	case wasm.OpI32LeS:
		return truth(s <= t)
	case wasm.OpI32LeU:
		return truth(x <= y)
	case wasm.OpI32GeS:
		return truth(s >= t)
	case wasm.OpI32GeU:
		return truth(x >= y)
	case wasm.OpI32Add:
		return x + y
	case wasm.OpI32Sub:
		return x - y
	case wasm.OpI32Mul:
		return x * y
	case wasm.OpI32And:
		return x & y
	case wasm.OpI32Or:
		return x | y
	case wasm.OpI32Xor:
		return x ^ y
	case wasm.OpI32Shl:
		return x << (y % 32)
	case wasm.OpI32ShrS:
		return uint32(s >> (y % 32))
	case wasm.OpI32ShrU:
		return x >> (y % 32)
	case wasm.OpI32Rotl:
		return x<<(y%32) | x>>(32-y%32)
	case wasm.OpI32Rotr:
		return x>>(y%32) | x<<(32-y%32)
	}
	return divide(op, x, y)
}

func divide(op wasm.Opcode, x, y uint32) uint32 {
	s, t := int64(int32(x)), int64(int32(y))
	if y == 0 {
		panic(vm.TrapDivideByZero)
	}
	switch op {
	case wasm.OpI32DivS:
		if s/t == 1<<31 {
			panic(vm.TrapIntegerOverflow)
		}
		return uint32(s / t)
	case wasm.OpI32DivU:
		return x / y
	case wasm.OpI32RemS:
		return uint32(s % t)
	case wasm.OpI32RemU:
		return x % y
	}
	panic(fmt.Sprintf("binary %v", op))
}

// codeOf is the code of a trap, or zero.
func codeOf(err error) vm.TrapCode {
	var t *vm.Trap
	if errors.As(err, &t) {
		return t.Code
	}
	var c vm.TrapCode
	errors.As(err, &c)
	return c
}
