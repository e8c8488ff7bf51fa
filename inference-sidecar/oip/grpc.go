package oip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

// pushbackName is the metadata by which gRPC servers say when to try again, in milliseconds.
const pushbackName = "grpc-retry-pushback-ms"

// newGRPC returns a server of the protocol's service and of gRPC's own health service.
func (s *Server) newGRPC(tokens *Tokens, config *tls.Config) *grpc.Server {
	const window = 64 << 10
	o := s.options
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(o.MaxMessage),
		grpc.MaxConcurrentStreams(uint32(o.MaxCalls)),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.ConnectionTimeout(o.HeaderTimeout),
		grpc.StaticStreamWindowSize(window), // fixed, so that a peer cannot make what is buffered grow
		grpc.StaticConnWindowSize(4 * window),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: o.IdleTimeout, Time: time.Minute, Timeout: o.BodyTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.InTapHandle(s.pace),
	}
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	g := grpc.NewServer(options...)
	gate := &gate{server: s, tokens: tokens}
	for _, service := range services(s) {
		g.RegisterService(service, gate)
	}
	return g
}

// services describes what is served. Methods are declared as streams, which are the same on the wire, so that a call can
// be refused before its message is read.
func services(s *Server) []*grpc.ServiceDesc {
	i := inference{server: s}
	return []*grpc.ServiceDesc{
		{
			ServiceName: inferencepb.GRPCInferenceService_ServiceDesc.ServiceName, HandlerType: (*any)(nil),
			Streams: []grpc.StreamDesc{
				method("ServerLive", open, i.ServerLive), method("ServerReady", open, i.ServerReady),
				method("ServerMetadata", guarded, i.ServerMetadata), method("ModelReady", guarded, i.ModelReady),
				method("ModelMetadata", guarded, i.ModelMetadata), method("ModelInfer", guarded, i.ModelInfer),
			},
		},
		{
			ServiceName: grpc_health_v1.Health_ServiceDesc.ServiceName, HandlerType: (*any)(nil),
			Streams: []grpc.StreamDesc{method("Check", open, i.Check)},
		},
	}
}

// access says whether a method needs a token, where tokens are asked for.
type access bool

const (
	open    access = false // says no more than up or down
	guarded access = true
)

func method[Request, Response any](name string, a access, answer func(context.Context, *Request) (*Response, error)) grpc.StreamDesc {
	return grpc.StreamDesc{StreamName: name, Handler: func(g any, stream grpc.ServerStream) error {
		return g.(*gate).serve(stream, name, a, func(ctx context.Context) (any, error) {
			r := new(Request)
			if err := receive(ctx, stream, r); err != nil {
				return nil, err
			}
			return answer(ctx, r)
		})
	}}
}

// receive reads the message of a call, which its caller has the pace's time to send.
func receive(ctx context.Context, stream grpc.ServerStream, r any) error {
	err := stream.RecvMsg(r)
	if p, ok := ctx.Value(pacedKey{}).(*pacedContext); ok {
		p.timer.Stop()
	}
	return err
}

// gate bounds the calls of a listener.
type gate struct {
	server *Server
	tokens *Tokens
	calls  atomic.Int64
}

// serve lets a call in, if it may, and sends what answer returns.
func (g *gate) serve(stream grpc.ServerStream, name string, a access, answer func(context.Context) (any, error)) error {
	defer g.calls.Add(-1)
	ctx := stream.Context()
	response, err := func() (_ any, err error) {
		defer recovered(&err)
		if err := g.admit(ctx, a, g.calls.Add(1)); err != nil {
			return nil, err
		}
		return answer(ctx)
	}()
	if p, ok := ctx.Value(pacedKey{}).(*pacedContext); ok {
		p.timer.Reset(g.server.options.BodyTimeout) // to take the response
	}
	if err != nil {
		return g.server.grpcError(ctx, name, err)
	}
	return stream.SendMsg(response)
}

// admit checks a call before its message is read. calls counts it.
func (g *gate) admit(ctx context.Context, a access, calls int64) error {
	if g.tokens != nil && a == guarded {
		md, _ := metadata.FromIncomingContext(ctx)
		if err := g.tokens.admit(firstOf(md, "authorization")); err != nil {
			return err
		}
	}
	if limit := int64(g.server.options.MaxCalls); calls > limit {
		return &OverloadError{Reason: fmt.Sprintf("calls under way: expected at most %d", limit), RetryAfter: 100 * time.Millisecond}
	}
	return nil
}

// pacedContext ends a call whose caller is too slow to send its message or to take the response.
type pacedContext struct {
	context.Context
	timer *time.Timer
}

type pacedKey struct{}

