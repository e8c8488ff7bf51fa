package binary_test

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// listed is a line of testdata/opcodes.txt.
type listed struct {
	in   bool
	name string
}

// opcodes reads testdata/opcodes.txt: by prefix and number.
func opcodes(t *testing.T) map[byte]map[uint32]listed {
	t.Helper()
	file, err := os.Open("testdata/opcodes.txt")
	require.NoError(t, err)
	defer file.Close()
	out := map[byte]map[uint32]listed{0: {}, 0xfb: {}, 0xfc: {}, 0xfd: {}, 0xfe: {}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if lines.Text()[0] == '#' {
			continue
		}
		var prefix byte
		var code uint32
		var in string
		n, err := fmt.Sscanf(lines.Text(), "%x %x %s", &prefix, &code, &in)
		require.NoError(t, err, "line %q after %d fields", lines.Text(), n)
		name := lines.Text()[len(fmt.Sprintf("%02x %02x out ", prefix, code)):]
		out[prefix][code] = listed{in: in == "in", name: name}
	}
	require.NoError(t, lines.Err())
	return out
}

// TestEveryOpcode reads every opcode there could be, with zeros after it, or an empty block type.
func TestEveryOpcode(t *testing.T) {
	const base = 1000
	counts := map[string]int{}
	try := func(t *testing.T, prefix byte, code uint32, want listed, known bool) {
		body := []byte{0x01, byte(code)}
		op := binary.Opcode(code)
		if prefix != 0 {
			body = append([]byte{0x01, prefix}, binarytest.U32(code)...)
			op = binary.Opcode(uint32(prefix)<<8 | code)
		}
		body = append(body, make([]byte, 32)...)
		if prefix == 0 && (op == binary.OpBlock || op == binary.OpLoop || op == binary.OpIf) {
			body[2] = 0x40
		}
		r := binary.NewReader(body, base)
		var in binary.Instr
		require.NoError(t, r.Next(&in), "nop")
		err := r.Next(&in)
		name, named := binary.Name(prefix, code)
		require.Equal(t, known, named)
		require.Equal(t, want.name, name)
		if want.in {
			require.NoError(t, err, want.name)
			require.Equal(t, op, in.Op)
			require.Equal(t, want.name, in.Op.String())
			require.Equal(t, base+1, in.Offset)
			counts["in"]++
			return
		}
		var at *binary.Error
		require.ErrorAs(t, err, &at)
		require.Equal(t, base+1, at.Offset, at.Msg)
		if !known {
			require.ErrorIs(t, err, binary.ErrMalformed)
			require.Contains(t, at.Msg, "illegal opcode")
			counts["illegal"]++
			return
		}
		require.ErrorIs(t, err, binary.ErrUnsupported)
		require.Equal(t, want.name, at.Msg)
		counts["out"]++
	}
	all := opcodes(t)
	for code := range uint32(0x100) {
		if _, prefix := all[byte(code)]; prefix && code != 0 {
			continue
		}
		want, known := all[0][code]
		try(t, 0, code, want, known)
	}
	for prefix, codes := range all {
		if prefix == 0 {
			continue
		}
		for code := range uint32(0x400) {
			want, known := codes[code]
			try(t, prefix, code, want, known)
		}
		for _, code := range []uint32{0x1000a, 0x7fffffff, 0xffffff0a, 0xffffffff} {
			try(t, prefix, code, listed{}, false)
		}
	}
	require.Equal(t, map[string]int{"in": 64, "out": 512, "illegal": 3788}, counts)
}

func TestOpcodeString(t *testing.T) {
	for op, want := range map[binary.Opcode]string{
		binary.OpI32Add: "i32.add", binary.OpMemoryFill: "memory.fill", 0x92: "f32.add", 0xfd00: "v128.load",
		0xfc08: "memory.init", 0xfe03: "atomic.fence", 0xfb00: "struct.new",
		0x27: "illegal opcode 0x27", 0xfcff: "illegal opcode 0xfc 255", 0xfc: "illegal opcode 0xfc", 0x1200: "illegal opcode 0x12 0",
	} {
		require.Equal(t, want, op.String())
	}
}
