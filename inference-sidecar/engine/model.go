package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

// Model is one loaded version. It is safe for use by many goroutines.
type Model struct {
	model  *ort.Model
	frames frames
	turns  chan struct{} // one for each run under way
	done   chan struct{} // closed by Close
	close  sync.Once
	err    error // of Close
}

// Load opens the library if need be, checks that the bytes are a file in canonical form, loads them
// under the session options of the version's manifest, and makes its frames. The bytes are not kept.
// Nothing is left behind after an error. The caller closes the model.
func Load(model []byte, session map[string]string, o Options) (*Model, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := ort.Open(o.Library); err != nil {
		return nil, err
	}
	if _, err := onnx.ReadCanonical(model); err != nil {
		return nil, fmt.Errorf("%w: %w", ort.ErrModel, err)
	}
	loaded, err := ort.NewModel(model, o.session(session))
	if err != nil {
		return nil, err
	}
	m := &Model{model: loaded, turns: make(chan struct{}, o.Parallel), done: make(chan struct{})}
	if err := m.frames.fill(loaded, o.Parallel); err != nil {
		return nil, errors.Join(err, loaded.Close())
	}
	return m, nil
}

// Input describes Frame.In.
func (m *Model) Input() ort.Tensor { return m.model.Input() }

// Output describes Frame.Out.
func (m *Model) Output() ort.Tensor { return m.model.Output() }

// Parallel is the number of runs that go side by side.
func (m *Model) Parallel() int { return cap(m.turns) }

// WarmUp runs the model on zeros, runs times on as many frames as run side by side, so that ONNX
// Runtime has the memory it needs before the first caller waits for it. It stops early with the
// context's error.
func (m *Model) WarmUp(ctx context.Context, runs int) error {
	errs := make([]error, m.Parallel())
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = m.warmUp(ctx, runs) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	return nil
}

func (m *Model) warmUp(ctx context.Context, runs int) error {
	f := m.Frame()
	defer m.Recycle(f)
	for range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.Run(f); err != nil {
			return err
		}
	}
	return nil
}

// Frame lends a pair of buffers, both all zeros. It never waits: where none is free it makes one, so
// callers bound how many they hold. The caller gives it back with Recycle.
func (m *Model) Frame() *Frame { return m.frames.take(m.model) }

// Recycle takes a frame back; the caller keeps neither it nor its slices. A frame that is being run,
// is not out, or is another model's is left alone.
func (m *Model) Recycle(f *Frame) { m.frames.give(m.model, f) }

// Run computes f.Out from f.In. It waits until fewer than Parallel runs are under way, and allocates
// nothing on the CPU. After an error f.Out is all zeros. The errors are ErrClosed, ErrFrame and
// ort.ErrRun.
func (m *Model) Run(f *Frame) error {
	if err := m.frames.start(m.model, f); err != nil {
		return err
	}
	defer f.state.Store(frameOut)
	select {
	case m.turns <- struct{}{}:
	case <-m.done:
		clear(f.Out)
		return ErrClosed
	}
	err := f.run()
	<-m.turns
	if err != nil {
		clear(f.Out)
	}
	return err
}

// Close frees the model. It waits for runs under way; those that wait for a turn, and later ones,
// return ErrClosed. Frames that are still out stay readable. A second Close waits for the first.
func (m *Model) Close() error {
	m.close.Do(func() {
		close(m.done)
		m.frames.close()
		m.err = m.model.Close()
	})
	return m.err
}
