package proving

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/model"
)

// Errors of a Prover. Those of the first group say that the job can never be proved as it is, or not by this prover;
// everything else may pass.
var (
	// ErrJob is returned for a job that contradicts itself or goes beyond a limit.
	ErrJob = errors.New("job cannot be proved")
	// ErrArtifact is returned where the version has no proving key, or a file is not what its digest says.
	ErrArtifact = errors.New("artifact does not serve")
	// ErrCircuit is returned where the circuit of the canonical file is not the one on record, or there is none.
	ErrCircuit = errors.New("circuit is not the one on record")
	// ErrMemory is returned where a proof would take more memory than the prover may use.
	ErrMemory = errors.New("proof takes too much memory")

	// ErrUnavailable is returned where there is no prover to be reached at all. The job is as good as new.
	ErrUnavailable = errors.New("no prover can be reached")
	// ErrProver is returned where the prover died or answered nonsense.
	ErrProver = errors.New("prover gave no answer")
	// ErrProof is returned for an answer that does not verify.
	ErrProof = errors.New("proof does not verify")
	// ErrMismatch is returned for a proof that holds, of another output than the device computed.
	ErrMismatch = errors.New("runtime and circuit computed different outputs")
)

// Job is one result to prove.
type Job struct {
	ID            [16]byte // the nonce of the statement
	Attempt       int      // from 0
	ChainID       string
	Device        []byte // account address, 20 bytes
	Version       string // version id on that chain
	Input, Output []byte
	Artifacts     []artifacts.Artifact
	CircuitDigest [32]byte
	KeyDigest     [32]byte // of the verifying key
}

// Binding is what the proof of the job is bound to.
func (j *Job) Binding() statement.Binding {
	return statement.Binding{ChainID: j.ChainID, Device: j.Device, Version: j.Version, Nonce: j.ID[:]}
}

// Artifact returns the artifact of that name; ErrArtifact if the version has none.
func (j *Job) Artifact(name string) (artifacts.Artifact, error) {
	for _, a := range j.Artifacts {
		if a.Name == name {
			return a, nil
		}
	}
	return artifacts.Artifact{}, fmt.Errorf("%w: version %q has no artifact %q", ErrArtifact, j.Version, name)
}

// files returns the artifacts that a proof needs.
func (j *Job) files() (canonical, key artifacts.Artifact, err error) {
	if canonical, err = j.Artifact(model.CanonicalFile); err != nil {
		return canonical, key, err
	}
	key, err = j.Artifact(model.ProvingFile)
	return canonical, key, err
}

// Validate says why no prover could prove the job. It does not look at the output.
func (j *Job) Validate() error {
	if _, err := j.Binding().Context(); err != nil {
		return fmt.Errorf("%w: %w", ErrJob, err)
	}
	if len(j.Input) == 0 || len(j.Input) > statement.MaxDataBytes {
		return fmt.Errorf("%w: input: expected 1 to %d bytes, got %d", ErrJob, statement.MaxDataBytes, len(j.Input))
	}
	if j.Attempt < 0 || len(j.Artifacts) > maxArtifacts {
		return fmt.Errorf("%w: attempt %d, %d artifacts: expected none below 0, at most %d", ErrJob, j.Attempt, len(j.Artifacts), maxArtifacts)
	}
	_, _, err := j.files()
	return err
}

// Proof is a prover's answer, not to be believed before Check.
type Proof struct {
	Proof       []byte // gnark's serialization
	Output      []byte // that the circuit computed
	InputDigest []byte // 32 bytes, big endian
	// Taken, where set, is to be called when the answer is on disk, or was refused: the prover may forget it then.
	Taken func()
}

// Prover proves jobs. Prove may be called from many goroutines; it returns when ctx ends.
type Prover interface {
	Prove(ctx context.Context, j Job) (Proof, error)
}

// Claim is a checked proof, ready for the chain.
type Claim struct {
	ID          [16]byte
	Version     string
	Nonce       []byte
	InputDigest []byte // 32 bytes, big endian
	Output      []byte
	Proof       []byte
}

func claimOf(r *journal.Record) Claim {
	return Claim{
		ID: r.ID, Version: r.Version, Nonce: r.ID[:], InputDigest: r.Proof.InputDigest, Output: r.Output, Proof: r.Proof.Proof,
	}
}

// Version is what verified chain state says about a version id.
type Version struct {
	ID            string
	Artifacts     []artifacts.Artifact
	CircuitDigest [32]byte
	KeyDigest     [32]byte
	Yanked        bool
}

func name(id [16]byte) string { return hex.EncodeToString(id[:]) }
