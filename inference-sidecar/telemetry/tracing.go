package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	tracerName    = "github.com/assay-chain/assay/inference-sidecar"
	exportTimeout = 10 * time.Second
	maxSpans      = 2048 // that wait to be sent; further ones are dropped
	maxBatch      = 256
)

// TraceOptions say where traces go.
type TraceOptions struct {
	// Endpoint is grpc://host:port, or the http or https URL that takes traces. "": none are made.
	Endpoint string
	Insecure bool    // over grpc, in the clear
	Share    float64 // of the traces that begin here, 0 to 1
	Version  string  // of the sidecar
	Device   string  // its address
	Metrics  *Metrics
	Logger   *slog.Logger
}

// Tracing makes traces. nil makes none.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTracing sets traces up, or returns nil where there is no endpoint. It makes no connection; one that cannot be made
// later is logged and counted, and spans are dropped meanwhile.
func NewTracing(ctx context.Context, o TraceOptions) (*Tracing, error) {
	if o.Endpoint == "" {
		return nil, nil
	}
	if !(o.Share >= 0 && o.Share <= 1) { // not a number is neither
		return nil, fmt.Errorf("trace share: expected 0 to 1, got %v", o.Share)
	}
	exporter, err := newExporter(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("traces to %q: %w", o.Endpoint, err)
	}
	// The SDK reports what goes wrong in the background to a handler of the whole process.
	otel.SetErrorHandler(&exportErrors{metrics: o.Metrics, logger: o.Logger, now: time.Now})
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter, sdktrace.WithMaxQueueSize(maxSpans), sdktrace.WithMaxExportBatchSize(maxBatch), sdktrace.WithExportTimeout(exportTimeout)),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Share))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "assay-sidecar"),
			attribute.String("service.version", o.Version),
			attribute.String("service.instance.id", o.Device),
		)),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer(tracerName)}, nil
}

func newExporter(ctx context.Context, o TraceOptions) (*otlptrace.Exporter, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, err
	}
	switch {
	case u.Host == "":
	case u.Scheme == "http" || u.Scheme == "https":
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.Endpoint), otlptracehttp.WithTimeout(exportTimeout))
	case u.Scheme == "grpc":
		options := []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(u.Host), otlptracegrpc.WithTimeout(exportTimeout)}
		if o.Insecure {
			options = append(options, otlptracegrpc.WithInsecure())
		}
		return otlptracegrpc.New(ctx, options...)
	}
	return nil, fmt.Errorf("expected grpc://host:port, or an http or https URL")
}

// Shutdown sends what waits, until the context ends.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// Span is a part of a trace. The zero value is none, and then its methods do nothing.
type Span struct{ span trace.Span }

// Start begins a span within the one of the context. Without tracing it returns the context as it is, and costs nothing.
func (t *Tracing) Start(ctx context.Context, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, Span{span}
}

// Text notes a value. Inputs and outputs of models do not belong into traces.
func (s Span) Text(key, value string) {
	if s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(attribute.String(key, strings.ToValidUTF8(value, "\uFFFD")))
	}
}

// Number notes a value.
func (s Span) Number(key string, value int64) {
	if s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(attribute.Int64(key, value))
	}
}

// End ends the span; err says that it failed, and why.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.span.RecordError(err)
		s.span.SetStatus(otelcodes.Error, err.Error())
	}
	s.span.End()
}

// exportErrors counts what went wrong in the background, and logs one in a minute.
type exportErrors struct {
	metrics *Metrics
	logger  *slog.Logger
	now     func() time.Time

	mu     sync.Mutex
	logged time.Time
}

const exportLogPause = time.Minute

// Handle is of otel.ErrorHandler.
func (e *exportErrors) Handle(err error) {
	if e.metrics != nil {
		e.metrics.spans.Inc()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := e.now(); e.logger != nil && (e.logged.IsZero() || now.Sub(e.logged) >= exportLogPause || now.Before(e.logged)) {
		e.logged = now
		e.logger.Warn("traces not sent", "error", err)
	}
}
