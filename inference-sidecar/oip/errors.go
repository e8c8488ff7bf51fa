package oip

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"google.golang.org/grpc/codes"
)

// What a request can meet. The backend wraps the first seven; the rest come from this package alone.
var (
	ErrInvalid  = errors.New("invalid request")
	ErrNotFound = errors.New("not found")
	ErrNotReady = errors.New("not ready")
	ErrOverload = errors.New("overload")
	ErrDeadline = errors.New("deadline passed")
	ErrStale    = errors.New("replaced by a newer request of the stream")
	ErrClosed   = errors.New("shutting down")

	ErrUnauthorized = errors.New("unauthorized")
	ErrTooLarge     = errors.New("too large")
	ErrMethod       = errors.New("method not allowed")
	ErrEncoding     = errors.New("unsupported encoding")
	ErrSlow         = errors.New("request took too long to arrive")
)

// OverloadError refuses a request for want of room and says when to try again. It is ErrOverload.
type OverloadError struct {
	Reason     string        // what is full
	RetryAfter time.Duration // a hint; 0 = none
}

func (e *OverloadError) Error() string {
	if e.RetryAfter <= 0 {
		return fmt.Sprintf("overload: %s", e.Reason)
	}
	return fmt.Sprintf("overload: %s: try again in %s", e.Reason, e.RetryAfter.Round(time.Millisecond))
}

// Is makes an OverloadError ErrOverload.
func (*OverloadError) Is(target error) bool { return target == ErrOverload }

// outcome is how an error is answered over each protocol.
type outcome struct {
	cause  error
	status int
	code   codes.Code
}

// StatusClientClosedRequest is logged for a caller that went away; nothing is sent.
const StatusClientClosedRequest = 499

// The first that an error wraps holds. A deadline comes before overload: a request that cannot be answered in time is
// not worth another try.
var outcomes = []outcome{
	{ErrInvalid, http.StatusBadRequest, codes.InvalidArgument},
	{ErrUnauthorized, http.StatusUnauthorized, codes.Unauthenticated},
	{ErrNotFound, http.StatusNotFound, codes.NotFound},
	{ErrMethod, http.StatusMethodNotAllowed, codes.Unimplemented},
	{ErrSlow, http.StatusRequestTimeout, codes.DeadlineExceeded},
	{ErrStale, http.StatusConflict, codes.Aborted},
	{ErrTooLarge, http.StatusRequestEntityTooLarge, codes.ResourceExhausted},
	{ErrEncoding, http.StatusUnsupportedMediaType, codes.Unimplemented},
	{ErrDeadline, http.StatusGatewayTimeout, codes.DeadlineExceeded},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, codes.DeadlineExceeded},
	{ErrOverload, http.StatusTooManyRequests, codes.ResourceExhausted},
	{ErrNotReady, http.StatusServiceUnavailable, codes.Unavailable},
	{ErrClosed, http.StatusServiceUnavailable, codes.Unavailable},
	{context.Canceled, StatusClientClosedRequest, codes.Canceled},
}

var internal = outcome{status: http.StatusInternalServerError, code: codes.Internal}

func outcomeOf(err error) outcome {
	for _, o := range outcomes {
		if errors.Is(err, o.cause) {
			return o
		}
	}
	return internal
}

// message is the text for the caller. An error that is nobody's fault outside stays inside, where it is logged.
func (o outcome) message(err error) string {
	if o.cause == nil {
		return "internal error; the server's log says more"
	}
	return err.Error()
}

// retryAfter is the hint of an overload, or 0.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*OverloadError](err); ok {
		return max(0, e.RetryAfter)
	}
	return 0
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

func errEncoding(encoding string) error {
	return fmt.Errorf("%w: content encoding: expected none, got %q", ErrEncoding, clipText(encoding))
}

// recovered turns a panic of a backend into an error, so that it costs one request and no more. It is to be deferred.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
	}
}
