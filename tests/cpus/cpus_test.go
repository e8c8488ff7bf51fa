package cpus

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx"
)

// TestImportedModels is the claim: the canonical form of every model gives the same bytes on every
// machine, in ONNX Runtime and in the reference executor, and the same circuit digest.
func TestImportedModels(t *testing.T) {
	requireMachines(t)
	same(t, imported(t))
}

// TestOperators makes the same claim for each operator on its own, where it is most likely to break.
func TestOperators(t *testing.T) {
	requireMachines(t)
	same(t, append(append(linearLayers(t), sums(t)...), moves(t)...))
}

func same(t *testing.T, subjects []subject) {
	t.Helper()
	dir := t.TempDir()
	digests := map[string]string{}
	want := make([][]byte, len(subjects))
	for i, s := range subjects {
		want[i] = s.reference(t)
	}
	for _, m := range machines {
		jobs := make([]Job, len(subjects))
		for i, s := range subjects {
			jobs[i] = s.job(t, dir, m, fmt.Sprint(i), s.canonical, s.input, onnx.SessionOptions())
			jobs[i].Reference = jobs[i].Output + ".reference"
			// compiling is slow under emulation, and one Arm stands for the other
			jobs[i].Circuit = s.circuit && (m.name == "native" || m.name == "cortex-a57")
		}
		results, err := m.run(jobs)
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		for i, s := range subjects {
			r := results[s.name]
			if r.Error != "" {
				t.Errorf("%s on %s: %s", s.name, m.name, r.Error)
				continue
			}
			compare(t, s.name+" on "+m.name+": ONNX Runtime", want[i], jobs[i].Output)
			compare(t, s.name+" on "+m.name+": reference executor", want[i], jobs[i].Reference)
			if jobs[i].Circuit && digests[s.name] == "" {
				digests[s.name] = r.Digest
			}
			if r.Digest != "" && r.Digest != digests[s.name] {
				t.Errorf("%s on %s: circuit digest: expected %s, got %s", s.name, m.name, digests[s.name], r.Digest)
			}
		}
	}
	for name, digest := range digests {
		t.Logf("%s: circuit digest %s on amd64 and arm64", name, digest)
	}
	if !t.Failed() {
		t.Logf("%d models gave the same bytes on %d machines", len(subjects), len(machines))
	}
}

// job writes the files of a job. The files of all machines but the outputs are the same.
func (s subject) job(t *testing.T, dir string, m machine, id string, model, input []byte, config map[string]string) Job {
	t.Helper()
	j := Job{
		Name: s.name, Config: config,
		Model: filepath.Join(dir, id+".onnx"), Input: filepath.Join(dir, id+".in"),
		Output: filepath.Join(dir, id+"."+m.name),
	}
	for file, data := range map[string][]byte{j.Model: model, j.Input: input} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return j
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

// TestOriginalModels reports which files give other bytes on other machines before the import, under
// ONNX Runtime's default options. It fails only if none does: then the comparison tests nothing.
func TestOriginalModels(t *testing.T) {
	requireMachines(t)
	subjects := imported(t)
	dir := t.TempDir()
	outputs := map[string][]string{}
	for _, m := range machines {
		jobs := make([]Job, len(subjects))
		for i, s := range subjects {
			jobs[i] = s.job(t, dir, m, fmt.Sprint(i), s.source, s.original, nil)
		}
		results, err := m.run(jobs)
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		for i, s := range subjects {
			if r := results[s.name]; r.Error != "" {
				t.Errorf("%s on %s: %s", s.name, m.name, r.Error)
			}
			outputs[s.name] = append(outputs[s.name], jobs[i].Output)
		}
	}
	disagree := 0
	for _, s := range subjects {
		row, agree := s.differences(t, outputs[s.name])
		if !agree {
			disagree++
		}
		t.Log(row)
	}
	t.Logf("%d of %d files disagree with themselves before import", disagree, len(subjects))
	if disagree == 0 {
		t.Error("expected at least one model that needs the canonical form")
	}
}

// differences compares the outputs with the first machine's and with the canonical form, and gives a
// line of the table in docs/portability.md. Counts are elements for integer outputs, bytes for floats.
func (s subject) differences(t *testing.T, files []string) (row string, agree bool) {
	t.Helper()
	agree = true
	var native []byte
	cells := []string{fmt.Sprintf("%-48s", s.name)}
	for i, file := range files {
		got, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			return "", true
		}
		if i == 0 {
			native = got
			continue
		}
		agree = agree && bytes.Equal(native, got)
		cells = append(cells, fmt.Sprintf("%s differs from native in %d of %d", machines[i].name, differing(native, got), len(native)))
	}
	return strings.Join(cells, " | "), agree
}
