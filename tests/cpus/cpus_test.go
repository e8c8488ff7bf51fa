package cpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx"
)

// TestModels is the claim: the canonical form of every model gives the same bytes on every machine, in
// ONNX Runtime and in the reference executor, and the same circuit digest. It reports which models
// disagree with themselves before import.
func TestModels(t *testing.T) {
	requireMachines(t)
	subjects := imported(t)
	t.Run("success: canonical forms agree", func(t *testing.T) { same(t, subjects) })
	t.Run("failure: originals disagree", func(t *testing.T) { disagree(t, subjects) })
}

// TestOperators makes the same claim for each operator on its own, where it is most likely to break.
func TestOperators(t *testing.T) {
	requireMachines(t)
	same(t, append(append(linearLayers(t), sums(t)...), moves(t)...))
}

func same(t *testing.T, subjects []subject) {
	t.Helper()
	jobs := plan(t, subjects, func(m machine, s subject, j *Job) (model, input []byte) {
		j.Config = onnx.SessionOptions()
		// Go code does not choose by CPU, so one Arm stands for all.
		if m.name == machines[0].name || m.name == "cortex-a57" {
			j.Reference = j.Output + ".reference"
			j.Circuit = s.circuit
		}
		return s.canonical, s.input
	})
	results := everywhere(t, jobs)
	for i, s := range subjects {
		want, digest := s.reference(t), results[0][s.name].Digest
		for k, m := range machines {
			r, j := results[k][s.name], jobs[k][i]
			if r.Error != "" {
				t.Errorf("%s on %s: %s", s.name, m.name, r.Error)
				continue
			}
			compare(t, s.name+" on "+m.name+": ONNX Runtime", want, j.Output)
			if j.Reference != "" {
				compare(t, s.name+" on "+m.name+": reference executor", want, j.Reference)
			}
			if j.Circuit && r.Digest != digest {
				t.Errorf("%s on %s: circuit digest: expected %s, got %s", s.name, m.name, digest, r.Digest)
			}
		}
		if s.circuit {
			t.Logf("%s: circuit digest %s on amd64 and arm64", s.name, digest)
		}
	}
	if !t.Failed() {
		t.Logf("%d models gave the same bytes on %d machines", len(subjects), len(machines))
	}
}

// plan makes the jobs of every machine and writes their files; fill completes a job and gives the model
// and its inputs, the same for all machines.
func plan(t *testing.T, subjects []subject, fill func(machine, subject, *Job) (model, input []byte)) [][]Job {
	t.Helper()
	dir := t.TempDir()
	jobs := make([][]Job, len(machines))
	for k, m := range machines {
		for i, s := range subjects {
			base := filepath.Join(dir, fmt.Sprint(i))
			j := Job{Name: s.name, Model: base + ".onnx", Input: base + ".in", Output: base + "." + m.name}
			model, input := fill(m, s, &j)
			if err := errors.Join(os.WriteFile(j.Model, model, 0o600), os.WriteFile(j.Input, input, 0o600)); err != nil {
				t.Fatal(err)
			}
			jobs[k] = append(jobs[k], j)
		}
	}
	return jobs
}

// reference is what the reference executor computes in this process.
func (s subject) reference(t *testing.T) []byte {
	t.Helper()
	var all []byte
	n := s.graph.Values[s.graph.Input].Len()
	for in := s.input; len(in) > 0; in = in[n:] {
		out, err := s.graph.Run(in[:n])
		if err != nil {
			t.Fatalf("%s: reference executor: %v", s.name, err)
		}
		all = append(all, out...)
	}
	return all
}

func compare(t *testing.T, what string, want []byte, file string) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if len(got) != len(want) {
		t.Errorf("%s: expected %d bytes, got %d", what, len(want), len(got))
		return
	}
	if n := differing(got, want); n > 0 {
		t.Errorf("%s: %d of %d bytes differ from the reference", what, n, len(want))
	}
}

func differing(a, b []byte) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// disagree reports which files give other bytes on other machines before the import, under ONNX
// Runtime's default options. It fails only if none does: then the comparison tests nothing.
func disagree(t *testing.T, subjects []subject) {
	t.Helper()
	jobs := plan(t, subjects, func(_ machine, s subject, _ *Job) (model, input []byte) { return s.source, s.original })
	results := everywhere(t, jobs)
	count := 0
	for i, s := range subjects {
		var files []string
		for k, m := range machines {
			if r := results[k][s.name]; r.Error != "" {
				t.Fatalf("%s on %s: %s", s.name, m.name, r.Error)
			}
			files = append(files, jobs[k][i].Output)
		}
		row, agree := s.differences(t, files)
		if !agree {
			count++
		}
		t.Log(row)
	}
	t.Logf("%d of %d files disagree with themselves before import", count, len(subjects))
	if count == 0 {
		t.Error("expected at least one model that needs the canonical form")
	}
}

// differences compares the outputs with the first machine's and gives a line of the table in
// docs/portability.md. It counts bytes, which are elements where the output is not float32.
func (s subject) differences(t *testing.T, files []string) (row string, agree bool) {
	t.Helper()
	agree = true
	native, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	cells := []string{fmt.Sprintf("%s: %d bytes", s.name, len(native))}
	for i, m := range machines[1:] {
		got, err := os.ReadFile(files[i+1])
		if err != nil {
			t.Fatal(err)
		}
		n := differing(native, got)
		agree = agree && n == 0
		cells = append(cells, fmt.Sprintf("%s %d", m.name, n))
	}
	return strings.Join(cells, " | "), agree
}
