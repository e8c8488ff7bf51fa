package binary_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

func TestDecodeSample(t *testing.T) {
	code, _ := bt.Sample()
	before := slices.Clone(code)
	m, err := binary.Decode(code, binary.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, before, code, "the code was changed")

	require.Equal(t, []binary.FuncType{{}, {Params: 2, Result: true}, {Params: 1, Result: true}}, m.Types)
	require.Len(t, m.Imports, 2)
	require.Equal(t, "assay", m.Imports[1].Module)
	require.Equal(t, "output", m.Imports[1].Name)
	require.Equal(t, uint32(1), m.Imports[1].Type)
	require.Equal(t, byte(1), code[m.Imports[1].Offset])
	require.Equal(t, &binary.Table{Min: 4, Max: 8, HasMax: true}, m.Table)
	require.Equal(t, &binary.Memory{Min: 1, Max: 2, HasMax: true}, m.Memory)
	require.Equal(t, []binary.Global{{Mutable: true, Init: 0xfffffffb}, {Init: 1 << 30}}, m.Globals)
	require.Nil(t, m.Start)

	var names []string
	for _, e := range m.Exports {
		names = append(names, e.Kind.String()+" "+e.Name)
		require.Equal(t, byte(len(e.Name)), code[e.Offset])
		require.Equal(t, e.Name, string(code[e.Offset+1:][:len(e.Name)]))
	}
	require.Equal(t, []string{"memory memory", "func execute", "global größe", "table table"}, names)
	require.Equal(t, uint32(2), m.Exports[1].Index)

	require.Equal(t, uint32(1), m.Elements[0].Offset)
	require.Equal(t, []uint32{0, 2}, m.Elements[0].Funcs)
	require.Equal(t, []uint32{4}, m.Elements[1].Funcs)
	require.Equal(t, byte(2), code[m.Elements[1].At])
	require.Equal(t, uint32(16), m.Data[0].Offset)
	require.Equal(t, "bytes", string(m.Data[0].Bytes))
	require.Empty(t, m.Data[1].Bytes)
	require.Equal(t, byte(2), code[m.Data[1].At])

	require.Len(t, m.Funcs, 3)
	require.Equal(t, []uint32{3, 0, 1}, []uint32{m.Funcs[0].Locals, m.Funcs[1].Locals, m.Funcs[2].Locals})
	for i, f := range m.Funcs {
		require.Equal(t, uint32(i), f.Type)
		require.Equal(t, byte(i), code[f.TypeOffset])
		require.Equal(t, code[f.Offset:][:len(f.Body)], f.Body)
		require.Equal(t, len(f.Body), cap(f.Body), "an append would write into the code")
		require.Equal(t, byte(0x0b), f.Body[len(f.Body)-1])
	}
	require.Same(t, &code[m.Funcs[0].Offset], &m.Funcs[0].Body[0], "bodies alias the code")
}

// decodeCase is what a test puts into a module, and what Decode says.
type decodeCase struct {
	name     string
	contents []byte // of the section that the test is about, or the whole module
	err      error  // nil: accepted
	offset   int    // in the contents
	msg      string // part of it
}

// runDecodeCases puts each case's contents into a section of that id, after the sections of before.
func runDecodeCases(t *testing.T, id byte, before []byte, cases []decodeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			size := len(bt.U32(uint32(len(c.contents))))
			code := slices.Concat([]byte(bt.Header), before, bt.Section(id, c.contents))
			checkDecode(t, code, smallLimits(), c, len(bt.Header)+len(before)+1+size)
		})
	}
}

func checkDecode(t *testing.T, code []byte, l binary.Limits, c decodeCase, base int) {
	t.Helper()
	m, err := binary.Decode(code, l)
	if c.err == nil {
		require.NoError(t, err)
		require.NotNil(t, m)
		return
	}
	require.Nil(t, m)
	require.ErrorIs(t, err, c.err)
	var at *binary.Error
	require.ErrorAs(t, err, &at)
	require.Contains(t, at.Msg, c.msg)
	require.Equal(t, base+c.offset, at.Offset, err.Error())
}

// smallLimits are small enough to go over.
func smallLimits() binary.Limits {
	return binary.Limits{
		CodeBytes: 4096, Types: 3, Imports: 2, Funcs: 3, Params: 4, Locals: 10, BodyBytes: 100, BranchTargets: 4,
		ControlDepth: 4, Globals: 2, TableSize: 10, MemoryPages: 2, Elements: 5, Data: 2, Exports: 3,
	}
}

var (
	malformed, invalid     = binary.ErrMalformed, binary.ErrInvalid
	unsupported, overLimit = binary.ErrUnsupported, binary.ErrLimit
	tooLong                = bt.Bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x00)
	tooLarge               = bt.Bytes(0xff, 0xff, 0xff, 0xff, 0x1f)
	huge                   = bt.Bytes(0xff, 0xff, 0xff, 0xff, 0x0f)
)

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

