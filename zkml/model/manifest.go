// Package model is the model directory: the files that travel with a version, and the manifest
// that ties them together by digest.
//
//	canonical.onnx  what devices run
//	model.json      the manifest (type Manifest)
//	selftest.json   inputs with the outputs that every executor must give (type SelfTest)
//	circuit.r1cs    the constraint system, after compile
//	pk.bin, vk.bin  Groth16 keys, after setup
//
// A directory is not trusted: the manifest is read strictly (unknown fields, sizes and digests are
// errors), and every other file is checked against the manifest's digest when it is read. What the
// manifest says of the model (signatures, ranges) is not proof of anything; the canonical file is.
package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Format names the version of the manifest's layout.
const Format = "assay-model-1"

// MaxManifestBytes bounds model.json.
const MaxManifestBytes = 1 << 20

// InsecureSetup marks keys that one party made: whoever ran the setup can forge proofs.
const InsecureSetup = "single-party-INSECURE"

var (
	// ErrManifest is returned for a manifest that is malformed or contradicts itself.
	ErrManifest = errors.New("manifest")
	// ErrDigest is returned for a file whose content is not what the manifest names.
	ErrDigest = errors.New("digest mismatch")
	// ErrMissing is returned for a part that an earlier command makes.
	ErrMissing = errors.New("missing")
)

// Manifest is model.json.
type Manifest struct {
	Format    string    `json:"format"`
	Name      string    `json:"name"`
	Source    Source    `json:"source"`
	Canonical File      `json:"canonical"`
	Input     Signature `json:"input"`
	Output    Signature `json:"output"`
	// SessionOptions are the ONNX Runtime options under which the canonical file is portable, in order of key.
	SessionOptions []Option `json:"session_options"`
	// SelfTest is absent until import has made it.
	SelfTest *File `json:"self_test,omitempty"`
	// Head and Tail are what the import cut off the ends: no proof covers them, the caller does them.
	Head    *Cut     `json:"head,omitempty"`
	Tail    []Cut    `json:"tail,omitempty"`
	Circuit *Circuit `json:"circuit,omitempty"`
	Keys    *Keys    `json:"keys,omitempty"`
}

// File is a file's digest and size in bytes.
type File struct {
	SHA256 string `json:"sha256"` // lower-case hex
	Size   int64  `json:"size"`
}

// Source is the file that was imported.
type Source struct {
	File
	Producer string `json:"producer,omitempty"`
}

// Signature is the input or output of the canonical model. A quantized element q stands for Scale * (q - ZeroPoint).
type Signature struct {
	Name        string  `json:"name"`
	ElementType string  `json:"element_type"` // int8 or uint8
	Shape       []int   `json:"shape"`
	Scale       float32 `json:"scale"`
	ZeroPoint   int32   `json:"zero_point"`
}

// Bytes is the size of the raw tensor.
func (s Signature) Bytes() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// Option is one ONNX Runtime session option.
type Option struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Cut is an operator that the import took off the head or the tail.
type Cut struct {
	Op        string  `json:"op"` // QuantizeLinear, DequantizeLinear or Softmax
	Node      string  `json:"node"`
	Type      string  `json:"type,omitempty"` // element type of the integer side
	Scale     float32 `json:"scale,omitempty"`
	ZeroPoint int32   `json:"zero_point"`
	Axis      *int64  `json:"axis,omitempty"` // of Softmax
}

// Circuit describes circuit.r1cs.
type Circuit struct {
	Digest       string `json:"digest"` // sha256 of circuit.r1cs, lower-case hex
	Size         int64  `json:"size"`
	Constraints  int    `json:"constraints"`
	PublicInputs int    `json:"public_inputs"`
}

// Keys describes pk.bin and vk.bin.
type Keys struct {
	Proving   File   `json:"proving"`
	Verifying File   `json:"verifying"`
	Setup     string `json:"setup"` // InsecureSetup, or how the keys were made
}

// Describe returns the digest and size of data.
func Describe(data []byte) File {
	sum := sha256.Sum256(data)
	return File{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}
}

// Decode reads a manifest strictly.
func Decode(data []byte) (*Manifest, error) {
	if len(data) > MaxManifestBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrManifest, MaxManifestBytes, len(data))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var m Manifest
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: trailing data", ErrManifest)
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return &m, nil
}

// Encode returns the manifest as indented JSON with a final newline.
func (m *Manifest) Encode() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(m, "", "  ")
	return append(out, '\n'), err
}

// Validate checks everything that can be checked without the other files.
func (m *Manifest) Validate() error {
	if m.Format != Format {
		return fmt.Errorf("%w: format: expected %q, got %q", ErrManifest, Format, m.Format)
	}
	type named struct {
		name string
		file File
	}
	files := []named{{"source", m.Source.File}, {"canonical", m.Canonical}}
	if m.SelfTest != nil {
		files = append(files, named{"self-test", *m.SelfTest})
	}
	if m.Circuit != nil {
		files = append(files, named{"circuit", File{m.Circuit.Digest, m.Circuit.Size}})
	}
	if m.Keys != nil {
		if m.Circuit == nil {
			return fmt.Errorf("%w: keys without a circuit", ErrManifest)
		}
		files = append(files, named{"proving key", m.Keys.Proving}, named{"verifying key", m.Keys.Verifying})
	}
	for _, f := range files {
		if err := f.file.validate(); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrManifest, f.name, err)
		}
	}
	if err := m.Input.validate(); err != nil {
		return fmt.Errorf("%w: input: %w", ErrManifest, err)
	}
	if err := m.Output.validate(); err != nil {
		return fmt.Errorf("%w: output: %w", ErrManifest, err)
	}
	return m.validateOptions()
}

func (f File) validate() error {
	if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != sha256.Size {
		return fmt.Errorf("sha256: expected 64 hex digits, got %q", f.SHA256)
	}
	if f.Size <= 0 {
		return fmt.Errorf("size: expected a positive number of bytes, got %d", f.Size)
	}
	return nil
}

func (s Signature) validate() error {
	if s.ElementType != "int8" && s.ElementType != "uint8" {
		return fmt.Errorf("element type: expected int8 or uint8, got %q", s.ElementType)
	}
	if len(s.Shape) == 0 || len(s.Shape) > 8 {
		return fmt.Errorf("shape: expected 1 to 8 axes, got %d", len(s.Shape))
	}
	n := 1
	for i, d := range s.Shape {
		if d < 1 || d > 1<<24 || n*d > 1<<24 {
			return fmt.Errorf("shape: axis %d: %d is out of range", i, d)
		}
		n *= d
	}
	if f := float64(s.Scale); !(f > 0) || math.IsInf(f, 0) {
		return fmt.Errorf("scale: expected a positive finite number, got %v", s.Scale)
	}
	lo, hi := int32(-128), int32(127)
	if s.ElementType == "uint8" {
		lo, hi = 0, 255
	}
	if s.ZeroPoint < lo || s.ZeroPoint > hi {
		return fmt.Errorf("zero point: expected %d to %d, got %d", lo, hi, s.ZeroPoint)
	}
	return nil
}

func (m *Manifest) validateOptions() error {
	for i, o := range m.SessionOptions {
		if o.Key == "" {
			return fmt.Errorf("%w: session option %d has no key", ErrManifest, i)
		}
		if i > 0 && m.SessionOptions[i-1].Key >= o.Key {
			return fmt.Errorf("%w: session options are not in strict order of key at %q", ErrManifest, o.Key)
		}
	}
	return nil
}
