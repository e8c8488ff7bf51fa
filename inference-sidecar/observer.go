package sidecar

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/oip"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
	lightclient "github.com/assay-chain/assay/light-client"
)

// observer turns what happens into metrics.
type observer struct {
	metrics *telemetry.Metrics

	mu       sync.Mutex
	serving  map[string]string         // by model, what answered by default at the latest look
	failures map[string]slots.Progress // by model, the latest failure of a candidate since the start
	unproved error                     // why the prover cannot be reached; nil where it can
	unsent   error                     // why proofs do not get on record; nil where they do
}

func newObserver(m *telemetry.Metrics) *observer {
	return &observer{metrics: m, serving: map[string]string{}, failures: map[string]slots.Progress{}}
}

func (o *observer) request(r oip.Observation) {
	protocol := telemetry.REST
	if r.Protocol == "grpc" {
		protocol = telemetry.GRPC
	}
	o.metrics.Request(r.Version, protocol, r.Status, r.Duration)
}

func (o *observer) progress(p slots.Progress) {
	o.metrics.Progress(p.Model, string(p.Phase), string(p.Code))
	if p.Phase == slots.PhaseFailed {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.failures[p.Model] = p
	}
}

// failure is the latest failure of a candidate, in words; "" for none.
func (o *observer) failure(model string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, found := o.failures[model]
	if !found {
		return ""
	}
	return fmt.Sprintf("%s in rollout %d: %s: %v", p.Version, p.Number, p.Code, p.Err)
}

// Observe is told of what became of proofs.
func (o *observer) Observe(e proving.Event) {
	o.metrics.Proof(e.Version, string(e.Kind), e.Took)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e.Kind {
	case proving.EventUnavailable:
		if errors.Is(e.Err, proving.ErrUnavailable) {
			o.unproved = e.Err
		} else {
			o.unsent = e.Err
		}
	case proving.EventProved:
		o.unproved = nil
	case proving.EventSubmitted:
		o.unsent = nil
		o.metrics.Transaction("proof", "accepted")
	case proving.EventFailed:
		var refusal *proving.RefusalError
		if errors.As(e.Err, &refusal) {
			o.metrics.Transaction("proof", "refused")
		}
	}
}

// proofsWait is why proofs are not made, or not put on record; "" where nothing is in their way.
func (o *observer) proofsWait() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.unproved != nil:
		return "results wait to be proved: " + o.unproved.Error()
	case o.unsent != nil:
		return "proofs wait to be put on record: " + o.unsent.Error()
	}
	return ""
}

func (o *observer) reported(_ slots.Progress, err error) {
	outcome := "accepted"
	if err != nil {
		outcome = "refused"
	}
	o.metrics.Transaction("report", outcome)
}

func (o *observer) state(chain.State) { o.metrics.ChainUpdate("") }

// causes are why there is no news from the chain, the first that an error wraps.
var causes = []struct {
	err  error
	name string
}{
	{lightclient.ErrHalted, "divergence"},
	{lightclient.ErrTrustExpired, "trust-expired"},
	{lightclient.ErrTrustPeriod, "trust-expired"},
	{lightclient.ErrHeader, "header"},
	{lightclient.ErrFutureHeader, "clock"},
	{lightclient.ErrProof, "proof"},
	{lightclient.ErrState, "state"},
	{lightclient.ErrStore, "store"},
	{lightclient.ErrResponse, "response"},
	{lightclient.ErrNoWitness, "witness"},
	{lightclient.ErrUnavailable, "unreachable"},
	{context.DeadlineExceeded, "unreachable"},
}

// causeOf is the word for why there is no news from the chain.
func causeOf(err error) string {
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return "other"
}

func (o *observer) chainError(err error) { o.metrics.ChainUpdate(causeOf(err)) }

// look counts a swap where another version answers by default than at the look before.
func (o *observer) look(s slots.Status) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before, seen := o.serving[s.Model]
	if seen && before != s.Serving {
		o.metrics.Swapped(s.Model)
	}
	o.serving[s.Model] = s.Serving
}
