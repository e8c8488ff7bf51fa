package toolbox

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
)

func inspectCmd(out *output) *cobra.Command {
	return &cobra.Command{
		Use:     "inspect DIR",
		Short:   "Show a model directory: signatures, layers, digests",
		Example: "  assay model inspect ./vibration",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return inspect(out, args[0]) },
	}
}

// layerResult is one node of the canonical graph.
type layerResult struct {
	Node  string `json:"node"`
	Op    string `json:"op"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
	// Low and High bound the accumulator over all inputs; both 0 where there is none.
	Low  int64 `json:"accumulator_low"`
	High int64 `json:"accumulator_high"`
}

func inspect(out *output, path string) error {
	d, g, err := openModel(path)
	if err != nil {
		return err
	}
	rows := layers(g)
	r := struct {
		*model.Manifest
		Nodes []layerResult `json:"nodes"`
	}{d.Manifest, rows}
	return out.result(r, func(w io.Writer) {
		m := d.Manifest
		fmt.Fprintf(w, "model      %s\ncanonical  %s (%d bytes)\n", m.Name, m.Canonical.SHA256, m.Canonical.Size)
		fmt.Fprintf(w, "input      %s\noutput     %s\n", describeSignature(m.Input), describeSignature(m.Output))
		for _, o := range m.SessionOptions {
			fmt.Fprintf(w, "option     %s=%s\n", o.Key, o.Value)
		}
		if m.Circuit != nil {
			fmt.Fprintf(w, "circuit    %s (%d constraints)\n", m.Circuit.Digest, m.Circuit.Constraints)
		}
		if m.Keys != nil {
			fmt.Fprintf(w, "key        %s (setup: %s)\n", m.Keys.Verifying.SHA256, m.Keys.Setup)
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "\nNODE\tOP\tTYPE\tSHAPE\tACCUMULATOR")
		for _, l := range rows {
			acc := "-"
			if l.Low != 0 || l.High != 0 {
				acc = fmt.Sprintf("%d to %d", l.Low, l.High)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%v\t%s\n", l.Node, l.Op, l.Type, l.Shape, acc)
		}
		t.Flush()
	})
}

func describeSignature(s model.Signature) string {
	return fmt.Sprintf("%s %s%v, scale %v, zero point %d", s.Name, s.ElementType, s.Shape, s.Scale, s.ZeroPoint)
}

func layers(g *onnx.Graph) []layerResult {
	out := make([]layerResult, len(g.Nodes))
	for i, n := range g.Nodes {
		v := &g.Values[n.Out]
		l := layerResult{Node: n.Name, Op: n.Op.String(), Type: v.Type.String(), Shape: v.Shape}
		for c := range g.Channels(i) {
			lo, hi := g.AccumulatorRange(i, c)
			l.Low, l.High = min(l.Low, lo), max(l.High, hi)
		}
		out[i] = l
	}
	return out
}

// openModel opens a model directory and reads its canonical file.
func openModel(path string) (*model.Dir, *onnx.Graph, error) {
	d, err := model.Open(path)
	if err != nil {
		return nil, nil, hint(err, "make one with `assay model import SOURCE.onnx %s`", path)
	}
	data, err := d.Canonical()
	if err != nil {
		return nil, nil, hint(err, "the directory is damaged; import the source again: `assay model import SOURCE.onnx %s`", path)
	}
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", model.CanonicalFile, err)
	}
	if in, want := signature(&g.Values[g.Input]), d.Manifest.Input; describeSignature(in) != describeSignature(want) {
		return nil, nil, fmt.Errorf("%s: input: expected %s, got %s", model.ManifestFile, describeSignature(in), describeSignature(want))
	}
	if res, want := signature(&g.Values[g.Output]), d.Manifest.Output; describeSignature(res) != describeSignature(want) {
		return nil, nil, fmt.Errorf("%s: output: expected %s, got %s", model.ManifestFile, describeSignature(res), describeSignature(want))
	}
	return d, g, nil
}
