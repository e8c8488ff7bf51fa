package spectest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// mixed is a module with functions in and out of the profile, a memory, a global and a table.
func mixed() []byte {
	names := []string{"load", "store_load", "const", "global", "peek64", "poke64", "set64", "calls_poke64", "indirect", "result64", "size"}
	types := bt.Vector(bt.Type, bt.FuncType(0, true), bt.FuncType(0, false), bt.Bytes(0x60, 0, 1, 0x7e))
	var typeOf, exports [][]byte
	for i, name := range names {
		switch name {
		case "peek64", "poke64", "set64":
			typeOf = append(typeOf, bt.U32(1))
		case "result64":
			typeOf = append(typeOf, bt.U32(2))
		default:
			typeOf = append(typeOf, bt.U32(0))
		}
		exports = append(exports, bt.Exported(name, kindFunc, uint32(i)))
	}
	exports = append(exports, bt.Exported("g", kindGlobal, 0), bt.Exported("g64", kindGlobal, 1))
	return bt.Module(types, bt.Vector(bt.Function, typeOf...),
		bt.Vector(bt.Table, bt.Bytes(typeFuncref, 0, 1)), bt.Vector(bt.Memory, bt.Bytes(0, 1)),
		bt.Vector(bt.Global, append(bt.Bytes(typeI32, 1), bt.Const(5)...), bt.Bytes(0x7e, 0, 0x42, 1, 0x0b)),
		bt.Vector(bt.Export, exports...),
		bt.Vector(bt.Element, slices.Concat(bt.Bytes(0), bt.Const(0), bt.Vec(bt.U32(9)))),
		bt.Vector(bt.Code,
			bt.Func(0, 0x41, 0, 0x28, 2, 0),                               // load
			bt.Func(0, 0x41, 0, 0x41, 3, 0x36, 2, 0, 0x41, 0, 0x28, 2, 0), // store_load
			bt.Func(0, 0x41, 7),                                           // const
			bt.Func(0, 0x23, 0),                                           // global
			bt.Func(0, 0x41, 0, 0x29, 3, 0, 0x1a),                         // peek64
			bt.Func(0, 0x41, 0, 0x42, 1, 0x37, 3, 0),                      // poke64
			bt.Func(0, 0x42, 1, 0xa7, 0x24, 0),                            // set64
			bt.Func(0, 0x10, 5, 0x41, 7),                                  // calls_poke64
			bt.Func(0, 0x41, 0, 0x11, 1, 0, 0x41, 7),                      // indirect
			bt.Func(0, 0x42, 1),                                           // result64
			bt.Func(0, 0x3f, 0),                                           // size
		))
}

// TestUnknownState: what functions out of the profile may have changed decides what runs after them, and nothing else does.
func TestUnknownState(t *testing.T) {
	s := &script{name: t.Name(), dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "mixed.wasm"), mixed(), 0o600))
	call := func(field string) command {
		return command{Type: "action", Action: action{Type: "invoke", Field: field}}
	}
	returns := func(field, number string) command {
		want := []value{{Type: "i32", Value: json.RawMessage(`"` + number + `"`)}}
		return command{Type: "assert_return", Action: action{Type: "invoke", Field: field}, Expected: want}
	}
	get := func(field, number string) command {
		c := returns(field, number)
		c.Action.Type = "get"
		return c
	}
	mismatch := command{Type: "assert_trap", Text: "indirect call type mismatch", Action: action{Type: "invoke", Field: "indirect"}}
	for _, c := range []struct {
		name   string
		before []string
		then   command
		want   outcome
		reason string
	}{
		{"success: a function of the profile", nil, returns("load", "0"), ran, ""},
		{"success: a global", nil, get("g", "5"), ran, ""},
		{"success: after a load of 64 bits", []string{"peek64"}, returns("load", "0"), ran, ""},
		{"success: no memory needed after a store of 64 bits", []string{"poke64"}, returns("const", "7"), ran, ""},
		{"success: the size after a store of 64 bits", []string{"poke64"}, returns("size", "1"), ran, ""},
		{"success: whatever is in memory", []string{"poke64"}, returns("store_load", "3"), ran, ""},
		{"success: a global after a store of 64 bits", []string{"poke64"}, returns("global", "5"), ran, ""},
		{"success: memory after a global was set", []string{"set64"}, returns("load", "0"), ran, ""},
		{"success: a function of another type is no function of a type that is kept", nil, mismatch, ran, ""},
		{"failure: another result", nil, returns("load", "1"), failed, "expected 1, got 0"},
		{"failure: another value of a global", nil, get("g", "6"), failed, "expected 6, got 5"},
		{"failure: function out of the profile", nil, call("poke64"), skipped, "function out of the profile: i64 instructions"},
		{"failure: type out of the profile", nil, call("result64"), skipped, "function out of the profile: i64 result"},
		{"failure: a call comes to a stub", nil, call("calls_poke64"), skipped, "calls a function out of the profile"},
		{"failure: memory after a store of 64 bits", []string{"poke64"}, returns("load", "0"), skipped, unknownState},
		{"failure: memory after a call that came to a stub", []string{"calls_poke64"}, returns("load", "0"), skipped, unknownState},
		{"failure: global that was set", []string{"set64"}, returns("global", "5"), skipped, unknownState},
		{"failure: look at a global that was set", []string{"set64"}, get("g", "5"), skipped, unknownState},
		{"failure: look at a global of 64 bits", nil, get("g64", "1"), skipped, "global out of the profile: i64 global"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReducedRunner(t, s, readProfile(t))
			require.Equal(t, verdict{outcome: ran}, r.run(command{Type: "module", Filename: "mixed.wasm"}))
			for _, field := range c.before {
				require.Equal(t, skipped, r.run(call(field)).outcome, field)
			}
			v := r.run(c.then)
			require.Equal(t, c.want, v.outcome, v.reason)
			require.Contains(t, v.reason, c.reason)
		})
	}
}
