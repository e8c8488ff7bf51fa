package compile

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

// wideLimits allow function types and modules that are larger than usual.
func wideLimits() binary.Limits {
	l := binary.DefaultLimits()
	l.Params, l.CodeBytes = 1000, 1<<20
	return l
}

// lowered decodes, validates and lowers a module.
func lowered(t *testing.T, code []byte) (*Program, error) {
	t.Helper()
	m, err := binary.Decode(code, wideLimits())
	require.NoError(t, err)
	info, err := validate.Module(m, wideLimits())
	require.NoError(t, err)
	return Lower(m, info)
}

// module has a function with two parameters and a result, whose body is given, and function 1 of no parameters.
// Types are (i32, i32) → i32 and () → ().
func module(locals uint32, body ...byte) []byte {
	return wire.Module(
		wire.Vector(wire.Type, wire.FuncType(2, true), wire.FuncType(0, false)),
		wire.Vector(wire.Function, wire.U32(0), wire.U32(1)),
		wire.Vector(wire.Table, wire.Bytes(0x70, 0, 1)),
		wire.Vector(wire.Memory, wire.Bytes(0, 1)),
		wire.Vector(wire.Global, slices.Concat(wire.Bytes(0x7f, 1), wire.Const(0))),
		wire.Vector(wire.Code, wire.Func(locals, body...), wire.Func(0)),
	)
}

// code is what the first function of module is lowered to.
func code(t *testing.T, locals uint32, body ...byte) []Inst {
	t.Helper()
	p, err := lowered(t, module(locals, body...))
	require.NoError(t, err)
	require.Equal(t, Inst{Op: OpExit}, p.Code[0])
	return p.Code[p.Funcs[0].Entry:p.Funcs[1].Entry]
}

// cd has registers C and D in the place of T.
func cd(c, d uint32) uint32 { return c | d<<8 }

