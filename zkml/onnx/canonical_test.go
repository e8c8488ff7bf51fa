package onnx

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

var update = flag.Bool("update", false, "rewrite testdata/everything.onnx")

// TestCanonicalBytes compares with a checked-in file: other bytes for the same graph mean other
// artifact digests, and must be a decision.
func TestCanonicalBytes(t *testing.T) {
	data := roundTrip(t, mustImport(t, everythingFile()))
	path := filepath.Join("testdata", "everything.onnx")
	if *update {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("expected the %d bytes of %s, got %d others", len(want), path, len(data))
	}
}

func TestReadCanonicalRefuses(t *testing.T) {
	change := func(f func(*onnxpb.Model)) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			m := canonicalModel(t)
			f(m)
			return m.Encode()
		}
	}
	appended := func(b ...byte) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return append(canonicalModel(t).Encode(), b...) }
	}
	cases := []struct {
		name string
		data func(*testing.T) []byte
		want error
	}{
		{"success: unchanged", change(func(*onnxpb.Model) {}), nil},
		{"failure: empty", func(*testing.T) []byte { return nil }, ErrMalformed},
		{"failure: text", func(*testing.T) []byte { return []byte("not a model") }, ErrMalformed},
		{"failure: not canonical at all", func(*testing.T) []byte { return denseFile().Encode() }, ErrNotCanonical},
		{"failure: other producer", change(func(m *onnxpb.Model) { m.Producer = "other" }), ErrNotCanonical},
		{"failure: other operator set", change(func(m *onnxpb.Model) { m.Opsets[0].Version++ }), ErrNotCanonical},
		{"failure: trailing byte", appended(0), ErrMalformed},
		{"failure: unknown field", appended(0x38, 0x01), ErrMalformed},
		{"failure: doc string", appended(0x32, 0x01, 'x'), ErrNotCanonical},
		{"failure: non-minimal number", appended(0x08, 0x88, 0x00), ErrNotCanonical},
		{"failure: initializers in another order", change(func(m *onnxpb.Model) {
			i := m.Graph.Initializers
			i[0], i[1] = i[1], i[0]
		}), ErrNotCanonical},
		{"failure: initializer that nothing uses", change(func(m *onnxpb.Model) {
			m.Graph.Initializers = append(m.Graph.Initializers, rawTensor("extra", onnxpb.Uint8, nil, []byte{1}))
		}), ErrNotCanonical},
		{"failure: other conversion of the input", change(func(m *onnxpb.Model) {
			for i := range m.Graph.Initializers {
				if t := &m.Graph.Initializers[i]; t.Name == ".to_uint8" {
					t.Raw = bytes.Clone(t.Raw)
					t.Raw[0]++
				}
			}
		}), ErrNotCanonical},
		{"failure: operator renamed", change(func(m *onnxpb.Model) { lastNode(m).Op = "Erf" }), ErrNotCanonical},
		{"failure: output renamed", change(func(m *onnxpb.Model) { lastNode(m).Outputs[0] = "elsewhere" }), ErrNotCanonical},
		{"failure: helper left out", change(func(m *onnxpb.Model) { m.Graph.Nodes = m.Graph.Nodes[1:] }), ErrNotCanonical},
		{"failure: node left out", change(func(m *onnxpb.Model) { m.Graph.Nodes = m.Graph.Nodes[:len(m.Graph.Nodes)-3] }), ErrNotCanonical},
		{"failure: annotation left out", change(func(m *onnxpb.Model) { m.Graph.Annotations = m.Graph.Annotations[1:] }), ErrNotCanonical},
		{"failure: external data", change(func(m *onnxpb.Model) { m.Graph.Initializers[0].External = true }), ErrNotCanonical},
		{"failure: scale of 0", change(func(m *onnxpb.Model) { m.Graph.Initializers[0].Raw = make([]byte, 4) }), ErrScale},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, err := ReadCanonical(c.data(t))
			if !errors.Is(err, c.want) || (g == nil) != (err != nil) {
				t.Errorf("expected %v, got %v, %v", c.want, g, err)
			}
		})
	}
}

// canonicalModel is a canonical file, decoded so that a test can damage it.
func canonicalModel(t *testing.T) *onnxpb.Model {
	t.Helper()
	data, err := mustImport(t, everythingFile()).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnxpb.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func lastNode(m *onnxpb.Model) *onnxpb.Node { return &m.Graph.Nodes[len(m.Graph.Nodes)-1] }

func TestReadCanonicalRefusesEveryChangedByte(t *testing.T) {
	data, err := mustImport(t, denseFile()).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 1
		g, err := ReadCanonical(changed)
		if err != nil {
			continue
		}
		// another model, written canonically
		if again, err := g.Marshal(); err != nil || !bytes.Equal(again, changed) {
			t.Fatalf("byte %d: accepted, and written as other bytes: %v", i, err)
		}
	}
}

func TestImportCanonicalKeepsOrSetsTheName(t *testing.T) {
	g := mustImport(t, denseFile())
	g.Name = "acme/dense@1.0.0"
	data, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"", "acme/dense@1.0.0"}, {"other", "other"}} {
		got, _, err := Import(data, Options{Name: c[0]})
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != c[1] {
			t.Errorf("expected %q, got %q", c[1], got.Name)
		}
	}
	if _, _, err := Import(data, Options{Name: "two words"}); !errors.Is(err, ErrInvalidGraph) {
		t.Errorf("expected %v, got %v", ErrInvalidGraph, err)
	}
}
