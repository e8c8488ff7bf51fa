package sidecar

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/oip"
	"github.com/assay-chain/assay/inference-sidecar/queue"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
	"github.com/assay-chain/assay/zkml/ort"
)

// Parameters of each response beside those of the protocol and the version, which package oip writes.
const (
	parameterRollout    = "assay_rollout"    // the rollout's number in the order that was followed; 0: none
	parameterGeneration = "assay_generation" // its generation
	parameterHeight     = "assay_height"     // verified height of the order
	parameterReceipt    = "assay_receipt_id" // of a result that is to be proved
	parameterNoProof    = "assay_no_proof"   // why a proof that was asked for will not be made
)

// backend answers the protocol's calls with the slots' models, in the scheduler's order.
type backend struct {
	services       map[string]*service // by the name that they are served as
	names          []string            // in the order of the configuration
	queue          *queue.Queue
	defaultTimeout time.Duration
	tracing        *telemetry.Tracing // nil: none
	now            func() time.Time
	calls          sync.Pool
}

// service is one model that is served.
type service struct {
	name      string // as it is served
	chainName string // on the chain
	slots     *slots.Model
	prover    *recorder // of results to prove; nil: none are

	described sync.Map     // *slots.Spec → *ends, of versions that were leased
	kept      atomic.Int32 // how many, about
}

// maxDescribed bounds the versions whose ends are kept. Two answer at a time.
const maxDescribed = 8

// ends are a version's input and output in the protocol's words.
type ends struct{ input, output oip.Tensor }

func newBackend(services []*service, q *queue.Queue, timeout time.Duration, tracing *telemetry.Tracing, now func() time.Time) *backend {
	b := &backend{services: map[string]*service{}, queue: q, defaultTimeout: timeout, tracing: tracing, now: now}
	for _, s := range services {
		b.services[s.name] = s
		b.names = append(b.names, s.name)
	}
	b.calls.New = func() any {
		c := &call{backend: b}
		c.infer = c.run
		return c
	}
	return b
}

// Live says that the process answers.
func (b *backend) Live() bool { return true }

// Ready says whether every model has a version that answers.
func (b *backend) Ready() bool {
	for _, name := range b.names {
		if b.ModelReady(name, "") != nil {
			return false
		}
	}
	return true
}

// ModelReady is nil where the model, and the version if one is named, answers.
func (b *backend) ModelReady(model, version string) error {
	s, err := b.service(model)
	if err != nil {
		return err
	}
	return asProtocol(s.slots.Ready(s.versionID(version)))
}

// ModelMetadata describes the version that is named, or the one that answers by default.
func (b *backend) ModelMetadata(model, version string) (oip.ModelMetadata, error) {
	s, err := b.service(model)
	if err != nil {
		return oip.ModelMetadata{}, err
	}
	no := false
	route := slots.Route{Canary: &no} // takes no turn
	if version != "" {
		route = slots.Route{Version: s.versionID(version)}
	}
	l, err := s.slots.Lease(route)
	if err != nil {
		return oip.ModelMetadata{}, asProtocol(err)
	}
	defer l.Release()
	e := s.ends(l)
	return oip.ModelMetadata{
		Name: model, Versions: s.versions(), Platform: "onnxruntime_onnx",
		Inputs: []oip.Tensor{e.input}, Outputs: []oip.Tensor{e.output},
	}, nil
}

func (b *backend) service(model string) (*service, error) {
	s := b.services[model]
	if s == nil {
		return nil, fmt.Errorf("%w: model %q: expected one of %q", oip.ErrNotFound, model, b.names)
	}
	return s, nil
}

// versionID is the full id of a version's number; "" of "".
func (s *service) versionID(number string) string {
	if number == "" {
		return ""
	}
	return s.chainName + "@" + number
}

// versions are the numbers that may be asked for.
func (s *service) versions() []string {
	var out []string
	st := s.slots.Status()
	if st.Serving != "" {
		out = append(out, number(st.Serving))
	}
	if st.CandidateLive {
		out = append(out, number(st.Candidate))
	}
	return out
}

// number is the semver of a version id.
func number(id string) string { return id[strings.LastIndexByte(id, '@')+1:] }

func (s *service) ends(l *slots.Lease) *ends {
	if e, ok := s.described.Load(l.Spec()); ok {
		return e.(*ends)
	}
	if s.kept.Add(1) > maxDescribed {
		s.described.Clear()
		s.kept.Store(1)
	}
	e := &ends{describe(l.Runner().Input()), describe(l.Runner().Output())}
	s.described.Store(l.Spec(), e)
	return e
}

func describe(t ort.Tensor) oip.Tensor {
	out := oip.Tensor{Name: t.Name, Datatype: oip.Int8, Size: t.Size}
	if t.Type == "uint8" {
		out.Datatype = oip.Uint8
	}
	for _, d := range t.Shape {
		out.Shape = append(out.Shape, int64(d))
	}
	return out
}