// TestLower has what is merged and how, in a function with parameters in r[0] and r[1], a local in r[2], and operands
// from r[3] on. Where a function returns is left out if it returns r[3].
func TestLower(t *testing.T) {
	const minus = 0x7f // -1 in signed LEB128
	for _, c := range []struct {
		name string
		body []byte
		want []Inst
	}{
		// Sums.
		{
			"success: sum with a constant is left to what needs it", wire.Bytes(0x20, 0, 0x41, 5, 0x6a, 0x41, 2, 0x6b),
			[]Inst{{Op: OpAddI, A: 3, B: 0, Imm: 3}},
		},
		{
			"success: sum of sums", wire.Bytes(0x20, 0, 0x41, 5, 0x6a, 0x20, 1, 0x41, 7, 0x6a, 0x6a),
			[]Inst{{Op: OpAdd, A: 3, B: 0, T: 1}, {Op: OpAddI, A: 3, B: 3, Imm: 12}},
		},
		{"success: sum of constants", wire.Bytes(0x41, 5, 0x41, 7, 0x6a), []Inst{{Op: OpReturnI, Imm: 12}}},
		{"success: AddShl", wire.Bytes(0x20, 0, 0x20, 1, 0x41, 2, 0x74, 0x6a), []Inst{{Op: OpAddShl, A: 3, B: 0, T: cd(1, 2)}}},
		{
			"success: AddShl of the first operand", wire.Bytes(0x20, 1, 0x41, 34, 0x74, 0x20, 0, 0x6a),
			[]Inst{{Op: OpAddShl, A: 3, B: 0, T: cd(1, 2)}},
		},
		{"success: MulAdd", wire.Bytes(0x20, 0, 0x20, 1, 0x20, 2, 0x6c, 0x6a), []Inst{{Op: OpMulAdd, A: 3, B: 0, T: cd(2, 1)}}},
		{
			"success: a product with a constant is not merged", wire.Bytes(0x20, 0, 0x20, 1, 0x41, 3, 0x6c, 0x6a),
			[]Inst{{Op: OpMulI, A: 4, B: 1, Imm: 3}, {Op: OpAdd, A: 3, B: 0, T: 4}},
		},
		{
			"success: a result in a local", wire.Bytes(0x20, 0, 0x20, 1, 0x73, 0x22, 2),
			[]Inst{{Op: OpXor, A: 2, B: 0, T: 1}, {Op: OpReturnReg, A: 2}},
		},

		// Constants as the other operand.
		{"success: commuted", wire.Bytes(0x41, 6, 0x20, 0, 0x71), []Inst{{Op: OpAndI, A: 3, B: 0, Imm: 6}}},
		{"success: SubFrom", wire.Bytes(0x41, 6, 0x20, 0, 0x6b), []Inst{{Op: OpSubFrom, A: 3, B: 0, Imm: 6}}},
		{"success: ShlOf", wire.Bytes(0x41, 1, 0x20, 0, 0x74), []Inst{{Op: OpShlOf, A: 3, B: 0, Imm: 1}}},
		{
			"success: what does not commute", wire.Bytes(0x41, 6, 0x20, 0, 0x76),
			[]Inst{{Op: OpConst, A: 3, Imm: 6}, {Op: OpShrU, A: 3, B: 3, T: 0}},
		},
		{
			"success: two constants", wire.Bytes(0x41, 6, 0x41, 2, 0x6d),
			[]Inst{{Op: OpConst, A: 3, Imm: 6}, {Op: OpDivSI, A: 3, B: 3, Imm: 2}},
		},

		// Comparisons.
		{"success: swapped registers", wire.Bytes(0x20, 0, 0x20, 1, 0x4b), []Inst{{Op: OpLtU, A: 3, B: 1, T: 0}}},
		{"success: swapped constant", wire.Bytes(0x41, 9, 0x20, 0, 0x4b), []Inst{{Op: OpLtUI, A: 3, B: 0, Imm: 9}}},
		{"success: eqz", wire.Bytes(0x20, 0, 0x45), []Inst{{Op: OpEqI, A: 3, B: 0}}},
		{"success: eqz inverts", wire.Bytes(0x20, 0, 0x20, 1, 0x48, 0x45), []Inst{{Op: OpLeS, A: 3, B: 1, T: 0}}},
		{"success: eqz of eqz", wire.Bytes(0x20, 0, 0x45, 0x45), []Inst{{Op: OpNeI, A: 3, B: 0}}},
		{
			"success: select", wire.Bytes(0x20, 0, 0x41, 4, 0x20, 1, 0x1b),
			[]Inst{{Op: OpConst, A: 4, Imm: 4}, {Op: OpSelect, A: 3, B: 0, T: cd(4, 1)}},
		},

		// Addresses.
		{"success: based", wire.Bytes(0x20, 0, 0x28, 0, 8), []Inst{{Op: OpLoad, A: 3, B: 0, Imm: 8}}},
		{"success: wrapped", wire.Bytes(0x20, 0, 0x41, minus, 0x6a, 0x2d, 0, 0), []Inst{{Op: OpLoad8UW, A: 3, B: 0, Imm: ^uint32(0)}}},
		{
			"success: a sum with an offset besides", wire.Bytes(0x20, 0, 0x41, minus, 0x6a, 0x2c, 0, 3),
			[]Inst{{Op: OpAddI, A: 3, B: 0, Imm: ^uint32(0)}, {Op: OpLoad8S, A: 3, B: 3, Imm: 3}},
		},
		{
			"success: indexed", wire.Bytes(0x20, 0, 0x20, 1, 0x41, 1, 0x74, 0x6a, 0x2e, 0, 4),
			[]Inst{{Op: OpLoad16SX, A: 3, B: 0, Imm: 4, T: cd(1, 1)}},
		},
		{
			"success: indexed and wrapped", wire.Bytes(0x20, 0, 0x20, 1, 0x6a, 0x41, 4, 0x6a, 0x2f, 0, 0),
			[]Inst{{Op: OpLoad16UXW, A: 3, B: 0, Imm: 4, T: cd(1, 0)}},
		},
		{"success: absolute", wire.Bytes(0x41, 8, 0x28, 0, 8), []Inst{{Op: OpLoadAbs, A: 3, Imm: 16}}},
		{
			"success: absolute of more than 32 bits", wire.Bytes(0x41, minus, 0x28, 0, 1),
			[]Inst{{Op: OpConst, A: 3, Imm: ^uint32(0)}, {Op: OpLoad, A: 3, B: 3, Imm: 1}},
		},
		{"success: store", wire.Bytes(0x20, 0, 0x20, 1, 0x36, 0, 4, 0x41, 0), []Inst{{Op: OpStore, A: 1, B: 0, Imm: 4}, {Op: OpReturnI}}},
		{
			"success: store indexed", wire.Bytes(0x20, 0, 0x20, 1, 0x6a, 0x20, 2, 0x3b, 0, 4, 0x41, 0),
			[]Inst{{Op: OpStore16X, A: 2, B: 0, Imm: 4, T: cd(1, 0)}, {Op: OpReturnI}},
		},
		{
			"success: store a constant", wire.Bytes(0x20, 0, 0x41, 7, 0x3a, 0, 4, 0x41, 0),
			[]Inst{{Op: OpStore8I, B: 0, Imm: 4, T: 7}, {Op: OpReturnI}},
		},
		{
			"success: store a constant at a sum of registers", wire.Bytes(0x20, 0, 0x20, 1, 0x6a, 0x41, 7, 0x36, 0, 0, 0x41, 0),
			[]Inst{{Op: OpAdd, A: 3, B: 0, T: 1}, {Op: OpStoreI, B: 3, T: 7}, {Op: OpReturnI}},
		},
		{
			"success: store a constant at a constant", wire.Bytes(0x41, 16, 0x41, 7, 0x3b, 0, 0, 0x41, 0),
			[]Inst{{Op: OpStore16IAbs, Imm: 16, T: 7}, {Op: OpReturnI}},
		},

		// Branches. All have a loop around them, so T is 1 and G the gas of the loop's block.
		{"success: branch on a comparison", loop(0x20, 0, 0x20, 1, 0x4a, 0x0d, 0), branch(Inst{Op: OpBrLtS, A: 1, B: 0, G: 4})},
		{
			"success: branch on a comparison with a constant", loop(0x20, 0, 0x41, 9, 0x4f, 0x0d, 0),
			branch(Inst{Op: OpBrGeUI, A: 0, Imm: 9, G: 4}),
		},
		{"success: branch on a local", loop(0x20, 0, 0x0d, 0), branch(Inst{Op: OpBrNZ, A: 0, G: 2})},
		{"success: branch on eqz", loop(0x20, 0, 0x45, 0x0d, 0), branch(Inst{Op: OpBrZ, A: 0, G: 3})},
		{"success: branch on bits", loop(0x20, 0, 0x41, 4, 0x71, 0x0d, 0), branch(Inst{Op: OpBrAny, A: 0, Imm: 4, G: 4})},
		{"success: branch on no bits", loop(0x20, 0, 0x41, 4, 0x71, 0x45, 0x0d, 0), branch(Inst{Op: OpBrNone, A: 0, Imm: 4, G: 5})},
		{
			"success: counter to a constant", loop(0x20, 2, 0x41, 1, 0x6a, 0x22, 2, 0x41, 9, 0x48, 0x0d, 0),
			branch(Inst{Op: OpAddBrLtSI, A: 2, B: 1, Imm: 9, G: 7}),
		},
		{"success: counter to zero", loop(0x20, 2, 0x41, 1, 0x6b, 0x22, 2, 0x0d, 0), branch(Inst{Op: OpAddBrNeI, A: 2, B: 0xff, G: 5})},
		{
			"success: counter to a register", loop(0x20, 2, 0x41, 0xc8, 1, 0x6a, 0x22, 2, 0x20, 0, 0x47, 0x0d, 0),
			branch(Inst{Op: OpAddBrNe, A: 2, B: 0, Imm: 200, G: 7}),
		},
		{
			"success: counter on the right", loop(0x20, 2, 0x41, 1, 0x6a, 0x21, 2, 0x20, 0, 0x20, 2, 0x47, 0x0d, 0),
			branch(Inst{Op: OpAddBrNe, A: 2, B: 0, Imm: 1, G: 8}),
		},
		{
			"success: counter unsigned", loop(0x20, 2, 0x41, 1, 0x6a, 0x22, 2, 0x20, 0, 0x49, 0x0d, 0),
			branch(Inst{Op: OpAddBrLtU, A: 2, B: 0, Imm: 1, G: 7}),
		},
		{
			"success: counter with a step too large", loop(0x20, 2, 0x41, 0xc8, 1, 0x6a, 0x22, 2, 0x41, 9, 0x48, 0x0d, 0),
			branch(Inst{Op: OpAddI, A: 2, B: 2, Imm: 200}, Inst{Op: OpBrLtSI, A: 2, Imm: 9, G: 7}),
		},
		{
			"success: counter compared with itself", loop(0x20, 2, 0x41, 1, 0x6a, 0x22, 2, 0x20, 2, 0x47, 0x0d, 0),
			branch(Inst{Op: OpAddI, A: 2, B: 2, Imm: 1}, Inst{Op: OpBrNe, A: 2, B: 2, G: 7}),
		},
		{
			"success: a sum in another local is no counter", loop(0x20, 0, 0x41, 1, 0x6a, 0x22, 2, 0x0d, 0),
			branch(Inst{Op: OpAddI, A: 2, B: 0, Imm: 1}, Inst{Op: OpBrNZ, A: 2, G: 5}),
		},
		{
			"success: nothing is merged across the beginning of a loop", wire.Bytes(0x20, 0, 0x45, 0x03, 0x40, 0x0b, 0x45),
			[]Inst{{Op: OpEqI, A: 3, B: 0}, {Op: OpGas, Imm: 1}, {Op: OpEqI, A: 3, B: 3}},
		},
		{
			"success: nor if nothing is paid there", wire.Bytes(0x02, 0x40, 0x20, 0, 0x20, 1, 0x0d, 0, 0x03, 0x40, 0x0b, 0x21, 2, 0x0b, 0x41, 0),
			[]Inst{{Op: OpBrNZ, A: 1, T: 5, G: 1, F: 1}, {Op: OpCopy, A: 3, B: 0}, {Op: OpCopy, A: 2, B: 3}, {Op: OpGas, Imm: 1}, {Op: OpReturnI}},
		},

		// Locals that are set while they are on the stack.
		{
			"success: a local that is set is copied first", wire.Bytes(0x20, 0, 0x41, 5, 0x21, 0),
			[]Inst{{Op: OpCopy, A: 3, B: 0}, {Op: OpConst, A: 0, Imm: 5}},
		},
		{
			"success: so is one with a sum to come", wire.Bytes(0x20, 0, 0x41, 3, 0x6a, 0x41, 5, 0x21, 0),
			[]Inst{{Op: OpAddI, A: 3, B: 0, Imm: 3}, {Op: OpConst, A: 0, Imm: 5}},
		},
		{
			"success: the copy comes before what sets it", wire.Bytes(0x20, 0, 0x20, 1, 0x20, 0, 0x73, 0x21, 0),
			[]Inst{{Op: OpCopy, A: 3, B: 0}, {Op: OpXor, A: 0, B: 1, T: 0}},
		},
		{"success: all places are copied, another local is not", wire.Bytes(0x20, 0, 0x20, 1, 0x20, 0, 0x41, 5, 0x21, 0, 0x6b, 0x6b), []Inst{
			{Op: OpCopy, A: 5, B: 0},
			{Op: OpCopy, A: 3, B: 0},
			{Op: OpConst, A: 0, Imm: 5},
			{Op: OpSub, A: 4, B: 1, T: 5},
			{Op: OpSub, A: 3, B: 3, T: 4},
		}},
		{
			"success: tee", wire.Bytes(0x20, 0, 0x41, 5, 0x22, 0, 0x6b),
			[]Inst{{Op: OpCopy, A: 3, B: 0}, {Op: OpConst, A: 0, Imm: 5}, {Op: OpSub, A: 3, B: 3, T: 0}},
		},
		{"success: locals are copied before each block", wire.Bytes(0x20, 0, 0x02, 0x40, 0x0b, 0x20, 1, 0x02, 0x40, 0x41, 6, 0x21, 1, 0x0b, 0x6b), []Inst{
			{Op: OpCopy, A: 3, B: 0},
			{Op: OpCopy, A: 4, B: 1},
			{Op: OpConst, A: 1, Imm: 6},
			{Op: OpSub, A: 3, B: 3, T: 4},
		}},
		{"success: locals are copied before a block, constants are not", wire.Bytes(0x20, 0, 0x41, 5, 0x02, 0x40, 0x41, 6, 0x21, 0, 0x0b, 0x6c), []Inst{
			{Op: OpCopy, A: 3, B: 0},
			{Op: OpConst, A: 0, Imm: 6},
			{Op: OpMulI, A: 3, B: 3, Imm: 5},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if last := want[len(want)-1].Op; last != OpReturnI && last != OpReturnReg {
				want = append(slices.Clone(want), Inst{Op: OpReturnReg, A: 3})
			}
			require.Equal(t, want, code(t, 1, c.body...))
		})
	}
}

