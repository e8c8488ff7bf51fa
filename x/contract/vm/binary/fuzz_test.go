package binary_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// FuzzDecode: any bytes give a module within the limits or one error with a place; the bytes stay as they were.
func FuzzDecode(f *testing.F) {
	code, sections := bt.Sample()
	f.Add(code)
	for i, from := range sections[:len(sections)-1] {
		f.Add(slices.Concat([]byte(bt.Header), code[from:sections[i+1]]))
	}
	l := binary.DefaultLimits()
	f.Fuzz(func(t *testing.T, code []byte) {
		before := slices.Clone(code)
		m, err := binary.Decode(code, l)
		require.Equal(t, before, code)
		if err != nil {
			require.Nil(t, m)
			requireError(t, err, len(code))
			return
		}
		requireWithin(t, m, l)
		for _, fn := range m.Funcs {
			require.Equal(t, fn.Body, code[fn.Offset:][:len(fn.Body)])
			walk(t, fn, len(code))
		}
		again, err := binary.Decode(code, l)
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}

func requireWithin(t *testing.T, m *binary.Module, l binary.Limits) {
	t.Helper()
	require.LessOrEqual(t, len(m.Types), int(l.Types))
	for _, ft := range m.Types {
		require.LessOrEqual(t, ft.Params, int(l.Params))
	}
	require.LessOrEqual(t, len(m.Imports), int(l.Imports))
	require.LessOrEqual(t, len(m.Funcs), int(l.Funcs))
	require.LessOrEqual(t, len(m.Globals), int(l.Globals))
	require.LessOrEqual(t, len(m.Exports), int(l.Exports))
	require.LessOrEqual(t, len(m.Elements), int(l.Elements))
	require.LessOrEqual(t, len(m.Data), int(l.Data))
	elements := 0
	for _, e := range m.Elements {
		elements += len(e.Funcs)
	}
	require.LessOrEqual(t, elements, int(l.Elements))
	for _, f := range m.Funcs {
		require.LessOrEqual(t, f.Locals, l.Locals)
		require.LessOrEqual(t, len(f.Body), int(l.BodyBytes))
	}
	if m.Memory != nil {
		require.LessOrEqual(t, m.Memory.Min, l.MemoryPages)
	}
	if m.Table != nil {
		require.LessOrEqual(t, m.Table.Min, l.TableSize)
	}
}