// asProtocol gives an error of slots or queue its name in the protocol.
func asProtocol(err error) error {
	var overload *queue.OverloadError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, slots.ErrNoVersion):
		return fmt.Errorf("%w: %w", oip.ErrNotFound, err)
	case errors.Is(err, slots.ErrNotReady):
		return fmt.Errorf("%w: %w", oip.ErrNotReady, err)
	case errors.Is(err, slots.ErrClosed), errors.Is(err, queue.ErrClosed):
		return fmt.Errorf("%w: %w", oip.ErrClosed, err)
	case errors.As(err, &overload):
		return &oip.OverloadError{Reason: "the queue is full", RetryAfter: overload.RetryAfter}
	case errors.Is(err, queue.ErrDeadline):
		return fmt.Errorf("%w: %w", oip.ErrDeadline, err)
	case errors.Is(err, queue.ErrStale):
		return fmt.Errorf("%w: %w", oip.ErrStale, err)
	}
	return err
}

// Begin chooses the version that answers. What the chain orders from then on no longer concerns this call.
func (b *backend) Begin(_ context.Context, t oip.Target) (oip.Call, error) {
	s, err := b.service(t.Model)
	if err != nil {
		return nil, err
	}
	l, err := s.slots.Lease(slots.Route{Key: t.Key, Canary: t.Canary, Version: s.versionID(t.Version)})
	if err != nil {
		return nil, asProtocol(err)
	}
	c := b.calls.Get().(*call)
	c.service, c.lease, c.target, c.ends = s, l, t, s.ends(l)
	c.runner = l.Runner()
	c.frame = c.runner.Frame()
	return c, nil
}

// call is one request under way.
type call struct {
	backend *backend
	infer   func() error // run, made once

	service    *service
	lease      *slots.Lease
	runner     slots.Engine
	frame      *engine.Frame
	ends       *ends
	target     oip.Target
	broke      bool // the runtime gave an error
	parameters [5]oip.Parameter
}

func (c *call) Input() oip.Tensor  { return c.ends.input }
func (c *call) Output() oip.Tensor { return c.ends.output }

// In is where the request's input goes.
func (c *call) In() []byte { return c.frame.In }

// Out is the output, after Run.
func (c *call) Out() []byte { return c.frame.Out }

func (c *call) run() error {
	err := c.runner.Run(c.frame)
	c.lease.Outcome(err)
	c.broke = err != nil
	return err
}

// goBack takes the request from a candidate that broke to the version on record: nobody who did not ask for the
// candidate is to notice. false where there is no such version, or it takes other tensors.
func (c *call) goBack() bool {
	if !c.broke || !c.lease.Candidate() || c.target.Canary != nil || c.target.Version != "" {
		return false
	}
	no := false
	l, err := c.service.slots.Lease(slots.Route{Canary: &no})
	if err != nil {
		return false
	}
	e := c.service.ends(l)
	if l.Candidate() || !reflect.DeepEqual(e, c.ends) {
		l.Release()
		return false
	}
	frame := l.Runner().Frame()
	copy(frame.In, c.frame.In)
	c.runner.Recycle(c.frame)
	c.lease.Release()
	c.lease, c.runner, c.frame, c.broke = l, l.Runner(), frame, false
	return true
}

// Run waits for a turn, infers, and has the result proved where it is to be.
func (c *call) Run(ctx context.Context) (oip.Result, error) {
	r := queue.Request{Stream: c.target.Stream}
	if c.target.Batch {
		r.Priority = queue.Batch
	}
	switch {
	case c.target.Timeout > 0:
		r.Deadline = c.backend.now().Add(c.target.Timeout)
	case c.target.Stream == "" && c.backend.defaultTimeout > 0:
		r.Deadline = c.backend.now().Add(c.backend.defaultTimeout)
	}
	ctx, span := c.backend.tracing.Start(ctx, "infer")
	span.Text("assay.version", c.lease.Spec().ID)
	err := c.backend.queue.Do(ctx, r, c.infer)
	if err != nil && c.goBack() {
		err = c.backend.queue.Do(ctx, r, c.infer)
	}
	span.End(err)
	if err != nil {
		return oip.Result{}, asProtocol(err)
	}
	return c.result(ctx), nil
}

func (c *call) result(ctx context.Context) oip.Result {
	id := c.lease.Spec().ID
	rollout, generation, height, _ := c.lease.Order()
	p := append(c.parameters[:0],
		oip.Integer(parameterRollout, int64(rollout)),
		oip.Integer(parameterGeneration, int64(generation)),
		oip.Integer(parameterHeight, height))
	out := oip.Result{Version: number(id), VersionID: id}
	if c.service.prover != nil {
		out.Receipt, p = c.service.prover.record(ctx, c, p)
	} else if c.target.Prove {
		p = append(p, oip.Text(parameterNoProof, "this device does not prove"))
	}
	out.Parameters = p
	return out
}

// End gives everything back.
func (c *call) End() {
	c.runner.Recycle(c.frame)
	c.lease.Release()
	*c = call{backend: c.backend, infer: c.infer}
	c.backend.calls.Put(c)
}
