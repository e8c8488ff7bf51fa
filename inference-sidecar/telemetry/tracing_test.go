package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// traceSink takes traces over gRPC and HTTP.
type traceSink struct {
	collector.UnimplementedTraceServiceServer
	spans chan *tracepb.Span
}

func newTraceSink() *traceSink { return &traceSink{spans: make(chan *tracepb.Span, 16)} }

func (s *traceSink) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	for _, resource := range r.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				s.spans <- span
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func (s *traceSink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	request := &collector.ExportTraceServiceRequest{}
	if err := errors.Join(err, proto.Unmarshal(body, request)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = s.Export(r.Context(), request)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func TestTracing(t *testing.T) {
	overHTTP := newTraceSink()
	web := httptest.NewServer(overHTTP)
	defer web.Close()
	overGRPC := newTraceSink()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, overGRPC)
	go func() { _ = server.Serve(l) }() // until Stop
	defer server.Stop()

	for name, test := range map[string]struct {
		sink    *traceSink
		options TraceOptions
	}{
		"success: http": {overHTTP, TraceOptions{Endpoint: web.URL + "/v1/traces", Share: 1}},
		"success: grpc": {overGRPC, TraceOptions{Endpoint: "grpc://" + l.Addr().String(), Insecure: true, Share: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			tracing, err := NewTracing(t.Context(), test.options)
			require.NoError(t, err)
			ctx, outer := tracing.Start(t.Context(), "infer")
			_, inner := tracing.Start(ctx, "run")
			inner.Text("version", v1)
			inner.Number("bytes", 64)
			inner.End(errors.New("the runtime failed"))
			outer.End(nil)
			require.NoError(t, tracing.Shutdown(t.Context()), "sends what waits")
			first, second := <-test.sink.spans, <-test.sink.spans
			require.Equal(t, []string{"run", "infer"}, []string{first.Name, second.Name})
			require.Equal(t, second.SpanId, first.ParentSpanId)
			require.Equal(t, "the runtime failed", first.Status.Message)
			require.Equal(t, v1, first.Attributes[0].Value.GetStringValue())
		})
	}
	t.Run("success: a share of none", func(t *testing.T) {
		tracing, err := NewTracing(t.Context(), TraceOptions{Endpoint: web.URL, Share: 0})
		require.NoError(t, err)
		_, span := tracing.Start(t.Context(), "infer")
		span.Text("version", v1)
		span.End(nil)
		require.NoError(t, tracing.Shutdown(t.Context()))
		require.Empty(t, overHTTP.spans)
	})
}

func TestTracingRefuses(t *testing.T) {
	none, err := NewTracing(t.Context(), TraceOptions{})
	require.NoError(t, err)
	require.Nil(t, none)
	require.NoError(t, none.Shutdown(t.Context()))
	for name, o := range map[string]TraceOptions{
		"failure: no scheme":      {Endpoint: "localhost:4317"},
		"failure: another scheme": {Endpoint: "ftp://localhost"},
		"failure: no host":        {Endpoint: "grpc:///x"},
		"failure: not a URL":      {Endpoint: "http://[::1"},
		"failure: share":          {Endpoint: "grpc://localhost:4317", Share: math.NaN()},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewTracing(t.Context(), o)
			require.Error(t, err)
		})
	}
}

func TestExportErrors(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1_700_000_000, 0)
	e := &exportErrors{metrics: NewMetrics(Build{}), logger: slog.New(slog.NewTextHandler(&out, nil)), now: func() time.Time { return now }}
	e.Handle(errors.New("connection refused"))
	e.Handle(errors.New("connection refused"))
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	now = now.Add(exportLogPause)
	e.Handle(errors.New("connection refused"))
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("\n")))
	now = now.Add(-24 * time.Hour) // a clock that was set back does not silence it
	e.Handle(errors.New("connection refused"))
	require.Equal(t, 3, bytes.Count(out.Bytes(), []byte("\n")))
	require.InDelta(t, 4, gather(t, e.metrics)["trace_export_failures_total{}"], 0)
}
