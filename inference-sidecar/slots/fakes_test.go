package slots

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

const testModel = "channel-0:acme/everything"

// release is a published version: its spec and the content of its artifacts.
type release struct {
	spec  *Spec
	files map[[32]byte][]byte
}

// publish makes a version of the golden canonical file. Its graph has the number in its name, so each has a digest of
// its own.
func publish(t testing.TB, number string) *release {
	t.Helper()
	golden, err := os.ReadFile(filepath.Join("..", "..", "zkml", "onnx", "testdata", "everything.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := onnx.Import(golden, onnx.Options{Name: "v" + number})
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := g.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	vectors, err := model.NewSelfTest(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	selfTest, err := vectors.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r := &release{files: map[[32]byte][]byte{}}
	r.spec = &Spec{
		ID: testModel + "@" + number, Input: tensor(&g.Values[g.Input]), Output: tensor(&g.Values[g.Output]),
		Options: onnx.SessionOptions(), CircuitDigest: sha256.Sum256([]byte(number)), KeyDigest: sha256.Sum256([]byte("key" + number)),
	}
	r.set(model.CanonicalFile, canonical)
	r.set(model.SelfTestFile, selfTest)
	return r
}

func tensor(v *onnx.Value) Tensor { return Tensor{Name: v.Name, Type: v.Type.String(), Shape: v.Shape} }

// set replaces an artifact; nil content removes it from the spec.
func (r *release) set(name string, data []byte) {
	kept := r.spec.Artifacts[:0:0]
	for _, a := range r.spec.Artifacts {
		if a.Name != name {
			kept = append(kept, a)
		}
	}
	if data != nil {
		a := artifacts.Artifact{Name: name, MediaType: "application/x", Digest: sha256.Sum256(data), Size: int64(len(data)), URIs: []string{"test:" + name}}
		kept = append(kept, a)
		r.files[a.Digest] = data
	}
	r.spec.Artifacts = kept
}

// fakeStore holds what releases have, and fails as it is told.
type fakeStore struct {
	mu       sync.Mutex
	files    map[[32]byte][]byte // on servers
	stored   map[[32]byte][]byte
	fail     error         // of each Fetch that needs a server
	wait     chan struct{} // each Fetch that needs a server waits for it, where it is not nil
	fetches  int
	retained map[[32]byte]bool
}

func newStore(releases ...*release) *fakeStore {
	s := &fakeStore{files: map[[32]byte][]byte{}, stored: map[[32]byte][]byte{}}
	for _, r := range releases {
		for digest, data := range r.files {
			s.files[digest] = data
		}
	}
	return s
}

func (s *fakeStore) Fetch(ctx context.Context, a artifacts.Artifact) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stored[a.Digest] != nil {
		return "", nil
	}
	if wait := s.wait; wait != nil {
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	s.fetches++
	if s.fail != nil {
		return "", s.fail
	}
	if s.files[a.Digest] == nil {
		return "", fmt.Errorf("%w: %s", artifacts.ErrFetch, a)
	}
	s.stored[a.Digest] = s.files[a.Digest]
	return "", nil
}

func (s *fakeStore) Read(a artifacts.Artifact) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := s.stored[a.Digest]
	if data == nil {
		return nil, fmt.Errorf("%w: %s", artifacts.ErrMissing, a)
	}
	if sha256.Sum256(data) != a.Digest {
		delete(s.stored, a.Digest)
		return nil, fmt.Errorf("%w: %s", artifacts.ErrDigest, a)
	}
	return data, nil
}

func (s *fakeStore) RetainFor(_ string, digests ...[32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retained = map[[32]byte]bool{}
	for _, d := range digests {
		s.retained[d] = true
	}
}

func (s *fakeStore) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// fakeEngine computes with the reference executor.
type fakeEngine struct {
	mu     sync.Mutex
	exec   *onnx.Executor
	in     ort.Tensor
	out    ort.Tensor
	fault  faults
	closed atomic.Bool
	used   atomic.Int64 // runs under way
	owner  *fakeLoader
}

// faults are what an engine does wrong.
type faults struct {
	load, warm, run error
	wrongBit        bool
}

var errEngine = errors.New("engine is broken")

func (e *fakeEngine) Input() ort.Tensor  { return e.in }
func (e *fakeEngine) Output() ort.Tensor { return e.out }
func (e *fakeEngine) Frame() *engine.Frame {
	return &engine.Frame{In: make([]byte, e.in.Size), Out: make([]byte, e.out.Size)}
}
func (e *fakeEngine) Recycle(_ *engine.Frame) {}

func (e *fakeEngine) WarmUp(context.Context, int) error { return e.fault.warm }

func (e *fakeEngine) Run(f *engine.Frame) error {
	e.used.Add(1)
	defer e.used.Add(-1)
	if e.closed.Load() {
		return engine.ErrClosed
	}
	if e.fault.run != nil {
		return e.fault.run
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	out, err := e.exec.Run(f.In)
	copy(f.Out, out)
	if e.fault.wrongBit {
		f.Out[0] ^= 1
	}
	return err
}

func (e *fakeEngine) Close() error {
	if e.closed.Swap(true) {
		panic("closed twice")
	}
	if e.used.Load() != 0 {
		panic("closed while it runs")
	}
	e.owner.open.Add(-1)
	return nil
}

// fakeLoader loads fake engines, with faults by the name of the graph.
type fakeLoader struct {
	mu     sync.Mutex
	faults map[string]faults
	wait   map[string]chan struct{} // a load of the name waits for it
	loads  map[string]int
	open   atomic.Int64 // engines that are not closed
}

func newLoader() *fakeLoader {
	return &fakeLoader{faults: map[string]faults{}, wait: map[string]chan struct{}{}, loads: map[string]int{}}
}

func (l *fakeLoader) load(data []byte, _ map[string]string) (Engine, error) {
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.loads[g.Name]++
	fault, wait := l.faults[g.Name], l.wait[g.Name]
	l.mu.Unlock()
	if wait != nil {
		<-wait
	}
	if fault.load != nil {
		return nil, fault.load
	}
	exec, err := onnx.NewExecutor(g)
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &fakeEngine{exec: exec, in: end(&g.Values[g.Input]), out: end(&g.Values[g.Output]), fault: fault, owner: l}, nil
}

func (l *fakeLoader) set(name string, f faults) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[name] = f
}

func end(v *onnx.Value) ort.Tensor {
	return ort.Tensor{Name: v.Name, Type: v.Type.String(), Shape: v.Shape, Size: v.Len()}
}

// world is a model with all that it needs, and all that it told.
type world struct {
	t      testing.TB
	dir    string
	store  *fakeStore
	loader *fakeLoader
	model  *Model
	height int64

	mu   sync.Mutex
	news *sync.Cond // of told
	told []Progress
}

var genesis = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, releases ...*release) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), store: newStore(releases...), loader: newLoader()}
	w.news = sync.NewCond(&w.mu)
	w.open()
	t.Cleanup(func() {
		w.close()
		if n := w.loader.open.Load(); n != 0 {
			t.Errorf("expected every engine to be closed, got %d open", n)
		}
	})
	return w
}

