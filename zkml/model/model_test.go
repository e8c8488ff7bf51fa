package model_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-chain/assay/zkml/model"
)

func manifest() *model.Manifest {
	sig := model.Signature{Name: "x", ElementType: "int8", Shape: []int{1, 4}, Scale: 0.5, ZeroPoint: -128}
	return &model.Manifest{
		Format: model.Format, Name: "toy",
		Source:    model.Source{File: model.Describe([]byte("source")), Producer: "test"},
		Canonical: model.Describe([]byte("canonical")),
		Input:     sig, Output: sig,
		SessionOptions: []model.Option{{Key: "session.a", Value: "1"}, {Key: "session.b", Value: "0"}},
	}
}

func TestManifestRoundTrip(t *testing.T) {
	data, err := manifest().Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := model.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.Encode()
	if err != nil || string(again) != string(data) {
		t.Fatalf("expected the same bytes, got %s, %v", again, err)
	}
}

func TestManifestRejects(t *testing.T) {
	for name, change := range map[string]func(*model.Manifest){
		"failure: another format":           func(m *model.Manifest) { m.Format = "assay-model-2" },
		"failure: digest not hex":           func(m *model.Manifest) { m.Canonical.SHA256 = strings.Repeat("z", 64) },
		"failure: short digest":             func(m *model.Manifest) { m.Source.SHA256 = "00" },
		"failure: empty file":               func(m *model.Manifest) { m.Canonical.Size = 0 },
		"failure: float input":              func(m *model.Manifest) { m.Input.ElementType = "float" },
		"failure: no shape":                 func(m *model.Manifest) { m.Output.Shape = nil },
		"failure: negative axis":            func(m *model.Manifest) { m.Output.Shape = []int{1, -1} },
		"failure: product overflows":        func(m *model.Manifest) { m.Output.Shape = []int{1 << 20, 1 << 20} },
		"failure: zero scale":               func(m *model.Manifest) { m.Input.Scale = 0 },
		"failure: zero point out of range":  func(m *model.Manifest) { m.Input.ZeroPoint = 128 },
		"failure: session options disorder": func(m *model.Manifest) { m.SessionOptions[0].Key = "session.z" },
		"failure: session option twice":     func(m *model.Manifest) { m.SessionOptions[0].Key = "session.b" },
		"failure: keys without a circuit": func(m *model.Manifest) {
			m.Keys = &model.Keys{Proving: m.Canonical, Verifying: m.Canonical, Setup: model.InsecureSetup}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := manifest()
			change(m)
			if _, err := m.Encode(); !errors.Is(err, model.ErrManifest) {
				t.Fatalf("expected ErrManifest, got %v", err)
			}
		})
	}
}

func TestDecodeRejects(t *testing.T) {
	good, err := manifest().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"failure: empty":         "",
		"failure: unknown field": strings.Replace(string(good), `"name"`, `"nom"`, 1),
		"failure: trailing data": string(good) + "{}",
		"failure: truncated":     string(good[:len(good)/2]),
		"failure: oversize":      string(good) + strings.Repeat(" ", model.MaxManifestBytes),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := model.Decode([]byte(data)); !errors.Is(err, model.ErrManifest) {
				t.Fatalf("expected ErrManifest, got %v", err)
			}
		})
	}
}

func TestDirChecksEveryFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "toy")
	d, err := model.Create(dir, manifest(), []byte("canonical"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Circuit(); !errors.Is(err, model.ErrMissing) {
		t.Fatalf("circuit before compile: expected ErrMissing, got %v", err)
	}
	if err := errors.Join(d.SetCircuit([]byte("r1cs"), 10, 3), d.SetKeys([]byte("pk"), []byte("vk"), model.InsecureSetup)); err != nil {
		t.Fatal(err)
	}
	if d, err = model.Open(dir); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() ([]byte, error){
		model.CanonicalFile: d.Canonical, model.CircuitFile: d.Circuit, model.ProvingFile: d.ProvingKey, model.VerifyingFile: d.VerifyingKey,
	} {
		if _, err := read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		path := filepath.Join(dir, name)
		old, _ := os.ReadFile(path)
		for what, data := range map[string][]byte{"another byte": append([]byte{old[0] ^ 1}, old[1:]...), "another size": append(old, 0)} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := read(); !errors.Is(err, model.ErrDigest) {
				t.Errorf("%s: %s: expected ErrDigest, got %v", name, what, err)
			}
		}
	}
	// A new circuit makes old keys worthless.
	if err := d.SetCircuit([]byte("other"), 10, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := d.VerifyingKey(); !errors.Is(err, model.ErrMissing) {
		t.Errorf("keys after a new circuit: expected ErrMissing, got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	good, err := manifest().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":"assay-model-1","input":{"shape":[16777216,2]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := model.Decode(data)
		if err != nil {
			return
		}
		if _, err := m.Encode(); err != nil {
			t.Fatalf("decoded but does not encode: %v", err)
		}
	})
}
