package toolbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sort"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

func checkCmd(out *output) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "Compare ONNX Runtime with the reference executor, value by value",
		Long: `Run the directory's self-test in ONNX Runtime, as a device does before it serves the model. Then run inputs through ONNX Runtime and the integer reference executor and compare
every output value.

Inputs are boundary cases (all lowest, all highest, alternating, one at a time) and random ones from a seed,
or with --inputs the *.bin files of a folder: raw int8 or uint8 elements, row major. With --outputs
both executors are also compared with the file of the same name there.`,
		Example: "  assay model check ./vibration --random 1000\n  assay model check ./ad --inputs ad/input --outputs ad/output",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return check(out, args[0], o) },
	}
	f := cmd.Flags()
	f.IntVar(&o.random, "random", 100, "number of random inputs, besides the boundary cases")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the random inputs")
	f.StringVar(&o.inputs, "inputs", "", "folder of input files, instead of made ones")
	f.StringVar(&o.outputs, "outputs", "", "folder of expected output files (with --inputs)")
	return cmd
}

type checkOptions struct {
	random          int
	seed            uint64
	inputs, outputs string
}

// testCase is one input, with the expected output where one is known.
type testCase struct {
	name          string
	input, output []byte
}

// checkResult counts output values.
type checkResult struct {
	Inputs      int    `json:"inputs"`
	Exact       int    `json:"exact"`
	Values      int    `json:"values"`
	First       string `json:"first_difference,omitempty"`
	ORTVersion  string `json:"onnx_runtime"`
	RandomSeed  uint64 `json:"seed"`
	AgainstFile bool   `json:"against_files"`
	SelfTest    int    `json:"self_test_vectors"`
}

func check(out *output, path string, o checkOptions) error {
	d, g, err := openModel(path)
	if err != nil {
		return err
	}
	cases, err := o.cases(g)
	if err != nil {
		return err
	}
	session, err := openSession(d)
	if err != nil {
		return err
	}
	defer session.Close()
	selfTest, err := runSelfTest(d, session)
	if err != nil {
		return err
	}
	exec, err := onnx.NewExecutor(g)
	if err != nil {
		return err
	}
	advance, finish := out.count("check", len(cases))
	r := checkResult{Inputs: len(cases), ORTVersion: ort.Version(), RandomSeed: o.seed, AgainstFile: o.outputs != "", SelfTest: selfTest}
	ran := make([]byte, d.Manifest.Output.Bytes())
	for _, c := range cases {
		if err := session.Run(c.input, ran); err != nil {
			return fmt.Errorf("%s: onnx runtime: %w", c.name, err)
		}
		ours, err := exec.Run(c.input)
		if err != nil {
			return fmt.Errorf("%s: reference executor: %w", c.name, err)
		}
		r.compare(g.Values[g.Output].Type, c, ran, ours)
		advance()
	}
	finish()
	if err := out.result(r, func(w io.Writer) {
		fmt.Fprintf(w, "exact %d of %d values (%d inputs, ONNX Runtime %s)\n", r.Exact, r.Values, r.Inputs, r.ORTVersion)
		fmt.Fprintf(w, "self-test passed: %d vectors\n", r.SelfTest)
	}); err != nil {
		return err
	}
	if r.Exact != r.Values {
		return fmt.Errorf("%d of %d values differ; the first: %s", r.Values-r.Exact, r.Values, r.First)
	}
	return nil
}

// runSelfTest returns the number of vectors, all passed.
func runSelfTest(d *model.Dir, session *ort.Session) (int, error) {
	t, err := d.SelfTest()
	if errors.Is(err, model.ErrMissing) {
		return 0, hint(err, "make one with `assay model import`")
	}
	if err != nil {
		return 0, err
	}
	return len(t.Vectors), t.Check(session.Input().Size, session.Output().Size, session.Run)
}

