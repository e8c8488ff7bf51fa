package onnx

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// imported imports a third-party model.
func imported(t testing.TB, name ...string) (*Graph, *Report) {
	t.Helper()
	g, r, err := Import(dataFile(t, name...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g, r
}

func TestAnomalyDetectorVectors(t *testing.T) {
	g, _ := imported(t, "mlperf-tiny", "ad", "ad01_int8.onnx")
	e, err := NewExecutor(g)
	if err != nil {
		t.Fatal(err)
	}
	equal := 0
	for i := range 10 {
		got, err := e.Run(dataFile(t, "mlperf-tiny", "ad", "input", fmt.Sprintf("%d.bin", i)))
		if err != nil {
			t.Fatal(err)
		}
		want := dataFile(t, "mlperf-tiny", "ad", "output", fmt.Sprintf("%d.bin", i))
		if !bytes.Equal(got, want) {
			t.Errorf("vector %d differs", i)
		}
		for k := range want {
			if got[k] == want[k] {
				equal++
			}
		}
	}
	if equal != 6400 {
		t.Errorf("expected 6400 of 6400 values, got %d", equal)
	}
}

var supported = [][]string{
	{"mlperf-tiny", "ad", "ad01_int8.onnx"},
	{"mlperf-tiny", "kws", "kws_ref_model.onnx"},
	{"micro-kws", "micro_kws_m_static_qoperator.onnx"},
	{"ort", "conv_qdq_s8s8.onnx"},
	{"ort", "conv_qdq_s8s8_perchannel.onnx"},
	{"ort", "conv_qdq_u8u8.onnx"},
}

func TestSupportedModelsRoundTrip(t *testing.T) {
	for _, name := range supported {
		t.Run("success: "+name[len(name)-1], func(t *testing.T) {
			g, _ := imported(t, name...)
			roundTrip(t, g)
			again, _ := imported(t, name...)
			if !reflect.DeepEqual(g, again) {
				t.Error("importing twice gave different graphs")
			}
		})
	}
}

// roundTrip checks that writing and reading the graph gives the graph, and returns the file.
func roundTrip(t *testing.T, g *Graph) []byte {
	t.Helper()
	data, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadCanonical(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, read) {
		t.Errorf("reading gave another graph:\n%+v\nexpected\n%+v", read, g)
	}
	same, _, err := Import(data, Options{Name: g.Name})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, same) {
		t.Error("importing the canonical file gave another graph")
	}
	return data
}

// TestDemoModel imports the project's own model, which is always there.
func TestDemoModel(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "models", "vibration", "vibration.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	g, r, err := Import(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ops(g), []string{"matmul", "matmul", "matmul", "matmul"}; !reflect.DeepEqual(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
	if r.Head == nil || len(r.Tail) != 1 || len(r.Changes) != 0 {
		t.Errorf("expected a float head, a float tail and no change, got %+v", r)
	}
	roundTrip(t, g)
}
