package cpus

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/assay-chain/assay/zkml/onnx"
)

// subject is a model that must give the same bytes everywhere.
type subject struct {
	name      string
	canonical []byte
	graph     *onnx.Graph
	input     []byte // raw input tensors, one after another
	circuit   bool   // compare the circuit digest as well

	source   []byte // the file before import; nil for a graph that is made here
	original []byte // its inputs, float32 where the import cut off a QuantizeLinear
}

// model is a file to import.
type model struct {
	path    string
	circuit bool // compare the circuit digest as well
}

// models are relative to the folder of third-party data, own ones to the repository.
var (
	own    = []model{{path: "models/vibration/vibration.onnx", circuit: true}, {path: "models/bearing/bearing.onnx", circuit: true}}
	others = []model{
		{path: "mlperf-tiny/ad/ad01_int8.onnx", circuit: true},
		{path: "mlperf-tiny/kws/kws_ref_model.onnx", circuit: true},
		{path: "micro-kws/micro_kws_m_static_qoperator.onnx"},
		{path: "ort/conv_qdq_s8s8.onnx"},
		{path: "ort/conv_qdq_s8s8_perchannel.onnx"},
		{path: "ort/conv_qdq_u8u8.onnx"},
	}
)

func dataRoot() string {
	if dir := os.Getenv("ASSAY_DATA"); dir != "" {
		return dir
	}
	return filepath.Join(root, "..", "shared", "data")
}

// imported returns the subjects that come from files.
func imported(t *testing.T) []subject {
	t.Helper()
	all := importAll(t, root, own)
	if _, err := os.Stat(dataRoot()); err != nil {
		t.Logf("third-party models are left out: %v", err)
		return all
	}
	return slices.Concat(all, importAll(t, dataRoot(), others), cases(t))
}

func importAll(t *testing.T, dir string, models []model) (all []subject) {
	t.Helper()
	for _, m := range models {
		s, err := importModel(t, filepath.Join(dir, m.path), m, nil)
		if err != nil {
			t.Errorf("import %s: %v", m.path, err)
			continue
		}
		all = append(all, s)
	}
	return all
}

func importModel(t *testing.T, path string, m model, bind map[string][]byte) (subject, error) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, report, err := onnx.Import(source, onnx.Options{Bind: bind})
	if err != nil {
		return subject{}, err
	}
	s := made(t, m.path, g)
	s.circuit = m.circuit
	s.source, s.original = bound(source, bind), s.input
	if report.Head != nil {
		s.original = dequantized(s.input, g.Values[g.Input])
	}
	return s, nil
}

// made is the subject of a graph.
func made(t *testing.T, name string, g *onnx.Graph) subject {
	t.Helper()
	canonical, err := g.Marshal()
	if err != nil {
		t.Fatalf("marshal %s: %v", name, err)
	}
	in := g.Values[g.Input]
	return subject{name: name, canonical: canonical, graph: g, input: inputs(in.Type, in.Len())}
}

// supportedCases are the single-operator files that must have a canonical form. The others have float16
// scales, a matrix of weights for each batch, integer or several outputs, no layer at all, or an
// operator that is not in the form.
var supportedCases = []string{"test_qlinearadd_int8", "test_qlinearadd_uint8", "test_qlinearconv", "test_qlinearmatmul_2D_uint8_float32"}

// cases are the single-operator files, whose parameters are inputs: all but the first are bound to
// the values that come with the file. Those that the importer refuses are named and left out.
func cases(t *testing.T) (all []subject) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(dataRoot(), "ops", "test_*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, "model.onnx")
		m := model{path: filepath.Join("ops", filepath.Base(dir))}
		s, err := importModel(t, file, m, bindings(t, file))
		switch {
		case err == nil:
			all = append(all, s)
		case slices.Contains(supportedCases, filepath.Base(dir)):
			t.Errorf("import %s: %v", m.path, err)
		default:
			t.Logf("left out, refused by import: %s: %v", m.path, err)
		}
	}
	return all
}

// bindings reads the values of all inputs but the first.
func bindings(t *testing.T, file string) map[string][]byte {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bind := map[string][]byte{}
	for i, name := range inputNames(source) {
		if i == 0 {
			continue
		}
		value, err := os.ReadFile(filepath.Join(filepath.Dir(file), "test_data_set_0", fmt.Sprintf("input_%d.pb", i)))
		if err != nil {
			t.Fatal(err)
		}
		bind[name] = value
	}
	return bind
}

// Fields of onnx.proto.
const (
	modelGraph       = 7
	graphInitializer = 5
	graphInput       = 11
	valueName        = 1
	tensorName       = 8
)

func inputNames(source []byte) (names []string) {
	for _, graph := range fields(source, modelGraph) {
		for _, input := range fields(graph, graphInput) {
			for _, name := range fields(input, valueName) {
				names = append(names, string(name))
			}
		}
	}
	return names
}

// fields returns the values of a field of bytes.
func fields(message []byte, want protowire.Number) (values [][]byte) {
	for len(message) > 0 {
		number, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return values
		}
		size := protowire.ConsumeFieldValue(number, typ, message[n:])
		if size < 0 {
			return values
		}
		if number == want && typ == protowire.BytesType {
			v, _ := protowire.ConsumeBytes(message[n:])
			values = append(values, v)
		}
		message = message[n+size:]
	}
	return values
}

// bound adds the bound inputs to a file as initializers. Protobuf merges a second graph into the
// first, so the file need not be taken apart.
func bound(source []byte, bind map[string][]byte) []byte {
	var graph []byte
	for name, tensor := range bind {
		named := protowire.AppendString(protowire.AppendTag(append([]byte{}, tensor...), tensorName, protowire.BytesType), name)
		graph = protowire.AppendBytes(protowire.AppendTag(graph, graphInitializer, protowire.BytesType), named)
	}
	if len(graph) == 0 {
		return source
	}
	return protowire.AppendBytes(protowire.AppendTag(append([]byte{}, source...), modelGraph, protowire.BytesType), graph)
}
