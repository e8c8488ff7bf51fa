// Package contract_test runs the commands as an author does, from empty folders. Building is tried where the compilers are; what
// is built is compared with what is checked in.
package contract_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-chain/assay/cmd/assay/toolbox"
	"github.com/assay-chain/assay/x/contract/host/hosttest"
	bt "github.com/assay-chain/assay/x/contract/vm/binary/binarytest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"assay": func() { os.Exit(toolbox.Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

func TestScript(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{"clang": found("clang") && found("wasm-ld"), "asc": isThere(filepath.Join(root, "contracts/node_modules/.bin/asc")) && found("node")}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Condition:           func(cond string) (bool, error) { return has[cond], nil },
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			code, err := os.ReadFile(filepath.Join(root, "contracts/examples/counter.wasm"))
			if err != nil {
				return err
			}
			files := modules()
			files["counter.wasm"] = code
			for name, code := range files {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), code, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// status runs a command that must exit with a status: status 1 assay …
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got, exit := 0, (*exec.ExitError)(nil)
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("expected status %s, got %d", want, got)
	}
}

// modules are contracts that no source makes, by the names that the scripts have for their files.
func modules() map[string][]byte {
	whole := hosttest.Contract{}.Build()
	writer := hosttest.Contract{
		Memory:  map[uint32]string{0: "key"},
		Entries: map[string][]hosttest.Step{"query": {hosttest.Do("storage_set", 0, 3, 0, 3)}},
		Loops:   []string{"execute"},
	}
	nothing := bt.Vector(bt.Type, bt.FuncType(0, false))
	one := bt.Vector(bt.Function, bt.U32(0))
	segments := slices.Repeat([][]byte{bt.Bytes(0, 0x41, 0, 0x0b, 0)}, 1025)
	return map[string][]byte{
		"whole.wasm":     whole,
		"truncated.wasm": whole[:len(whole)/2],
		"writer.wasm":    writer.Build(),
		"voter.wasm":     hosttest.Contract{Votes: map[string]uint32{"decide_step": 0}}.Build(),
		// f32.const 0, at offset 0x17, drop
		"float.wasm":    bt.Module(nothing, one, bt.Vector(bt.Code, bt.Func(0, 0x43, 0, 0, 0, 0, 0x1a))),
		"untyped.wasm":  bt.Module(nothing, one, bt.Vector(bt.Code, bt.Func(0, 0x6a))), // i32.add of nothing
		"import.wasm":   bt.Module(nothing, bt.Vector(bt.Import, bt.Imported("assay", "clock", 0))),
		"foreign.wasm":  bt.Module(nothing, bt.Vector(bt.Import, bt.Imported("env", "abort", 0))),
		"segments.wasm": bt.Module(bt.Vector(bt.Memory, bt.Bytes(0, 1)), bt.Vector(bt.Data, segments...)),
	}
}

func found(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
