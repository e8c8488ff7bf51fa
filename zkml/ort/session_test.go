package ort

import (
	"bytes"
	"errors"
	"math"
	"sync"
	"testing"
)

func requireLibrary(t *testing.T) {
	t.Helper()
	if err := Open(""); errors.Is(err, ErrNoLibrary) {
		t.Skipf("needs ONNX Runtime: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, model []byte, opts Options) *Session {
	t.Helper()
	requireLibrary(t)
	s, err := NewSession(model, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestRun(t *testing.T) {
	tests := []struct {
		name     string
		in, want []byte
	}{
		// (8+2·8+3·8+4·8)/2 + 10/2 = 45 and its negative with bias 5: -40+2.5 = -37.5, to even -38.
		{"success: tie goes to even", []byte{136, 136, 136, 136}, []byte{128 + 45, 128 - 38}},
		{"success: zero points cancel", []byte{128, 128, 128, 128}, []byte{128 + 5, 128 + 2}},
		{"success: clamped at both ends", []byte{255, 255, 255, 255}, []byte{255, 0}},
	}
	for _, batch := range []uint64{1, 0} { // 0 is symbolic
		s := open(t, gemm(batch), Options{})
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				out := make([]byte, 2)
				if err := s.Run(tt.in, out); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(out, tt.want) {
					t.Errorf("expected %v, got %v", tt.want, out)
				}
			})
		}
	}
}

func TestTensors(t *testing.T) {
	s := open(t, gemm(0), Options{})
	in, out := s.Input(), s.Output()
	if in.Name != "x" || in.Type != "uint8" || in.Size != 4 || in.Elements() != 4 || len(in.Shape) != 2 || in.Shape[0] != 1 {
		t.Errorf("input: got %+v", in)
	}
	if out.Name != "y" || out.Type != "uint8" || out.Size != 2 {
		t.Errorf("output: got %+v", out)
	}
}

// The option keeps ONNX Runtime from fusing the group into its own QLinearAdd, which rounds otherwise.
func TestConfigReachesRuntime(t *testing.T) {
	in := make([]byte, 256)
	want := make([]byte, 256)
	for i := range in {
		q := int8(i)
		in[i] = byte(q)
		sum := 0.5*float64(int(q)+5) + 0.25*float64(int(q)-7)
		want[i] = byte(int8(min(max(math.RoundToEven(sum)-11, -128), 127)))
	}
	run := func(opts Options) []byte {
		out := make([]byte, 256)
		if err := open(t, residual(), opts).Run(in, out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, level := range []Optimization{OptimizeDefault, OptimizeNone, OptimizeBasic, OptimizeExtended, OptimizeAll} {
		if got := run(Options{Config: map[string]string{"session.disable_quant_qdq": "1"}, Optimization: level}); !bytes.Equal(got, want) {
			t.Errorf("level %d: expected %v, got %v", level, want, got)
		}
	}
	if bytes.Equal(run(Options{}), want) {
		t.Error("default options: expected the fused operator's other rounding, got the plain one: the case tests nothing")
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	s := open(t, gemm(1), Options{})
	in, out := make([]byte, 4), make([]byte, 2)
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Run(in, out); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("expected 0 allocations, got %v", n)
	}
}

func TestRunSizes(t *testing.T) {
	s := open(t, gemm(1), Options{})
	tests := []struct {
		name    string
		in, out int
	}{
		{"failure: empty input", 0, 2},
		{"failure: short input", 3, 2},
		{"failure: long input", 5, 2},
		{"failure: short output", 4, 1},
		{"failure: long output", 4, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := bytes.Repeat([]byte{7}, tt.out)
			if err := s.Run(make([]byte, tt.in), out); !errors.Is(err, ErrSize) {
				t.Fatalf("expected %v, got %v", ErrSize, err)
			}
			if !bytes.Equal(out, bytes.Repeat([]byte{7}, tt.out)) {
				t.Errorf("output changed: %v", out)
			}
		})
	}
}

func TestNewSessionRejects(t *testing.T) {
	requireLibrary(t)
	good := gemm(1)
	tests := []struct {
		name  string
		model []byte
	}{
		{"failure: empty", nil},
		{"failure: garbage", []byte("not an ONNX file at all")},
		{"failure: zeros", make([]byte, 4096)},
		{"failure: truncated", good[:len(good)/2]},
		{"failure: last byte missing", good[:len(good)-1]},
		{"failure: two inputs", twoInputs()},
		{"failure: scalar input", scalar()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := NewSession(tt.model, Options{})
			if !errors.Is(err, ErrModel) {
				t.Fatalf("expected %v, got %v", ErrModel, err)
			}
			if s != nil {
				t.Error("expected no session beside an error")
			}
		})
	}
}

func TestOptionsRejects(t *testing.T) {
	requireLibrary(t)
	for name, opts := range map[string]Options{
		"failure: negative threads":  {Threads: -1},
		"failure: unknown level":     {Optimization: OptimizeAll + 1},
		"failure: negative level":    {Optimization: -1},
		"failure: empty config key":  {Config: map[string]string{"": "1"}},
		"failure: overlong key name": {Config: map[string]string{string(bytes.Repeat([]byte{'k'}, 5000)): "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := NewSession(gemm(1), opts); err == nil {
				t.Errorf("expected an error, got a session %v", s.Close())
			}
		})
	}
}

func TestClose(t *testing.T) {
	s := open(t, gemm(1), Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(make([]byte, 4), make([]byte, 2)); !errors.Is(err, ErrClosed) {
		t.Errorf("expected %v, got %v", ErrClosed, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestConcurrentRuns(t *testing.T) {
	shared := open(t, gemm(1), Options{})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			own, err := NewSession(gemm(1), Options{Threads: 2})
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close()
			in, a, b := make([]byte, 4), make([]byte, 2), make([]byte, 2)
			for i := range 100 {
				v := byte(worker*31 + i)
				copy(in, []byte{v, v, v, v})
				if err := errors.Join(shared.Run(in, a), own.Run(in, b)); err != nil {
					t.Error(err)
					return
				}
				sum := 10 * (float64(v) - 128)
				want := byte(128 + min(max(math.RoundToEven((sum+10)/2), -128), 127))
				if a[0] != want || b[0] != want {
					t.Errorf("input %d: expected %d, got %d and %d", v, want, a[0], b[0])
				}
			}
		})
	}
	wg.Wait()
}

func TestCloseDuringRuns(t *testing.T) {
	s := open(t, gemm(1), Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			in, out := make([]byte, 4), make([]byte, 2)
			for {
				if err := s.Run(in, out); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("expected %v, got %v", ErrClosed, err)
					}
					return
				}
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}
