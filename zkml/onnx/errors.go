package onnx

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels. Errors of this package carry one of them and, as *Error, the place.
var (
	ErrMalformed    = errors.New("onnx: malformed file")
	ErrTooLarge     = errors.New("onnx: limit exceeded")
	ErrExternalData = errors.New("onnx: external data")
	ErrSubgraph     = errors.New("onnx: subgraph")
	ErrFunction     = errors.New("onnx: function")
	ErrCycle        = errors.New("onnx: cycle")
	ErrDuplicate    = errors.New("onnx: value produced twice")
	ErrUndefined    = errors.New("onnx: value not produced")
	ErrDynamicShape = errors.New("onnx: dynamic shape")
	ErrSignature    = errors.New("onnx: unsupported inputs or outputs")
	ErrUnsupported  = errors.New("onnx: unsupported operators")
	ErrShape        = errors.New("onnx: shapes do not fit")
	ErrScale        = errors.New("onnx: invalid scale")
	ErrQuantization = errors.New("onnx: invalid quantization")
	ErrNotQuantized = errors.New("onnx: tensor is not quantized")
	ErrOverflow     = errors.New("onnx: accumulator does not fit 32 bits")
	ErrInvalidGraph = errors.New("onnx: invalid graph")
	ErrNotCanonical = errors.New("onnx: not the canonical form")
	ErrInput        = errors.New("onnx: invalid input")
)

// Error is a refusal with its place.
type Error struct {
	Node   string // name of the node, or of its first output where it has none; may be empty
	Op     string // ONNX operator, or the canonical one; may be empty
	Detail string
	Err    error // one of the sentinels
	Cause  error // what lies behind it; may be nil
}

// Error gives sentinel, place and detail in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Err.Error())
	if e.Op != "" || e.Node != "" {
		fmt.Fprintf(&b, ": %s %q", e.Op, e.Node)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the sentinel and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// refuse makes an *Error without a place; at adds it.
func refuse(sentinel error, format string, args ...any) *Error {
	return &Error{Err: sentinel, Detail: fmt.Sprintf(format, args...)}
}

// at adds the place to err where it is an *Error that has none yet.
func at(err error, op, node string) error {
	var e *Error
	if errors.As(err, &e) && e.Op == "" && e.Node == "" {
		e.Op, e.Node = op, node
	}
	return err
}

// UnsupportedError names every operator of a file that has no canonical form.
type UnsupportedError struct {
	Operators []Unsupported
}

// Unsupported is one operator that is refused, and why.
type Unsupported struct {
	Node   string // name of the node, or of its first output where it has none
	Op     string // operator type, with its domain where that is not ONNX's own
	Reason string
}

// Error names all of them.
func (e *UnsupportedError) Error() string {
	parts := make([]string, len(e.Operators))
	for i, u := range e.Operators {
		parts[i] = fmt.Sprintf("%s %q (%s)", u.Op, u.Node, u.Reason)
	}
	return fmt.Sprintf("%v: %d: %s", ErrUnsupported, len(parts), strings.Join(parts, ", "))
}

// Unwrap returns ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return ErrUnsupported }
