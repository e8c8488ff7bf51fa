package circuit_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/onnx"
)

// models are the names that model knows.
var models = []string{"demo", "ad", "kws"}

// model imports one of the project's test models: the demo's own, or a third-party one from the data
// folder, without which the test is skipped.
func model(t testing.TB, name string) *onnx.Graph {
	t.Helper()
	data := os.Getenv("ASSAY_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	path, ok := map[string]string{
		"demo": filepath.Join("..", "..", "models", "vibration", "vibration.onnx"),
		"ad":   filepath.Join(data, "mlperf-tiny", "ad", "ad01_int8.onnx"),
		"kws":  filepath.Join(data, "mlperf-tiny", "kws", "kws_ref_model.onnx"),
	}[name]
	require.True(t, ok, name)
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no %s: set ASSAY_DATA to the folder of third-party models", path)
	}
	require.NoError(t, err)
	g, _, err := onnx.Import(file, onnx.Options{Name: name})
	require.NoError(t, err)
	return g
}
