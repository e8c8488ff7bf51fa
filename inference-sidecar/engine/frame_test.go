package engine

import (
	"bytes"
	"errors"
	"testing"
)

func TestFrameMisuse(t *testing.T) {
	m, _ := vibration.load(t, Options{})
	other, _ := vibration.load(t, Options{})
	foreign, back := other.Frame(), m.Frame()
	m.Recycle(back)
	running := m.Frame()
	running.state.Store(frameRunning)
	for name, f := range map[string]*Frame{
		"failure: none":          nil,
		"failure: another model": foreign,
		"failure: given back":    back,
		"failure: running":       running,
	} {
		t.Run(name, func(t *testing.T) {
			if err := m.Run(f); !errors.Is(err, ErrFrame) {
				t.Errorf("expected %v, got %v", ErrFrame, err)
			}
			before := len(m.frames.free)
			m.Recycle(f)
			if got := len(m.frames.free); got != before {
				t.Errorf("recycle: expected %d free, got %d", before, got)
			}
		})
	}
}

func TestRecycleClears(t *testing.T) {
	m, g := vibration.load(t, Options{})
	v := vectors(t, g, 1)[0]
	f := m.Frame()
	in, out := f.In, f.Out
	copy(in, v.in)
	if err := m.Run(f); err != nil {
		t.Fatal(err)
	}
	f.In, f.Out = nil, nil // a careless caller
	m.Recycle(f)
	if !bytes.Equal(in, make([]byte, len(in))) || !bytes.Equal(out, make([]byte, len(out))) {
		t.Error("expected all zeros")
	}
	if again := m.Frame(); again != f || len(again.In) != len(in) || len(again.Out) != len(out) {
		t.Error("expected the same frame, whole")
	}
}

func TestFreeListIsBounded(t *testing.T) {
	m, _ := vibration.load(t, Options{})
	frames := make([]*Frame, 3*maxFree)
	for range 2 {
		for i := range frames {
			frames[i] = m.Frame()
		}
		for _, f := range frames {
			m.Recycle(f)
		}
		if got := len(m.frames.free); got != maxFree {
			t.Fatalf("expected %d free, got %d", maxFree, got)
		}
	}
	if err := frames[len(frames)-1].binding.Run(); !errors.Is(err, ErrClosed) {
		t.Errorf("a frame beyond the bound: expected %v, got %v", ErrClosed, err)
	}
}

func TestFreeListIsSizedFromShapes(t *testing.T) {
	large, _ := source{"camera", nil}.load(t, Options{})
	size := large.Input().Size + large.Output().Size
	if got, want := cap(large.frames.free), freeBytes/size; got != want {
		t.Errorf("camera: expected %d, got %d", want, got)
	}
	wide, _ := source{"camera", nil}.load(t, Options{Parallel: 60})
	if got := cap(wide.frames.free); got != 60 {
		t.Errorf("as many as run side by side: expected 60, got %d", got)
	}
}
