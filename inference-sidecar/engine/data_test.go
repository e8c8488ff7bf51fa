package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-chain/assay/inference-sidecar/engine/enginetest"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

func requireLibrary(t testing.TB) {
	t.Helper()
	if err := ort.Open(""); errors.Is(err, ort.ErrNoLibrary) {
		t.Skipf("needs ONNX Runtime: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// source is a model: the project's own, which is always there, a third party's, or made here (no path).
type source struct {
	name string
	path []string
}

var (
	vibration = source{"vibration", []string{"..", "..", "models", "vibration", "vibration.onnx"}}
	sources   = []source{
		vibration,
		{"ad", []string{"mlperf-tiny", "ad", "ad01_int8.onnx"}},
		{"kws", []string{"mlperf-tiny", "kws", "kws_ref_model.onnx"}},
		{"micro-kws", []string{"micro-kws", "micro_kws_m_static_qoperator.onnx"}},
		{"conv-s8s8", []string{"ort", "conv_qdq_s8s8.onnx"}},
		{"conv-perchannel", []string{"ort", "conv_qdq_s8s8_perchannel.onnx"}},
		{"conv-u8u8", []string{"ort", "conv_qdq_u8u8.onnx"}},
		{"camera", nil},
	}
)

func (s source) file() string {
	if s.path[0] == ".." {
		return filepath.Join(s.path...)
	}
	root := os.Getenv("ASSAY_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	return filepath.Join(append([]string{root}, s.path...)...)
}

func (s source) read(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(s.file())
	if err != nil {
		t.Skipf("third-party data is absent: %v", err)
	}
	return data
}

// canonical is the file that devices run, and its graph.
func (s source) canonical(t testing.TB) ([]byte, *onnx.Graph) {
	t.Helper()
	g := s.graph(t)
	data, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data, g
}

func (s source) graph(t testing.TB) *onnx.Graph {
	t.Helper()
	if s.path == nil {
		return enginetest.Camera(t)
	}
	g, _, err := onnx.Import(s.read(t), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// load loads a model as a device does, and closes it with the test.
func (s source) load(t testing.TB, o Options) (*Model, *onnx.Graph) {
	t.Helper()
	requireLibrary(t)
	data, g := s.canonical(t)
	m, err := Load(data, onnx.SessionOptions(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m, g
}
