package validate_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

func BenchmarkSample(b *testing.B) {
	code, _ := bt.Sample()
	l := binary.DefaultLimits()
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := binary.Decode(code, l); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("validate", func(b *testing.B) {
		m, err := binary.Decode(code, l)
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := validate.Module(m, l); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLarge has modules near the default limit of code, of what takes the longest for its bytes: what storing
// code costs at most.
func BenchmarkLarge(b *testing.B) {
	const size = 60000
	repeated := func(body ...byte) []byte { return bytes.Repeat(body, size/len(body)) }
	labels := slices.Concat([]byte{0x41, 0, 0x0e}, bt.U32(1000), make([]byte, 1001))
	for _, c := range []struct {
		name  string
		entry []byte
	}{
		{"arithmetic", bt.Func(1, repeated(0x20, 0, 0x41, 1, 0x6a, 0x21, 0)...)},
		{"nops", bt.Func(0, repeated(0x01)...)},
		{"blocks", bt.Func(0, repeated(0x02, 0x40, 0x0b)...)},
		{"calls", bt.Func(0, repeated(0x10, 0)...)},
		{"labels", bt.Func(0, repeated(labels...)...)},
		{"locals", bt.Sized(bt.U32(size/2), bytes.Repeat([]byte{0, 0x7f}, size/2), []byte{0x0b})},
	} {
		b.Run(c.name, func(b *testing.B) {
			code := bt.Module(
				bt.Vector(bt.Type, bt.FuncType(0, false)),
				bt.Vector(bt.Function, bt.U32(0), bt.U32(0)),
				bt.Vector(bt.Code, c.entry, c.entry),
			)
			b.SetBytes(int64(len(code)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := check(code, binary.DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
