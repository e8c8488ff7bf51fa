package ort

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

var (
	// ErrModel is returned for bytes that ONNX Runtime cannot load, or that are not one input and one output.
	ErrModel = errors.New("onnx runtime model")
	// ErrSize is returned by Run for an input or output slice of the wrong length.
	ErrSize = errors.New("tensor size")
	// ErrRun is returned when ONNX Runtime gives up during inference.
	ErrRun = errors.New("onnx runtime inference")
	// ErrClosed is returned by a session that was closed.
	ErrClosed = errors.New("onnx runtime session is closed")
)

// Session is one loaded model. It is safe for use by many goroutines; runs of one session are one
// after another, because they share the tensors. For runs side by side open several sessions.
type Session struct {
	input, output Tensor

	mu      sync.Mutex
	session *onnxruntime.AdvancedSession // nil once closed
	in, out []byte
	values  []*onnxruntime.CustomDataTensor
	pinner  runtime.Pinner // the C side keeps the addresses of in and out
}

// NewSession loads a model and allocates its tensors; Run allocates nothing after that. It opens the
// library first if need be. The model's bytes are not kept. The caller closes the session.
func NewSession(model []byte, opts Options) (*Session, error) {
	if err := Open(""); err != nil {
		return nil, err
	}
	if len(model) == 0 {
		return nil, fmt.Errorf("%w: empty file", ErrModel)
	}
	s := &Session{}
	if err := s.describe(model); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	options, err := opts.build()
	if err != nil {
		return nil, fmt.Errorf("onnx runtime options: %w", err)
	}
	defer options.Destroy()
	if err := s.load(model, options); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrModel, err), s.release())
	}
	return s, nil
}

// describe asks the library for the ends of the model. The binding has no way to ask a session that
// is open, so the model is loaded twice; only loading pays for it.
func (s *Session) describe(model []byte) error {
	ins, outs, err := onnxruntime.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return err
	}
	if len(ins) != 1 || len(outs) != 1 {
		return fmt.Errorf("expected 1 input and 1 output, got %d and %d", len(ins), len(outs))
	}
	if s.input, err = describe(ins[0]); err != nil {
		return fmt.Errorf("input %w", err)
	}
	if s.output, err = describe(outs[0]); err != nil {
		return fmt.Errorf("output %w", err)
	}
	return nil
}

func (s *Session) load(model []byte, options *onnxruntime.SessionOptions) error {
	var err error
	if s.in, err = s.tensor(s.input); err != nil {
		return err
	}
	if s.out, err = s.tensor(s.output); err != nil {
		return err
	}
	s.session, err = onnxruntime.NewAdvancedSessionWithONNXData(model,
		[]string{s.input.Name}, []string{s.output.Name},
		[]onnxruntime.Value{s.values[0]}, []onnxruntime.Value{s.values[1]}, options)
	return err
}

func (s *Session) tensor(t Tensor) ([]byte, error) {
	data := make([]byte, t.Size)
	s.pinner.Pin(&data[0])
	value, err := onnxruntime.NewCustomDataTensor(t.shape(), data, t.element)
	if err != nil {
		return nil, err
	}
	s.values = append(s.values, value)
	return data, nil
}

// Input describes what Run reads.
func (s *Session) Input() Tensor { return s.input }

// Output describes what Run writes.
func (s *Session) Output() Tensor { return s.output }

// Run computes out from in, both raw tensors of exactly Input().Size and Output().Size bytes. It
// allocates nothing. After an error out is unchanged.
func (s *Session) Run(in, out []byte) error {
	if len(in) != s.input.Size {
		return fmt.Errorf("%w: input %q: expected %d bytes, got %d", ErrSize, s.input.Name, s.input.Size, len(in))
	}
	if len(out) != s.output.Size {
		return fmt.Errorf("%w: output %q: expected %d bytes, got %d", ErrSize, s.output.Name, s.output.Size, len(out))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return ErrClosed
	}
	copy(s.in, in)
	if err := s.session.Run(); err != nil {
		return fmt.Errorf("%w: %w", ErrRun, err)
	}
	copy(out, s.out)
	return nil
}

// Close frees the model and its tensors. It waits for a run that is under way; later runs return
// ErrClosed. A second Close does nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release()
}

func (s *Session) release() error {
	var errs []error
	if s.session != nil {
		errs = append(errs, s.session.Destroy())
		s.session = nil
	}
	for _, v := range s.values {
		errs = append(errs, v.Destroy())
	}
	s.values, s.in, s.out = nil, nil, nil
	s.pinner.Unpin()
	return errors.Join(errs...)
}
