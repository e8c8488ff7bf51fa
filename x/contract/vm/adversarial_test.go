package vm_test

import (
	"bytes"
	"slices"
	"testing"

	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"

	"github.com/assay-chain/assay/x/contract/vm"
)

// BenchmarkCompile compiles code that is made to be expensive.
func BenchmarkCompile(b *testing.B) {
	table := slices.Concat([]byte{0x41, 0, 0x0e}, wire.U32(1000), make([]byte, 1001))
	for name, code := range map[string][]byte{
		"eqz in a wide frame":    one(0, false, 300, slices.Concat([]byte{0x41, 0}, bytes.Repeat([]byte{0x45}, 60_000), []byte{0x1a})...),
		"select in a wide frame": one(0, false, 300, bytes.Repeat([]byte{0x3f, 0, 0x3f, 0, 0x3f, 0, 0x1b, 0x1a}, 7_000)...),
		"locals set in turn":     one(0, false, 500, bytes.Repeat([]byte{0x20, 0, 0x20, 1, 0x21, 0, 0x1a}, 8_000)...),
		"branch tables":          one(0, false, 0, bytes.Repeat(slices.Concat([]byte{0x02, 0x40}, table, []byte{0x0b}), 60)...),
		"nesting":                one(0, false, 0, slices.Concat(bytes.Repeat([]byte{0x02, 0x40}, 256), bytes.Repeat([]byte{0x0b}, 256))...),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(code)))
			b.ReportAllocs()
			var m *vm.Module
			for b.Loop() {
				var err error
				if m, err = vm.Compile(code, nil, vm.DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(m.Size())/float64(len(code)), "kept-B/B")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(code)), "ns/B")
		})
	}
}