// loop has instructions in a loop, and a constant after it.
func loop(body ...byte) []byte {
	return slices.Concat(wire.Bytes(0x03, 0x40), body, wire.Bytes(0x0b, 0x41, 0))
}

// branch is the code of such a loop, which begins with the function's gas of one, for its local.
func branch(body ...Inst) []Inst {
	last := &body[len(body)-1]
	last.T, last.F = 2, 1
	return slices.Concat([]Inst{{Op: OpGas, Imm: uint32(last.G)}}, body, []Inst{{Op: OpReturnI}})
}

// TestWideFrame has a function with two parameters and 300 locals. Registers r[2] to r[5] are scratch, locals from 2
// on lie 4 registers higher, operands from r[306] on.
func TestWideFrame(t *testing.T) {
	far := func(index uint32) []byte { return append([]byte{0x20}, wire.U32(index)...) }
	for _, c := range []struct {
		name string
		body []byte
		want []Inst // before the constant that is returned
	}{
		{"success: a local within the window", wire.Bytes(0x20, 10, 0x21, 11), []Inst{{Op: OpCopy, A: 15, B: 14}}},
		{
			"success: a local beyond it", slices.Concat(far(299), wire.Bytes(0x21, 1)),
			[]Inst{{Op: OpFarLoad, A: 3, Imm: 303}, {Op: OpCopy, A: 1, B: 3}},
		},
		{
			"success: a constant to a local beyond it", wire.Bytes(0x41, 7, 0x21, 0xab, 2),
			[]Inst{{Op: OpConst, A: 2, Imm: 7}, {Op: OpFarStore, A: 2, Imm: 303}},
		},
		{
			"success: an operand", wire.Bytes(0x20, 0, 0x20, 1, 0x73, 0x1a),
			[]Inst{{Op: OpXor, A: 2, B: 0, T: 1}, {Op: OpFarStore, A: 2, Imm: 306}},
		},
		{"success: three to read", slices.Concat(far(297), far(298), far(299), wire.Bytes(0x1b, 0x1a)), []Inst{
			{Op: OpFarLoad, A: 3, Imm: 301},
			{Op: OpFarLoad, A: 4, Imm: 302},
			{Op: OpFarLoad, A: 5, Imm: 303},
			{Op: OpSelect, A: 2, B: 3, T: cd(4, 5)},
			{Op: OpFarStore, A: 2, Imm: 306},
		}},
		{"success: a store", slices.Concat(far(298), far(299), wire.Bytes(0x36, 0, 8)), []Inst{
			{Op: OpFarLoad, A: 2, Imm: 303},
			{Op: OpFarLoad, A: 3, Imm: 302},
			{Op: OpStore, A: 2, B: 3, Imm: 8},
		}},
		{"success: nothing is merged", wire.Bytes(0x20, 0, 0x20, 1, 0x41, 2, 0x74, 0x6a, 0x1a), []Inst{
			{Op: OpShlI, A: 2, B: 1, Imm: 2},
			{Op: OpFarStore, A: 2, Imm: 307},
			{Op: OpFarLoad, A: 4, Imm: 307},
			{Op: OpAdd, A: 2, B: 0, T: 4},
			{Op: OpFarStore, A: 2, Imm: 306},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, append(c.want, Inst{Op: OpReturnI}), code(t, 300, append(c.body, 0x41, 0)...))
		})
	}
}

