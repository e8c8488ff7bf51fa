package slots

import (
	"bytes"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

func requireLibrary(t testing.TB) {
	t.Helper()
	if _, err := ort.Find(); err != nil {
		t.Skipf("needs ONNX Runtime: %v", err)
	}
}

// engineWorld loads into ONNX Runtime.
func engineWorld(t testing.TB, o engine.Options, releases ...*release) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), store: newStore(releases...), loader: newLoader()}
	w.news = sync.NewCond(&w.mu)
	opts := w.options()
	opts.Loader, opts.Engine = nil, o
	m, err := New(testModel, opts)
	if err != nil {
		t.Fatal(err)
	}
	w.model = m
	t.Cleanup(w.close)
	return w
}

// awaitPhase returns the first phase of a rollout's candidate that is one of those.
func (w *world) awaitPhase(number uint64, phases ...Phase) Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for _, p := range w.told {
			if p.Number == number && slices.Contains(phases, p.Phase) {
				w.told = nil
				return p
			}
		}
		w.news.Wait()
	}
}

func TestEngineServesWhatTheReferenceComputes(t *testing.T) {
	requireLibrary(t)
	r := publish(t, "1.0.0")
	w := engineWorld(t, engine.Options{}, r)
	w.apply(Order{Candidate: r.spec, Number: 1, Generation: 1, Weight: 100})
	if p := w.awaitPhase(1, PhaseReady, PhaseFailed); p.Phase != PhaseReady {
		t.Fatalf("expected it to be ready, got %+v", p)
	}
	a, _ := r.spec.Artifact(model.CanonicalFile)
	g, err := onnx.ReadCanonical(r.files[a.Digest])
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.model.Lease(Route{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	f := l.Engine().Frame()
	defer l.Engine().Recycle(f)
	for i := range f.In {
		f.In[i] = byte(37 * i)
	}
	want, err := g.Run(f.In)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Engine().Run(f); err != nil || !bytes.Equal(f.Out, want) {
		t.Errorf("expected %v, got %v, %v", want, f.Out, err)
	}
}

func TestEngineFailures(t *testing.T) {
	t.Run("failure: no library", func(t *testing.T) {
		r := publish(t, "1.0.0")
		w := engineWorld(t, engine.Options{Library: filepath.Join(t.TempDir(), "absent.so")}, r)
		w.apply(Order{Candidate: r.spec, Number: 1, Generation: 1, Weight: 100})
		if p := w.awaitPhase(1, PhaseReady, PhaseFailed); p.Code != CodeLoad {
			t.Errorf("expected code load, got %+v", p)
		}
	})
	t.Run("failure: self-test", func(t *testing.T) {
		requireLibrary(t)
		r := publish(t, "1.0.0")
		w := engineWorld(t, engine.Options{}, r)
		w.changeSelfTest(r, func(v *model.Vector) { v.Output[0] ^= 1 })
		w.apply(Order{Candidate: r.spec, Number: 1, Generation: 1, Weight: 100})
		if p := w.awaitPhase(1, PhaseReady, PhaseFailed); p.Code != CodeSelfTest {
			t.Errorf("expected code self-test, got %+v", p)
		}
	})
}

// Versions are swapped in ONNX Runtime while requests come in; none fails.
func TestEngineSwapsUnderLoad(t *testing.T) {
	requireLibrary(t)
	releases := []*release{publish(t, "1.0.0"), publish(t, "2.0.0")}
	w := engineWorld(t, engine.Options{}, releases...)
	w.apply(Order{Candidate: releases[0].spec, Number: 1, Generation: 1, Weight: 100})
	w.awaitPhase(1, PhaseReady)
	var stop atomic.Bool
	var requests atomic.Int64
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for !stop.Load() {
				if err := infer(w.model); err != nil {
					t.Error(err)
					return
				}
				requests.Add(1)
			}
		})
	}
	const swaps = 50
	start := time.Now()
	for n := range swaps {
		on, candidate, number := releases[n%2].spec, releases[(n+1)%2].spec, uint64(n+2)
		w.apply(Order{Version: on, Candidate: candidate, Number: number, Generation: 1, Weight: 50})
		w.awaitPhase(number, PhaseReady, PhaseFailed)
		w.apply(Order{Version: candidate, Number: number, Generation: 2})
	}
	stop.Store(true)
	clients.Wait()
	t.Logf("%d swaps in %s, %d requests", swaps, time.Since(start).Round(time.Millisecond), requests.Load())
}

func infer(m *Model) error {
	l, err := m.Lease(Route{})
	if err != nil {
		return err
	}
	defer l.Release()
	f := l.Engine().Frame()
	defer l.Engine().Recycle(f)
	err = l.Engine().Run(f)
	l.Outcome(err)
	return err
}

func BenchmarkLease(b *testing.B) {
	v1, v2 := publish(b, "1.0.0"), publish(b, "2.0.0")
	w := newWorld(b, v1, v2)
	w.apply(Order{Candidate: v1.spec, Number: 1, Weight: 100})
	w.awaitPhase(1, PhaseReady)
	w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 2, Weight: 50})
	w.awaitPhase(2, PhaseReady)
	for name, r := range map[string]Route{"turn": {}, "key": {Key: "camera-17"}, "version": {Version: v1.spec.ID}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l, err := w.model.Lease(r)
				if err != nil {
					b.Fatal(err)
				}
				l.Release()
			}
		})
	}
}
