package validate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

func TestSample(t *testing.T) {
	code, _ := bt.Sample()
	before := slices.Clone(code)
	_, info, err := check(code, binary.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, before, code)
	require.Equal(t, &validate.Info{MaxStack: []uint32{3, 2, 1}, Instrs: []uint32{60, 4, 3}, MaxDepth: 3}, info)
}

func TestNoFunctions(t *testing.T) {
	_, info, err := check(bt.Module(), binary.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, &validate.Info{MaxStack: []uint32{}, Instrs: []uint32{}}, info)
}

// TestIndices has modules whose indices outside of bodies point nowhere.
func TestIndices(t *testing.T) {
	types := bt.Vector(bt.Type, bt.FuncType(0, false), bt.FuncType(1, false), bt.FuncType(0, true))
	imports := bt.Vector(bt.Import, bt.Imported("assay", "f", 0))
	funcs := bt.Vector(bt.Function, bt.U32(0), bt.U32(1), bt.U32(2))
	table, memory := bt.Vector(bt.Table, bt.Bytes(0x70, 0, 1)), bt.Vector(bt.Memory, bt.Bytes(0, 1))
	global := bt.Vector(bt.Global, slices.Concat(bt.Bytes(0x7f, 0), bt.Const(0)))
	code := bt.Vector(bt.Code, bt.Func(0), bt.Func(0), bt.Func(0, 0x41, 0))
	start := func(i uint32) []byte { return bt.Module(types, funcs, bt.Section(bt.Start, bt.U32(i)), code) }
	export := func(e ...[]byte) []byte {
		return bt.Module(types, imports, funcs, table, memory, global, bt.Vector(bt.Export, e...), code)
	}
	element := func(f ...[]byte) []byte { return slices.Concat(bt.Bytes(0), bt.Const(0), bt.Vec(f...)) }
	elementsAt := len(bt.Module(types, imports, funcs, table)) + 3
	exportsAt := elementsAt + len(memory) + len(global)
	data := slices.Concat(bt.Bytes(0), bt.Const(0), bt.Vec())
	for _, c := range []struct {
		name   string
		code   []byte
		msg    string // empty: accepted
		offset int
	}{
		{"success: types of imports and functions", bt.Module(types, imports, funcs, code), "", 0},
		{"failure: type of an import", bt.Module(types, bt.Vector(bt.Import, bt.Imported("assay", "f", 3))), "unknown type 3", 8 + len(types) + 12},
		{"failure: type of an import without types", bt.Module(imports), "unknown type 0", 8 + 12},
		{"failure: type of a function", bt.Module(types, bt.Vector(bt.Function, bt.U32(2), bt.U32(3)), bt.Vector(bt.Code, bt.Func(0), bt.Func(0))), "unknown type 3", 8 + len(types) + 4},
		{"success: exports of all kinds", export(bt.Exported("f", 0, 3), bt.Exported("t", 1, 0), bt.Exported("m", 2, 0), bt.Exported("g", 3, 0)), "", 0},
		{"success: two exports of one function", export(bt.Exported("f", 0, 3), bt.Exported("g", 0, 3), bt.Exported("", 0, 3)), "", 0},
		{"failure: exported function", export(bt.Exported("f", 0, 4)), `export "f": unknown func 4`, exportsAt},
		{"failure: exported table", export(bt.Exported("t", 1, 1)), `export "t": unknown table 1`, exportsAt},
		{"failure: exported memory", export(bt.Exported("m", 2, 1)), `export "m": unknown memory 1`, exportsAt},
		{"failure: exported global", export(bt.Exported("g", 3, 1)), `export "g": unknown global 1`, exportsAt},
		{"failure: exported table without one", bt.Module(bt.Vector(bt.Export, bt.Exported("t", 1, 0))), `export "t": unknown table 0`, 11},
		{"failure: exported memory without one", bt.Module(bt.Vector(bt.Export, bt.Exported("m", 2, 0))), `export "m": unknown memory 0`, 11},
		{"failure: exported global without one", bt.Module(bt.Vector(bt.Export, bt.Exported("g", 3, 0))), `export "g": unknown global 0`, 11},
		{"failure: one name twice", export(bt.Exported("b", 0, 0), bt.Exported("a", 0, 0), bt.Exported("b", 2, 0)), `duplicate export "b"`, exportsAt + 8},
		{"failure: two names twice, the first repetition counts", export(bt.Exported("b", 0, 0), bt.Exported("a", 0, 0), bt.Exported("b", 0, 0), bt.Exported("a", 0, 0)), `duplicate export "b"`, exportsAt + 8},
		{"failure: the empty name twice", export(bt.Exported("", 0, 0), bt.Exported("", 0, 1)), `duplicate export ""`, exportsAt + 3},
		{"success: start function", start(0), "", 0},
		{"failure: start function that is not there", start(3), "unknown start function 3", 8 + len(types) + len(funcs) + 2},
		{"failure: start function with a parameter", start(1), "start function 1: expected no parameters", 8 + len(types) + len(funcs) + 2},
		{"failure: start function with a result", start(2), "start function 2: expected no parameters", 8 + len(types) + len(funcs) + 2},
		{"success: elements", bt.Module(types, imports, funcs, table, bt.Vector(bt.Element, element(bt.U32(3))), code), "", 0},
		{"failure: element that is not there", bt.Module(types, imports, funcs, table, bt.Vector(bt.Element, element(), element(bt.U32(0), bt.U32(4))), code), "element segment 1: unknown function 4", elementsAt + 5},
		{"failure: empty segment without a table", bt.Module(bt.Vector(bt.Element, element())), "element segment 0: unknown table 0", 11},
		{"success: data", bt.Module(memory, bt.Vector(bt.Data, data)), "", 0},
		{"failure: empty data without a memory", bt.Module(bt.Vector(bt.Data, data)), "data segment 0: unknown memory 0", 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := check(c.code, binary.DefaultLimits())
			requireInvalid(t, err, binary.ErrInvalid, c.msg, c.offset)
		})
	}
}

// TestErrorsAreShort: a name may be as long as the module, the text of an error may not.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("\x00", 100_000)
	for _, c := range []struct {
		name string
		code []byte
	}{
		{"failure: unknown", bt.Module(bt.Vector(bt.Export, bt.Exported(long, 0, 0)))},
		{"failure: duplicate", bt.Module(bt.Vector(bt.Memory, bt.Bytes(0, 1)), bt.Vector(bt.Export, bt.Exported(long[:50_000], 2, 0), bt.Exported(long[:50_000], 2, 0)))},
		{"failure: not UTF-8", bt.Module(bt.Vector(bt.Export, bt.Exported(strings.Repeat("\xff", 100_000), 0, 0)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := check(c.code, binary.DefaultLimits())
			require.Error(t, err)
			require.Less(t, len(err.Error()), 400)
		})
	}
}

// requireInvalid checks an error's sentinel, text and place; an empty text means none.
func requireInvalid(t *testing.T, err, sentinel error, msg string, offset int) {
	t.Helper()
	if msg == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, sentinel)
	var at *binary.Error
	require.ErrorAs(t, err, &at)
	require.Contains(t, at.Msg, msg)
	require.Equal(t, offset, at.Offset, at.Msg)
}
