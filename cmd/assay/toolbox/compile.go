package toolbox

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
)

func compileCmd(out *output) *cobra.Command {
	return &cobra.Command{
		Use:   "compile DIR",
		Short: "Make the circuit of the canonical model",
		Long: `Make the circuit of the canonical model and write circuit.r1cs.

The same canonical file gives the same circuit digest everywhere: rebuild it to check a published version.
Compiling proves, for every distinct scale and over all values that its accumulator can take, that the circuit's
integer rule gives what ONNX Runtime's rounding gives.`,
		Example: "  assay model compile ./vibration",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return compile(out, args[0]) },
	}
}

func compile(out *output, path string) error {
	d, g, err := openModel(path)
	if err != nil {
		return err
	}
	var c *circuit.Compiled
	if err := out.step("compile", func() (err error) { c, err = circuit.Compile(g); return err }); err != nil {
		return err
	}
	var r1cs bytes.Buffer
	if _, err := c.System.WriteTo(&r1cs); err != nil {
		return err
	}
	if err := d.SetCircuit(r1cs.Bytes(), c.Stats.Constraints, c.Stats.PublicInputs); err != nil {
		return err
	}
	r := struct {
		Digest string `json:"digest"`
		Size   int    `json:"size"`
		circuit.Stats
	}{hex.EncodeToString(c.Digest[:]), r1cs.Len(), c.Stats}
	return out.result(r, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "LAYER\tCONSTRAINTS")
		for _, l := range c.Stats.Layers {
			fmt.Fprintf(t, "%s\t%d\n", l.Name, l.Constraints)
		}
		t.Flush()
		fmt.Fprintf(w, "circuit digest %s, %d constraints, %d public inputs\n", r.Digest, c.Stats.Constraints, c.Stats.PublicInputs)
	})
}

// openCircuit compiles the model of a directory again and compares the result with the manifest,
// so that neither circuit.r1cs nor the manifest has to be believed.
func openCircuit(out *output, d *model.Dir, g *onnx.Graph) (*circuit.Compiled, error) {
	if d.Manifest.Circuit == nil {
		return nil, hint(fmt.Errorf("%w: %s has no circuit", model.ErrMissing, d.Path), "run `assay model compile %s`", d.Path)
	}
	var c *circuit.Compiled
	if err := out.step("compile", func() (err error) { c, err = circuit.Compile(g); return err }); err != nil {
		return nil, err
	}
	if got, want := hex.EncodeToString(c.Digest[:]), d.Manifest.Circuit.Digest; got != want {
		return nil, hint(fmt.Errorf("%w: circuit: expected %s, got %s", model.ErrDigest, want, got),
			"the circuit was made by another version of assay: `assay model compile %s`, and setup again", d.Path)
	}
	return c, nil
}
