// Package contract_test runs the commands as an author does, from empty folders. testdata/counter.wasm is what "assay contract build"
// made of contracts/examples/counter.c; building is tried where the compilers are.
package contract_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-chain/assay/cmd/assay/toolbox"
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
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			code, err := os.ReadFile("testdata/counter.wasm")
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "counter.wasm"), code, 0o600)
		},
	})
}

func found(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
