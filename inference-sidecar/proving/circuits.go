package proving

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/consensys/gnark/backend/groth16"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/prover"
)

// request is a job with the files that it needs on this machine.
type request struct {
	job            Job
	canonical, key string // paths
}

// circuits proves with circuits and proving keys that it keeps in memory, the least recently used of which go when
// another needs the room. It is not safe for use by many goroutines: one proof at a time is what the budget is for.
type circuits struct {
	budget int64
	kept   *list.List // of *keyed, most recently used first
	size   int64
}

// keyed is a circuit with its proving key.
type keyed struct {
	circuitDigest, keyDigest [32]byte // keyDigest is of the proving key
	compiled                 *circuit.Compiled
	key                      groth16.ProvingKey
	size                     int64 // of both, as measured
	estimate                 estimate
}

func newCircuits(budget int64) *circuits {
	return &circuits{budget: budget, kept: list.New()}
}

// prove answers a request. Errors wrap the first group of a Prover's errors.
func (c *circuits) prove(r *request) (Proof, error) {
	k, err := c.open(r)
	if err != nil {
		return Proof{}, err
	}
	result, err := prover.Prove(k.compiled, k.key, r.job.Input, r.job.Binding())
	if err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrJob, err)
	}
	digest := result.Public[0].Bytes()
	return Proof{Proof: result.Proof, Output: result.Output, InputDigest: digest[:]}, nil
}

func (c *circuits) open(r *request) (*keyed, error) {
	canonical, key, err := r.job.files()
	if err != nil {
		return nil, err
	}
	for e := c.kept.Front(); e != nil; e = e.Next() {
		if k := e.Value.(*keyed); k.circuitDigest == r.job.CircuitDigest && k.keyDigest == key.Digest {
			c.kept.MoveToFront(e)
			c.makeRoom(k.estimate.working, k)
			return k, nil
		}
	}
	file, err := openArtifact(r.key, key.Size, key.Digest)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	est, err := estimateOf(file)
	if err != nil {
		return nil, err
	}
	if est.total() > c.budget {
		return nil, fmt.Errorf("%w: expected about %d MiB for %d constraints and more, at most %d MiB are allowed",
			ErrMemory, est.total()>>20, est.domain/2, c.budget>>20)
	}
	c.makeRoom(est.total(), nil)
	return c.load(r, canonical, key, est, file)
}

func (c *circuits) load(r *request, canonical, artifact artifacts.Artifact, est estimate, key io.Reader) (*keyed, error) {
	before := heap()
	compiled, err := compile(r, canonical)
	if err != nil {
		return nil, err
	}
	pk, err := prover.UnsafeReadProvingKey(key) // compared with the digest by openArtifact
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArtifact, err)
	}
	k := &keyed{circuitDigest: r.job.CircuitDigest, keyDigest: artifact.Digest, compiled: compiled, key: pk, estimate: est}
	k.size = max(heap()-before, 0)
	c.kept.PushFront(k)
	c.size += k.size
	return k, nil
}

func compile(r *request, canonical artifacts.Artifact) (*circuit.Compiled, error) {
	file, err := openArtifact(r.canonical, canonical.Size, canonical.Digest)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProver, err)
	}
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCircuit, err)
	}
	compiled, err := circuit.Compile(g)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCircuit, err)
	}
	if compiled.Digest != r.job.CircuitDigest {
		return nil, fmt.Errorf("%w: expected %x, got %x", ErrCircuit, r.job.CircuitDigest, compiled.Digest)
	}
	if want := compiled.InputBytes(); len(r.job.Input) != want {
		return nil, fmt.Errorf("%w: input: expected %d bytes, got %d", ErrJob, want, len(r.job.Input))
	}
	return compiled, nil
}

// makeRoom drops what was used least recently, except one, until need more bytes are in the budget.
func (c *circuits) makeRoom(need int64, except *keyed) {
	dropped := false
	for e := c.kept.Back(); e != nil && c.size+need > c.budget; {
		previous := e.Prev()
		if k := e.Value.(*keyed); k != except {
			c.kept.Remove(e)
			c.size -= k.size
			dropped = true
		}
		e = previous
	}
	if dropped {
		debug.FreeOSMemory()
	}
}

// openArtifact opens a file and compares it with its digest. The caller reads it from its start. That a file is not
// there, or not what it was when it was fetched, may pass: ErrProver.
func openArtifact(path string, size int64, digest [32]byte) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProver, err)
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(file, size+1))
	if err == nil && (n != size || !bytes.Equal(h.Sum(nil), digest[:])) {
		err = fmt.Errorf("%q: expected %d bytes with sha256 %x, got %x", path, size, digest, h.Sum(nil))
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProver, errors.Join(err, file.Close()))
	}
	return file, nil
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
