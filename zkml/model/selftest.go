package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/assay-chain/assay/zkml/onnx"
)

// SelfTestFormat names the version of the self-test's layout.
const SelfTestFormat = "assay-selftest-1"

// Bounds of a self-test.
const (
	MinVectors = 4
	MaxVectors = 16
	// MaxSamples is the number of real inputs that a self-test takes; the others are made.
	MaxSamples = MaxVectors - MinVectors
	// MaxSelfTestBytes bounds selftest.json; the largest input of a canonical file fits MinVectors times.
	MaxSelfTestBytes = 64 << 20

	// comfortableBytes is what a self-test keeps to where MinVectors allow it.
	comfortableBytes = 1 << 20
)

// ErrSelfTest is returned for a self-test that is malformed, or that an executor does not pass.
var ErrSelfTest = errors.New("self-test")

// SelfTest is selftest.json: inputs with the outputs that the reference executor computed. An executor that gives
// the same bytes for all of them is not proved right, but one that is broken on this machine seldom passes.
type SelfTest struct {
	Format  string   `json:"format"`
	Vectors []Vector `json:"vectors"`
}

// Vector is one raw input with its raw output, row major; base64 in JSON.
type Vector struct {
	Input  []byte `json:"input"`
	Output []byte `json:"output"`
}

// NewSelfTest computes a self-test with the reference executor. It holds the samples, at most MaxSamples, and made
// inputs: extremes, where saturation shows, and noise. Equal graphs and samples give equal self-tests. Samples that
// repeat one another are taken once.
func NewSelfTest(g *onnx.Graph, samples [][]byte) (*SelfTest, error) {
	if len(samples) > MaxSamples {
		return nil, fmt.Errorf("%w: expected at most %d samples, got %d", ErrSelfTest, MaxSamples, len(samples))
	}
	exec, err := onnx.NewExecutor(g)
	if err != nil {
		return nil, err
	}
	in, out := &g.Values[g.Input], &g.Values[g.Output]
	want := min(max(comfortableBytes/(in.Len()+out.Len()), MinVectors), MaxVectors)
	s := &SelfTest{Format: SelfTestFormat}
	for _, input := range slices.Concat(samples, madeInputs(in, MaxVectors)) {
		if len(s.Vectors) >= max(want, len(samples)+MinVectors) || s.has(input) {
			continue
		}
		output, err := exec.Run(input)
		if err != nil {
			return nil, fmt.Errorf("%w: vector %d: %w", ErrSelfTest, len(s.Vectors), err)
		}
		s.Vectors = append(s.Vectors, Vector{Input: input, Output: output})
	}
	return s, s.Validate()
}

// madeInputs are extremes, then noise from a fixed seed. There are enough different ones for any size of input.
func madeInputs(v *onnx.Value, noise int) [][]byte {
	size, lo, hi := v.Len(), byte(v.Type.Min()), byte(v.Type.Max())
	alternate := func(even, odd byte) []byte {
		b := bytes.Repeat([]byte{even}, size)
		for i := 1; i < size; i += 2 {
			b[i] = odd
		}
		return b
	}
	inputs := [][]byte{alternate(lo, lo), alternate(hi, hi), alternate(lo, hi), alternate(hi, lo)}
	rng := rand.New(rand.NewPCG(1, 0))
	for range noise {
		input := make([]byte, size)
		for i := range input {
			input[i] = byte(rng.Uint32())
		}
		inputs = append(inputs, input)
	}
	return inputs
}

func (s *SelfTest) has(input []byte) bool {
	for _, v := range s.Vectors {
		if bytes.Equal(v.Input, input) {
			return true
		}
	}
	return false
}

// DecodeSelfTest reads a self-test strictly: what Encode would write with other bytes is refused.
func DecodeSelfTest(data []byte) (*SelfTest, error) {
	if len(data) > MaxSelfTestBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrSelfTest, MaxSelfTestBytes, len(data))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var s SelfTest
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: trailing data", ErrSelfTest)
	}
	again, err := s.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: writing it gives other bytes", ErrSelfTest)
	}
	return &s, nil
}

// Encode returns the self-test as indented JSON with a final newline.
func (s *SelfTest) Encode() ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	if out = append(out, '\n'); len(out) > MaxSelfTestBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrSelfTest, MaxSelfTestBytes, len(out))
	}
	return out, nil
}

// Validate checks what can be checked without the model.
func (s *SelfTest) Validate() error {
	if s.Format != SelfTestFormat {
		return fmt.Errorf("%w: format: expected %q, got %q", ErrSelfTest, SelfTestFormat, s.Format)
	}
	if n := len(s.Vectors); n < MinVectors || n > MaxVectors {
		return fmt.Errorf("%w: expected %d to %d vectors, got %d", ErrSelfTest, MinVectors, MaxVectors, n)
	}
	first := s.Vectors[0]
	for i, v := range s.Vectors {
		if len(v.Input) == 0 || len(v.Output) == 0 {
			return fmt.Errorf("%w: vector %d: expected an input and an output, got %d and %d bytes", ErrSelfTest, i, len(v.Input), len(v.Output))
		}
		if len(v.Input) != len(first.Input) || len(v.Output) != len(first.Output) {
			return fmt.Errorf("%w: vector %d: expected %d and %d bytes as in vector 0, got %d and %d",
				ErrSelfTest, i, len(first.Input), len(first.Output), len(v.Input), len(v.Output))
		}
	}
	return nil
}

// Check runs all vectors and compares every byte. The vectors must have the sizes of the model, in bytes; run fills
// output from input.
func (s *SelfTest) Check(inputSize, outputSize int, run func(input, output []byte) error) error {
	if first := s.Vectors[0]; len(first.Input) != inputSize || len(first.Output) != outputSize {
		return fmt.Errorf("%w: vectors: expected %d and %d bytes, got %d and %d", ErrSelfTest, inputSize, outputSize, len(first.Input), len(first.Output))
	}
	output := make([]byte, outputSize)
	for i, v := range s.Vectors {
		if err := run(v.Input, output); err != nil {
			return fmt.Errorf("%w: vector %d: %w", ErrSelfTest, i, err)
		}
		for j, got := range output {
			if got != v.Output[j] {
				return fmt.Errorf("%w: vector %d, element %d: expected byte %d, got %d", ErrSelfTest, i, j, v.Output[j], got)
			}
		}
	}
	return nil
}
