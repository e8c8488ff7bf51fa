// Package provingtest makes a small real model with circuit and keys for tests of proving.
//
// The model is the project's own (models/vibration), the setup this process's, so its keys are worth nothing. What
// the device computed is stood in for by the integer reference executor, which agrees with ONNX Runtime bit for bit.
package provingtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/consensys/gnark/logger"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/prover"
)

// Model is a version as chain state describes it, with its files.
type Model struct {
	Version       string
	Artifacts     []artifacts.Artifact
	CircuitDigest [32]byte
	KeyDigest     [32]byte
	VerifyingKey  []byte
	Files         Files

	graph *onnx.Graph
	input int
}

// Files has artifacts by digest. It stands in for a store.
type Files map[[32]byte]string

// Fetch returns the path of a file.
func (f Files) Fetch(_ context.Context, a artifacts.Artifact) (string, error) {
	path, ok := f[a.Digest]
	if !ok {
		return "", fmt.Errorf("%w: %s", artifacts.ErrFetch, a)
	}
	return path, nil
}

var made struct {
	sync.Mutex
	model *Model
	dir   string
}

// Vibration returns the model, which is made once in a process. Call Cleanup at the end of TestMain.
func Vibration(tb testing.TB) *Model {
	tb.Helper()
	made.Lock()
	defer made.Unlock()
	if made.model == nil {
		dir, err := os.MkdirTemp("", "provingtest-")
		if err != nil {
			tb.Fatal(err)
		}
		made.dir = dir
		if made.model, err = vibration(dir); err != nil {
			tb.Fatal(err)
		}
	}
	return made.model
}

// Cleanup removes the files.
func Cleanup() {
	made.Lock()
	defer made.Unlock()
	if made.dir != "" {
		_ = os.RemoveAll(made.dir) // a folder of temporary files
	}
}

func vibration(dir string) (*Model, error) {
	logger.Disable()
	_, self, _, _ := runtime.Caller(0)
	source, err := os.ReadFile(filepath.Join(filepath.Dir(self), "..", "..", "..", "models", "vibration", "vibration.onnx"))
	if err != nil {
		return nil, err
	}
	g, _, err := onnx.Import(source, onnx.Options{Name: "vibration"})
	if err != nil {
		return nil, err
	}
	return FromGraph(dir, g)
}

// FromCanonical makes keys for a canonical file.
func FromCanonical(dir, file string) (*Model, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		return nil, err
	}
	return FromGraph(dir, g)
}

// FromGraph makes keys for a graph and writes the files into dir.
func FromGraph(dir string, g *onnx.Graph) (*Model, error) {
	canonical, err := g.Marshal()
	if err != nil {
		return nil, err
	}
	c, err := circuit.Compile(g)
	if err != nil {
		return nil, err
	}
	pk, vk, err := prover.InsecureSetup(c.System)
	if err != nil {
		return nil, err
	}
	var pkFile, vkFile bytes.Buffer
	if _, err := pk.WriteRawTo(&pkFile); err != nil {
		return nil, err
	}
	if _, err := vk.WriteTo(&vkFile); err != nil {
		return nil, err
	}
	m := &Model{
		Version: "acme/vibration@1.0.0", CircuitDigest: c.Digest, VerifyingKey: vkFile.Bytes(),
		KeyDigest: sha256.Sum256(vkFile.Bytes()), Files: Files{}, graph: g, input: c.InputBytes(),
	}
	return m, errors.Join(
		m.addFile(filepath.Join(dir, model.CanonicalFile), canonical),
		m.addFile(filepath.Join(dir, model.ProvingFile), pkFile.Bytes()))
}

func (m *Model) addFile(path string, data []byte) error {
	a := artifacts.Artifact{
		Name: filepath.Base(path), MediaType: "application/octet-stream", Digest: sha256.Sum256(data), Size: int64(len(data)),
		URIs: []string{"file://" + path},
	}
	m.Artifacts = append(m.Artifacts, a)
	m.Files[a.Digest] = path
	return os.WriteFile(path, data, 0o600)
}

// Run returns an input that depends on seed, and what the model computes of it.
func (m *Model) Run(seed int) (input, output []byte, err error) {
	input = make([]byte, m.input)
	for i := range input {
		input[i] = byte(seed*31 + i*7)
	}
	output, err = m.graph.Run(input)
	return input, output, err
}
