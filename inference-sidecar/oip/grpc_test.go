package oip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

type inputTensor = inferencepb.ModelInferRequest_InferInputTensor

func dialGRPC(t testing.TB, socket string) *grpc.ClientConn {
	t.Helper()
	c, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func grpcClient(t testing.TB, socket string) inferencepb.GRPCInferenceServiceClient {
	t.Helper()
	return inferencepb.NewGRPCInferenceServiceClient(dialGRPC(t, socket))
}

func checkCode(t *testing.T, err error, code codes.Code, message string) {
	t.Helper()
	if s := status.Convert(err); s.Code() != code || !strings.Contains(s.Message(), message) {
		t.Errorf("expected %v %q, got %v", code, message, err)
	}
}

func textParam(s string) *inferencepb.InferParameter {
	return &inferencepb.InferParameter{ParameterChoice: &inferencepb.InferParameter_StringParam{StringParam: s}}
}

func intParam(n int64) *inferencepb.InferParameter {
	return &inferencepb.InferParameter{ParameterChoice: &inferencepb.InferParameter_Int64Param{Int64Param: n}}
}

func boolParam(b bool) *inferencepb.InferParameter {
	return &inferencepb.InferParameter{ParameterChoice: &inferencepb.InferParameter_BoolParam{BoolParam: b}}
}

// rawRequest is a request to the model echo.
func rawRequest() *inferRequest {
	return &inferRequest{
		ModelName: "acme/echo", Id: "r1",
		Inputs:           []*inputTensor{{Name: "x", Datatype: Int8, Shape: []int64{1, 2, 3}}},
		RawInputContents: [][]byte{{1, 2, 0xff, 4, 5, 6}},
	}
}

func typedRequest() *inferRequest {
	r := rawRequest()
	r.RawInputContents = nil
	r.Inputs[0].Contents = &inferencepb.InferTensorContents{IntContents: []int32{1, 2, -1, -128, 127, 0}}
	return r
}

func TestGRPCDescribes(t *testing.T) {
	f := newFake()
	_, _, socket := serveUnix(t, f, Options{Software: "0.9", Logger: quiet()})
	conn := dialGRPC(t, socket)
	c := inferencepb.NewGRPCInferenceServiceClient(conn)
	ctx := context.Background()
	t.Run("success: health", func(t *testing.T) {
		live, err := c.ServerLive(ctx, &inferencepb.ServerLiveRequest{})
		if err != nil || !live.Live {
			t.Errorf("live: %v, %v", live, err)
		}
		ready, err := c.ServerReady(ctx, &inferencepb.ServerReadyRequest{})
		if err != nil || !ready.Ready {
			t.Errorf("ready: %v, %v", ready, err)
		}
	})
	t.Run("success: standard health", func(t *testing.T) {
		h := grpc_health_v1.NewHealthClient(conn)
		for _, service := range []string{"", "inference.GRPCInferenceService"} {
			r, err := h.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
			if err != nil || r.Status != grpc_health_v1.HealthCheckResponse_SERVING {
				t.Errorf("service %q: %v, %v", service, r, err)
			}
		}
		_, err := h.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "other"})
		checkCode(t, err, codes.NotFound, `service "other"`)
	})
	t.Run("success: metadata", func(t *testing.T) {
		s, err := c.ServerMetadata(ctx, &inferencepb.ServerMetadataRequest{})
		if err != nil || s.Name != "assay-sidecar" || s.Version != "0.9" || !reflect.DeepEqual(s.Extensions, extensions) {
			t.Errorf("got %v, %v", s, err)
		}
		m, err := c.ModelMetadata(ctx, &inferencepb.ModelMetadataRequest{Name: "acme/echo", Version: "1.2.0"})
		if err != nil || m.Name != "acme/echo" || m.Platform != "onnxruntime_onnx" || !reflect.DeepEqual(m.Versions, []string{"1.2.0"}) ||
			len(m.Inputs) != 1 || m.Inputs[0].Name != "x" || m.Inputs[0].Datatype != Int8 || !reflect.DeepEqual(m.Inputs[0].Shape, []int64{1, 2, 3}) ||
			len(m.Outputs) != 1 || m.Outputs[0].Name != "y" {
			t.Errorf("got %v, %v", m, err)
		}
	})
	t.Run("success: model ready", func(t *testing.T) {
		for model, want := range map[string]bool{"acme/echo": true, "loading": false} {
			r, err := c.ModelReady(ctx, &inferencepb.ModelReadyRequest{Name: model})
			if err != nil || r.Ready != want {
				t.Errorf("%s: expected %v, got %v, %v", model, want, r, err)
			}
		}
	})
	t.Run("failure: no such model", func(t *testing.T) {
		_, err := c.ModelReady(ctx, &inferencepb.ModelReadyRequest{Name: "nothing"})
		checkCode(t, err, codes.NotFound, `model "nothing"`)
		_, err = c.ModelMetadata(ctx, &inferencepb.ModelMetadataRequest{Name: "nothing"})
		checkCode(t, err, codes.NotFound, `model "nothing"`)
		_, err = c.ModelMetadata(ctx, &inferencepb.ModelMetadataRequest{Name: "loading"})
		checkCode(t, err, codes.Unavailable, `no version yet`)
	})
	t.Run("failure: name too long", func(t *testing.T) {
		_, err := c.ModelReady(ctx, &inferencepb.ModelReadyRequest{Name: strings.Repeat("a", 257)})
		checkCode(t, err, codes.InvalidArgument, "at most 256 bytes")
		_, err = c.ModelMetadata(ctx, &inferencepb.ModelMetadataRequest{Version: strings.Repeat("a", 257)})
		checkCode(t, err, codes.InvalidArgument, "at most 256 bytes")
	})
	t.Run("failure: down", func(t *testing.T) {
		f.dead = true
		defer func() { f.dead = false }()
		r, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err != nil || r.Status != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
			t.Errorf("got %v, %v", r, err)
		}
	})
}

