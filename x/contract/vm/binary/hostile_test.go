package binary_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// TestTruncated cuts the sample after every byte. Between sections that may be a whole module.
func TestTruncated(t *testing.T) {
	code, sections := bt.Sample()
	for n := range code {
		m, err := binary.Decode(code[:n:n], binary.DefaultLimits())
		if !slices.Contains(sections, n) {
			require.ErrorIs(t, err, binary.ErrMalformed, "cut at %d", n)
		}
		if err != nil {
			require.Nil(t, m)
			requireError(t, err, n)
		} else {
			require.True(t, len(m.Funcs) == 0 || m.Funcs[0].Body != nil, "functions without bodies: cut at %d", n)
		}
	}
}

// TestEveryByteChanged gives every byte of the sample every value.
func TestEveryByteChanged(t *testing.T) {
	code, _ := bt.Sample()
	for i, old := range code {
		for b := range 256 {
			code[i] = byte(b)
			m, err := binary.Decode(code, binary.DefaultLimits())
			if err != nil {
				requireError(t, err, len(code))
				continue
			}
			for _, f := range m.Funcs {
				walk(t, f, len(code))
			}
		}
		code[i] = old
	}
}

// walk reads a body to its end or to the first error.
func walk(t *testing.T, f binary.Func, size int) {
	t.Helper()
	r := binary.NewReader(f.Body, f.Offset)
	var in binary.Instr
	for !r.Done() {
		at := r.Offset()
		if err := r.Next(&in); err != nil {
			requireError(t, err, size)
			return
		}
		if in.Offset != at || r.Offset() <= at || r.Offset() > f.Offset+len(f.Body) {
			t.Fatalf("%v at %d: read at %d to %d of %d bytes from %d on", in.Op, in.Offset, at, r.Offset(), len(f.Body), f.Offset)
		}
	}
}

// requireError checks that err has a sentinel of the package and an offset in the module.
func requireError(t *testing.T, err error, size int) {
	t.Helper()
	var at *binary.Error
	if !errors.As(err, &at) || at.Offset < 0 || at.Offset > size || at.Msg == "" || len(at.Msg) > 200 {
		t.Fatalf("expected a short error with a place in %d bytes, got %v", size, err)
	}
	if !slices.Contains(sentinels, at.Err) {
		t.Fatalf("expected a sentinel of the package, got %v", at.Err)
	}
}

var sentinels = []error{binary.ErrMalformed, binary.ErrInvalid, binary.ErrUnsupported, binary.ErrLimit}

// wide are limits that allow all that 32 bits can say.
func wide() binary.Limits {
	const most = math.MaxUint32
	return binary.Limits{
		CodeBytes: most, Types: most, Imports: most, Funcs: most, Params: most, Locals: most, BodyBytes: most,
		BranchTargets: most, ControlDepth: most, Globals: most, TableSize: most, MemoryPages: most, Elements: most,
		Data: most, Exports: most,
	}
}

// TestHugeCounts declares 2^32-1 of everything, under limits that allow it: only the bytes that are left may
// decide what is allocated.
func TestHugeCounts(t *testing.T) {
	oneType := bt.Vector(bt.Type, bt.FuncType(0, false))
	oneFunc := bt.Vector(bt.Function, bt.U32(0))
	for _, c := range []struct {
		name string
		code []byte
	}{
		{"failure: types", bt.Module(bt.Section(bt.Type, huge))},
		{"failure: parameters", bt.Module(bt.Section(bt.Type, bt.Bytes(1, 0x60), huge))},
		{"failure: imports", bt.Module(bt.Section(bt.Import, huge))},
		{"failure: import name", bt.Module(bt.Section(bt.Import, bt.Bytes(1), huge))},
		{"failure: functions", bt.Module(bt.Section(bt.Function, huge))},
		{"failure: globals", bt.Module(bt.Section(bt.Global, huge))},
		{"failure: exports", bt.Module(bt.Section(bt.Export, huge))},
		{"failure: element segments", bt.Module(bt.Section(bt.Element, huge))},
		{"failure: elements", bt.Module(bt.Section(bt.Element, bt.Bytes(1, 0, 0x41, 0, 0x0b), huge))},
		{"failure: data segments", bt.Module(bt.Section(bt.Data, huge))},
		{"failure: data", bt.Module(bt.Section(bt.Data, bt.Bytes(1, 0, 0x41, 0, 0x0b), huge))},
		{"failure: data count", bt.Module(bt.Section(bt.DataCount, huge))},
		{"failure: function bodies", bt.Module(oneType, oneFunc, bt.Section(bt.Code, huge))},
		{"failure: size of a body", bt.Module(oneType, oneFunc, bt.Section(bt.Code, bt.Bytes(1), huge))},
		{"failure: groups of locals", bt.Module(oneType, oneFunc, bt.Section(bt.Code, bt.Bytes(1), bt.Sized(huge)))},
		{"failure: section", slices.Concat(bt.Module(), bt.Bytes(bt.Type), huge)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			requireAllocates(t, 8<<10, func() { _, err = binary.Decode(c.code, wide()) })
			require.ErrorIs(t, err, binary.ErrMalformed)
		})
	}
	t.Run("failure: labels", func(t *testing.T) {
		var err error
		requireAllocates(t, 8<<10, func() {
			r := binary.NewReader(slices.Concat(bt.Bytes(0x0e), huge, bt.Bytes(0, 0)), 0)
			var in binary.Instr
			err = r.Next(&in)
		})
		require.ErrorIs(t, err, binary.ErrMalformed)
	})
	t.Run("success: a table and locals are only numbers", func(t *testing.T) {
		var err error
		code := bt.Module(oneType, oneFunc, bt.Section(bt.Table, bt.Bytes(1, 0x70, 0), huge), bt.Section(bt.Memory, bt.Bytes(1, 0), bt.U32(65536)),
			bt.Vector(bt.Code, bt.Func(math.MaxUint32)))
		requireAllocates(t, 8<<10, func() { _, err = binary.Decode(code, wide()) })
		require.NoError(t, err)
	})
}

// TestAllocationIsLinear fills 128 KiB with what takes the most memory for its bytes.
func TestAllocationIsLinear(t *testing.T) {
	const size = 128 << 10
	fill := func(id byte, item []byte) []byte {
		n := size / len(item)
		return bt.Module(bt.Section(id, bt.U32(uint32(n)), slices.Repeat(item, n)))
	}
	for _, c := range []struct {
		name string
		code []byte
	}{
		{"success: types", fill(bt.Type, bt.FuncType(0, false))},
		{"success: imports", fill(bt.Import, bt.Imported("", "", 0))},
		{"success: exports", fill(bt.Export, bt.Exported("", 0, 0))},
		{"success: globals", fill(bt.Global, bt.Bytes(0x7f, 0, 0x41, 0, 0x0b))},
		{"success: element segments", fill(bt.Element, bt.Bytes(0, 0x41, 0, 0x0b, 0))},
		{"success: data segments", fill(bt.Data, bt.Bytes(0, 0x41, 0, 0x0b, 0))},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			requireAllocates(t, 24*size, func() { _, err = binary.Decode(c.code, wide()) })
			require.NoError(t, err)
		})
	}
}

// requireAllocates runs f and allows it so many bytes in all.
func requireAllocates(t *testing.T, most uint64, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, most)
}