func TestDecodeModule(t *testing.T) {
	custom := bt.Section(bt.Custom, bt.Name("a"))
	types := bt.Vector(bt.Type, bt.FuncType(0, false))
	funcs := bt.Vector(bt.Function, bt.U32(0))
	code := bt.Vector(bt.Code, bt.Func(0))
	exports := bt.Vector(bt.Export)
	for _, c := range []decodeCase{
		{"success: nothing but the header", bt.Module(), nil, 0, ""},
		{"success: custom sections anywhere", bt.Module(custom, types, custom, funcs, custom, custom, code, custom), nil, 0, ""},
		{"success: an empty code section without functions", bt.Module(bt.Vector(bt.Code)), nil, 0, ""},
		{"success: an empty data count without data", bt.Module(bt.Section(bt.DataCount, bt.U32(0))), nil, 0, ""},
		{"success: empty sections", bt.Module(bt.Vector(bt.Type), bt.Vector(bt.Import), bt.Vector(bt.Function), bt.Vector(bt.Table), bt.Vector(bt.Memory), bt.Vector(bt.Global), bt.Vector(bt.Export), bt.Vector(bt.Element), bt.Vector(bt.Code), bt.Vector(bt.Data)), nil, 0, ""},
		{"success: a section size in a longer form", cat(bt.Module(), bt.Bytes(bt.Type, 0x81, 0x00, 0x00)), nil, 0, ""},
		{"failure: nothing", nil, malformed, 0, "magic"},
		{"failure: half of the magic", []byte("\x00as"), malformed, 0, "magic"},
		{"failure: another magic", []byte("\x00asn\x01\x00\x00\x00"), malformed, 0, "magic"},
		{"failure: text format", []byte("(module)"), malformed, 0, "magic"},
		{"failure: no version", []byte("\x00asm"), malformed, 4, "version"},
		{"failure: half of the version", []byte("\x00asm\x01\x00"), malformed, 4, "version"},
		{"failure: version 2", []byte("\x00asm\x02\x00\x00\x00"), malformed, 4, "version"},
		{"failure: big-endian version", []byte("\x00asm\x00\x00\x00\x01"), malformed, 4, "version"},
		{"failure: a component", []byte("\x00asm\x0d\x00\x01\x00"), unsupported, 4, "component"},
		{"failure: section id 14", bt.Module(bt.Section(14)), malformed, 8, "section id, got 14"},
		{"failure: section id in a longer form", cat(bt.Module(), bt.Bytes(0x81, 0x00, 0x01, 0x00)), malformed, 8, "section id, got 129"},
		{"failure: id without a size", cat(bt.Module(), bt.Bytes(bt.Type)), malformed, 9, "section size"},
		{"failure: size too long", cat(bt.Module(), bt.Bytes(bt.Type), tooLong), malformed, 9, "section size"},
		{"failure: size too large", cat(bt.Module(), bt.Bytes(bt.Type), tooLarge), malformed, 9, "section size"},
		{"failure: size past the end", cat(bt.Module(), bt.Bytes(bt.Type, 2, 0)), malformed, 8, "type section: expected 2 bytes, got 1"},
		{"failure: size of 4 GiB", cat(bt.Module(), bt.Bytes(bt.Custom), huge), malformed, 8, "custom section: expected 4294967295 bytes, got 0"},
		{"failure: a section repeated", bt.Module(types, types), malformed, 8 + len(types), "type section: expected one, got another"},
		{"failure: a section repeated after a custom one", bt.Module(exports, custom, exports), malformed, 8 + len(exports) + len(custom), "export section: expected one"},
		{"failure: functions before types", bt.Module(bt.Vector(bt.Function), types), malformed, 8 + 3, "type section: out of order"},
		{"failure: data count after code", bt.Module(bt.Vector(bt.Code), bt.Section(bt.DataCount, bt.U32(0))), malformed, 8 + 3, "data count section: out of order"},
		{"failure: data count before elements", bt.Module(bt.Section(bt.DataCount, bt.U32(0)), bt.Vector(bt.Element)), malformed, 8 + 3, "element section: out of order"},
		{"failure: contents shorter than the size", bt.Module(bt.Section(bt.Type, bt.Vec(), bt.Bytes(0))), malformed, 11, "type section: expected its end, got 1 more"},
		{"failure: contents longer than the size", cat(bt.Module(), bt.Bytes(bt.Type, 1, 1, 0x60, 0, 0)), malformed, 11, "form of a type"},
		{"failure: functions without code", bt.Module(types, funcs), malformed, 8 + len(types) + len(funcs), "expected a code section with 1 functions"},
		{"failure: functions, then only data", bt.Module(types, funcs, bt.Vector(bt.Memory, bt.Bytes(0, 1)), bt.Vector(bt.Data)), malformed, 8 + len(types) + len(funcs) + 5 + 3, "expected a code section with 1 functions"},
		{"failure: code without functions", bt.Module(code), malformed, 10, "expected 0 function bodies, got 1"},
		{"failure: less code than functions", bt.Module(types, bt.Vector(bt.Function, bt.U32(0), bt.U32(0)), code), malformed, 8 + len(types) + 5 + 2, "expected 2 function bodies, got 1"},
		{"failure: data count without data", bt.Module(bt.Section(bt.DataCount, bt.U32(1))), malformed, 11, "expected 1 data segments as counted, got 0"},
		{"failure: tag section", bt.Module(bt.Vector(bt.Tag)), unsupported, 10, "tag section"},
		{"failure: too many bytes", append(bt.Module(), make([]byte, 4089)...), overLimit, 4096, "at most 4096 bytes, got 4097"},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkDecode(t, c.contents, smallLimits(), c, 0)
		})
	}
}