func TestGRPCInfer(t *testing.T) {
	f := newFake()
	f.record = true
	_, _, socket := serveUnix(t, f, Options{Logger: quiet()})
	c := grpcClient(t, socket)
	check := func(t *testing.T, r *inferResponse) {
		t.Helper()
		if r.ModelName != "acme/echo" || r.ModelVersion != "1.2.0" || r.Id != "r1" || len(r.Outputs) != 1 || r.Outputs[0].Name != "y" ||
			r.Outputs[0].Datatype != Int8 || !reflect.DeepEqual(r.Outputs[0].Shape, []int64{1, 4}) {
			t.Errorf("got %v", r)
		}
		want := map[string]*inferencepb.InferParameter{
			"assay_version": textParam("channel-0:acme/echo@1.2.0"), "order": intParam(7), "source": textParam("channel-0"), "candidate": boolParam(false),
		}
		for name, p := range want {
			if !proto.Equal(p, r.Parameters[name]) {
				t.Errorf("parameter %q: expected %v, got %v", name, p, r.Parameters[name])
			}
		}
	}
	t.Run("success: raw", func(t *testing.T) {
		var md metadata.MD
		r, err := c.ModelInfer(context.Background(), rawRequest(), grpc.Header(&md))
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if len(r.RawOutputContents) != 1 || !bytes.Equal(r.RawOutputContents[0], []byte{1, 2, 0xff, 4}) || r.Outputs[0].Contents != nil {
			t.Errorf("got %v", r)
		}
		if got := md.Get("assay-version"); len(got) != 1 || got[0] != "channel-0:acme/echo@1.2.0" {
			t.Errorf("version: got %v", got)
		}
	})
	t.Run("success: int contents", func(t *testing.T) {
		r, err := c.ModelInfer(context.Background(), typedRequest())
		if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if got := r.Outputs[0].Contents.GetIntContents(); len(r.RawOutputContents) != 0 || !reflect.DeepEqual(got, []int32{1, 2, -1, -128}) {
			t.Errorf("got %v", r)
		}
	})
	t.Run("success: uint contents", func(t *testing.T) {
		r, err := c.ModelInfer(context.Background(), &inferRequest{ModelName: "unsigned", ModelVersion: "1.2.0", Inputs: []*inputTensor{{
			Name: "x", Datatype: Uint8, Shape: []int64{6}, Contents: &inferencepb.InferTensorContents{UintContents: []uint32{255, 0, 1, 2, 3, 4}},
		}}, Outputs: []*inferencepb.ModelInferRequest_InferRequestedOutputTensor{{Name: "y"}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Outputs[0].Contents.GetUintContents(); !reflect.DeepEqual(got, []uint32{255, 0, 1, 2}) {
			t.Errorf("got %v", r)
		}
	})
	t.Run("success: target", func(t *testing.T) {
		f.targets = nil
		r := rawRequest()
		r.Parameters = map[string]*inferencepb.InferParameter{
			"priority": {ParameterChoice: &inferencepb.InferParameter_Uint64Param{Uint64Param: 2}}, "timeout": intParam(1500), "stream": textParam("cam-1"),
			"assay_prove": boolParam(true), "assay_receipt": boolParam(true), "unknown": {ParameterChoice: &inferencepb.InferParameter_DoubleParam{DoubleParam: 1.5}}, "none": {},
		}
		ctx := metadata.AppendToOutgoingContext(context.Background(), "x-canary", "true", "x-assay-key", "caller")
		var md metadata.MD
		response, err := c.ModelInfer(ctx, r, grpc.Header(&md))
		if err != nil {
			t.Fatal(err)
		}
		want := Target{Model: "acme/echo", ID: "r1", Key: "caller", Canary: &yes, Stream: "cam-1", Batch: true, Timeout: 1500 * time.Microsecond, Prove: true, Receipt: true}
		if !reflect.DeepEqual(f.targets, []Target{want}) {
			t.Errorf("expected %+v, got %+v", want, f.targets)
		}
		if got := response.Parameters["assay_receipt"].GetStringParam(); !strings.Contains(got, `"attestation":12`) || md.Get("assay-receipt")[0] != receipt.ID {
			t.Errorf("receipt: got %q, %v", got, md)
		}
	})
	t.Run("success: deadline is the timeout", func(t *testing.T) {
		f.targets = nil
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := c.ModelInfer(ctx, rawRequest()); err != nil {
			t.Fatal(err)
		}
		if got := f.targets[0].Timeout; got <= 0 || got > time.Minute {
			t.Errorf("expected at most a minute, got %s", got)
		}
	})
}

func TestGRPCRefuses(t *testing.T) {
	f := newFake()
	f.run = func(context.Context, *fakeCall) error {
		t.Error("the model ran")
		return nil
	}
	_, _, socket := serveUnix(t, f, Options{Logger: quiet()})
	c := grpcClient(t, socket)
	contents := func(c *inferencepb.InferTensorContents) func(*inferRequest) {
		return func(r *inferRequest) { r.RawInputContents, r.Inputs[0].Contents = nil, c }
	}
	type outputTensor = inferencepb.ModelInferRequest_InferRequestedOutputTensor
	for _, tc := range []struct {
		name   string
		change func(r *inferRequest)
		code   codes.Code
		want   string
	}{
		{"no model", func(r *inferRequest) { r.ModelName = "" }, codes.NotFound, `model ""`},
		{"no such model", func(r *inferRequest) { r.ModelName = "nothing" }, codes.NotFound, `model "nothing"`},
		{"no such version", func(r *inferRequest) { r.ModelVersion = "9" }, codes.NotFound, `version "9"`},
		{"not ready", func(r *inferRequest) { r.ModelName = "loading" }, codes.Unavailable, `no version yet`},
		{"name too long", func(r *inferRequest) { r.ModelName = strings.Repeat("a", 257) }, codes.InvalidArgument, `at most 256 bytes`},
		{"id too long", func(r *inferRequest) { r.Id = strings.Repeat("a", 257) }, codes.InvalidArgument, `id: expected at most 256 bytes, got 257`},
		{"no inputs", func(r *inferRequest) { r.Inputs = nil }, codes.InvalidArgument, `inputs: expected one, got 0`},
		{"two inputs", func(r *inferRequest) { r.Inputs = append(r.Inputs, r.Inputs[0]) }, codes.InvalidArgument, `inputs: expected one, got 2`},
		{"two raw contents", func(r *inferRequest) { r.RawInputContents = append(r.RawInputContents, nil) }, codes.InvalidArgument, `got 2 of the latter`},
		{"no contents", contents(nil), codes.InvalidArgument, `expected either contents or one raw_input_contents, got 0`},
		{"raw and typed", func(r *inferRequest) { r.Inputs[0].Contents = &inferencepb.InferTensorContents{} }, codes.InvalidArgument, `expected either contents or one raw_input_contents`},
		{"raw, too short", func(r *inferRequest) { r.RawInputContents[0] = r.RawInputContents[0][:5] }, codes.InvalidArgument, `raw_input_contents: expected 6 bytes, got 5`},
		{"raw, too long", func(r *inferRequest) { r.RawInputContents[0] = make([]byte, 7) }, codes.InvalidArgument, `raw_input_contents: expected 6 bytes, got 7`},
		{"raw, empty", func(r *inferRequest) { r.RawInputContents[0] = nil }, codes.InvalidArgument, `expected 6 bytes, got 0`},
		{"typed, empty", contents(&inferencepb.InferTensorContents{}), codes.InvalidArgument, `contents: expected 6 elements, got 0`},
		{"typed, too many", contents(&inferencepb.InferTensorContents{IntContents: make([]int32, 7)}), codes.InvalidArgument, `contents: expected 6 elements, got 7`},
		{"typed, too large", contents(&inferencepb.InferTensorContents{IntContents: []int32{0, 0, 0, 0, 0, 128}}), codes.InvalidArgument, `contents: element 5: expected -128 to 127, got 128`},
		{"typed, far too small", contents(&inferencepb.InferTensorContents{IntContents: []int32{math.MinInt32, 0, 0, 0, 0, 0}}), codes.InvalidArgument, `got -2147483648`},
		{"typed, unsigned", contents(&inferencepb.InferTensorContents{UintContents: make([]uint32, 6)}), codes.InvalidArgument, `expected int_contents alone, got 6 elements of other types`},
		{"typed, floats", contents(&inferencepb.InferTensorContents{Fp32Contents: make([]float32, 6)}), codes.InvalidArgument, `expected int_contents alone`},
		{"typed, mixed", contents(&inferencepb.InferTensorContents{IntContents: make([]int32, 6), BytesContents: [][]byte{{}}}), codes.InvalidArgument, `expected int_contents alone, got 1`},
		{"unsigned, too large", func(r *inferRequest) {
			r.ModelName, r.RawInputContents = "unsigned", nil
			r.Inputs[0] = &inputTensor{Name: "x", Datatype: Uint8, Shape: []int64{6}, Contents: &inferencepb.InferTensorContents{UintContents: []uint32{256, 0, 0, 0, 0, 0}}}
		}, codes.InvalidArgument, `element 0: expected 0 to 255, got 256`},
		{"unsigned as signed", func(r *inferRequest) {
			r.ModelName, r.RawInputContents = "unsigned", nil
			r.Inputs[0] = &inputTensor{Name: "x", Datatype: Uint8, Shape: []int64{6}, Contents: &inferencepb.InferTensorContents{IntContents: make([]int32, 6)}}
		}, codes.InvalidArgument, `expected uint_contents alone`},
		{"another name", func(r *inferRequest) { r.Inputs[0].Name = "z" }, codes.InvalidArgument, `input "z": expected "x", the model's input`},
		{"another datatype", func(r *inferRequest) { r.Inputs[0].Datatype = "BYTES" }, codes.InvalidArgument, `datatype: expected INT8, got "BYTES"`},
		{"another shape", func(r *inferRequest) { r.Inputs[0].Shape = []int64{6} }, codes.InvalidArgument, `shape: expected [1 2 3], got [6]`},
		{"negative shape", func(r *inferRequest) { r.Inputs[0].Shape = []int64{-1, -2, 3} }, codes.InvalidArgument, `shape: expected [1 2 3], got [-1 -2 3]`},
		{"rank too high", func(r *inferRequest) { r.Inputs[0].Shape = make([]int64, 9) }, codes.InvalidArgument, `expected at most 8 dimensions and 64 parameters, got 9 and 0`},
		{"unknown output", func(r *inferRequest) { r.Outputs = []*outputTensor{{Name: "z"}} }, codes.InvalidArgument, `output "z": expected "y", the model's output`},
		{"two outputs", func(r *inferRequest) { r.Outputs = []*outputTensor{{Name: "y"}, {Name: "y"}} }, codes.InvalidArgument, `outputs: expected at most one, got 2`},
		{"classification", func(r *inferRequest) {
			r.Outputs = []*outputTensor{{Name: "y", Parameters: map[string]*inferencepb.InferParameter{"classification": intParam(1)}}}
		}, codes.InvalidArgument, `parameter "classification": expected none`},
		{"too many parameters", func(r *inferRequest) {
			r.Parameters = map[string]*inferencepb.InferParameter{}
			for i := range 65 {
				r.Parameters[fmt.Sprint(i)] = intParam(1)
			}
		}, codes.InvalidArgument, `parameters: expected at most 64, got 65`},
		{"parameter's name too long", func(r *inferRequest) {
			r.Parameters = map[string]*inferencepb.InferParameter{strings.Repeat("a", 257): intParam(1)}
		}, codes.InvalidArgument, `name of a parameter: expected at most 256 bytes, got 257`},
		{"timeout over 63 bits", func(r *inferRequest) {
			r.Parameters = map[string]*inferencepb.InferParameter{"timeout": {ParameterChoice: &inferencepb.InferParameter_Uint64Param{Uint64Param: 1 << 63}}}
		}, codes.InvalidArgument, `parameter "timeout": expected 0 to 3600000000 microseconds, got something else`},
		{"priority of a fraction", func(r *inferRequest) {
			r.Parameters = map[string]*inferencepb.InferParameter{"priority": {ParameterChoice: &inferencepb.InferParameter_DoubleParam{DoubleParam: 1}}}
		}, codes.InvalidArgument, `parameter "priority"`},
		{"message too large", func(r *inferRequest) { r.RawInputContents[0] = make([]byte, 5<<20) }, codes.ResourceExhausted, `larger than max`},
	} {
		t.Run("failure: "+tc.name, func(t *testing.T) {
			r := rawRequest()
			tc.change(r)
			_, err := c.ModelInfer(context.Background(), r)
			checkCode(t, err, tc.code, tc.want)
			if n := f.open.Load(); n != 0 {
				t.Errorf("expected no open calls, got %d", n)
			}
		})
	}
	for name, md := range map[string]metadata.MD{"x-canary": metadata.Pairs("x-canary", "1"), "X-Assay-Key": metadata.Pairs("x-assay-key", strings.Repeat("k", 257))} {
		t.Run("failure: metadata "+name, func(t *testing.T) {
			_, err := c.ModelInfer(metadata.NewOutgoingContext(context.Background(), md), rawRequest())
			checkCode(t, err, codes.InvalidArgument, "expected")
		})
	}
	t.Run("failure: not of the protocol", func(t *testing.T) {
		err := dialGRPC(t, socket).Invoke(context.Background(), "/inference.GRPCInferenceService/RepositoryIndex", &inferencepb.ServerLiveRequest{}, &inferencepb.ServerLiveResponse{})
		checkCode(t, err, codes.Unimplemented, "unknown method")
	})
}

func TestGRPCBackendErrors(t *testing.T) {
	for _, tc := range []struct {
		name     string
		err      error
		code     codes.Code
		message  string
		pushback string
		status   int
	}{
		{"overload", &OverloadError{Reason: "the queue is full", RetryAfter: 1200 * time.Millisecond}, codes.ResourceExhausted, "overload: the queue is full: try again in 1.2s", "1200", 429},
		{"overload without a hint", &OverloadError{Reason: "full"}, codes.ResourceExhausted, "overload: full", "", 429},
		{"deadline", ErrDeadline, codes.DeadlineExceeded, "deadline passed", "", 504},
		{"stale", ErrStale, codes.Aborted, "replaced by a newer request of the stream", "", 409},
		{"not ready", ErrNotReady, codes.Unavailable, "not ready", "", 503},
		{"closed", ErrClosed, codes.Unavailable, "shutting down", "", 503},
		{"invalid", ErrInvalid, codes.InvalidArgument, "invalid request", "", 400},
		{"canceled", context.Canceled, codes.Canceled, "context canceled", "", 499},
		{"internal", errors.New("secret"), codes.Internal, "internal error; the server's log says more", "", 500},
	} {
		t.Run("failure: "+tc.name, func(t *testing.T) {
			f := newFake()
			f.run = func(context.Context, *fakeCall) error { return tc.err }
			seen := make(chan Observation, 1)
			_, _, socket := serveUnix(t, f, Options{Logger: quiet(), Observe: func(o Observation) { seen <- o }})
			var trailer metadata.MD
			_, err := grpcClient(t, socket).ModelInfer(context.Background(), rawRequest(), grpc.Trailer(&trailer))
			if s := status.Convert(err); s.Code() != tc.code || s.Message() != tc.message {
				t.Errorf("expected %v %q, got %v", tc.code, tc.message, err)
			}
			if got := firstOf(trailer, pushbackName); got != tc.pushback {
				t.Errorf("hint: expected %q, got %q", tc.pushback, got)
			}
			if o := <-seen; o.Status != tc.status || o.Protocol != "grpc" || f.open.Load() != 0 {
				t.Errorf("observed %+v, open calls %d", o, f.open.Load())
			}
		})
	}
	t.Run("failure: panic", func(t *testing.T) {
		f := newFake()
		f.run = func(context.Context, *fakeCall) error { panic("broken") }
		_, _, socket := serveUnix(t, f, Options{Logger: quiet()})
		_, err := grpcClient(t, socket).ModelInfer(context.Background(), rawRequest())
		checkCode(t, err, codes.Internal, "internal error")
		if f.open.Load() != 0 {
			t.Error("a call stayed open")
		}
	})
}
