package ort

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
	"testing"
)

func newModel(t *testing.T, data []byte, opts Options) *Model {
	t.Helper()
	requireLibrary(t)
	m, err := NewModel(data, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func bind(t *testing.T, m *Model) *Binding {
	t.Helper()
	b, err := m.Bind()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Both ways to run must give the same bytes; the one without a bound pair is for devices, where an
// input is copied when it is bound.
func TestBinding(t *testing.T) {
	for name, bound := range map[string]bool{"success: bound": true, "success: given to each run": false} {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, gemm(0), Options{})
			m.bound = bound
			b := bind(t, m)
			for _, v := range []struct{ in, want []byte }{
				{[]byte{136, 136, 136, 136}, []byte{128 + 45, 128 - 38}},
				{[]byte{255, 255, 255, 255}, []byte{255, 0}},
				{[]byte{136, 136, 136, 136}, []byte{128 + 45, 128 - 38}},
			} {
				copy(b.In, v.in)
				if err := b.Run(); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(b.Out, v.want) {
					t.Errorf("input %v: expected %v, got %v", v.in, v.want, b.Out)
				}
			}
		})
	}
}

func TestDisableArena(t *testing.T) {
	b := bind(t, newModel(t, gemm(1), Options{DisableArena: true}))
	copy(b.In, []byte{136, 136, 136, 136})
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	if want := []byte{128 + 45, 128 - 38}; !bytes.Equal(b.Out, want) {
		t.Errorf("expected %v, got %v", want, b.Out)
	}
}

func TestModelClose(t *testing.T) {
	m := newModel(t, gemm(1), Options{})
	one, two := bind(t, m), bind(t, m)
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if err := one.Run(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed binding: expected %v, got %v", ErrClosed, err)
	}
	if err := two.Run(); err != nil {
		t.Errorf("other binding: %v", err)
	}
	if len(m.bindings) != 1 {
		t.Errorf("expected 1 binding on record, got %d", len(m.bindings))
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := two.Run(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed model: expected %v, got %v", ErrClosed, err)
	}
	if _, err := m.Bind(); !errors.Is(err, ErrClosed) {
		t.Errorf("bind: expected %v, got %v", ErrClosed, err)
	}
	if err := errors.Join(one.Close(), two.Close(), m.Close()); err != nil {
		t.Errorf("close again: %v", err)
	}
	two.In[0], two.Out[0] = 1, 1 // still the caller's
}

// The runtime ends a process that collects a pinned buffer.
func TestForgottenModel(t *testing.T) {
	requireLibrary(t)
	before := Loaded()
	func() {
		m, err := NewModel(gemm(1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		bind(t, m)
	}()
	for range 3 {
		runtime.GC()
	}
	if got := Loaded(); got != before+1 {
		t.Errorf("expected %d loaded, got %d", before+1, got)
	}
	for m := range loaded.models { // Close takes it out of the map
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := Loaded(); got != 0 {
		t.Errorf("expected 0 loaded, got %d", got)
	}
}

func TestCloseDuringBindings(t *testing.T) {
	m := newModel(t, gemm(1), Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				b, err := m.Bind()
				if err == nil {
					err = b.Run()
				}
				if err == nil {
					err = b.Close()
				}
				if err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("expected %v, got %v", ErrClosed, err)
					}
					return
				}
			}
		})
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}
