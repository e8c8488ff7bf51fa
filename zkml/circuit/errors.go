package circuit

import "errors"

var (
	// ErrGraph is returned for a graph that is not well formed: indexes, shapes, lengths, order.
	ErrGraph = errors.New("circuit: malformed graph")
	// ErrUnsupported is returned for arithmetic that no exact integer rule was found for, or a
	// size beyond the limits of this package. It names the layer, and the channel where there is one.
	ErrUnsupported = errors.New("circuit: unsupported")
	// ErrInput is returned for an input or a file that does not fit the circuit.
	ErrInput = errors.New("circuit: input does not fit")
	// ErrMismatch is returned where another executor computed other values than the circuit.
	ErrMismatch = errors.New("circuit: values differ")
)
