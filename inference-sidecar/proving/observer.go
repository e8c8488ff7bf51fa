package proving

import "time"

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventProved      EventKind = "proved"      // a checked proof is in the journal; Took is the prover's time
	EventSubmitted   EventKind = "submitted"   // an attestation is on record
	EventRetry       EventKind = "retry"       // an attempt to prove came to nothing
	EventRefused     EventKind = "refused"     // a prover's answer did not verify
	EventMismatch    EventKind = "mismatch"    // runtime and circuit disagree
	EventFailed      EventKind = "failed"      // an entry failed for good
	EventUnavailable EventKind = "unavailable" // no prover, or no chain, can be reached
)

// Event is something that the service did, for metrics.
type Event struct {
	Kind    EventKind
	Version string // version id; "" for EventUnavailable
	Took    time.Duration
	Err     error
}

// Observer is told of events, one call at a time from each of several goroutines. It must not block.
type Observer interface {
	Observe(e Event)
}

type nobody struct{}

func (nobody) Observe(Event) {}
