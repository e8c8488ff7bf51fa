package ort

import (
	"errors"
	"fmt"
	"sync"
)

var (
	// ErrModel is returned for bytes that ONNX Runtime cannot load, or that are not one input and one output.
	ErrModel = errors.New("onnx runtime model")
	// ErrSize is returned by Run for an input or output slice of the wrong length.
	ErrSize = errors.New("tensor size")
	// ErrRun is returned when ONNX Runtime gives up during inference.
	ErrRun = errors.New("onnx runtime inference")
	// ErrClosed is returned by a model, binding or session that was closed.
	ErrClosed = errors.New("onnx runtime session is closed")
)

// Session is one loaded model with one pair of tensors. It is safe for use by many goroutines; runs of
// one session are one after another. For runs side by side use a Model.
type Session struct {
	model   *Model
	mu      sync.Mutex // from the copy of the input to the copy of the output
	binding *Binding
}

// NewSession loads a model and allocates its tensors; Run allocates nothing after that. It opens the
// library first if need be. The model's bytes are not kept. The caller closes the session.
func NewSession(model []byte, opts Options) (*Session, error) {
	m, err := NewModel(model, opts)
	if err != nil {
		return nil, err
	}
	b, err := m.Bind()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrModel, err), m.Close())
	}
	return &Session{model: m, binding: b}, nil
}

// Input describes what Run reads.
func (s *Session) Input() Tensor { return s.model.Input() }

// Output describes what Run writes.
func (s *Session) Output() Tensor { return s.model.Output() }

// Run computes out from in, both raw tensors of exactly Input().Size and Output().Size bytes. On the
// CPU it allocates nothing. After an error out is unchanged.
func (s *Session) Run(in, out []byte) error {
	if input := &s.model.input; len(in) != input.Size {
		return fmt.Errorf("%w: input %q: expected %d bytes, got %d", ErrSize, input.Name, input.Size, len(in))
	}
	if output := &s.model.output; len(out) != output.Size {
		return fmt.Errorf("%w: output %q: expected %d bytes, got %d", ErrSize, output.Name, output.Size, len(out))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	copy(s.binding.In, in)
	if err := s.binding.Run(); err != nil {
		return err
	}
	copy(out, s.binding.Out)
	return nil
}

// Close frees the model and its tensors. It waits for a run that is under way; later runs return
// ErrClosed. A second Close does nothing.
func (s *Session) Close() error { return s.model.Close() }
