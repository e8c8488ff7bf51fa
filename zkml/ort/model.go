package ort

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Model is one loaded model for runs side by side: its weights are held once, and each Binding has
// tensors of its own. It is safe for use by many goroutines.
type Model struct {
	input, output Tensor
	bound         bool // runs go through ONNX Runtime's own I/O bindings

	// life is held for reading by a run and by what makes or ends a binding, for writing by Close.
	life    sync.RWMutex
	session *onnxruntime.DynamicAdvancedSession // nil once closed

	mu       sync.Mutex
	bindings map[*Binding]struct{}
}

// loaded holds the models of this process until they are closed. A pinned buffer that is collected ends
// the process, and a forgotten Close is to cost memory, not the device.
var loaded struct {
	sync.Mutex
	models map[*Model]struct{}
}

func (m *Model) register() {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.models == nil {
		loaded.models = map[*Model]struct{}{}
	}
	loaded.models[m] = struct{}{}
}

func (m *Model) unregister() {
	loaded.Lock()
	defer loaded.Unlock()
	delete(loaded.models, m)
}

// Loaded is the number of models of this process that are not closed, those of sessions included.
func Loaded() int {
	loaded.Lock()
	defer loaded.Unlock()
	return len(loaded.models)
}

// NewModel loads a model. It opens the library first if need be. The bytes are not kept. The caller
// closes the model.
func NewModel(data []byte, opts Options) (*Model, error) {
	if err := Open(""); err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: empty file", ErrModel)
	}
	options, err := opts.build()
	if err != nil {
		return nil, fmt.Errorf("onnx runtime options: %w", err)
	}
	defer options.Destroy()
	m := &Model{bound: opts.onCPU(), bindings: map[*Binding]struct{}{}}
	if err := m.describe(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m.session, err = onnxruntime.NewDynamicAdvancedSessionWithONNXData(data,
		[]string{m.input.Name}, []string{m.output.Name}, options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m.register()
	return m, nil
}

// describe asks the library for the ends of the model. The binding has no way to ask a session that
// is open, so the model is loaded twice; only loading pays for it.
func (m *Model) describe(data []byte) error {
	ins, outs, err := onnxruntime.GetInputOutputInfoWithONNXData(data)
	if err != nil {
		return err
	}
	if len(ins) != 1 || len(outs) != 1 {
		return fmt.Errorf("expected 1 input and 1 output, got %d and %d", len(ins), len(outs))
	}
	if m.input, err = describe(ins[0]); err != nil {
		return fmt.Errorf("input %w", err)
	}
	if m.output, err = describe(outs[0]); err != nil {
		return fmt.Errorf("output %w", err)
	}
	return nil
}

// Input describes what a run reads.
func (m *Model) Input() Tensor { return m.input }

// Output describes what a run writes.
func (m *Model) Output() Tensor { return m.output }

// Bind allocates one input and one output tensor. The caller closes the binding, or the model.
func (m *Model) Bind() (*Binding, error) {
	m.life.RLock()
	defer m.life.RUnlock()
	if m.session == nil {
		return nil, ErrClosed
	}
	b := &Binding{model: m, In: make([]byte, m.input.Size), Out: make([]byte, m.output.Size)}
	if err := b.bind(); err != nil {
		return nil, errors.Join(fmt.Errorf("bind tensors: %w", err), b.release())
	}
	m.mu.Lock()
	m.bindings[b] = struct{}{}
	m.mu.Unlock()
	return b, nil
}

// Close frees the model and every binding. It waits for runs that are under way; later runs return
// ErrClosed. A second Close does nothing.
func (m *Model) Close() error {
	m.life.Lock()
	defer m.life.Unlock()
	if m.session == nil {
		return nil
	}
	var errs []error
	for b := range m.bindings {
		errs = append(errs, b.release())
	}
	m.bindings = nil
	errs = append(errs, m.session.Destroy())
	m.session = nil
	m.unregister()
	trim()
	return errors.Join(errs...)
}

// Binding is a pair of tensors of one model, used by one run at a time. In is read and Out is written
// in place. The slices stay valid after Close, when nothing reads or writes them any more.
type Binding struct {
	In, Out []byte

	model   *Model
	mu      sync.Mutex
	inputs  []onnxruntime.Value
	outputs []onnxruntime.Value
	bound   *onnxruntime.IoBinding // nil where the tensors are given to each run
	pinner  runtime.Pinner         // the C side keeps the addresses of In and Out
}

// bind makes the C objects. A bound input is copied to the device when it is bound, not when it is
// run, so only a model in the CPU's own memory is run through a binding that is made once.
func (b *Binding) bind() error {
	b.pinner.Pin(&b.In[0])
	b.pinner.Pin(&b.Out[0])
	in, err := onnxruntime.NewCustomDataTensor(b.model.input.shape(), b.In, b.model.input.element)
	if err != nil {
		return err
	}
	b.inputs = []onnxruntime.Value{in}
	out, err := onnxruntime.NewCustomDataTensor(b.model.output.shape(), b.Out, b.model.output.element)
	if err != nil {
		return err
	}
	b.outputs = []onnxruntime.Value{out}
	if !b.model.bound {
		return nil
	}
	if b.bound, err = b.model.session.CreateIoBinding(); err != nil {
		return err
	}
	if err := b.bound.BindInput(b.model.input.Name, in); err != nil {
		return err
	}
	return b.bound.BindOutput(b.model.output.Name, out)
}

// Run computes Out from In. On the CPU it allocates nothing in Go. After an error the content of Out
// is undefined.
func (b *Binding) Run() error {
	b.model.life.RLock()
	defer b.model.life.RUnlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inputs == nil {
		return ErrClosed
	}
	var err error
	if b.bound != nil {
		err = b.model.session.RunWithBinding(b.bound)
	} else {
		err = b.model.session.Run(b.inputs, b.outputs)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRun, err)
	}
	return nil
}

// Close frees the tensors. It waits for a run that is under way; later runs return ErrClosed. A
// second Close does nothing.
func (b *Binding) Close() error {
	b.model.life.RLock()
	defer b.model.life.RUnlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.model.mu.Lock()
	delete(b.model.bindings, b)
	b.model.mu.Unlock()
	return b.release()
}

func (b *Binding) release() error {
	var errs []error
	if b.bound != nil {
		errs = append(errs, b.bound.Destroy())
	}
	for _, v := range slices.Concat(b.inputs, b.outputs) {
		errs = append(errs, v.Destroy())
	}
	b.bound, b.inputs, b.outputs = nil, nil, nil
	b.pinner.Unpin()
	return errors.Join(errs...)
}
