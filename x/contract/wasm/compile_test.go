package wasm_test

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/wasm"
)

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	code, err := os.ReadFile("../keeper/testdata/" + name + ".wasm")
	require.NoError(tb, err)
	return code
}

// leb is the unsigned LEB128 encoding.
func leb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func section(id byte, content []byte) []byte {
	return slices.Concat([]byte{id}, leb(len(content)), content)
}

func vector(items ...[]byte) []byte { return slices.Concat(leb(len(items)), slices.Concat(items...)) }

func name(s string) []byte { return append(leb(len(s)), s...) }

// full is a valid contract of about size bytes whose functions repeat a pattern, as many times as fit a body.
func full(size int, pattern []byte) []byte {
	const bodyBytes = 60_000
	var bodies [][]byte
	for left := size; left > 0; left -= bodyBytes {
		n := min(left, bodyBytes) / len(pattern)
		body := slices.Concat([]byte{1, 1, 0x7f}, slices.Repeat(pattern, n), []byte{0x0b})
		bodies = append(bodies, append(leb(len(body)), body...))
	}
	funcs := slices.Repeat([][]byte{{0}}, len(bodies))
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, vector([]byte{0x60, 0, 0})),
		section(3, vector(funcs...)),
		section(5, []byte{1, 1, 1, 1}),
		section(7, vector(
			slices.Concat(name("memory"), []byte{2, 0}),
			slices.Concat(name("abi_version_1"), []byte{0, 0}),
			slices.Concat(name("init"), []byte{0, 0}),
		)),
		section(10, vector(bodies...)),
	)
}

// patterns are what code may be full of.
var patterns = []struct {
	name string
	code []byte
}{
	{"nops", []byte{0x01}},
	{"constants", []byte{0x41, 0, 0x1a}},
	{"arithmetic", []byte{0x20, 0, 0x20, 0, 0x6a, 0x21, 0}},
	{"blocks", []byte{0x02, 0x40, 0x0b}},
	{"branches", []byte{0x02, 0x40, 0x20, 0, 0x0d, 0, 0x0b}},
	{"tables", append(append([]byte{0x02, 0x40, 0x20, 0, 0x0e}, append(leb(1000), make([]byte, 1001)...)...), 0x0b)},
	{"calls", []byte{0x10, 0}},
	{"loads", []byte{0x20, 0, 0x28, 2, 0, 0x21, 0}},
}

func TestCompile(t *testing.T) {
	for _, p := range patterns {
		t.Run("success: "+p.name, func(t *testing.T) {
			_, err := wasm.Compile(full(128<<10-1_000, p.code), 1)
			require.NoError(t, err)
		})
	}
	for _, tc := range []struct {
		name string
		code []byte
		err  error
	}{
		{"failure: no module", []byte("hello"), types.ErrInvalidCode},
		{"failure: type error", full(1_000, []byte{0x6a}), types.ErrInvalidCode},
		{"failure: float", full(1_000, []byte{0x43, 0, 0, 0, 0, 0x1a}), types.ErrUnsupportedCode},
		{"failure: too large", full(600<<10, []byte{0x01}), types.ErrLimit},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := wasm.Compile(tc.code, 1)
			require.ErrorIs(t, err, tc.err)
		})
	}
}

// BenchmarkCompile tells what a byte of code costs, which store_gas_per_byte and load_gas_per_kib have to pay for.
func BenchmarkCompile(b *testing.B) {
	run := func(name string, code []byte) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(code)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wasm.Compile(code, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(code)), "ns/byte")
		})
	}
	for _, name := range []string{"counter", "hostile"} {
		run(name, read(b, name))
	}
	for _, p := range patterns {
		run(p.name, full(128<<10-1_000, p.code))
	}
}
