package prover_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark/logger"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/prover"
)

func TestMain(m *testing.M) {
	logger.Disable() // gnark reports every proof
	os.Exit(m.Run())
}

// compiled is the circuit of one of the project's test models: the demo's own, or a third-party one
// from the data folder, without which the test is skipped.
func compiled(t testing.TB, name string) *circuit.Compiled {
	t.Helper()
	path, ok := map[string]string{
		"demo": filepath.Join("..", "..", "models", "vibration", "vibration.onnx"),
		"ad":   filepath.Join(data(), "ad", "ad01_int8.onnx"),
		"kws":  filepath.Join(data(), "kws", "kws_ref_model.onnx"),
	}[name]
	require.True(t, ok, name)
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no %s: set ASSAY_DATA to the folder of third-party models", path)
	}
	require.NoError(t, err)
	g, _, err := onnx.Import(file, onnx.Options{Name: name})
	require.NoError(t, err)
	c, err := circuit.Compile(g)
	require.NoError(t, err)
	return c
}

// data is the folder of MLPerf Tiny.
func data() string {
	root := os.Getenv("ASSAY_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	return filepath.Join(root, "mlperf-tiny")
}

func BenchmarkSetup(b *testing.B) {
	for _, name := range []string{"demo", "ad", "kws"} {
		b.Run(name, func(b *testing.B) {
			c := compiled(b, name)
			for b.Loop() {
				_, _, err := prover.InsecureSetup(c.System)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkProve(b *testing.B) {
	for _, name := range []string{"demo", "ad", "kws"} {
		b.Run(name, func(b *testing.B) {
			c := compiled(b, name)
			pk, vk, err := prover.InsecureSetup(c.System)
			require.NoError(b, err)
			input := make([]byte, c.InputBytes())
			var result *prover.Result
			for b.Loop() {
				result, err = prover.Prove(c, pk, input, binding("n"))
				require.NoError(b, err)
			}
			require.NoError(b, prover.Verify(vk, result.Proof, result.Public))
		})
	}
}