func TestDecodeCustom(t *testing.T) {
	runDecodeCases(t, bt.Custom, nil, []decodeCase{
		{"success: no name", bt.Bytes(0), nil, 0, ""},
		{"success: a name and bytes", bt.Bytes(2, 0xc3, 0xb6, 0xff, 0xff), nil, 0, ""},
		{"success: a name section with nonsense", cat(bt.Name("name"), bt.Bytes(0xff, 0xff)), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "length of custom section name"},
		{"failure: name past the end", bt.Bytes(3, 'a', 'b'), malformed, 1, "expected 3 bytes, got 2"},
		{"failure: name of 4 GiB", huge, malformed, 5, "expected 4294967295 bytes, got 0"},
		{"failure: a byte that is not UTF-8", bt.Bytes(1, 0xff), malformed, 1, "UTF-8"},
		{"failure: the replacement character is one, the byte after it none", bt.Bytes(4, 0xef, 0xbf, 0xbd, 0xbd), malformed, 4, "UTF-8, got 0xbd"},
		{"failure: overlong UTF-8", bt.Bytes(2, 0xc0, 0x80), malformed, 1, "UTF-8"},
		{"failure: a surrogate", bt.Bytes(3, 0xed, 0xa0, 0x80), malformed, 1, "UTF-8"},
		{"failure: beyond Unicode", bt.Bytes(4, 0xf4, 0x90, 0x80, 0x80), malformed, 1, "UTF-8"},
		{"failure: a character cut off", bt.Bytes(2, 'a', 0xc3), malformed, 2, "custom section name: expected UTF-8, got 0xc3"},
	})
}

