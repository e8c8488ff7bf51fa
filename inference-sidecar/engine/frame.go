package engine

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/assay-chain/assay/zkml/ort"
)

// Frame is a pair of buffers of a model, in one caller's hands from Model.Frame to Model.Recycle. The
// slices are ONNX Runtime's tensors themselves: keep their length and their array. The caller fills
// all of In before a run; Out holds the result until the next run or Recycle.
type Frame struct {
	In, Out []byte

	model   *ort.Model
	binding *ort.Binding
	err     error // why there is no binding
	state   atomic.Int32
}

// The states of a frame.
const (
	frameFree int32 = iota
	frameOut
	frameRunning
)

func (f *Frame) run() error {
	if f.binding == nil {
		return f.err
	}
	return f.binding.Run()
}

func newFrame(m *ort.Model) *Frame {
	f := &Frame{model: m}
	if f.binding, f.err = m.Bind(); f.err != nil {
		f.In, f.Out = make([]byte, m.Input().Size), make([]byte, m.Output().Size)
		return f
	}
	f.In, f.Out = f.binding.In, f.binding.Out
	return f
}

// The free list keeps at most maxFree frames, and no more than freeBytes of them unless as many runs
// go side by side: frames beyond that are made and freed on demand.
const (
	maxFree   = 64
	freeBytes = 8 << 20
)

// frames is the free list, last in first out for the sake of caches.
type frames struct {
	mu     sync.Mutex
	free   []*Frame // its capacity is the bound
	closed bool
}

// fill sizes the list from the model's tensors and makes as many frames as run side by side.
func (l *frames) fill(m *ort.Model, parallel int) error {
	size := m.Input().Size + m.Output().Size
	l.free = make([]*Frame, 0, max(parallel, min(maxFree, freeBytes/size)))
	for range parallel {
		f := newFrame(m)
		if f.err != nil {
			return f.err
		}
		l.free = append(l.free, f)
	}
	return nil
}

func (l *frames) take(m *ort.Model) *Frame {
	f := l.pop()
	if f == nil {
		f = newFrame(m)
	}
	f.state.Store(frameOut)
	return f
}

func (l *frames) pop() *Frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return nil
	}
	last := len(l.free) - 1
	f := l.free[last]
	l.free[last] = nil
	l.free = l.free[:last]
	return f
}

func (l *frames) start(m *ort.Model, f *Frame) error {
	if f == nil || f.model != m {
		return fmt.Errorf("%w: expected a frame of this model", ErrFrame)
	}
	if !f.state.CompareAndSwap(frameOut, frameRunning) {
		return fmt.Errorf("%w: expected a frame that is out and not running", ErrFrame)
	}
	return nil
}

func (l *frames) give(m *ort.Model, f *Frame) {
	if f == nil || f.model != m || !f.state.CompareAndSwap(frameOut, frameRunning) {
		return
	}
	if f.binding != nil {
		f.In, f.Out = f.binding.In, f.binding.Out
	}
	clear(f.In)
	clear(f.Out)
	f.state.Store(frameFree)
	if !l.push(f) && f.binding != nil {
		// The only error of Close would be one of the C library's free functions, which have none.
		_ = f.binding.Close()
	}
}

// push keeps a frame and says whether it did.
func (l *frames) push(f *Frame) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || f.binding == nil || len(l.free) == cap(l.free) {
		return false
	}
	l.free = append(l.free, f)
	return true
}

// close drops the list; the model frees the bindings.
func (l *frames) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free, l.closed = nil, true
}
