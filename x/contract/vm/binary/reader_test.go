package binary_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

func TestReaderSample(t *testing.T) {
	code, _ := bt.Sample()
	m, err := binary.Decode(code, binary.DefaultLimits())
	require.NoError(t, err)
	r := binary.NewReader(m.Funcs[0].Body, m.Funcs[0].Offset)
	var in binary.Instr
	var ops []string
	for !r.Done() {
		want := r.Offset()
		require.NoError(t, r.Next(&in))
		require.Equal(t, want, in.Offset)
		first := byte(in.Op)
		if in.Op > 0xff {
			first = byte(in.Op >> 8)
		}
		require.Equal(t, first, code[in.Offset], in.Op.String())
		ops = append(ops, in.Op.String())
	}
	require.Len(t, ops, 60)
	require.Equal(t, []string{"memory.copy", "i32.const", "i32.const", "i32.const", "memory.fill", "nop", "return", "unreachable", "end"}, ops[len(ops)-9:])
	require.ErrorIs(t, r.Next(&in), binary.ErrMalformed)
}

func TestReaderImmediates(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		want binary.Instr // without Offset
	}{
		{"success: i32.const -1", bt.Bytes(0x41, 0x7f), binary.Instr{Op: binary.OpI32Const, A: 0xffffffff}},
		{"success: i32.const in five bytes", bt.Bytes(0x41, 0x81, 0x80, 0x80, 0x80, 0x00), binary.Instr{Op: binary.OpI32Const, A: 1}},
		{"success: load", bt.Bytes(0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f), binary.Instr{Op: binary.OpI32Load, A: 2, B: 0xffffffff}},
		{"success: an alignment that only validation refuses", bt.Bytes(0x28, 31, 0), binary.Instr{Op: binary.OpI32Load, A: 31}},
		{"success: block", bt.Bytes(0x02, 0x40), binary.Instr{Op: binary.OpBlock, A: binary.BlockEmpty}},
		{"success: if with a result", bt.Bytes(0x04, 0x7f), binary.Instr{Op: binary.OpIf, A: binary.BlockResult}},
		{"success: call_indirect", bt.Bytes(0x11, 0x87, 0x00, 0x00), binary.Instr{Op: binary.OpCallIndirect, A: 7}},
		{"success: call_indirect of a table that is not there", bt.Bytes(0x11, 7, 1), binary.Instr{Op: binary.OpCallIndirect, A: 7, B: 1}},
		{"success: br_table with a default alone", bt.Bytes(0x0e, 0, 3), binary.Instr{Op: binary.OpBrTable, Targets: []uint32{3}}},
		{"success: br_table at the limit", bt.Bytes(0x0e, 4, 0, 1, 2, 0x83, 0, 4), binary.Instr{Op: binary.OpBrTable, Targets: []uint32{0, 1, 2, 3, 4}}},
		{"success: memory.copy in a longer form", bt.Bytes(0xfc, 0x8a, 0x80, 0, 0, 0), binary.Instr{Op: binary.OpMemoryCopy}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := binary.NewReader(c.body, 7)
			r.BranchTargets = 4
			in := binary.Instr{A: 99, B: 99}
			require.NoError(t, r.Next(&in))
			require.True(t, r.Done())
			c.want.Offset = 7
			require.Equal(t, c.want, in)
		})
	}
}

