package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

// vectors are random inputs and what the integer reference executor makes of them.
type vector struct{ in, out []byte }

func vectors(t testing.TB, g *onnx.Graph, n int) []vector {
	t.Helper()
	e, err := onnx.NewExecutor(g)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	vs := make([]vector, n)
	for i := range vs {
		in := make([]byte, g.Values[g.Input].Len())
		for k := range in {
			in[k] = byte(rng.Uint32())
		}
		out, err := e.Run(in)
		if err != nil {
			t.Fatal(err)
		}
		vs[i] = vector{in, out}
	}
	return vs
}

func (v vector) run(m *Model) error {
	f := m.Frame()
	defer m.Recycle(f)
	copy(f.In, v.in)
	if err := m.Run(f); err != nil {
		return err
	}
	if !bytes.Equal(f.Out, v.out) {
		return fmt.Errorf("expected %v, got %v", v.out, f.Out)
	}
	return nil
}

func TestRunAgreesWithReference(t *testing.T) {
	for _, s := range sources {
		t.Run("success: "+s.name, func(t *testing.T) {
			m, g := s.load(t, Options{})
			if err := m.WarmUp(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			for i, v := range vectors(t, g, 2) {
				if err := v.run(m); err != nil {
					t.Errorf("vector %d: %v", i, err)
				}
			}
		})
	}
}

// No option of the operator's may change a bit.
func TestOptionsChangeNoBit(t *testing.T) {
	model := source{"camera", nil}
	vs := vectors(t, model.graph(t), 1)
	for name, o := range map[string]Options{
		"success: not optimized": {Optimization: ort.OptimizeNone},
		"success: all":           {Optimization: ort.OptimizeAll},
		"success: threads":       {Threads: 3},
		"success: no arena":      {DisableArena: true},
		"success: one at a time": {Parallel: 1},
		"success: cpu by name":   {Provider: "cpu"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := model.load(t, o)
			for _, v := range vs {
				if err := v.run(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestTensors(t *testing.T) {
	m, g := vibration.load(t, Options{})
	in, out := g.Values[g.Input], g.Values[g.Output]
	if got := m.Input(); got.Name != in.Name || got.Type != in.Type.String() || got.Size != in.Len() {
		t.Errorf("input: expected %+v, got %+v", in, got)
	}
	if got := m.Output(); got.Name != out.Name || got.Type != out.Type.String() || got.Size != out.Len() {
		t.Errorf("output: expected %+v, got %+v", out, got)
	}
	f := m.Frame()
	defer m.Recycle(f)
	if len(f.In) != in.Len() || len(f.Out) != out.Len() {
		t.Errorf("frame: expected %d and %d bytes, got %d and %d", in.Len(), out.Len(), len(f.In), len(f.Out))
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	for _, o := range []Options{{}, {Threads: 2}, {DisableArena: true}} {
		m, _ := vibration.load(t, o)
		if err := m.WarmUp(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(200, func() {
			f := m.Frame()
			f.In[0]++
			if err := m.Run(f); err != nil {
				t.Fatal(err)
			}
			m.Recycle(f)
		}); n != 0 {
			t.Errorf("%+v: expected 0 allocations, got %v", o, n)
		}
	}
}

// More callers than turns and frames, each with inputs of its own.
func TestRunsSideBySide(t *testing.T) {
	m, g := vibration.load(t, Options{})
	vs := vectors(t, g, 16)
	var wg sync.WaitGroup
	for i := range vs {
		wg.Go(func() {
			for k := range 200 {
				if err := vs[(i+k)%len(vs)].run(m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestRunWaitsForTurn(t *testing.T) {
	m, _ := vibration.load(t, Options{Parallel: 2})
	if m.Parallel() != 2 {
		t.Fatalf("expected 2 side by side, got %d", m.Parallel())
	}
	m.turns <- struct{}{}
	m.turns <- struct{}{}
	f := m.Frame()
	result := make(chan error)
	go func() { result <- m.Run(f) }()
	select {
	case err := <-result:
		t.Fatalf("expected to wait, got %v", err)
	default:
	}
	<-m.turns
	if err := <-result; err != nil {
		t.Error(err)
	}
	<-m.turns
	m.Recycle(f)
}

func TestWarmUp(t *testing.T) {
	m, _ := vibration.load(t, Options{Parallel: 3})
	if err := m.WarmUp(t.Context(), 0); err != nil {
		t.Errorf("success: nothing to do: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.WarmUp(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("failure: canceled: expected %v, got %v", context.Canceled, err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.WarmUp(t.Context(), 3); !errors.Is(err, ErrClosed) {
		t.Errorf("failure: closed: expected %v, got %v", ErrClosed, err)
	}
}

func TestClose(t *testing.T) {
	m, g := vibration.load(t, Options{})
	v := vectors(t, g, 1)[0]
	held := m.Frame()
	copy(held.In, v.in)
	if err := m.Run(held); err != nil {
		t.Fatal(err)
	}
	m.turns <- struct{}{} // as a run under way and one that waits
	m.turns <- struct{}{}
	waiting := make(chan error)
	go func() {
		f := m.Frame()
		defer m.Recycle(f)
		waiting <- m.Run(f)
	}()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Errorf("waiting run: expected %v, got %v", ErrClosed, err)
	}
	<-m.turns
	<-m.turns
	if !bytes.Equal(held.Out, v.out) {
		t.Error("a held frame changed")
	}
	late := m.Frame()
	if len(late.In) != len(held.In) || len(late.Out) != len(held.Out) {
		t.Error("a frame of a closed model: expected buffers of the usual size")
	}
	for _, f := range []*Frame{held, late} {
		if err := m.Run(f); !errors.Is(err, ErrClosed) {
			t.Errorf("later run: expected %v, got %v", ErrClosed, err)
		}
		if !bytes.Equal(f.Out, make([]byte, len(f.Out))) {
			t.Error("expected the output to be all zeros after an error")
		}
		m.Recycle(f)
	}
	if err := m.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestCloseDuringRuns(t *testing.T) {
	for range 20 {
		m, g := vibration.load(t, Options{})
		v := vectors(t, g, 1)[0]
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for {
					if err := v.run(m); err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Errorf("expected %v, got %v", ErrClosed, err)
						}
						return
					}
				}
			})
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}

func TestLoadRejects(t *testing.T) {
	requireLibrary(t)
	good, _ := vibration.canonical(t)
	tests := []struct {
		name  string
		model []byte
		opts  Options
		want  error
		says  string
	}{
		{"failure: empty", nil, Options{}, ort.ErrModel, ""},
		{"failure: garbage", []byte("not a model"), Options{}, ort.ErrModel, ""},
		{"failure: zeros", make([]byte, 4096), Options{}, ort.ErrModel, ""},
		{"failure: truncated", good[:len(good)/2], Options{}, ort.ErrModel, ""},
		{"failure: not canonical", vibration.read(t), Options{}, onnx.ErrNotCanonical, ""},
		{"failure: a byte more", append(bytes.Clone(good), 0), Options{}, ort.ErrModel, ""},
		{"failure: negative threads", good, Options{Threads: -1}, ErrOptions, "threads: expected 0 to 64, got -1"},
		{"failure: many threads", good, Options{Threads: 65}, ErrOptions, "threads: expected 0 to 64, got 65"},
		{"failure: negative parallel", good, Options{Parallel: -1}, ErrOptions, "parallel: expected 0 to 64, got -1"},
		{"failure: many parallel", good, Options{Parallel: 65}, ErrOptions, "parallel: expected 0 to 64, got 65"},
		{"failure: unknown level", good, Options{Optimization: 9}, ErrOptions, "optimization"},
		{"failure: unknown provider", good, Options{Provider: "quantum"}, ErrProvider, "available: cpu"},
		{"failure: another library", good, Options{Library: "/dev/null"}, ort.ErrOpened, "/dev/null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Load(tt.model, onnx.SessionOptions(), tt.opts)
			if m != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("expected %v with %q, got %v", tt.want, tt.says, err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	requireLibrary(t)
	if err := (Options{}).Check(); err != nil {
		t.Errorf("success: %v", err)
	}
	if err := (Options{Library: ort.Path(), Provider: "cpu"}).Check(); err != nil {
		t.Errorf("success: by name: %v", err)
	}
	for name, tt := range map[string]struct {
		opts Options
		want error
	}{
		"failure: provider": {Options{Provider: "quantum"}, ErrProvider},
		"failure: options":  {Options{Threads: -1}, ErrOptions},
		"failure: library":  {Options{Library: "/nowhere/libonnxruntime.so.1"}, ort.ErrOpened},
	} {
		if err := tt.opts.Check(); !errors.Is(err, tt.want) {
			t.Errorf("%s: expected %v, got %v", name, tt.want, err)
		}
	}
}

// FuzzLoad holds that whatever Load takes can be run, and that nothing takes the process down.
func FuzzLoad(f *testing.F) {
	requireLibrary(f)
	data, _ := vibration.canonical(f)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Load(data, onnx.SessionOptions(), Options{})
		if err != nil {
			return
		}
		if err := m.WarmUp(t.Context(), 1); err != nil {
			t.Error(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}
