package proving

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/journal/record"
	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/prover"
)

const (
	jobFormat    = 1
	answerFormat = 1

	maxArtifacts     = 32
	maxURIs          = 32
	maxURIBytes      = 2048
	maxArtifactName  = 256
	maxAttempt       = 1 << 20
	maxAnswerText    = 512
	inputDigestBytes = 32
)

// EncodeJob writes a job for a prover, without its output: a prover finds that by itself.
func EncodeJob(j *Job) []byte {
	w := record.Writer{Data: make([]byte, 0, len(j.Input)+1024)}
	w.Byte(jobFormat)
	w.Fixed(j.ID[:])
	w.Uint32(uint32(j.Attempt))
	w.String(j.ChainID)
	w.Fixed(j.Device)
	w.String(j.Version)
	w.Fixed(j.CircuitDigest[:])
	w.Fixed(j.KeyDigest[:])
	w.Uint32(uint32(len(j.Artifacts)))
	for _, a := range j.Artifacts {
		w.String(a.Name)
		w.String(a.MediaType)
		w.Fixed(a.Digest[:])
		w.Uint64(uint64(a.Size))
		w.Uint32(uint32(len(a.URIs)))
		for _, u := range a.URIs {
			w.String(u)
		}
	}
	w.Bytes(j.Input)
	return w.Data
}

// DecodeJob reads what EncodeJob wrote, and nothing else; the job is valid then. It aliases data.
func DecodeJob(data []byte) (Job, error) {
	var j Job
	r := record.NewReader(data)
	if f := r.Byte("format"); f != jobFormat {
		r.Fail("format: expected %d, got %d", jobFormat, f)
	}
	copy(j.ID[:], r.Fixed("id", len(j.ID)))
	j.Attempt = r.Count("attempt", 0, maxAttempt)
	j.ChainID = r.String("chain id", 1, statement.MaxFieldBytes)
	j.Device = r.Fixed("device", statement.DeviceBytes)
	j.Version = r.String("version", 1, statement.MaxFieldBytes)
	copy(j.CircuitDigest[:], r.Fixed("circuit digest", len(j.CircuitDigest)))
	copy(j.KeyDigest[:], r.Fixed("key digest", len(j.KeyDigest)))
	for range r.Count("artifacts", 0, maxArtifacts) {
		j.Artifacts = append(j.Artifacts, decodeArtifact(r))
	}
	j.Input = r.Bytes("input", 1, statement.MaxDataBytes)
	if err := r.End(); err != nil {
		return Job{}, fmt.Errorf("job: %w", err)
	}
	return j, j.Validate()
}

func decodeArtifact(r *record.Reader) artifacts.Artifact {
	a := artifacts.Artifact{Name: r.String("artifact name", 1, maxArtifactName), MediaType: r.String("media type", 0, maxArtifactName)}
	copy(a.Digest[:], r.Fixed("artifact digest", len(a.Digest)))
	size := r.Uint64("artifact size")
	if size > 1<<40 {
		r.Fail("artifact size: expected at most %d, got %d", 1<<40, size)
	}
	a.Size = int64(size)
	for range r.Count("uris", 0, maxURIs) {
		a.URIs = append(a.URIs, r.String("uri", 1, maxURIBytes))
	}
	return a
}

// Answer is what a prover says about a job: a proof, or why not. Nothing of it is to be believed before Check.
type Answer struct {
	ID    [16]byte
	Proof Proof // where Err is nil
	Err   error // wraps ErrJob, ErrArtifact, ErrCircuit, ErrMemory or ErrProver
}

// statuses are the codes of answers; a code never changes its meaning.
var statuses = []error{nil, ErrJob, ErrArtifact, ErrCircuit, ErrMemory, ErrProver}

// EncodeAnswer writes an answer. An error that has no code of its own becomes ErrProver.
func EncodeAnswer(a *Answer) []byte {
	var w record.Writer
	w.Byte(answerFormat)
	w.Fixed(a.ID[:])
	status, text, proof := 0, "", a.Proof
	if a.Err != nil {
		status, text, proof = len(statuses)-1, strings.ToValidUTF8(a.Err.Error(), "?"), Proof{}
		for i, e := range statuses {
			if e != nil && errors.Is(a.Err, e) {
				status = i
				break
			}
		}
	}
	w.Byte(byte(status))
	w.String(text[:min(len(text), maxAnswerText)])
	w.Bytes(proof.Proof)
	w.Bytes(proof.Output)
	w.Bytes(proof.InputDigest)
	return w.Data
}

// DecodeAnswer reads what EncodeAnswer wrote, and nothing else. It aliases data.
func DecodeAnswer(data []byte) (Answer, error) {
	var a Answer
	r := record.NewReader(data)
	if f := r.Byte("format"); f != answerFormat {
		r.Fail("format: expected %d, got %d", answerFormat, f)
	}
	copy(a.ID[:], r.Fixed("id", len(a.ID)))
	status := int(r.Byte("status"))
	if status >= len(statuses) {
		r.Fail("status: expected at most %d, got %d", len(statuses)-1, status)
		status = 0
	}
	proved, text := status == 0, r.String("text", 0, maxAnswerText)
	size := func(of int) (int, int) { // of a field that only a proof has
		if proved {
			return 1, of
		}
		return 0, 0
	}
	least, most := size(prover.ProofBytes)
	a.Proof.Proof = r.Bytes("proof", least, most)
	least, most = size(statement.MaxDataBytes)
	a.Proof.Output = r.Bytes("output", least, most)
	least, most = size(inputDigestBytes)
	a.Proof.InputDigest = r.Bytes("input digest", least, most)
	if proved && text != "" {
		r.Fail("text: expected none beside a proof, got %q", text)
	}
	if err := r.End(); err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	if !proved {
		a.Proof, a.Err = Proof{}, &answerError{statuses[status], text}
	}
	return a, nil
}

// answerError is a prover's error as it came over the wire.
type answerError struct {
	kind error
	text string
}

func (e *answerError) Error() string { return fmt.Sprintf("%v (prover says %q)", e.kind, e.text) }
func (e *answerError) Unwrap() error { return e.kind }

// maxFrame bounds one message between the sidecar and its child.
const maxFrame = statement.MaxDataBytes + 1<<20

// writeFrame writes a length of four bytes, and data.
func writeFrame(w io.Writer, data []byte) error {
	if len(data) > maxFrame {
		return fmt.Errorf("frame: expected at most %d bytes, got %d", maxFrame, len(data))
	}
	_, err := w.Write(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(data)), uint32(len(data))), data...))
	return err
}

// readFrame reads what writeFrame wrote; io.EOF between frames.
func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return nil, fmt.Errorf("frame: expected at most %d bytes, got %d", maxFrame, n)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("frame: %w", err)
	}
	return data, nil
}