// TestDeepStack: a frame that is wide by its operands has those at the bottom within the window, and merges nothing either.
func TestDeepStack(t *testing.T) {
	deep := slices.Concat(bytes.Repeat(wire.Bytes(0x41, 0), 256), bytes.Repeat(wire.Bytes(0x1a), 256))
	body := slices.Concat(wire.Bytes(0x20, 0, 0x20, 1, 0x41, 2, 0x74, 0x6a, 0x1a), deep, wire.Bytes(0x41, 0))
	require.Equal(t, []Inst{{Op: OpShlI, A: 8, B: 1, Imm: 2}, {Op: OpAdd, A: 7, B: 0, T: 8}, {Op: OpReturnI}}, code(t, 1, body...))
}

// TestLayout: a frame is wide from 257 registers on.
func TestLayout(t *testing.T) {
	body := wire.Bytes(0x20, 0, 0x20, 1, 0x6a)
	for _, c := range []struct {
		name   string
		locals uint32
		want   Func
	}{
		{"success: the window", 252, Func{Gas: 35, Entry: 1, Frame: 256, ZeroFrom: 2, ZeroTo: 254, Params: 2, Sig: Sig(2, true), Result: true}},
		{"success: one more", 253, Func{Gas: 35, Entry: 1, Frame: 261, ZeroFrom: 6, ZeroTo: 259, Params: 2, Sig: Sig(2, true), Result: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := lowered(t, module(c.locals, body...))
			require.NoError(t, err)
			require.Equal(t, c.want, p.Funcs[0])
		})
	}
}

