package queue

import (
	"errors"
	"fmt"
	"time"
)

// Priority orders requests. The zero value is Interactive.
type Priority int

// The priorities, most urgent first.
const (
	Interactive Priority = iota
	Batch

	priorities = 2
)

// Priorities lists them all, most urgent first.
var Priorities = [priorities]Priority{Interactive, Batch}

// String is the name that metrics use.
func (p Priority) String() string {
	switch p {
	case Interactive:
		return "interactive"
	case Batch:
		return "batch"
	}
	return fmt.Sprintf("priority(%d)", int(p))
}

// Request is what Do needs to know of a request. The zero value is interactive, without a deadline.
type Request struct {
	Priority Priority
	// Deadline is when the result is worth nothing any more; zero is never. Made from time.Now it
	// keeps its meaning when the wall clock is set.
	Deadline time.Time
	// Stream names the source of frames that replace each other while they wait; "" is none. Names
	// are the caller's: those of two models must differ. Frames of another priority are another stream.
	Stream string
}

// The reasons why a request is dropped, and ErrRequest for one that makes no sense.
var (
	// ErrOverload is returned at once by a full queue; errors.As finds the *OverloadError.
	ErrOverload = errors.New("queue is full")
	// ErrDeadline is returned for a request whose deadline passed before it could run.
	ErrDeadline = errors.New("deadline passed before running")
	// ErrStale is returned for a frame that a newer one of its stream replaced.
	ErrStale = errors.New("replaced by a newer frame of the stream")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("queue is closed")
	// ErrRequest is returned for a request with an unknown priority.
	ErrRequest = errors.New("queue request")
)

// OverloadError is ErrOverload with a hint.
type OverloadError struct {
	// RetryAfter is how long the requests that wait now will take, by the recent time of service.
	RetryAfter time.Duration
}

// Error says when to come back.
func (e *OverloadError) Error() string {
	return fmt.Sprintf("%v: expected room in %v", ErrOverload, e.RetryAfter)
}

// Unwrap is ErrOverload.
func (e *OverloadError) Unwrap() error { return ErrOverload }

// Cause says why a request was dropped.
type Cause int

// The causes.
const (
	CauseOverload Cause = iota
	CauseDeadline
	CauseStale
	CauseCanceled
	CauseClosed

	causes = 5
)

// Causes lists them all.
var Causes = [causes]Cause{CauseOverload, CauseDeadline, CauseStale, CauseCanceled, CauseClosed}

// String is the name that metrics use.
func (c Cause) String() string {
	switch c {
	case CauseOverload:
		return "overload"
	case CauseDeadline:
		return "deadline"
	case CauseStale:
		return "stale"
	case CauseCanceled:
		return "canceled"
	case CauseClosed:
		return "closed"
	}
	return fmt.Sprintf("cause(%d)", int(c))
}