// compare counts the values on which all executors, and the file where there is one, agree.
func (r *checkResult) compare(t onnx.DType, c testCase, ran, ours []byte) {
	r.Values += len(ran)
	for i := range ran {
		if ran[i] == ours[i] && (c.output == nil || c.output[i] == ran[i]) {
			r.Exact++
			continue
		}
		if r.First == "" {
			r.First = fmt.Sprintf("%s, element %d: ONNX Runtime %d, reference executor %d", c.name, i, t.FromByte(ran[i]), t.FromByte(ours[i]))
			if c.output != nil {
				r.First += fmt.Sprintf(", file %d", t.FromByte(c.output[i]))
			}
		}
	}
}

// cases returns the files of --inputs, or boundary and random inputs.
func (o checkOptions) cases(g *onnx.Graph) ([]testCase, error) {
	size := g.Values[g.Input].Len()
	if o.inputs == "" {
		if o.outputs != "" {
			return nil, fmt.Errorf("--outputs needs --inputs")
		}
		if o.random < 0 || o.random > 1_000_000 {
			return nil, fmt.Errorf("--random: expected 0 to 1000000, got %d", o.random)
		}
		return append(boundaryCases(&g.Values[g.Input]), randomCases(size, o.random, o.seed)...), nil
	}
	files, err := filepath.Glob(filepath.Join(o.inputs, "*.bin"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("--inputs %q: expected *.bin files, got none", o.inputs)
	}
	sort.Strings(files)
	cases := make([]testCase, 0, len(files))
	for _, file := range files {
		c := testCase{name: file}
		if c.input, err = readTensor(file, size); err != nil {
			return nil, err
		}
		if o.outputs != "" {
			if c.output, err = readTensor(filepath.Join(o.outputs, filepath.Base(file)), g.Values[g.Output].Len()); err != nil {
				return nil, err
			}
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// readTensor reads a raw tensor of exactly size bytes.
func readTensor(path string, size int) ([]byte, error) {
	data, err := readBounded(path, int64(size))
	if err != nil {
		return nil, err
	}
	if len(data) != size {
		return nil, fmt.Errorf("%s: expected %d bytes, got %d", path, size, len(data))
	}
	return data, nil
}

// boundaryCases are inputs where saturation, sign and rounding faults show.
func boundaryCases(v *onnx.Value) []testCase {
	size, lo, hi, zero := v.Len(), byte(v.Type.Min()), byte(v.Type.Max()), byte(v.Zero)
	alternate := func(even, odd byte) []byte {
		b := bytes.Repeat([]byte{even}, size)
		for i := 1; i < size; i += 2 {
			b[i] = odd
		}
		return b
	}
	return []testCase{
		{name: "all lowest", input: alternate(lo, lo)},
		{name: "all highest", input: alternate(hi, hi)},
		{name: "all zero point", input: alternate(zero, zero)},
		{name: "alternating", input: alternate(lo, hi)},
		{name: "alternating, the other way", input: alternate(hi, lo)},
	}
}

func randomCases(size, n int, seed uint64) []testCase {
	rng := rand.New(rand.NewPCG(seed, 0))
	cases := make([]testCase, n)
	for i := range cases {
		input := make([]byte, size)
		for j := range input {
			input[j] = byte(rng.Uint32())
		}
		cases[i] = testCase{name: fmt.Sprintf("random input %d", i), input: input}
	}
	return cases
}

// openSession runs the canonical file in ONNX Runtime under the manifest's session options.
func openSession(d *model.Dir) (*ort.Session, error) {
	data, err := d.Canonical()
	if err != nil {
		return nil, err
	}
	opts := ort.Options{Config: map[string]string{}}
	for _, o := range d.Manifest.SessionOptions {
		opts.Config[o.Key] = o.Value
	}
	s, err := ort.NewSession(data, opts)
	if errors.Is(err, ort.ErrNoLibrary) {
		return nil, hint(err, "bring ONNX Runtime with `make ort`, or name one: `export %s=/path/to/libonnxruntime.so.1`", ort.LibraryEnv)
	}
	return s, err
}
