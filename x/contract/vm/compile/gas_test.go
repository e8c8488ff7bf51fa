package compile

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// charges gives what the first function charges: on entry, and by each instruction in turn. Of a branch that is taken or
// not that is both, of a br_table that of all its targets.
func charges(p *Program) []uint32 {
	conditional := slices.Concat(
		branchesOfRegisters[:], branchesOfImmediate[:], branchesOfZero[:], branchesOfBits[:],
		slices.Clone(countersOfRegisters[condNe:]), slices.Clone(countersOfImmediate[condNe:]),
	)
	out := []uint32{uint32(p.Funcs[0].Gas)}
	for _, i := range p.Code[p.Funcs[0].Entry:p.Funcs[1].Entry] {
		switch {
		case i.Op == OpGas:
			out = append(out, i.Imm)
		case i.Op == OpBr:
			out = append(out, uint32(i.G))
		case i.Op == OpBrTable:
			for _, target := range p.Targets[i.Imm : i.Imm+i.T] {
				out = append(out, target.Gas)
			}
		case slices.Contains(conditional, i.Op):
			out = append(out, uint32(i.G), uint32(i.F))
		}
	}
	return out
}

// TestBlocks adds up the prices of docs/wasm-profile.md by the blocks of gas.go.
func TestBlocks(t *testing.T) {
	pairs := func(n int) []byte { return bytes.Repeat(wire.Bytes(0x20, 0, 0x1a), n) } // two gas each
	for _, c := range []struct {
		name   string
		locals uint32
		body   []byte
		want   []uint32
	}{
		{"success: locals", 0, wire.Bytes(0x41, 0), []uint32{1}},
		{"success: eight locals", 8, wire.Bytes(0x41, 0), []uint32{1 + 1}},
		{"success: nine locals", 9, wire.Bytes(0x41, 0), []uint32{2 + 1}},
		{"success: an instruction of each price", 0, wire.Bytes(
			0x01, 0x20, 0, 0x28, 0, 0, 0x40, 0, 0x20, 1, 0x6d, // nop, load 2, grow 10, div 4, two gets
			0x10, 1, 0x41, 0, 0x11, 1, 0, // call 10, const, call_indirect 15
			0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0, // three consts, copy 4
		), []uint32{0 + 2 + 10 + 4 + 2 + 10 + 1 + 15 + 3 + 4}},
		{
			"success: if and else", 0,
			wire.Bytes(0x20, 0, 0x04, 0x7f, 0x20, 0, 0x20, 1, 0x6d, 0x05, 0x41, 2, 0x0b, 0x45),
			[]uint32{2, 1, 6, 1, 1}, // entry; else, if; end of if, end of else
		},
		{
			"success: if without else", 0,
			wire.Bytes(0x20, 0, 0x04, 0x40, 0x10, 1, 0x0b, 0x41, 2),
			[]uint32{2, 1, 10, 1}, // entry; end, if; end
		},
		{
			"success: if whose arms do not go on", 0,
			wire.Bytes(0x20, 0, 0x04, 0x40, 0x00, 0x05, 0x41, 0, 0x0f, 0x0b, 0x20, 0, 0x20, 1, 0x6d),
			[]uint32{2, 2, 1}, // entry; else, if; what follows end is not reached
		},
		{
			"success: loop", 0,
			wire.Bytes(0x41, 0, 0x1a, 0x03, 0x40, 0x20, 0, 0x20, 1, 0x46, 0x0d, 0, 0x0b, 0x20, 0),
			[]uint32{2, 4, 4, 1}, // entry; loop; loop again, after br_if
		},
		{
			"success: a block that nothing leads to the end of is no block", 0,
			wire.Bytes(0x20, 0, 0x02, 0x40, 0x10, 1, 0x0b, 0x45),
			[]uint32{1 + 10 + 1},
		},
		{
			"success: br_table", 0, slices.Concat(
				wire.Bytes(0x02, 0x40, 0x03, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 4, 0, 1, 2, 0, 2, 0x10, 1, 0x0b), // the call is not reached
				wire.Bytes(0x10, 1, 0x0c, 1, 0x0b, 0x0b, 0x41, 0, 0x45),
			),
			[]uint32{3, 11, 3, 2, 11, 2, 2}, // entry, which is the loop's as nothing is before it; the targets; br
		},
		{
			"success: br_table with a value", 0, wire.Bytes(
				0x02, 0x7f, 0x02, 0x7f, 0x20, 1, 0x20, 0, 0x0e, 1, 0, 1, 0x0b, // label 0 has it where it is, label 1 too
				0x45, 0x0b, 0x45, 0x45,
			),
			[]uint32{4, 1, 2, 2}, // entry; the targets; end of the outer block
		},
		{
			"success: br_table that moves a value", 0, wire.Bytes(
				0x02, 0x7f, 0x20, 1, 0x20, 1, 0x20, 0, 0x0e, 2, 0, 1, 0, 0x0b, 0x45,
			),
			[]uint32{5, 0, 0, 0, 1, 0, 0}, // entry; the targets are stubs, which are free; the br of each; the function's end
		},
		{"success: dead code", 0, wire.Bytes(0x41, 0, 0x0f, 0x20, 0, 0x20, 1, 0x6d, 0x03, 0x7f, 0x41, 0, 0x0b, 0x6d), []uint32{2}},
		{"success: less than 1<<15", 0, slices.Concat(pairs(1<<14-1), wire.Bytes(0x41, 0)), []uint32{1<<15 - 1}},
		{"success: 1<<15", 0, slices.Concat(pairs(1<<14), wire.Bytes(0x41, 0, 0x45)), []uint32{1 << 15, 2}},
		{"success: more than 1<<15", 0, slices.Concat(pairs(1<<14-2), wire.Bytes(0x41, 1, 0x41, 1, 0x6d, 0x45, 0x45)), []uint32{1<<15 + 2, 2}},
		{"success: 1<<15 with the locals", 8, slices.Concat(pairs(1<<14-1), wire.Bytes(0x41, 1, 0x45)), []uint32{1 << 15, 1}},
		{
			"success: 1<<15 in a loop", 0, slices.Concat(wire.Bytes(0x41, 0, 0x1a, 0x03, 0x40), pairs(1<<14), wire.Bytes(0x20, 0, 0x0d, 0, 0x0b, 0x41, 0)),
			[]uint32{2, 1 << 15, 2, 1 << 15, 1}, // entry; loop; its second block; loop again, after br_if
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := lowered(t, module(c.locals, c.body...))
			require.NoError(t, err)
			require.Equal(t, c.want, charges(p))
		})
	}
}