// TestParams: with 128 parameters the scratch registers are in the window, more are refused.
func TestParams(t *testing.T) {
	with := func(params int) []byte {
		return wire.Module(
			wire.Vector(wire.Type, wire.FuncType(params, true)),
			wire.Vector(wire.Function, wire.U32(0)),
			wire.Vector(wire.Code, wire.Func(200, 0x20, 0, 0x45)),
		)
	}
	p, err := lowered(t, with(128))
	require.NoError(t, err)
	require.Equal(t, []Inst{
		{Op: OpEqI, A: 128},
		{Op: OpFarStore, A: 128, Imm: 332},
		{Op: OpFarLoad, A: 128, Imm: 332},
		{Op: OpReturnReg, A: 128},
	}, p.Code[1:])
	_, err = lowered(t, with(129))
	require.ErrorIs(t, err, binary.ErrLimit)
	require.EqualError(t, err, "lower type 0: limit exceeded: expected at most 128 parameters, got 129")
}

// TestRoom: what is reserved for a wide frame is enough for the code that takes most, and br_tables have what they need.
func TestRoom(t *testing.T) {
	table := slices.Concat(wire.Bytes(0x41, 0, 0x0e), wire.U32(100), make([]byte, 101))
	for _, c := range []struct {
		name    string
		body    []byte
		targets int
	}{
		{"success: eqz", slices.Concat(wire.Bytes(0x41, 0), bytes.Repeat(wire.Bytes(0x45), 60_000), wire.Bytes(0x1a)), 0},
		{"success: select", bytes.Repeat(wire.Bytes(0x3f, 0, 0x3f, 0, 0x3f, 0, 0x1b, 0x1a), 7_000), 0},
		{"success: br_table", bytes.Repeat(slices.Concat(wire.Bytes(0x02, 0x40), table, wire.Bytes(0x0b)), 60), 2 * 60 * 101},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := binary.Decode(wire.Module(
				wire.Vector(wire.Type, wire.FuncType(0, false)),
				wire.Vector(wire.Function, wire.U32(0), wire.U32(0)),
				wire.Vector(wire.Memory, wire.Bytes(0, 1)),
				wire.Vector(wire.Code, wire.Func(300, c.body...), wire.Func(300, c.body...)),
			), wideLimits())
			require.NoError(t, err)
			info, err := validate.Module(m, wideLimits())
			require.NoError(t, err)
			p, err := Lower(m, info)
			require.NoError(t, err)
			require.Equal(t, room(m, info), cap(p.Code))
			require.Equal(t, room(m, info), cap(p.Offsets))
			require.Len(t, p.Targets, c.targets)
			require.Equal(t, c.targets, cap(p.Targets))
		})
	}
}
