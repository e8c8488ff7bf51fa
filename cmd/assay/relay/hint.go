package relay

import (
	"errors"
	"fmt"
)

// HintError is an error with something that the reader can do about it.
type HintError struct {
	err  error
	hint string
}

func (e *HintError) Error() string { return e.err.Error() }
func (e *HintError) Unwrap() error { return e.err }

// Hint says what the reader can do.
func (e *HintError) Hint() string { return e.hint }

// hint adds a hint to an error; nil stays nil.
func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &HintError{err: err, hint: fmt.Sprintf(format, args...)}
}

// hintOf is the hint of an error, or "".
func hintOf(err error) string {
	var h *HintError
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}
