package proving

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/consensys/gnark/logger"

	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
)

// childEnv makes the test binary act as a child of Local.
const childEnv = "ASSAY_TEST_PROVE_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(parentEnv) != "" {
		fmt.Fprintln(os.Stderr, parent())
		os.Exit(1)
	}
	logger.Disable()
	code := m.Run()
	provingtest.Cleanup()
	os.Exit(code)
}

const testChain = "hub-1"

var testDevice = []byte("twenty bytes address")

// jobOf is a job of the vibration model whose input depends on seed.
func jobOf(tb testing.TB, seed int) Job {
	tb.Helper()
	m := provingtest.Vibration(tb)
	input, output, err := m.Run(seed)
	if err != nil {
		tb.Fatal(err)
	}
	return Job{
		ID: [16]byte{byte(seed), byte(seed >> 8), 1}, ChainID: testChain, Device: testDevice, Version: m.Version, Input: input, Output: output,
		Artifacts: m.Artifacts, CircuitDigest: m.CircuitDigest, KeyDigest: m.KeyDigest,
	}
}

// local is a Local whose child is this test binary.
func local(tb testing.TB, fetch Fetcher, o LocalOptions) *Local {
	tb.Helper()
	tb.Setenv(childEnv, "1")
	o.Command = []string{os.Args[0]}
	o.Logger = slog.New(slog.NewTextHandler(tb.Output(), nil))
	l, err := NewLocal(fetch, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return l
}

// keysOf gives the verifying key of the model.
func keysOf(m *provingtest.Model) func(context.Context, [32]byte) ([]byte, error) {
	return func(_ context.Context, digest [32]byte) ([]byte, error) {
		if digest != m.KeyDigest {
			return nil, fmt.Errorf("no key %x", digest)
		}
		return m.VerifyingKey, nil
	}
}
