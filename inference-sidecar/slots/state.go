package slots

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

const (
	stateFormat = "assay-slots-1"
	// maxStateBytes bounds a state file: four versions with the most artifacts and URIs that a registry allows.
	maxStateBytes = 32 << 20
)

// ErrState is returned where the state file cannot be written, or is not one.
var ErrState = errors.New("slot state")

// state is what a restart begins from.
type state struct {
	Model      string    `json:"model"`
	Height     int64     `json:"height"`
	Time       time.Time `json:"time"`
	Number     uint64    `json:"number"`
	Generation uint64    `json:"generation"`
	Weight     int       `json:"weight"`
	Version    *specJSON `json:"version,omitempty"`
	Candidate  *specJSON `json:"candidate,omitempty"`
	Good       *specJSON `json:"good,omitempty"`
	Previous   *specJSON `json:"previous,omitempty"`
	Record     *record   `json:"record,omitempty"`
}

// envelope is the state file.
type envelope struct {
	Format string          `json:"format"`
	SHA256 string          `json:"sha256"` // of State's bytes, in hex
	State  json.RawMessage `json:"state"`
}

type specJSON struct {
	ID            string            `json:"id"`
	Artifacts     []artifactJSON    `json:"artifacts"`
	Input         Tensor            `json:"input"`
	Output        Tensor            `json:"output"`
	Options       map[string]string `json:"options"`
	CircuitDigest hexDigest         `json:"circuit_digest"`
	KeyDigest     hexDigest         `json:"key_digest"`
	Yanked        bool              `json:"yanked,omitempty"`
}

type artifactJSON struct {
	Name      string    `json:"name"`
	MediaType string    `json:"media_type"`
	Digest    hexDigest `json:"digest"`
	Size      int64     `json:"size"`
	URIs      []string  `json:"uris"`
}

type hexDigest [32]byte

func (d hexDigest) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(d[:])), nil }

func (d *hexDigest) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(d) {
		return fmt.Errorf("digest: expected %d hex digits, got %q", 2*len(d), clip(string(text), 80))
	}
	copy(d[:], raw)
	return nil
}

func toJSON(s *Spec) *specJSON {
	if s == nil {
		return nil
	}
	out := &specJSON{
		ID: s.ID, Input: s.Input, Output: s.Output, Options: s.Options,
		CircuitDigest: s.CircuitDigest, KeyDigest: s.KeyDigest, Yanked: s.Yanked,
	}
	for _, a := range s.Artifacts {
		out.Artifacts = append(out.Artifacts, artifactJSON{a.Name, a.MediaType, a.Digest, a.Size, a.URIs})
	}
	return out
}

func fromJSON(s *specJSON) *Spec {
	if s == nil {
		return nil
	}
	out := &Spec{
		ID: s.ID, Input: s.Input, Output: s.Output, Options: s.Options,
		CircuitDigest: s.CircuitDigest, KeyDigest: s.KeyDigest, Yanked: s.Yanked,
	}
	for _, a := range s.Artifacts {
		out.Artifacts = append(out.Artifacts, artifacts.Artifact{Name: a.Name, MediaType: a.MediaType, Digest: a.Digest, Size: a.Size, URIs: a.URIs})
	}
	return out
}

// order is the one in force when the state was saved.
func (s *state) order() Order {
	return Order{
		Model: s.Model, Height: s.Height, Time: s.Time, Number: s.Number, Generation: s.Generation, Weight: s.Weight,
		Version: fromJSON(s.Version), Candidate: fromJSON(s.Candidate),
	}
}

func encodeState(s *state) ([]byte, error) {
	inner, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(inner)
	return json.Marshal(envelope{stateFormat, hex.EncodeToString(sum[:]), inner})
}

// decodeState reads a state file strictly. The checksum finds what a failing disk or a crash left; the rest is checked
// so that nothing that passes can surprise later.
func decodeState(data []byte, model string) (*state, error) {
	if len(data) > maxStateBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrState, maxStateBytes, len(data))
	}
	var e envelope
	if err := strictJSON(data, &e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	if e.Format != stateFormat {
		return nil, fmt.Errorf("%w: format: expected %q, got %q", ErrState, stateFormat, clip(e.Format, 80))
	}
	if sum := sha256.Sum256(e.State); e.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("%w: sha256: expected %q, got %x", ErrState, clip(e.SHA256, 80), sum)
	}
	var s state
	if err := strictJSON(e.State, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	o := s.order()
	if err := errors.Join(o.validate(model), ofModel(model, fromJSON(s.Good), fromJSON(s.Previous))); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	if (s.Record != nil) != (s.Candidate != nil) {
		return nil, fmt.Errorf("%w: expected a candidate and its record, got one of them", ErrState)
	}
	return &s, nil
}

func strictJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("trailing data")
	}
	return nil
}

// stateFile is the file of a model, and the copy from before.
type stateFile struct {
	path, previous, next string
}

func newStateFile(dir, model string) stateFile {
	path := filepath.Join(dir, url.PathEscape(model)+".json")
	return stateFile{path: path, previous: path + ".previous", next: path + ".next"}
}

// write replaces the file. A crash at any point leaves the new one, or the one from before under either name.
func (f stateFile) write(data []byte) error {
	if err := writeSynced(f.next, data); err != nil {
		return errors.Join(err, removeFile(f.next)) // of a full disk what little there is
	}
	if err := os.Rename(f.path, f.previous); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(f.next, f.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.path))
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// read returns the newest state that is whole, or nil. The errors are those of files that are not; a damaged file is
// no reason to have nothing.
func (f stateFile) read(model string) (*state, []error) {
	var errs []error
	for _, path := range []string{f.path, f.previous} {
		s, err := readState(path, model)
		if err == nil {
			return s, errs
		}
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
	}
	return nil, errs
}

func readState(path, model string) (*state, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxStateBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrState, maxStateBytes, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return decodeState(data, model)
}

// save writes the state in force. Caller holds mu.
func (m *Model) save() error {
	data, err := encodeState(&state{
		Model: m.name, Height: m.order.Height, Time: m.order.Time, Number: m.order.Number, Generation: m.order.Generation,
		Weight: m.order.Weight, Version: toJSON(m.order.Version), Candidate: toJSON(m.order.Candidate),
		Good: toJSON(m.good), Previous: toJSON(m.previous), Record: m.candidate,
	})
	if err == nil {
		err = m.file.write(data)
	}
	if err != nil {
		m.unsaved = fmt.Errorf("%w: %w", ErrState, err)
		m.o.Logger.Error("state not saved", "error", err)
		return m.unsaved
	}
	m.unsaved, m.saved = nil, m.order.Time
	return nil
}
