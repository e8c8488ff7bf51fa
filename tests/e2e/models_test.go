//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

// dataDir is the folder of third-party models and vectors.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("ASSAY_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir, err := filepath.Abs(dir)
	require.NoError(t, err)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("third-party models are absent: %v", err)
	}
	return dir
}

// assay runs the toolbox.
func assay(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(builtBinary(t, "assay"), args...)
	out, err := cmd.Output()
	require.NoError(t, err, "assay %v: %s", args, stderrOf(err))
	return string(out)
}

// publishModel takes a model from its ONNX file to a published version, with the toolbox's commands.
func (w *world) publishModel(t testing.TB, source, name string) string {
	t.Helper()
	dir := filepath.Join(w.dir, name)
	assay(t, "model", "import", source, dir)
	assay(t, "model", "compile", dir)
	assay(t, "model", "setup", dir)
	spec, err := os.ReadFile(filepath.Join(dir, registrytypes.VersionSpecFile))
	require.NoError(t, err)
	key, err := os.ReadFile(filepath.Join(dir, registrytypes.VerifyingKeyFile))
	require.NoError(t, err)
	owner := w.operator.String()
	publish := &registrytypes.MsgPublishVersion{Owner: owner, Publisher: "acme", Model: name, Number: "1.0.0", VerifyingKey: key}
	publish.Spec, err = registrytypes.UnmarshalVersionSpec(spec)
	require.NoError(t, err)
	w.must(w.nodes[0], w.operator, txOptions{gas: 20_000_000}, &registrytypes.MsgCreateModel{Owner: owner, Publisher: "acme", Name: name}, publish)
	return "acme/" + name + "@1.0.0"
}

// proveModel proves one input with the toolbox and returns what the chain takes.
func (w *world) proveModel(t testing.TB, name, version, input string, device *account, nonce int) prooftypes.ProofEntry {
	t.Helper()
	text := assay(t, "prove", filepath.Join(w.dir, name), "--input", input, "--chain-id", w.chainID,
		"--device", device.String(), "--version", version, "--nonce", fmt.Sprintf("%02x", nonce))
	var p struct {
		Version     string `json:"version"`
		Nonce       []byte `json:"nonce"`
		InputDigest []byte `json:"input_digest"`
		Output      []byte `json:"output"`
		Proof       []byte `json:"proof"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &p))
	return prooftypes.ProofEntry{Version: p.Version, Nonce: p.Nonce, InputDigest: p.InputDigest, Output: p.Output, Proof: p.Proof}
}

// TestModelsOnChain proves the MLPerf Tiny anomaly detector on its ten published vectors and the keyword model on
// one input, and has a chain verify all of it. The attested outputs are the published ones, byte for byte.
func TestModelsOnChain(t *testing.T) {
	t.Parallel()
	data := dataDir(t)
	n := newNetwork(t, "assay-e2e-models-1", 1)
	n.start()
	w := newWorld(n, 1)
	device, node := w.devices[0], n.nodes[0]
	opts := txOptions{gas: 20_000_000, granter: w.operator.addr}
	query := prooftypes.NewQueryClient(node.conn(t))

	t.Run("success: ten vectors of the anomaly detector", func(t *testing.T) {
		version := w.publishModel(t, filepath.Join(data, "mlperf-tiny/ad/ad01_int8.onnx"), "anomaly")
		msg := &prooftypes.MsgSubmitProofs{Device: device.String()}
		for i := range 10 {
			input := filepath.Join(data, fmt.Sprintf("mlperf-tiny/ad/input/%d.bin", i))
			msg.Entries = append(msg.Entries, w.proveModel(t, "anomaly", version, input, device, i+1))
		}
		res := w.must(node, device, opts, msg)
		t.Logf("ten proofs in one transaction: gas %d", res.TxResult.GasUsed)
		for i := range 10 {
			want, err := os.ReadFile(filepath.Join(data, fmt.Sprintf("mlperf-tiny/ad/output/%d.bin", i)))
			require.NoError(t, err)
			got, err := query.AttestationByNonce(context.Background(), &prooftypes.QueryAttestationByNonceRequest{
				Device: device.String(), Version: version, Nonce: []byte{byte(i + 1)},
			})
			require.NoError(t, err)
			require.NotNil(t, got.Attestation)
			require.Equal(t, want, got.Attestation.Output, "vector %d", i)
		}
	})
	t.Run("success: ONNX Runtime and the reference executor agree on the vectors", func(t *testing.T) {
		require.Contains(t, assay(t, "model", "check", filepath.Join(w.dir, "anomaly"),
			"--inputs", filepath.Join(data, "mlperf-tiny/ad/input"), "--outputs", filepath.Join(data, "mlperf-tiny/ad/output")),
			"exact 6400 of 6400 values")
	})
	t.Run("success: the keyword model", func(t *testing.T) {
		version := w.publishModel(t, filepath.Join(data, "mlperf-tiny/kws/kws_ref_model.onnx"), "keyword")
		require.Contains(t, assay(t, "model", "check", filepath.Join(w.dir, "keyword"), "--random", "1000"),
			"exact 12060 of 12060 values (1005 inputs") // 12 values each; 5 boundary cases come first
		input := filepath.Join(w.dir, "kws.bin")
		require.NoError(t, os.WriteFile(input, pattern(490), 0o600))
		entry := w.proveModel(t, "keyword", version, input, device, 1)
		w.must(node, device, opts, &prooftypes.MsgSubmitProofs{Device: device.String(), Entries: []prooftypes.ProofEntry{entry}})
	})
}

// pattern is n bytes without much structure.
func pattern(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*i*7 + i*13)
	}
	return out
}
