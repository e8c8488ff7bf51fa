package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/assay-chain/assay/inference-sidecar/oip"
)

// pythonEnv names a Python that has tritonclient; unset, scripts/clients.sh's is used.
const pythonEnv = "ASSAY_CLIENTS_PYTHON"

func python(t *testing.T) string {
	t.Helper()
	name := os.Getenv(pythonEnv)
	if name == "" {
		name = filepath.Join("..", "..", "build", "clients", "venv", "bin", "python")
	}
	if out, err := exec.Command(name, "-c", "import tritonclient.http, tritonclient.grpc").CombinedOutput(); err != nil {
		if os.Getenv(pythonEnv) != "" {
			t.Fatalf("%s=%s: %v: %s", pythonEnv, name, err, out)
		}
		t.Skipf("needs the Python package tritonclient: run scripts/clients.sh, or set %s", pythonEnv)
	}
	return name
}

const token = "a-token-for-the-test"

func TestTritonClient(t *testing.T) {
	interpreter := python(t)
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := oip.LoadTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	at := start(t, oip.Options{Tokens: tokens})
	for _, tc := range []struct{ name, protocol, address, token string }{
		{"success: http", "http", at.rest, token},
		{"success: grpc", "grpc", at.grpc, token},
		{"success: grpc over a unix socket", "grpc", "unix:" + at.grpcSocket, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), interpreter, "triton.py", tc.protocol, tc.address)
			cmd.Env = append(os.Environ(), "ASSAY_TOKEN="+tc.token)
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Error(err)
			}
		})
	}
}
