package cpus

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

// Job is one model to run on one CPU.
type Job struct {
	Name   string
	Model  string            // file
	Config map[string]string // session options
	Input  string            // file: raw input tensors, one after another
	Output string            // file to write: raw output tensors, in the same order
	// Reference names a file for the reference executor's outputs; empty for models that are not canonical.
	Reference string
	// Circuit asks for the circuit digest.
	Circuit bool
}

// Result is what became of a job.
type Result struct {
	Name   string
	Error  string `json:",omitempty"`
	Digest string `json:",omitempty"` // circuit digest, hex
}

// Serve reads jobs, one JSON value after another, and writes a result for each.
func Serve(in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var j Job
		if err := dec.Decode(&j); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r := Result{Name: j.Name}
		if err := j.execute(&r); err != nil {
			r.Error = err.Error()
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
}

func (j Job) execute(r *Result) error {
	model, err := os.ReadFile(j.Model)
	if err != nil {
		return err
	}
	input, err := os.ReadFile(j.Input)
	if err != nil {
		return err
	}
	if err := j.runtime(model, input); err != nil {
		return err
	}
	if j.Reference == "" && !j.Circuit {
		return nil
	}
	g, err := onnx.ReadCanonical(model)
	if err != nil {
		return err
	}
	if j.Reference != "" {
		if err := j.reference(g, input); err != nil {
			return err
		}
	}
	if j.Circuit {
		c, err := circuit.Compile(g)
		if err != nil {
			return err
		}
		r.Digest = hex.EncodeToString(c.Digest[:])
	}
	return nil
}

func (j Job) runtime(model, input []byte) error {
	s, err := ort.NewSession(model, ort.Options{Config: j.Config})
	if err != nil {
		return err
	}
	defer s.Close()
	out := make([]byte, s.Output().Size)
	return each(input, s.Input().Size, j.Output, func(in []byte) ([]byte, error) { return out, s.Run(in, out) })
}

func (j Job) reference(g *onnx.Graph, input []byte) error {
	e, err := onnx.NewExecutor(g)
	if err != nil {
		return err
	}
	return each(input, g.Values[g.Input].Len(), j.Reference, e.Run)
}

// each calls run for every input of size bytes and writes the outputs to a file.
func each(input []byte, size int, file string, run func([]byte) ([]byte, error)) error {
	if len(input)%size != 0 {
		return fmt.Errorf("inputs: expected a multiple of %d bytes, got %d", size, len(input))
	}
	var all []byte
	for ; len(input) > 0; input = input[size:] {
		out, err := run(input[:size])
		if err != nil {
			return err
		}
		all = append(all, out...)
	}
	return os.WriteFile(file, all, 0o644)
}
