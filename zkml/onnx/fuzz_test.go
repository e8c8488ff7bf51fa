package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// fuzzRunLimit keeps inputs that are valid and slow out of the way of the fuzzer.
const fuzzRunLimit = 1 << 16

func FuzzImport(f *testing.F) {
	for _, file := range []*file{denseFile(), convFile(), everythingFile()} {
		f.Add(file.Encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, report, err := Import(data, Options{})
		if err != nil {
			if g != nil || report != nil {
				t.Fatal("a result with an error")
			}
			return
		}
		if len(report.Layers) != len(g.Nodes) {
			t.Fatalf("expected %d layers, got %d", len(g.Nodes), len(report.Layers))
		}
		work := int64(0)
		for i := range g.Values {
			work += int64(g.Values[i].Len())
		}
		if g.MACs()+work > fuzzRunLimit {
			return
		}
		file, err := g.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadCanonical(file)
		if err != nil || !reflect.DeepEqual(read, g) {
			t.Fatalf("expected the graph back, got %v", err)
		}
		if _, err := g.Run(make([]byte, g.Values[0].Len())); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadCanonical(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", "everything.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ReadCanonical(data)
		if err != nil {
			return
		}
		again, err := g.Marshal()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("expected the same bytes, got others: %v", err)
		}
	})
}