func TestDecodeTypes(t *testing.T) {
	runDecodeCases(t, bt.Type, nil, []decodeCase{
		{"success: at the limits", bt.Vec(bt.FuncType(4, true), bt.FuncType(4, false), bt.FuncType(0, true)), nil, 0, ""},
		{"success: lengths in longer forms", bt.Bytes(0x81, 0, 0x60, 0x81, 0x80, 0, 0x7f, 0x80, 0), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of types"},
		{"failure: a type missing", bt.Bytes(1), malformed, 1, "form of a type"},
		{"failure: a parameter missing", bt.Bytes(1, 0x60, 1), malformed, 3, "type of a parameter"},
		{"failure: a result missing", bt.Bytes(1, 0x60, 0, 1), malformed, 4, "type of a result"},
		{"failure: results missing", bt.Bytes(1, 0x60, 0), malformed, 3, "number of results"},
		{"failure: form of a function in a longer form", bt.Bytes(1, 0xe0, 0x7f, 0, 0), malformed, 1, "form of a type: expected 0x60, got 0xe0"},
		{"failure: number of types too long", tooLong, malformed, 0, "number of types: expected at most 5 bytes"},
		{"failure: no type", bt.Bytes(1, 0x60, 1, 0x41, 0), malformed, 3, "expected a value type, got 0x41"},
		{"failure: empty as a type", bt.Bytes(1, 0x60, 1, 0x40, 0), malformed, 3, "expected a value type, got 0x40"},
		{"failure: a type in a longer form", bt.Bytes(1, 0x60, 1, 0xff, 0x7f, 0), malformed, 3, "expected a value type, got 0xff"},
		{"failure: i64 parameter", bt.Bytes(1, 0x60, 2, 0x7f, 0x7e, 0), unsupported, 4, "i64 parameter"},
		{"failure: f32 parameter", bt.Bytes(1, 0x60, 1, 0x7d, 0), unsupported, 3, "f32 parameter"},
		{"failure: f64 result", bt.Bytes(1, 0x60, 0, 1, 0x7c), unsupported, 4, "f64 result"},
		{"failure: v128 result", bt.Bytes(1, 0x60, 0, 1, 0x7b), unsupported, 4, "v128 result"},
		{"failure: funcref parameter", bt.Bytes(1, 0x60, 1, 0x70, 0), unsupported, 3, "funcref parameter"},
		{"failure: externref parameter", bt.Bytes(1, 0x60, 1, 0x6f, 0), unsupported, 3, "externref parameter"},
		{"failure: typed reference parameter", bt.Bytes(1, 0x60, 1, 0x64, 0, 0), unsupported, 3, "ref parameter"},
		{"failure: nullable reference parameter", bt.Bytes(1, 0x60, 1, 0x63, 0, 0), unsupported, 3, "ref null parameter"},
		{"failure: garbage-collected parameter", bt.Bytes(1, 0x60, 1, 0x6e, 0), unsupported, 3, "anyref parameter"},
		{"failure: two results", bt.Bytes(1, 0x60, 0, 2, 0x7f, 0x7f), unsupported, 3, "multi-value function type (2 results)"},
		{"failure: struct type", bt.Bytes(1, 0x5f, 0), unsupported, 1, "struct type"},
		{"failure: array type", bt.Bytes(1, 0x5e, 0x7f, 0), unsupported, 1, "array type"},
		{"failure: recursive type", bt.Bytes(1, 0x4e, 0), unsupported, 1, "recursive type"},
		{"failure: subtype", bt.Bytes(1, 0x50, 0), unsupported, 1, "subtype"},
		{"failure: final subtype", bt.Bytes(1, 0x4f, 0), unsupported, 1, "subtype"},
		{"failure: four types", bt.Vec(bt.FuncType(0, false), bt.FuncType(0, false), bt.FuncType(0, false), bt.FuncType(0, false)), overLimit, 0, "at most 3 types, got 4"},
		{"failure: five parameters", bt.Vec(bt.FuncType(5, false)), overLimit, 2, "at most 4 parameters, got 5"},
		{"failure: 2^32-1 types", huge, overLimit, 0, "at most 3 types, got 4294967295"},
	})
}

func TestDecodeImports(t *testing.T) {
	imported := bt.Imported("assay", "self", 7)
	kind := func(b ...byte) []byte { return cat(bt.Bytes(1), bt.Name("m"), bt.Name("n"), b) }
	runDecodeCases(t, bt.Import, nil, []decodeCase{
		{"success: the type is for validation", bt.Vec(imported, imported), nil, 0, ""},
		{"success: empty names", bt.Vec(bt.Imported("", "", 0)), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of imports"},
		{"failure: module missing", bt.Bytes(1), malformed, 1, "length of import module"},
		{"failure: module cut off", bt.Bytes(1, 5, 'a'), malformed, 2, "import module: expected 5 bytes, got 1"},
		{"failure: name missing", bt.Bytes(1, 1, 'a'), malformed, 3, "length of import name"},
		{"failure: kind missing", kind(), malformed, 5, "kind of an import"},
		{"failure: type missing", kind(0), malformed, 6, "type of an import"},
		{"failure: type too large", kind(cat(bt.Bytes(0), tooLarge)...), malformed, 6, "type of an import"},
		{"failure: module is not UTF-8", bt.Bytes(1, 1, 0x80), malformed, 2, "import module: expected UTF-8"},
		{"failure: name is not UTF-8", bt.Bytes(1, 0, 1, 0xfe), malformed, 3, "import name: expected UTF-8"},
		{"failure: kind 5", kind(5), malformed, 5, "kind of an import: expected 0 to 3, got 5"},
		{"failure: kind in a longer form", kind(0x80, 0, 0), malformed, 5, "kind of an import: expected 0 to 3, got 128"},
		{"failure: imported table", kind(1, 0x70, 0, 0), unsupported, 5, "imported table"},
		{"failure: imported memory", kind(2, 0, 1), unsupported, 5, "imported memory"},
		{"failure: imported global", kind(3, 0x7f, 0), unsupported, 5, "imported global"},
		{"failure: imported tag", kind(4, 0, 0), unsupported, 5, "imported tag"},
		{"failure: three imports", bt.Vec(imported, imported, imported), overLimit, 0, "at most 2 imports, got 3"},
	})
}

func TestDecodeFunctions(t *testing.T) {
	runDecodeCases(t, bt.Function, nil, []decodeCase{
		{"success: none", bt.Vec(), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of functions"},
		{"failure: type missing", bt.Bytes(1), malformed, 1, "type of a function"},
		{"failure: type too long", cat(bt.Bytes(1), tooLong), malformed, 1, "type of a function"},
		{"failure: four functions", bt.Bytes(4, 0, 0, 0, 0), overLimit, 0, "at most 3 functions, got 4"},
	})
}

func TestDecodeTable(t *testing.T) {
	runDecodeCases(t, bt.Table, nil, []decodeCase{
		{"success: none", bt.Vec(), nil, 0, ""},
		{"success: at the limit, with a maximum beyond", bt.Bytes(1, 0x70, 1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of tables"},
		{"failure: type missing", bt.Bytes(1), malformed, 1, "type of a table"},
		{"failure: limits missing", bt.Bytes(1, 0x70), malformed, 2, "limits of a table"},
		{"failure: minimum missing", bt.Bytes(1, 0x70, 0), malformed, 3, "minimum of a table"},
		{"failure: maximum missing", bt.Bytes(1, 0x70, 1, 0), malformed, 4, "maximum of a table"},
		{"failure: value type", bt.Bytes(1, 0x7f, 0, 0), malformed, 1, "expected a reference type, got 0x7f"},
		{"failure: flags 2", bt.Bytes(1, 0x70, 2, 0, 1), malformed, 2, "expected 0x00 or 0x01, got 0x02"},
		{"failure: flags 3", bt.Bytes(1, 0x70, 3, 0, 1), malformed, 2, "expected 0x00 or 0x01, got 0x03"},
		{"failure: flags 8", bt.Bytes(1, 0x70, 8, 0), malformed, 2, "expected 0x00 or 0x01, got 0x08"},
		{"failure: flags in a longer form", bt.Bytes(1, 0x70, 0x81, 0, 0, 0), malformed, 2, "expected 0x00 or 0x01, got 0x81"},
		{"failure: minimum too large", cat(bt.Bytes(1, 0x70, 0), tooLarge), malformed, 3, "minimum of a table"},
		{"failure: maximum below minimum", bt.Bytes(1, 0x70, 1, 2, 1), invalid, 4, "expected a maximum of 2 to 4294967295 elements, got 1"},
		{"failure: externref table", bt.Bytes(1, 0x6f, 0, 0), unsupported, 1, "externref table"},
		{"failure: table of typed references", bt.Bytes(1, 0x63, 0, 0, 0), unsupported, 1, "ref null table"},
		{"failure: table with an initial value", bt.Bytes(1, 0x40, 0, 0x70, 0, 0), unsupported, 1, "table with an initial value"},
		{"failure: 64-bit table", bt.Bytes(1, 0x70, 4, 0), unsupported, 2, "64-bit table"},
		{"failure: two tables", bt.Bytes(2, 0x70, 0, 0, 0x70, 0, 0), unsupported, 0, "multiple tables"},
		{"failure: eleven elements", bt.Bytes(1, 0x70, 0, 11), overLimit, 3, "table: expected at most 10 elements, got 11"},
		{"failure: 2^32-1 elements", cat(bt.Bytes(1, 0x70, 0), huge), overLimit, 3, "table: expected at most 10 elements"},
	})
}

func TestDecodeMemory(t *testing.T) {
	runDecodeCases(t, bt.Memory, nil, []decodeCase{
		{"success: none", bt.Vec(), nil, 0, ""},
		{"success: at the limit, with the largest maximum", cat(bt.Bytes(1, 1, 2), bt.U32(65536)), nil, 0, ""},
		{"success: no pages", bt.Bytes(1, 1, 0, 0), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of memories"},
		{"failure: limits missing", bt.Bytes(1), malformed, 1, "limits of a memory"},
		{"failure: minimum missing", bt.Bytes(1, 0), malformed, 2, "minimum of a memory"},
		{"failure: maximum missing", bt.Bytes(1, 1, 0), malformed, 3, "maximum of a memory"},
		{"failure: flags 8", bt.Bytes(1, 8, 0), malformed, 1, "limits of a memory: expected 0x00 or 0x01, got 0x08"},
		{"failure: maximum too long", cat(bt.Bytes(1, 1, 0), tooLong), malformed, 3, "maximum of a memory"},
		{"failure: minimum of more than 4 GiB", cat(bt.Bytes(1, 0), bt.U32(65537)), invalid, 2, "memory: expected at most 65536 pages, got 65537"},
		{"failure: maximum of more than 4 GiB", cat(bt.Bytes(1, 1, 0), bt.U32(65537)), invalid, 3, "expected a maximum of 0 to 65536 pages, got 65537"},
		{"failure: maximum below minimum", bt.Bytes(1, 1, 2, 1), invalid, 3, "expected a maximum of 2 to 65536 pages, got 1"},
		{"failure: shared memory", bt.Bytes(1, 3, 1, 1), unsupported, 1, "shared memory"},
		{"failure: shared memory without a maximum", bt.Bytes(1, 2, 1), unsupported, 1, "shared memory"},
		{"failure: 64-bit memory", bt.Bytes(1, 4, 1), unsupported, 1, "64-bit memory"},
		{"failure: 64-bit shared memory", bt.Bytes(1, 7, 1, 1), unsupported, 1, "64-bit memory"},
		{"failure: two memories", bt.Bytes(2, 0, 1, 0, 1), unsupported, 0, "multiple memories"},
		{"failure: three pages", bt.Bytes(1, 0, 3), overLimit, 2, "memory: expected at most 2 pages, got 3"},
	})
}

func TestDecodeGlobals(t *testing.T) {
	g := func(b ...byte) []byte { return cat(bt.Bytes(1, 0x7f, 0), b) }
	one := bt.Bytes(0x7f, 1, 0x41, 0, 0x0b)
	runDecodeCases(t, bt.Global, nil, []decodeCase{
		{"success: at the limit", bt.Vec(one, one), nil, 0, ""},
		{"success: the smallest in five bytes", g(0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x0b), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of globals"},
		{"failure: type missing", bt.Bytes(1), malformed, 1, "type of a global"},
		{"failure: mutability missing", bt.Bytes(1, 0x7f), malformed, 2, "mutability of a global"},
		{"failure: value missing", g(), malformed, 3, "expected an instruction"},
		{"failure: end missing", g(0x41, 0), malformed, 5, "expected an instruction"},
		{"failure: constant too large", g(0x41, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b), malformed, 4, "i32.const: integer"},
		{"failure: illegal opcode", g(0x27, 0x0b), malformed, 3, "illegal opcode 0x27"},
		{"failure: mutability 2", bt.Bytes(1, 0x7f, 2, 0x41, 0, 0x0b), malformed, 2, "mutability of a global: expected 0x00 or 0x01, got 0x02"},
		{"failure: no value", g(0x0b), invalid, 3, "expected one i32, got 0"},
		{"failure: two values", g(0x41, 0, 0x41, 0, 0x0b), invalid, 7, "expected one i32, got 2"},
		{"failure: an instruction that is not constant", g(0x01, 0x0b), invalid, 3, "expected a constant, got nop"},
		{"failure: a call", g(0x10, 0, 0x0b), invalid, 3, "expected a constant, got call"},
		{"failure: i64 global", bt.Bytes(1, 0x7e, 0, 0x42, 0, 0x0b), unsupported, 1, "i64 global"},
		{"failure: f32 global", bt.Bytes(1, 0x7d, 0), unsupported, 1, "f32 global"},
		{"failure: funcref global", bt.Bytes(1, 0x70, 0, 0xd0, 0x70, 0x0b), unsupported, 1, "funcref global"},
		{"failure: i64.const", g(0x42, 0, 0x0b), unsupported, 3, "i64.const"},
		{"failure: ref.null", g(0xd0, 0x70, 0x0b), unsupported, 3, "ref.null"},
		{"failure: global.get", g(0x23, 0, 0x0b), unsupported, 3, "global.get in a constant expression"},
		{"failure: extended constant expression", g(0x41, 1, 0x41, 2, 0x6a, 0x0b), unsupported, 7, "i32.add in a constant expression"},
		{"failure: three globals", bt.Vec(one, one, one), overLimit, 0, "at most 2 globals, got 3"},
	})
}

func TestDecodeExports(t *testing.T) {
	e := bt.Exported("a", 0, 9)
	runDecodeCases(t, bt.Export, nil, []decodeCase{
		{"success: indices and repetitions are for validation", bt.Vec(e, e, e), nil, 0, ""},
		{"success: all kinds", bt.Vec(bt.Exported("a", 1, 0), bt.Exported("b", 2, 0), bt.Exported("", 3, 0)), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of exports"},
		{"failure: name missing", bt.Bytes(1), malformed, 1, "length of export name"},
		{"failure: name cut off", bt.Bytes(1, 2, 'a'), malformed, 2, "export name: expected 2 bytes, got 1"},
		{"failure: kind missing", bt.Bytes(1, 1, 'a'), malformed, 3, "kind of an export"},
		{"failure: index missing", bt.Bytes(1, 1, 'a', 0), malformed, 4, "index of an export"},
		{"failure: index too long", cat(bt.Bytes(1, 1, 'a', 0), tooLong), malformed, 4, "index of an export"},
		{"failure: name is not UTF-8", bt.Bytes(1, 1, 0xc3, 0, 0), malformed, 2, "export name: expected UTF-8"},
		{"failure: kind 5", bt.Bytes(1, 0, 5, 0), malformed, 2, "kind of an export: expected 0 to 3, got 5"},
		{"failure: exported tag", bt.Bytes(1, 0, 4, 0), unsupported, 2, "exported tag"},
		{"failure: four exports", bt.Vec(e, e, e, e), overLimit, 0, "at most 3 exports, got 4"},
	})
}

func TestDecodeStart(t *testing.T) {
	cases := []decodeCase{
		{"success: the index is for validation", bt.Bytes(5), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "start function"},
		{"failure: too long", tooLong, malformed, 0, "start function"},
		{"failure: two", bt.Bytes(5, 6), malformed, 1, "start section: expected its end"},
	}
	runDecodeCases(t, bt.Start, nil, cases)
	runDecodeCases(t, bt.Start, bt.Vector(bt.Import, bt.Imported("assay", "self", 0)), []decodeCase{
		{"failure: with an import", bt.Bytes(0), unsupported, 0, "start function with imports"},
	})
}

func TestDecodeElements(t *testing.T) {
	segment := func(b ...byte) []byte { return cat(bt.Bytes(1), b) }
	empty := bt.Bytes(0, 0x41, 0, 0x0b, 0)
	runDecodeCases(t, bt.Element, nil, []decodeCase{
		{"success: none", bt.Vec(), nil, 0, ""},
		{"success: at the limit of segments", bt.Vec(empty, empty, empty, empty, empty), nil, 0, ""},
		{"success: at the limit of functions", bt.Vec(cat(empty[:4], bt.Bytes(2, 0, 0)), cat(empty[:4], bt.Bytes(3, 0, 0, 0))), nil, 0, ""},
		{"success: with a table index and a kind", segment(2, 0x80, 0, 0x41, 0, 0x0b, 0, 1, 0), nil, 0, ""},
		{"success: the form in a longer form", segment(0x80, 0, 0x41, 0, 0x0b, 0), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of element segments"},
		{"failure: form missing", segment(), malformed, 1, "form of an element segment"},
		{"failure: offset missing", segment(0), malformed, 2, "expected an instruction"},
		{"failure: functions missing", segment(0, 0x41, 0, 0x0b), malformed, 5, "number of elements"},
		{"failure: a function missing", segment(0, 0x41, 0, 0x0b, 2, 0), malformed, 7, "function of an element segment"},
		{"failure: kind missing", segment(2, 0, 0x41, 0, 0x0b), malformed, 6, "kind of an element segment"},
		{"failure: kind 1", segment(2, 0, 0x41, 0, 0x0b, 1, 0), malformed, 6, "kind of an element segment: expected 0x00, got 0x01"},
		{"failure: form 8", segment(8), malformed, 1, "form of an element segment: expected 0 to 7, got 8"},
		{"failure: table 1", segment(2, 1, 0x41, 0, 0x0b, 0, 0), invalid, 2, "unknown table 1"},
		{"failure: offset is not constant", segment(0, 0x20, 0, 0x0b, 0), invalid, 2, "offset of an element segment: expected a constant, got local.get"},
		{"failure: passive", segment(1, 0, 0), unsupported, 1, "passive element segment"},
		{"failure: passive with expressions", segment(5, 0x70, 0), unsupported, 1, "passive element segment"},
		{"failure: declarative", segment(3, 0, 0), unsupported, 1, "declarative element segment"},
		{"failure: declarative with expressions", segment(7, 0x70, 0), unsupported, 1, "declarative element segment"},
		{"failure: active with expressions", segment(4, 0x41, 0, 0x0b, 0), unsupported, 1, "element segment of expressions"},
		{"failure: active with a table and expressions", segment(6, 0, 0x41, 0, 0x0b, 0x70, 0), unsupported, 1, "element segment of expressions"},
		{"failure: offset from a global", segment(0, 0x23, 0, 0x0b, 0), unsupported, 2, "global.get in a constant expression"},
		{"failure: six segments", bt.Vec(empty, empty, empty, empty, empty, empty), overLimit, 0, "at most 5 element segments, got 6"},
		{"failure: six functions", segment(0, 0x41, 0, 0x0b, 6, 0, 0, 0, 0, 0, 0), overLimit, 5, "at most 5 elements, got 6"},
		{"failure: six functions of three segments", bt.Vec(cat(empty[:4], bt.Bytes(2, 0, 0)), cat(empty[:4], bt.Bytes(2, 0, 0)), cat(empty[:4], bt.Bytes(2, 0, 0))), overLimit, 19, "at most 5 elements in all segments"},
		{"failure: six functions of two segments", bt.Vec(cat(empty[:4], bt.Bytes(3, 0, 0, 0)), cat(empty[:4], bt.Bytes(3, 0, 0, 0))), overLimit, 13, "at most 5 elements in all segments"},
	})
}

func TestDecodeDataCount(t *testing.T) {
	runDecodeCases(t, bt.DataCount, nil, []decodeCase{
		{"success: zero", bt.Bytes(0), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of data segments"},
		{"failure: two", bt.Bytes(0, 0), malformed, 1, "data count section: expected its end"},
		{"failure: three", bt.Bytes(3), overLimit, 0, "at most 2 data segments, got 3"},
		{"failure: 2^32-1", huge, overLimit, 0, "at most 2 data segments"},
	})
}

func TestDecodeCode(t *testing.T) {
	before := cat(bt.Vector(bt.Type, bt.FuncType(0, false)), bt.Vector(bt.Function, bt.U32(0)))
	entry := func(b ...byte) []byte { return bt.Vec(bt.Sized(b)) }
	runDecodeCases(t, bt.Code, before, []decodeCase{
		{"success: no locals", entry(0, 0x0b), nil, 0, ""},
		{"success: locals at the limit, in groups", entry(4, 4, 0x7f, 0, 0x7f, 5, 0x7f, 1, 0x7f, 0x0b), nil, 0, ""},
		{"success: what is in a body is for validation", entry(0, 0xff, 0x27), nil, 0, ""},
		{"success: an empty body too", entry(0), nil, 0, ""},
		{"success: a function at the limit", entry(append(bt.Bytes(0), make([]byte, 99)...)...), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of function bodies"},
		{"failure: size missing", bt.Bytes(1), malformed, 1, "size of a function"},
		{"failure: size too large", cat(bt.Bytes(1), tooLarge), malformed, 1, "size of a function"},
		{"failure: size past the section", bt.Bytes(1, 3, 0, 0x0b), malformed, 2, "function: expected 3 bytes, got 2"},
		{"failure: more than the functions", cat(bt.Vec(bt.Func(0)), bt.Bytes(0)), malformed, 4, "code section: expected its end"},
		{"failure: no size for the locals", bt.Bytes(1, 0), malformed, 2, "number of groups of locals"},
		{"failure: a group past the function", bt.Bytes(1, 1, 1, 0, 0x7f, 0x0b), malformed, 3, "number of locals"},
		{"failure: the type of a group past the function", bt.Bytes(1, 2, 1, 0, 0x7f, 0x0b), malformed, 4, "type of a local"},
		{"failure: 2^32-1 groups", entry(cat(huge, bt.Bytes(0, 0x7f))...), malformed, 9, "number of locals"},
		{"failure: locals of no type", entry(1, 1, 0x40, 0x0b), malformed, 4, "type of a local: expected a value type, got 0x40"},
		{"failure: i64 local", entry(2, 1, 0x7f, 1, 0x7e, 0x0b), unsupported, 6, "i64 local"},
		{"failure: f32 local in a group of none", entry(1, 0, 0x7d, 0x0b), unsupported, 4, "f32 local"},
		{"failure: v128 local", entry(1, 1, 0x7b, 0x0b), unsupported, 4, "v128 local"},
		{"failure: eleven locals", entry(1, 11, 0x7f, 0x0b), overLimit, 3, "at most 10 locals, got 11"},
		{"failure: eleven locals in groups", entry(2, 10, 0x7f, 1, 0x7f, 0x0b), overLimit, 5, "at most 10 locals, got 11"},
		{"failure: 2^32-1 locals", entry(cat(bt.Bytes(1), huge, bt.Bytes(0x7f, 0x0b))...), overLimit, 3, "at most 10 locals, got 4294967295"},
		{"failure: a function over the limit", entry(append(bt.Bytes(0), make([]byte, 100)...)...), overLimit, 1, "at most 100 bytes, got 101"},
	})
}

// TestDecodeLocalsOverflow has locals whose number in 32 bits would be small.
func TestDecodeLocalsOverflow(t *testing.T) {
	l := binary.DefaultLimits()
	l.Locals = ^uint32(0)
	for _, c := range []struct {
		name   string
		groups []byte
		err    error
		sum    uint32
	}{
		{"success: 2^32-1", cat(bt.Bytes(1), huge, bt.Bytes(0x7f)), nil, 1<<32 - 1},
		{"success: 2^32-1 in two groups", cat(bt.Bytes(2), bt.U32(1<<31), bt.Bytes(0x7f), bt.U32(1<<31-1), bt.Bytes(0x7f)), nil, 1<<32 - 1},
		{"failure: 2^32", cat(bt.Bytes(2), huge, bt.Bytes(0x7f, 1, 0x7f)), malformed, 0},
		{"failure: 2^33 in three groups", cat(bt.Bytes(3), huge, bt.Bytes(0x7f), huge, bt.Bytes(0x7f, 2, 0x7f)), malformed, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := bt.Module(bt.Vector(bt.Type, bt.FuncType(0, false)), bt.Vector(bt.Function, bt.U32(0)), bt.Vector(bt.Code, bt.Sized(c.groups, bt.Bytes(0x0b))))
			m, err := binary.Decode(code, l)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				require.ErrorContains(t, err, "fewer than 2^32 locals")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.sum, m.Funcs[0].Locals)
		})
	}
}

func TestDecodeData(t *testing.T) {
	segment := func(b ...byte) []byte { return cat(bt.Bytes(1), b) }
	empty := bt.Bytes(0, 0x41, 0, 0x0b, 0)
	runDecodeCases(t, bt.Data, nil, []decodeCase{
		{"success: at the limit", bt.Vec(empty, empty), nil, 0, ""},
		{"success: with a memory index", segment(2, 0, 0x41, 0x7f, 0x0b, 1, 0xff), nil, 0, ""},
		{"failure: empty", nil, malformed, 0, "number of data segments"},
		{"failure: form missing", segment(), malformed, 1, "form of a data segment"},
		{"failure: offset missing", segment(0), malformed, 2, "expected an instruction"},
		{"failure: size missing", segment(0, 0x41, 0, 0x0b), malformed, 5, "size of a data segment"},
		{"failure: bytes missing", segment(0, 0x41, 0, 0x0b, 2, 0), malformed, 6, "data segment: expected 2 bytes, got 1"},
		{"failure: 4 GiB", segment(cat(empty[:4], huge)...), malformed, 10, "data segment: expected 4294967295 bytes, got 0"},
		{"failure: form 3", segment(3), malformed, 1, "form of a data segment: expected 0 to 2, got 3"},
		{"failure: memory 1", segment(2, 1, 0x41, 0, 0x0b, 0), invalid, 2, "unknown memory 1"},
		{"failure: offset of two values", segment(0, 0x41, 0, 0x41, 0, 0x0b, 0), invalid, 6, "offset of a data segment: expected one i32, got 2"},
		{"failure: passive", segment(1, 0), unsupported, 1, "passive data segment"},
		{"failure: 64-bit offset", segment(0, 0x42, 0, 0x0b, 0), unsupported, 2, "i64.const"},
		{"failure: three segments", bt.Vec(empty, empty, empty), overLimit, 0, "at most 2 data segments, got 3"},
	})
	runDecodeCases(t, bt.Data, bt.Section(bt.DataCount, bt.U32(1)), []decodeCase{
		{"success: as counted", segment(empty...), nil, 0, ""},
		{"failure: more than counted", bt.Vec(empty, empty), malformed, 0, "expected 1 data segments as counted, got 2"},
		{"failure: fewer than counted", bt.Vec(), malformed, 0, "expected 1 data segments as counted, got 0"},
	})
}
