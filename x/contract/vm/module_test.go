package vm

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	wire "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// TestSizes compares what Module.Size counts with the compiler's sizes.
func TestSizes(t *testing.T) {
	for name, c := range map[string]struct{ got, want uintptr }{
		"module":  {moduleSize, unsafe.Sizeof(Module{})},
		"export":  {exportSize, unsafe.Sizeof(Export{})},
		"element": {elementSize, unsafe.Sizeof(binary.Element{})},
		"segment": {segmentSize, unsafe.Sizeof(segment{})},
		"host":    {8, unsafe.Sizeof((*HostFunc)(nil))},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, c.got) })
	}
}

// TestImportErrorsAreShort: a name may be as long as the module, the text of an error may not.
func TestImportErrorsAreShort(t *testing.T) {
	long := strings.Repeat("\x00", 60_000)
	hosts, err := NewHosts(HostFunc{Module: "assay", Name: long, Call: func(*Instance, []uint32) (uint32, error) { return 0, nil }})
	require.NoError(t, err)
	cut := `"` + strings.Repeat(`\x00`, 64) + `"…`
	for _, c := range []struct{ name, module, field, quoted, text string }{
		{"failure: unknown module", long, "f", cut + `."f"`, ""},
		{"failure: unknown name of a module", "a", long, `"a".` + cut, ""},
		{"failure: another type", "assay", long, `"assay".` + cut, ": expected 0 parameters and no result, got 1 parameters and a result"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := wire.Module(
				wire.Vector(wire.Type, wire.FuncType(1, true)),
				wire.Vector(wire.Import, wire.Imported(c.module, c.field, 0)),
			)
			_, err := Compile(code, hosts, DefaultLimits())
			require.ErrorIs(t, err, ErrImport)
			require.EqualError(t, err, fmt.Sprintf("import %s (offset %#x): unknown import%s", c.quoted, len(code)-1, c.text))
		})
	}
}

// TestExportErrorsAreShort: neither may a name that a caller asks for.
func TestExportErrorsAreShort(t *testing.T) {
	name := strings.Repeat("n", 60_000)
	m, err := Compile(wire.Module(
		wire.Vector(wire.Type, wire.FuncType(0, false)),
		wire.Vector(wire.Function, wire.U32(0)),
		wire.Vector(wire.Export, wire.Exported(name, 0, 0)),
		wire.Vector(wire.Code, wire.Func(0)),
	), nil, DefaultLimits())
	require.NoError(t, err)
	in, err := m.Instantiate(nil, 100)
	require.NoError(t, err)
	defer in.Release()
	_, err = in.Call(name)
	require.NoError(t, err)
	cut := `"` + name[:64] + `"…`
	_, err = in.Call(name, 1)
	require.ErrorIs(t, err, ErrArguments)
	require.EqualError(t, err, "call "+cut+": wrong number of arguments: expected 0, got 1")
	_, err = in.Call(name + "m")
	require.ErrorIs(t, err, ErrExport)
	require.EqualError(t, err, "call "+cut+": unknown export")
	_, err = in.Global(name)
	require.ErrorIs(t, err, ErrExport)
	require.EqualError(t, err, "global "+cut+": unknown export")
}

// A panic of the compiler is an error, and counted.
func TestGuarded(t *testing.T) {
	before := Panics()
	m, err := guarded(func() (*Module, error) { panic("a bug") })
	require.ErrorIs(t, err, TrapInternal)
	require.Nil(t, m)
	require.Equal(t, before+1, Panics())
	panics.Store(before) // other tests expect none but their own
}