// TestOffsets: an instruction has the place of the one that traps, or whose block is paid for.
func TestOffsets(t *testing.T) {
	for _, c := range []struct {
		name   string
		locals uint32
		body   []byte
		ops    []Op
		want   []int // in the body
	}{
		{"success: in turn", 1, wire.Bytes(0x20, 0, 0x20, 1, 0x6d, 0x20, 1, 0x70), []Op{OpDivS, OpRemU, OpReturnReg}, []int{4, 7, 8}},
		{"success: a merged addition", 1, wire.Bytes(0x20, 0, 0x20, 1, 0x6a, 0x28, 0, 0), []Op{OpLoadX, OpReturnReg}, []int{5, 8}},
		{
			"success: an addition that waited", 1, wire.Bytes(0x20, 0, 0x41, 1, 0x6a, 0x20, 1, 0x6d),
			[]Op{OpAddI, OpDivS, OpReturnReg},
			[]int{7, 7, 8},
		},
		{
			"success: a copy before what sets its local", 1, wire.Bytes(0x20, 0, 0x20, 1, 0x20, 0, 0x6d, 0x21, 0),
			[]Op{OpCopy, OpDivS, OpReturnReg},
			[]int{7, 6, 9},
		},
		{
			"success: a counter", 1, wire.Bytes(0x03, 0x40, 0x20, 2, 0x41, 1, 0x6a, 0x22, 2, 0x0d, 0, 0x0b, 0x41, 0),
			[]Op{OpGas, OpAddBrNeI, OpReturnI},
			[]int{0, 9, 14},
		},
		{
			"success: a wide frame", 300, wire.Bytes(0x20, 0, 0x20, 0xab, 2, 0x6d),
			[]Op{OpFarLoad, OpDivS, OpFarStore, OpFarLoad, OpReturnReg},
			[]int{5, 5, 5, 6, 6},
		},
		{"success: unreachable after a call", 1, wire.Bytes(0x10, 1, 0x01, 0x00), []Op{OpCall, OpUnreachable}, []int{0, 3}},
		{
			"success: a block that is split", 0, slices.Concat(bytes.Repeat(wire.Bytes(0x20, 0, 0x1a), 1<<14), wire.Bytes(0x01, 0x00)),
			[]Op{OpGas, OpUnreachable},
			[]int{3 << 14, 3<<14 + 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := module(c.locals, c.body...)
			p, err := lowered(t, all)
			require.NoError(t, err)
			require.Len(t, p.Offsets, len(p.Code))
			from, to := p.Funcs[0].Entry, p.Funcs[1].Entry
			var ops []Op
			var at []int
			start := bytes.Index(all, append(slices.Clone(c.body), 0x0b))
			for pc := from; pc < to; pc++ {
				ops = append(ops, p.Code[pc].Op)
				at = append(at, int(p.Offsets[pc])-start)
				require.Zero(t, p.FuncAt(pc))
			}
			require.Equal(t, c.ops, ops)
			require.Equal(t, c.want, at)
			require.Equal(t, uint32(1), p.FuncAt(to))
		})
	}
}
