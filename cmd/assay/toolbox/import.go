package toolbox

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
)

func importCmd(out *output) *cobra.Command {
	var name string
	var samples []string
	cmd := &cobra.Command{
		Use:   "import SOURCE.onnx DIR",
		Short: "Rewrite a quantized ONNX model to the canonical form, in a model directory",
		Long: `Rewrite a quantized ONNX model (QDQ or QOperator) to the canonical form and write a model directory.

A float Quantize at the head, and a Dequantize or Softmax at the tail, are cut off and recorded in model.json.
What has no canonical form is refused, all unsupported operators by name.

The directory also gets a self-test: inputs with the outputs of the reference executor, which a device compares before
it serves the model. Besides made inputs it holds the samples: files of raw int8 or uint8 elements, row major.`,
		Example: "  assay model import models/vibration/vibration.onnx ./vibration\n" +
			"  assay model import models/vibration/vibration.onnx ./vibration --sample models/vibration/samples/healthy.bin",
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if name == "" {
				name = strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
			}
			return importModel(out, args[0], args[1], name, samples)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the model (default: that of the file)")
	cmd.Flags().StringSliceVar(&samples, "sample", nil, "file with a real input for the self-test (repeatable)")
	return cmd
}

// importResult is what import prints.
type importResult struct {
	Directory string        `json:"directory"`
	Vectors   int           `json:"self_test_vectors"`
	Canonical model.File    `json:"canonical"`
	MACs      int64         `json:"macs"`
	Report    *onnx.Report  `json:"report"`
	Layers    []layerResult `json:"nodes"`
}

func importModel(out *output, source, dir, name string, samples []string) error {
	data, err := readBounded(source, onnx.MaxFileBytes)
	if err != nil {
		return err
	}
	g, report, err := onnx.Import(data, onnx.Options{Name: name})
	if err != nil {
		return fmt.Errorf("import %q: %w", source, err)
	}
	canonical, err := g.Marshal()
	if err != nil {
		return fmt.Errorf("import %q: %w", source, err)
	}
	selfTest, err := newSelfTest(g, samples)
	if err != nil {
		return err
	}
	d, err := model.Create(dir, newManifest(g, report, data), canonical)
	if err != nil {
		return err
	}
	if err := d.SetSelfTest(selfTest); err != nil {
		return err
	}
	r := importResult{
		Directory: dir, Vectors: len(selfTest.Vectors), Canonical: d.Manifest.Canonical, MACs: g.MACs(), Report: report, Layers: layers(g),
	}
	return out.result(r, func(w io.Writer) {
		fmt.Fprintf(w, "imported %s: %d nodes, %d multiplications, canonical.onnx sha256 %s\n", source, len(g.Nodes), r.MACs, r.Canonical.SHA256)
		if m := d.Manifest; m.Head != nil {
			fmt.Fprintf(w, "cut off at the head: %s\n", describeCut(*m.Head))
		}
		for _, c := range d.Manifest.Tail {
			fmt.Fprintf(w, "cut off at the tail: %s\n", describeCut(c))
		}
		for _, c := range report.Changes {
			fmt.Fprintf(w, "rewritten: %s: %s\n", c.Node, c.Change)
		}
		fmt.Fprintf(w, "self-test of %d vectors\n", r.Vectors)
	})
}

// newSelfTest computes the self-test with the samples in files.
func newSelfTest(g *onnx.Graph, files []string) (*model.SelfTest, error) {
	var samples [][]byte
	for _, file := range files {
		sample, err := readTensor(file, g.Values[g.Input].Len())
		if err != nil {
			return nil, fmt.Errorf("--sample: %w", err)
		}
		samples = append(samples, sample)
	}
	return model.NewSelfTest(g, samples)
}

// newManifest describes an import of the file source.
func newManifest(g *onnx.Graph, report *onnx.Report, source []byte) *model.Manifest {
	m := &model.Manifest{
		Format: model.Format, Name: g.Name,
		Source: model.Source{File: model.Describe(source), Producer: report.Producer},
		Input:  signature(&g.Values[g.Input]), Output: signature(&g.Values[g.Output]),
		SessionOptions: sessionOptions(onnx.SessionOptions()),
	}
	if report.Head != nil {
		head := cut(*report.Head)
		m.Head = &head
	}
	for _, c := range report.Tail {
		m.Tail = append(m.Tail, cut(c))
	}
	return m
}

func describeCut(c model.Cut) string {
	if c.Scale == 0 {
		return fmt.Sprintf("%s %s", c.Op, c.Node)
	}
	return fmt.Sprintf("%s %s (%s, scale %v, zero point %d)", c.Op, c.Node, c.Type, c.Scale, c.ZeroPoint)
}

func cut(c onnx.Conversion) model.Cut {
	return model.Cut{Op: c.Op, Node: c.Node, Type: c.Type, Scale: c.Scale, ZeroPoint: c.Zero, Axis: c.Axis}
}

func signature(v *onnx.Value) model.Signature {
	return model.Signature{Name: v.Name, ElementType: v.Type.String(), Shape: v.Shape, Scale: v.Scale, ZeroPoint: v.Zero}
}

func sessionOptions(config map[string]string) []model.Option {
	out := make([]model.Option, 0, len(config))
	for k, v := range config {
		out = append(out, model.Option{Key: k, Value: v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("read %q: expected at most %d bytes, got %d", path, limit, info.Size())
	}
	return os.ReadFile(path)
}
