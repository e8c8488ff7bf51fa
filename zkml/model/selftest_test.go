package model_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
)

func vibration(t testing.TB) *onnx.Graph {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "models", "vibration", "vibration.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := onnx.Import(data, onnx.Options{Name: "vibration"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func selfTest(t testing.TB, samples ...[]byte) *model.SelfTest {
	t.Helper()
	s, err := model.NewSelfTest(vibration(t), samples)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSelfTestIsWhatTheExecutorComputes(t *testing.T) {
	g := vibration(t)
	sample := bytes.Repeat([]byte{7}, g.Values[g.Input].Len())
	s := selfTest(t, sample, sample)
	if len(s.Vectors) != model.MaxVectors || !bytes.Equal(s.Vectors[0].Input, sample) || bytes.Equal(s.Vectors[1].Input, sample) {
		t.Fatalf("expected %d vectors, and the sample once and first", model.MaxVectors)
	}
	run := func(in, out []byte) error {
		result, err := g.Run(in)
		copy(out, result)
		return err
	}
	size := g.Values[g.Output].Len()
	if err := s.Check(len(sample), size, run); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for name, check := range map[string]func() error{
		"failure: one byte of the last vector": func() error {
			return s.Check(len(sample), size, func(in, out []byte) error {
				err := run(in, out)
				if bytes.Equal(in, s.Vectors[15].Input) {
					out[size-1] ^= 1
				}
				return err
			})
		},
		"failure: another input size": func() error { return s.Check(len(sample)-1, size, run) },
		"failure: the executor fails": func() error { return s.Check(len(sample), size, func(_, _ []byte) error { return broken }) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := check(); !errors.Is(err, model.ErrSelfTest) {
				t.Errorf("expected ErrSelfTest, got %v", err)
			}
		})
	}
}

func TestSelfTestIsReproducible(t *testing.T) {
	first, err := selfTest(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := selfTest(t).Encode()
	if err != nil || !bytes.Equal(first, again) {
		t.Fatalf("expected the same bytes, got others: %v", err)
	}
	decoded, err := model.DecodeSelfTest(first)
	if err != nil {
		t.Fatal(err)
	}
	if again, err = decoded.Encode(); err != nil || !bytes.Equal(first, again) {
		t.Fatalf("expected the same bytes back, got others: %v", err)
	}
	if _, err := model.NewSelfTest(vibration(t), make([][]byte, model.MaxSamples+1)); !errors.Is(err, model.ErrSelfTest) {
		t.Errorf("too many samples: expected ErrSelfTest, got %v", err)
	}
}

func TestDecodeSelfTestRejects(t *testing.T) {
	encode := func(vectors ...model.Vector) string {
		out, err := json.MarshalIndent(model.SelfTest{Format: model.SelfTestFormat, Vectors: vectors}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(out) + "\n"
	}
	v := model.Vector{Input: []byte{1, 2}, Output: []byte{3}}
	good := encode(v, v, v, v)
	if _, err := model.DecodeSelfTest([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"failure: empty":              "",
		"failure: another format":     strings.Replace(good, "selftest-1", "selftest-2", 1),
		"failure: too few vectors":    encode(v, v, v),
		"failure: too many vectors":   encode(make([]model.Vector, model.MaxVectors+1)...),
		"failure: no output":          encode(v, v, v, model.Vector{Input: []byte{1, 2}}),
		"failure: sizes differ":       encode(v, v, v, model.Vector{Input: []byte{1}, Output: []byte{3}}),
		"failure: unknown field":      strings.Replace(good, `"format"`, `"comment": "", "format"`, 1),
		"failure: field twice":        strings.Replace(good, `"format"`, `"format": "", "format"`, 1),
		"failure: other case":         strings.Replace(good, `"format"`, `"Format"`, 1),
		"failure: other spaces":       strings.Replace(good, `"format"`, ` "format"`, 1),
		"failure: newline in base64":  strings.Replace(good, base64.StdEncoding.EncodeToString(v.Input), `A\nQI=`, 1),
		"failure: not base64":         strings.Replace(good, base64.StdEncoding.EncodeToString(v.Input), "???=", 1),
		"failure: trailing data":      good + "{}",
		"failure: truncated":          good[:len(good)/2],
		"failure: more than the most": good + strings.Repeat(" ", model.MaxSelfTestBytes),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := model.DecodeSelfTest([]byte(data)); !errors.Is(err, model.ErrSelfTest) {
				t.Errorf("expected ErrSelfTest, got %v", err)
			}
		})
	}
}

func TestDirKeepsTheSelfTest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "toy")
	d, err := model.Create(dir, manifest(), []byte("canonical"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.SelfTest(); !errors.Is(err, model.ErrMissing) {
		t.Fatalf("before: expected ErrMissing, got %v", err)
	}
	if err := d.SetSelfTest(selfTest(t)); err != nil {
		t.Fatal(err)
	}
	if d, err = model.Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SelfTest(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, model.SelfTestFile)
	data, _ := os.ReadFile(path)
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SelfTest(); !errors.Is(err, model.ErrDigest) {
		t.Errorf("one changed byte: expected ErrDigest, got %v", err)
	}
	// Another canonical file makes the self-test worthless.
	if d, err = model.Create(dir, manifest(), []byte("other")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SelfTest(); !errors.Is(err, model.ErrMissing) {
		t.Errorf("after another import: expected ErrMissing, got %v", err)
	}
}

func FuzzDecodeSelfTest(f *testing.F) {
	v := model.Vector{Input: []byte{1, 2}, Output: []byte{3}}
	good, err := (&model.SelfTest{Format: model.SelfTestFormat, Vectors: []model.Vector{v, v, v, v}}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":"assay-selftest-1","vectors":[{},{},{},{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := model.DecodeSelfTest(data)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("expected the same bytes back, got others: %v", err)
		}
	})
}