// pace makes the context of a call. It refuses nothing: gRPC does not end the contexts of calls that are refused here.
func (s *Server) pace(ctx context.Context, _ *tap.Info) (context.Context, error) {
	paced, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(s.options.BodyTimeout, func() { cancel(ErrSlow) })
	context.AfterFunc(ctx, func() { timer.Stop() })
	return &pacedContext{Context: paced, timer: timer}, nil
}

// Err says what a caller is to be told: slowness is a deadline, not a cancellation.
func (c *pacedContext) Err() error {
	err := c.Context.Err()
	if err != nil && errors.Is(context.Cause(c.Context), ErrSlow) {
		return context.DeadlineExceeded
	}
	return err
}

// Value finds the context itself under pacedKey, from the contexts that are made of it.
func (c *pacedContext) Value(key any) any {
	if _, ok := key.(pacedKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// grpcError is how an error is answered.
func (s *Server) grpcError(ctx context.Context, name string, err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	o := outcomeOf(err)
	if o.code == codes.Internal {
		s.options.Logger.Error("grpc request", "method", name, "err", err)
	}
	if after := retryAfter(err); after > 0 {
		ms := strconv.FormatInt(int64((after+time.Millisecond-1)/time.Millisecond), 10)
		if err := grpc.SetTrailer(ctx, metadata.Pairs(pushbackName, ms)); err != nil {
			s.options.Logger.Debug("grpc trailer", "err", err)
		}
	}
	return status.Error(o.code, o.message(err))
}

func firstOf(md metadata.MD, name string) string {
	if v := md[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// inference has the methods of the protocol's service, and Check of gRPC's own health service.
type inference struct{ server *Server }

func (i inference) ServerLive(context.Context, *inferencepb.ServerLiveRequest) (*inferencepb.ServerLiveResponse, error) {
	return &inferencepb.ServerLiveResponse{Live: i.server.backend.Live()}, nil
}

func (i inference) ServerReady(context.Context, *inferencepb.ServerReadyRequest) (*inferencepb.ServerReadyResponse, error) {
	return &inferencepb.ServerReadyResponse{Ready: i.server.backend.Ready()}, nil
}

// ModelReady answers false, rather than with an error, for a model that is known and not ready.
func (i inference) ModelReady(_ context.Context, r *inferencepb.ModelReadyRequest) (*inferencepb.ModelReadyResponse, error) {
	if err := checkNames(r.GetName(), r.GetVersion()); err != nil {
		return nil, err
	}
	err := i.server.backend.ModelReady(r.GetName(), r.GetVersion())
	if err != nil && outcomeOf(err).code != codes.Unavailable {
		return nil, err
	}
	return &inferencepb.ModelReadyResponse{Ready: err == nil}, nil
}

func (i inference) ServerMetadata(context.Context, *inferencepb.ServerMetadataRequest) (*inferencepb.ServerMetadataResponse, error) {
	o := i.server.options
	return &inferencepb.ServerMetadataResponse{Name: o.Name, Version: o.Software, Extensions: extensions}, nil
}

func (i inference) ModelMetadata(_ context.Context, r *inferencepb.ModelMetadataRequest) (*inferencepb.ModelMetadataResponse, error) {
	if err := checkNames(r.GetName(), r.GetVersion()); err != nil {
		return nil, err
	}
	m, err := i.server.backend.ModelMetadata(r.GetName(), r.GetVersion())
	if err != nil {
		return nil, err
	}
	return &inferencepb.ModelMetadataResponse{
		Name: m.Name, Versions: m.Versions, Platform: m.Platform,
		Inputs: tensorMetadata(m.Inputs), Outputs: tensorMetadata(m.Outputs),
	}, nil
}

func tensorMetadata(tensors []Tensor) []*inferencepb.ModelMetadataResponse_TensorMetadata {
	var all []*inferencepb.ModelMetadataResponse_TensorMetadata
	for _, t := range tensors {
		all = append(all, &inferencepb.ModelMetadataResponse_TensorMetadata{Name: t.Name, Datatype: t.Datatype, Shape: t.Shape})
	}
	return all
}

// Check is for probes that know no other health service. It answers for the server as a whole, under the empty name or
// the name of the protocol's service.
func (i inference) Check(_ context.Context, r *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	if s := r.GetService(); s != "" && s != inferencepb.GRPCInferenceService_ServiceDesc.ServiceName {
		return nil, fmt.Errorf("%w: service %q", ErrNotFound, clipText(s))
	}
	answer := grpc_health_v1.HealthCheckResponse_NOT_SERVING
	if i.server.backend.Ready() {
		answer = grpc_health_v1.HealthCheckResponse_SERVING
	}
	return &grpc_health_v1.HealthCheckResponse{Status: answer}, nil
}