func TestReaderFailures(t *testing.T) {
	for _, c := range []decodeCase{
		{"failure: no byte", nil, malformed, 0, "expected an instruction"},
		{"failure: constant missing", bt.Bytes(0x41), malformed, 1, "i32.const: integer: the bytes end"},
		{"failure: constant too long", cat(bt.Bytes(0x41), tooLong), malformed, 1, "i32.const: integer: expected at most 5 bytes"},
		{"failure: constant too large", cat(bt.Bytes(0x41), tooLarge), malformed, 1, "i32.const: integer: the unused bits"},
		{"failure: local missing", bt.Bytes(0x20), malformed, 1, "local.get: integer"},
		{"failure: local too large", cat(bt.Bytes(0x20), tooLarge), malformed, 1, "local.get: integer"},
		{"failure: label cut off", bt.Bytes(0x0c, 0x80), malformed, 1, "br: integer"},
		{"failure: alignment missing", bt.Bytes(0x28), malformed, 1, "i32.load: integer"},
		{"failure: offset missing", bt.Bytes(0x36, 2), malformed, 2, "i32.store: integer"},
		{"failure: offset of more than 32 bits", cat(bt.Bytes(0x36, 2), tooLarge), malformed, 2, "i32.store: integer"},
		{"failure: alignment of 2^32", bt.Bytes(0x28, 32, 0), malformed, 1, "expected an alignment below 2^32, got 2^32"},
		{"failure: alignment with a memory index", bt.Bytes(0x28, 0x42, 0, 0), malformed, 1, "got 2^66"},
		{"failure: alignment of 2^(2^32-1)", cat(bt.Bytes(0x28), huge, bt.Bytes(0)), malformed, 1, "got 2^4294967295"},
		{"failure: block type missing", bt.Bytes(0x02), malformed, 1, "block: integer"},
		{"failure: no block type", bt.Bytes(0x03, 0x41), malformed, 1, "loop: expected a block type, got 0x41"},
		{"failure: empty block in a longer form", bt.Bytes(0x02, 0xc0, 0x7f), malformed, 1, "block: expected a block type, got 0xc0"},
		{"failure: block type of more than 33 bits", bt.Bytes(0x02, 0xff, 0xff, 0xff, 0xff, 0x2f), malformed, 1, "block: integer"},
		{"failure: call_indirect without a table", bt.Bytes(0x11, 0), malformed, 2, "call_indirect: integer"},
		{"failure: labels missing", bt.Bytes(0x0e), malformed, 1, "br_table: integer"},
		{"failure: a label missing", bt.Bytes(0x0e, 2, 0, 0), malformed, 4, "br_table: integer"},
		{"failure: a label too long", cat(bt.Bytes(0x0e, 1, 0), tooLong), malformed, 3, "br_table: integer"},
		{"failure: memory.size without a memory", bt.Bytes(0x3f), malformed, 1, "memory.size: expected 0x00 for memory 0, got the end"},
		{"failure: memory.grow of memory 1", bt.Bytes(0x40, 1), malformed, 1, "memory.grow: expected 0x00 for memory 0, got 0x01"},
		{"failure: memory.grow of memory 0 in a longer form", bt.Bytes(0x40, 0x80, 0), malformed, 1, "got 0x80"},
		{"failure: memory.copy to memory 1", bt.Bytes(0xfc, 10, 1, 0), malformed, 2, "memory.copy: expected 0x00 for memory 0, got 0x01"},
		{"failure: memory.copy from memory 1", bt.Bytes(0xfc, 10, 0, 1), malformed, 3, "memory.copy: expected 0x00 for memory 0, got 0x01"},
		{"failure: memory.fill cut off", bt.Bytes(0xfc, 11), malformed, 2, "memory.fill: expected 0x00"},
		{"failure: a prefix alone", bt.Bytes(0xfc), malformed, 1, "opcode after the prefix 0xfc"},
		{"failure: a prefix with a number too long", cat(bt.Bytes(0xfd), tooLong), malformed, 1, "opcode after the prefix 0xfd"},
		{"failure: a prefix with a number too large", cat(bt.Bytes(0xfe), tooLarge), malformed, 1, "opcode after the prefix 0xfe"},
		{"failure: i64 block", bt.Bytes(0x02, 0x7e), unsupported, 1, "i64 block result"},
		{"failure: f32 block", bt.Bytes(0x02, 0x7d), unsupported, 1, "f32 block result"},
		{"failure: f64 loop", bt.Bytes(0x03, 0x7c), unsupported, 1, "f64 block result"},
		{"failure: v128 if", bt.Bytes(0x04, 0x7b), unsupported, 1, "v128 block result"},
		{"failure: externref block", bt.Bytes(0x02, 0x6f), unsupported, 1, "externref block result"},
		{"failure: multi-value block", bt.Bytes(0x02, 0x05), unsupported, 1, "multi-value block (type 5)"},
		{"failure: multi-value block of the last type", bt.Bytes(0x02, 0xff, 0xff, 0xff, 0xff, 0x0f), unsupported, 1, "multi-value block (type 4294967295)"},
		{"failure: table index in a longer form", bt.Bytes(0x11, 0, 0x80, 0x80, 0x80, 0x80, 0), unsupported, 2, "call_indirect with a table index of more than one byte"},
		{"failure: five labels", bt.Bytes(0x0e, 5, 0, 0, 0, 0, 0, 0), overLimit, 1, "br_table: expected at most 4 labels, got 5"},
		{"failure: 2^32-1 labels", cat(bt.Bytes(0x0e), huge), overLimit, 1, "br_table: expected at most 4 labels, got 4294967295"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := binary.NewReader(c.contents, 100)
			r.BranchTargets = 4
			var in binary.Instr
			err := r.Next(&in)
			require.ErrorIs(t, err, c.err)
			var at *binary.Error
			require.ErrorAs(t, err, &at)
			require.Equal(t, 100+c.offset, at.Offset, at.Msg)
			require.Contains(t, at.Msg, c.msg)
		})
	}
}

// TestReaderTargetsReused reads two br_table into one Instr, the second shorter.
func TestReaderTargetsReused(t *testing.T) {
	r := binary.NewReader(bt.Bytes(0x0e, 2, 1, 2, 3, 0x0e, 1, 4, 5), 0)
	var in binary.Instr
	require.NoError(t, r.Next(&in))
	first := &in.Targets[0]
	require.NoError(t, r.Next(&in))
	require.Equal(t, []uint32{4, 5}, in.Targets)
	require.Same(t, first, &in.Targets[0])
}

func TestErrorText(t *testing.T) {
	err := error(&binary.Error{Err: binary.ErrUnsupported, Offset: 31, Msg: "f32.add"})
	require.EqualError(t, err, "out of the profile: f32.add (offset 0x1f)")
}
