package clients

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/oip"
)

// reversing is a backend whose models answer with their input backwards.
type reversing map[string]oip.Tensor

var models = reversing{
	"acme/vibration": {Name: "input", Datatype: oip.Int8, Shape: []int64{1, 64}, Size: 64},
	"acme/camera":    {Name: "input", Datatype: oip.Uint8, Shape: []int64{1, 3, 32, 32}, Size: 3 * 32 * 32},
}

const version = "1.2.0"

func (r reversing) Live() bool  { return true }
func (r reversing) Ready() bool { return true }

func (r reversing) ModelReady(model, v string) error {
	_, err := r.model(model, v)
	return err
}

func (r reversing) model(model, v string) (oip.Tensor, error) {
	t, ok := r[model]
	if !ok {
		return t, fmt.Errorf("%w: model %q", oip.ErrNotFound, model)
	}
	if v != "" && v != version {
		return t, fmt.Errorf("%w: version %q", oip.ErrNotFound, v)
	}
	return t, nil
}

func (r reversing) ModelMetadata(model, v string) (oip.ModelMetadata, error) {
	in, err := r.model(model, v)
	if err != nil {
		return oip.ModelMetadata{}, err
	}
	return oip.ModelMetadata{Name: model, Versions: []string{version}, Platform: "onnxruntime_onnx", Inputs: []oip.Tensor{in}, Outputs: []oip.Tensor{output(in)}}, nil
}

func output(in oip.Tensor) oip.Tensor {
	in.Name = "output"
	return in
}

func (r reversing) Begin(_ context.Context, t oip.Target) (oip.Call, error) {
	in, err := r.model(t.Model, t.Version)
	if err != nil {
		return nil, err
	}
	if t.Stream == "busy" {
		return nil, &oip.OverloadError{Reason: "the queue is full", RetryAfter: 250 * time.Millisecond}
	}
	return &call{target: t, tensor: in, data: make([]byte, in.Size)}, nil
}

// Receipt knows one.
func (r reversing) Receipt(_ context.Context, id string) (oip.Receipt, error) {
	if id != receipt.ID {
		return oip.Receipt{}, fmt.Errorf("%w: receipt %q", oip.ErrNotFound, id)
	}
	return receipt, nil
}

var receipt = oip.Receipt{
	ID: "6f1c3bb0a59e4d6c8a7d1f0e2b3c4d5e", ChainID: "zone-1", Device: "assay1vqq0fn0c4kslr3k2h8k6gj2q4q0m0xq3f0k0dd",
	Version: "channel-0:acme/vibration@1.2.0", InputDigest: []byte{1}, Output: []byte{2}, Time: time.Unix(1700000000, 0), State: "submitted", Attestation: 12,
}

type call struct {
	target oip.Target
	tensor oip.Tensor
	data   []byte
}

func (c *call) Input() oip.Tensor  { return c.tensor }
func (c *call) Output() oip.Tensor { return output(c.tensor) }
func (c *call) In() []byte         { return c.data }
func (c *call) Out() []byte        { return c.data }
func (c *call) End()               {}

func (c *call) Run(context.Context) (oip.Result, error) {
	slices.Reverse(c.data)
	r := oip.Result{Version: version, VersionID: "channel-0:" + c.target.Model + "@" + version, Parameters: []oip.Parameter{
		oip.Integer("generation", 3), oip.Text("key", c.target.Key), oip.Text("canary", canary(c.target.Canary)), oip.Bool("batch", c.target.Batch),
		oip.Text("timeout", c.target.Timeout.Round(time.Second).String()), oip.Bool("prove", c.target.Prove),
	}}
	if c.target.Receipt {
		r.Receipt = &receipt
	}
	return r, nil
}

func canary(c *bool) string {
	if c == nil {
		return "unset"
	}
	return fmt.Sprint(*c)
}

// addresses are where a server of the models listens.
type addresses struct{ rest, grpc, restSocket, grpcSocket string }

func start(t *testing.T, o oip.Options) addresses {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := oip.NewServer(models, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	a := addresses{restSocket: filepath.Join(dir, "sidecar.sock"), grpcSocket: filepath.Join(dir, "grpc.sock")}
	tcpREST, tcpGRPC := listenTCP(t), listenTCP(t)
	a.rest, a.grpc = tcpREST.Addr().String(), tcpGRPC.Addr().String()
	serve(t, s.Serve, tcpREST)
	serve(t, s.ServeGRPC, tcpGRPC)
	serve(t, s.Serve, listenUnix(t, a.restSocket))
	serve(t, s.ServeGRPC, listenUnix(t, a.grpcSocket))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return a
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func listenUnix(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := oip.ListenUnix(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func serve(t *testing.T, run func(net.Listener) error, l net.Listener) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- run(l) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
