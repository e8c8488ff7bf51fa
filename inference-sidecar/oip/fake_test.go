package oip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fake is a backend whose models copy the start of their input, or what run says, to the output.
type fake struct {
	mu      sync.Mutex
	models  map[string]*fakeModel
	dead    bool
	targets []Target // of calls begun, in order; kept where record is set
	record  bool
	open    atomic.Int64 // calls begun and not ended
	begun   atomic.Int64
	run     func(ctx context.Context, c *fakeCall) error // nil: copy
	begin   func(t Target) error
	result  Result
	calls   sync.Pool
}

type fakeModel struct {
	in, out Tensor
	err     error // of readiness
}

func tensor(name, datatype string, shape ...int64) Tensor {
	size := int64(1)
	for _, n := range shape {
		size *= n
	}
	return Tensor{Name: name, Datatype: datatype, Shape: shape, Size: int(size)}
}

// newFake has a small model of each datatype.
func newFake() *fake {
	f := &fake{
		models: map[string]*fakeModel{
			"acme/echo": {in: tensor("x", Int8, 1, 2, 3), out: tensor("y", Int8, 1, 4)},
			"unsigned":  {in: tensor("x", Uint8, 6), out: tensor("y", Uint8, 4)},
			"large":     {in: tensor("x", Uint8, 1, 3, 224, 224), out: tensor("y", Uint8, 1000)},
			"loading":   {in: tensor("x", Int8, 1), out: tensor("y", Int8, 1), err: fmt.Errorf("%w: no version yet", ErrNotReady)},
		},
		result: Result{Version: "1.2.0", VersionID: "channel-0:acme/echo@1.2.0", Parameters: []Parameter{Integer("order", 7), Text("source", "channel-0"), Bool("candidate", false)}},
	}
	f.calls.New = func() any { return new(fakeCall) }
	return f
}

func (f *fake) Live() bool { return !f.dead }

func (f *fake) Ready() bool {
	for name := range f.models {
		if name != "loading" && f.ModelReady(name, "") != nil {
			return false
		}
	}
	return !f.dead
}

func (f *fake) model(name, version string) (*fakeModel, error) {
	m := f.models[name]
	if m == nil {
		return nil, fmt.Errorf("%w: model %q", ErrNotFound, name)
	}
	if version != "" && version != "1.2.0" {
		return nil, fmt.Errorf("%w: version %q", ErrNotFound, version)
	}
	return m, m.err
}

func (f *fake) ModelReady(model, version string) error {
	_, err := f.model(model, version)
	return err
}

func (f *fake) ModelMetadata(model, version string) (ModelMetadata, error) {
	m, err := f.model(model, version)
	if err != nil {
		return ModelMetadata{}, err
	}
	return ModelMetadata{Name: model, Versions: []string{"1.2.0"}, Platform: "onnxruntime_onnx", Inputs: []Tensor{m.in}, Outputs: []Tensor{m.out}}, nil
}

func (f *fake) Begin(_ context.Context, t Target) (Call, error) {
	m, err := f.model(t.Model, t.Version)
	if err == nil && f.begin != nil {
		err = f.begin(t)
	}
	if err != nil {
		return nil, err
	}
	if f.record {
		f.mu.Lock()
		f.targets = append(f.targets, t)
		f.mu.Unlock()
	}
	f.open.Add(1)
	f.begun.Add(1)
	c := f.calls.Get().(*fakeCall)
	c.fake, c.fakeModel, c.target = f, m, t
	if cap(c.in) < m.in.Size {
		c.in = make([]byte, m.in.Size)
	}
	if cap(c.out) < m.out.Size {
		c.out = make([]byte, m.out.Size)
	}
	c.in, c.out = c.in[:m.in.Size], c.out[:m.out.Size]
	return c, nil
}

type fakeCall struct {
	fake *fake
	*fakeModel
	target  Target
	in, out []byte
}

func (c *fakeCall) Input() Tensor  { return c.fakeModel.in }
func (c *fakeCall) Output() Tensor { return c.fakeModel.out }
func (c *fakeCall) In() []byte     { return c.in }
func (c *fakeCall) Out() []byte    { return c.out }

func (c *fakeCall) Run(ctx context.Context) (Result, error) {
	if c.fake.run != nil {
		if err := c.fake.run(ctx, c); err != nil {
			return Result{}, err
		}
	} else {
		copy(c.out, c.in)
	}
	r := c.fake.result
	if c.target.Receipt {
		r.Receipt = &receipt
	}
	return r, nil
}

func (c *fakeCall) End() {
	c.fake.open.Add(-1)
	clear(c.out)
	c.fake.calls.Put(c)
}

var receipt = Receipt{
	ID: "000102030405060708090a0b0c0d0e0f", ChainID: "zone-1", Device: "assay1device", Version: "channel-0:acme/echo@1.2.0",
	InputDigest: []byte{0xab, 0xcd}, Output: []byte{1, 2}, Time: time.Unix(1700000000, 0), State: "submitted", Attestation: 12,
}

func (f *fake) Receipt(_ context.Context, id string) (Receipt, error) {
	if id != receipt.ID {
		return Receipt{}, fmt.Errorf("%w: receipt %q", ErrNotFound, id)
	}
	return receipt, nil
}

// serveUnix serves a backend over REST and gRPC and returns the paths of their sockets.
func serveUnix(t testing.TB, b Backend, o Options) (s *Server, rest, grpc string) {
	t.Helper()
	s, err := NewServer(b, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rest, grpc = filepath.Join(dir, "rest.sock"), filepath.Join(dir, "grpc.sock")
	serve(t, s.Serve, listenUnix(t, rest))
	serve(t, s.ServeGRPC, listenUnix(t, grpc))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return s, rest, grpc
}

func listenUnix(t testing.TB, path string) net.Listener {
	t.Helper()
	l, err := ListenUnix(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs a server's method on l until the server shuts down.
func serve(t testing.TB, run func(net.Listener) error, l net.Listener) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- run(l) }()
	t.Cleanup(func() {
		if err := <-done; err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("serve: %v", err)
		}
	})
}
