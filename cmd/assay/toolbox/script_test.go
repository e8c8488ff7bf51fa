package toolbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-chain/assay/zkml/ort"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"assay": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScript runs the commands as a user does. Scripts that run models need ONNX Runtime: condition [ort].
func TestScript(t *testing.T) {
	vibration, err := filepath.Abs("../../../models/vibration")
	if err != nil {
		t.Fatal(err)
	}
	library, missing := ort.Find()
	if missing != nil {
		t.Logf("scripts that need ONNX Runtime are skipped: %v", missing)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Condition: func(cond string) (bool, error) {
			return cond == "ort" && missing == nil, nil
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("VIBRATION", vibration)
			env.Setenv("DEVICE", "assay1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq08jxf0")
			env.Setenv(ort.LibraryEnv, library)
			return nil
		},
	})
}