func (w *world) options() Options {
	return Options{Dir: w.dir, Store: w.store, Loader: w.loader.load, Progress: func(p Progress) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, p)
		if w.news != nil {
			w.news.Broadcast()
		}
	}}
}

func (w *world) open() {
	w.t.Helper()
	m, err := New(testModel, w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	w.model = m
}

func (w *world) close() {
	w.t.Helper()
	if err := w.model.Close(context.Background()); err != nil {
		w.t.Error(err)
	}
}

// order completes an order with the next height.
func (w *world) order(o Order) Order {
	w.height++
	o.Model, o.Height, o.Time = testModel, w.height, genesis.Add(time.Duration(w.height)*time.Second)
	return o
}

func (w *world) apply(o Order) {
	w.t.Helper()
	if err := w.model.Apply(w.order(o)); err != nil {
		w.t.Fatal(err)
	}
}

// takeTold returns what was told since the last call, as "number version phase code".
func (w *world) takeTold() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, p := range w.told {
		text := fmt.Sprintf("%d %s %s", p.Number, p.Version[len(testModel)+1:], p.Phase)
		if p.Code != CodeNone {
			text += " " + string(p.Code)
		}
		out = append(out, text)
	}
	w.told = nil
	return out
}

// serving asks who answers a request.
func (w *world) serving(r Route) string {
	w.t.Helper()
	l, err := w.model.Lease(r)
	if err != nil {
		return err.Error()
	}
	defer l.Release()
	return l.Spec().ID[len(testModel)+1:]
}
