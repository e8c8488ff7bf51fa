// Package hosttest puts contracts together that call host functions one after the other, for the tests of the functions
// and of what stands behind them. It checks nothing: that a contract can pass what no compiler would is the point.
package hosttest

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/assay-chain/assay/x/contract/host"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

// Results is where in memory a contract keeps what its steps return, 4 bytes each.
const Results = 0xf000

// Step is a call of a host function. The result, if it has one, goes to Results.
type Step struct {
	Name string
	Args []uint32
}

// Do is a step.
func Do(name string, args ...uint32) Step { return Step{name, args} }

// Contract describes a module.
type Contract struct {
	Memory  map[uint32]string // contents, by address
	Entries map[string][]Step // each entry point's steps
	Votes   map[string]uint32 // entry points that return a value
	Loops   []string          // entry points that never end
}

// Build is the binary of the contract. It has init, the marker of the ABI version and a memory of one page in any case.
func (c Contract) Build() []byte {
	imports, types := importsOf()
	entries := []string{"abi_version_1", host.EntryInit}
	add := func(name string) {
		if !slices.Contains(entries, name) {
			entries = append(entries, name)
		}
	}
	for name := range c.Entries {
		add(name)
	}
	for name := range c.Votes {
		add(name)
	}
	for _, name := range c.Loops {
		add(name)
	}
	slices.Sort(entries)

	var functions, bodies [][]byte
	exports := [][]byte{bt.Exported("memory", 2, 0)}
	for i, name := range entries {
		vote, votes := c.Votes[name]
		functions = append(functions, bt.U32(uint32(map[bool]int{false: 0, true: 1}[votes])))
		exports = append(exports, bt.Exported(name, 0, uint32(len(imports)+i)))
		body := stepsBody(c.Entries[name])
		if votes {
			body = slices.Concat(body, bt.Bytes(0x41), bt.S32(int32(vote)))
		}
		if slices.Contains(c.Loops, name) {
			body = slices.Concat(body, bt.Bytes(0x03, 0x40, 0x0c, 0, 0x0b)) // loop br 0 end
		}
		bodies = append(bodies, bt.Func(0, body...))
	}
	var data [][]byte
	for at, contents := range c.Memory {
		data = append(data, slices.Concat(bt.Bytes(0), bt.Const(int32(at)), bt.Name(contents)))
	}
	return bt.Module(
		bt.Vector(bt.Type, types...), bt.Vector(bt.Import, imports...), bt.Vector(bt.Function, functions...),
		bt.Vector(bt.Memory, bt.Bytes(1, 1, 1)), bt.Vector(bt.Export, exports...), bt.Vector(bt.Code, bodies...), bt.Vector(bt.Data, data...),
	)
}

// importsOf imports every host function. Types 0 and 1 are those of the entry points.
func importsOf() (imports, types [][]byte) {
	types = [][]byte{bt.FuncType(0, false), bt.FuncType(0, true)}
	for i, f := range host.Describe() {
		imports = append(imports, bt.Imported(host.Namespace, f.Name, uint32(i+2)))
		types = append(types, bt.FuncType(f.Params, f.Result))
	}
	return imports, types
}

func stepsBody(steps []Step) []byte {
	var body []byte
	slot := int32(Results)
	for _, s := range steps {
		index := slices.IndexFunc(host.Describe(), func(f host.FunctionInfo) bool { return f.Name == s.Name })
		if index < 0 {
			panic(fmt.Sprintf("hosttest: no host function %q", s.Name))
		}
		result := host.Describe()[index].Result
		if result {
			body = slices.Concat(body, bt.Bytes(0x41), bt.S32(slot))
		}
		for _, a := range s.Args {
			body = slices.Concat(body, bt.Bytes(0x41), bt.S32(int32(a)))
		}
		body = slices.Concat(body, bt.Bytes(0x10), bt.U32(uint32(index)))
		if result {
			body = append(body, 0x36, 2, 0) // i32.store
			slot += 4
		}
	}
	return body
}

// Words reads what Results held.
func Words(b []byte) []uint32 {
	var out []uint32
	for ; len(b) >= 4; b = b[4:] {
		out = append(out, binary.LittleEndian.Uint32(b))
	}
	return out
}
