package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a model directory.
const (
	ManifestFile  = "model.json"
	CanonicalFile = "canonical.onnx"
	SelfTestFile  = "selftest.json"
	CircuitFile   = "circuit.r1cs"
	ProvingFile   = "pk.bin"
	VerifyingFile = "vk.bin"
)

// The media types of the files that a version lists as artifacts, under the names above.
const (
	CanonicalType = "application/onnx"
	SelfTestType  = "application/json"
	ProvingType   = "application/octet-stream"
)

// Dir is a model directory with its manifest.
type Dir struct {
	Path     string
	Manifest *Manifest
}

// Open reads the manifest of the model directory at path.
func Open(path string) (*Dir, error) {
	data, err := os.ReadFile(filepath.Join(path, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q is not a model directory: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	m, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, ManifestFile), err)
	}
	return &Dir{Path: path, Manifest: m}, nil
}

// Create writes a new model directory, or replaces the one at path: what belongs to another
// canonical file (self-test, circuit and keys) is removed. Anything else in the directory is left alone.
func Create(path string, m *Manifest, canonical []byte) (*Dir, error) {
	m.Canonical = Describe(canonical)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	d := &Dir{Path: path, Manifest: m}
	if err := d.discard(SelfTestFile, CircuitFile, ProvingFile, VerifyingFile); err != nil {
		return nil, err
	}
	if err := d.write(CanonicalFile, canonical, 0o644); err != nil {
		return nil, err
	}
	return d, d.Save()
}

// Save writes the manifest.
func (d *Dir) Save() error {
	data, err := d.Manifest.Encode()
	if err != nil {
		return err
	}
	return d.write(ManifestFile, data, 0o644)
}

// Canonical reads canonical.onnx and checks its digest.
func (d *Dir) Canonical() ([]byte, error) { return d.read(CanonicalFile, d.Manifest.Canonical) }

// SelfTest reads selftest.json and checks its digest; ErrMissing in a directory that has none.
func (d *Dir) SelfTest() (*SelfTest, error) {
	if d.Manifest.SelfTest == nil {
		return nil, fmt.Errorf("%w: %s has no self-test", ErrMissing, d.Path)
	}
	data, err := d.read(SelfTestFile, *d.Manifest.SelfTest)
	if err != nil {
		return nil, err
	}
	return DecodeSelfTest(data)
}

// SetSelfTest stores the self-test.
func (d *Dir) SetSelfTest(s *SelfTest) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	if err := d.write(SelfTestFile, data, 0o644); err != nil {
		return err
	}
	f := Describe(data)
	d.Manifest.SelfTest = &f
	return d.Save()
}

// Circuit reads circuit.r1cs and checks its digest; ErrMissing before compile.
func (d *Dir) Circuit() ([]byte, error) {
	if d.Manifest.Circuit == nil {
		return nil, fmt.Errorf("%w: %s has no circuit", ErrMissing, d.Path)
	}
	return d.read(CircuitFile, File{d.Manifest.Circuit.Digest, d.Manifest.Circuit.Size})
}

// ProvingKey reads pk.bin and checks its digest; ErrMissing before setup.
func (d *Dir) ProvingKey() ([]byte, error) {
	if d.Manifest.Keys == nil {
		return nil, fmt.Errorf("%w: %s has no keys", ErrMissing, d.Path)
	}
	return d.read(ProvingFile, d.Manifest.Keys.Proving)
}

// VerifyingKey reads vk.bin and checks its digest; ErrMissing before setup.
func (d *Dir) VerifyingKey() ([]byte, error) {
	if d.Manifest.Keys == nil {
		return nil, fmt.Errorf("%w: %s has no keys", ErrMissing, d.Path)
	}
	return d.read(VerifyingFile, d.Manifest.Keys.Verifying)
}

// SetCircuit stores the circuit; keys of another circuit are removed.
func (d *Dir) SetCircuit(r1cs []byte, constraints, publicInputs int) error {
	f := Describe(r1cs)
	if err := d.discard(ProvingFile, VerifyingFile); err != nil {
		return err
	}
	if err := d.write(CircuitFile, r1cs, 0o644); err != nil {
		return err
	}
	d.Manifest.Circuit = &Circuit{Digest: f.SHA256, Size: f.Size, Constraints: constraints, PublicInputs: publicInputs}
	d.Manifest.Keys = nil
	return d.Save()
}

// SetKeys stores the keys with how they were made.
func (d *Dir) SetKeys(pk, vk []byte, setup string) error {
	if err := d.write(ProvingFile, pk, 0o644); err != nil {
		return err
	}
	if err := d.write(VerifyingFile, vk, 0o644); err != nil {
		return err
	}
	d.Manifest.Keys = &Keys{Proving: Describe(pk), Verifying: Describe(vk), Setup: setup}
	return d.Save()
}

func (d *Dir) read(name string, want File) ([]byte, error) {
	path := filepath.Join(d.Path, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() != want.Size {
		return nil, fmt.Errorf("%w: %s: expected %d bytes, got %d", ErrDigest, path, want.Size, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if got := Describe(data); got != want {
		return nil, fmt.Errorf("%w: %s: expected sha256 %s, got %s", ErrDigest, path, want.SHA256, got.SHA256)
	}
	return data, nil
}

// write replaces a file in one step, so that a crash leaves the old one or the new one.
func (d *Dir) write(name string, data []byte, mode fs.FileMode) error {
	tmp, err := os.CreateTemp(d.Path, "."+name+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(d.Path, name))
}

func (d *Dir) discard(names ...string) error {
	for _, name := range names {
		if err := os.Remove(filepath.Join(d.Path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
