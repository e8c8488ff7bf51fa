package prover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool/embedded"
	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
	"github.com/assay-chain/assay/statement"
	zkprover "github.com/assay-chain/assay/zkml/prover"
)

// TestMain makes the test binary act as assay: a worker is a real process, and so is its child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "prover" {
		root := &cobra.Command{Use: "assay", SilenceUsage: true}
		root.PersistentFlags().Bool("json", false, "")
		root.AddCommand(Command())
		if root.Execute() != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	provingtest.Cleanup()
	os.Exit(code)
}

var device = []byte("twenty bytes address")

const ackWait = 500 * time.Millisecond

// bench is a device with a server, a pool and a model.
type bench struct {
	t      *testing.T
	model  *provingtest.Model
	server *embedded.Server
	pool   *pool.Pool
	token  string // file
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, model: provingtest.Vibration(t), token: filepath.Join(t.TempDir(), "token")}
	require.NoError(t, os.WriteFile(b.token, []byte("secret\n"), 0o600))
	var err error
	b.server, err = embedded.Start(embedded.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0", Token: "secret"})
	require.NoError(t, err)
	t.Cleanup(b.server.Close)
	b.pool, err = pool.New(device, pool.Connection{InProcess: b.server, Token: "secret", Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.pool.Close()) })
	// The workers' consumer, made beforehand as an operator does, with less patience than the default.
	js := b.streams()
	require.Eventually(t, func() bool {
		_, err := js.CreateConsumer(t.Context(), "ASSAY_JOBS", jetstream.ConsumerConfig{Durable: "provers", AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: 5})
		return err == nil
	}, 10*time.Second, time.Millisecond)
	return b
}

func (b *bench) streams() jetstream.JetStream {
	b.t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(b.server), nats.Token("secret"))
	require.NoError(b.t, err)
	b.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(b.t, err)
	return js
}

// worker starts `assay prover`.
func (b *bench) worker(args ...string) *exec.Cmd {
	b.t.Helper()
	dir := b.t.TempDir()
	var root string
	for _, path := range b.model.Files {
		root = filepath.Dir(path)
	}
	args = append([]string{"prover", "--nats", b.server.ClientURL(), "--token-file", b.token, "--dir", dir, "--memory", "512MiB", "--file-root", root}, args...)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stderr = b.t.Output()
	require.NoError(b.t, cmd.Start())
	b.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone
		_ = cmd.Wait()
	})
	return cmd
}

func (b *bench) job(seed int) proving.Job {
	b.t.Helper()
	input, output, err := b.model.Run(seed)
	require.NoError(b.t, err)
	return proving.Job{
		ID: [16]byte{byte(seed), 1}, ChainID: "hub-1", Device: device, Version: b.model.Version, Input: input, Output: output,
		Artifacts: b.model.Artifacts, CircuitDigest: b.model.CircuitDigest, KeyDigest: b.model.KeyDigest,
	}
}

// proved has a job proved, and verifies the proof.
func (b *bench) proved(seed int) error {
	j := b.job(seed)
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	p, err := b.pool.Prove(ctx, j)
	if err != nil {
		return err
	}
	defer p.Taken()
	var digest fr.Element
	if err := digest.SetBytesCanonical(p.InputDigest); err != nil {
		return err
	}
	public, err := statement.PublicInputs(digest, j.Output, j.Binding())
	if err != nil {
		return err
	}
	vk, err := zkprover.ReadVerifyingKey(b.model.VerifyingKey)
	if err != nil {
		return err
	}
	return zkprover.Verify(vk, p.Proof, public)
}

// childOf returns the process that a worker proves in.
func childOf(t *testing.T, pid int) *os.Process {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	require.NoError(t, err)
	for _, file := range tasks {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, word := range strings.Fields(string(text)) {
			id, err := strconv.Atoi(word)
			require.NoError(t, err)
			p, err := os.FindProcess(id)
			require.NoError(t, err)
			return p
		}
	}
	t.Fatal("the worker has no child")
	return nil
}

// A worker is killed in the middle of a proof: another one makes it.
func TestWorkerKilled(t *testing.T) {
	b := newBench(t)
	first := b.worker()
	require.NoError(t, b.proved(1))
	child := childOf(t, first.Process.Pid)
	require.NoError(t, child.Signal(syscall.SIGSTOP)) // the next proof does not end
	t.Cleanup(func() { _ = child.Kill() })
	done := make(chan error)
	go func() { done <- b.proved(2) }()
	consumer, err := b.streams().Consumer(t.Context(), "ASSAY_JOBS", "provers")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 1
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, first.Process.Kill())
	b.worker()
	require.NoError(t, <-done)
	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, info.Delivered.Consumer, "the second job was delivered twice")
}

// The child alone is killed: the same worker makes the proof when the job comes again.
func TestChildKilled(t *testing.T) {
	b := newBench(t)
	worker := b.worker()
	require.NoError(t, b.proved(1))
	child := childOf(t, worker.Process.Pid)
	require.NoError(t, child.Signal(syscall.SIGSTOP))
	done := make(chan error)
	go func() { done <- b.proved(2) }()
	require.NoError(t, child.Kill())
	require.NoError(t, <-done)
}

func TestWorkerTerminated(t *testing.T) {
	b := newBench(t)
	worker := b.worker("--json", "--parallel", "2")
	require.NoError(t, b.proved(1))
	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.NoError(t, worker.Wait(), "a clean exit")
}

func TestCommandRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	good := []string{"--nats", "nats://127.0.0.1:1", "--dir", dir}
	for name, args := range map[string][]string{
		"failure: nothing":       {},
		"failure: memory":        append(good, "--memory", "much"),
		"failure: little memory": append(good, "--memory", "1MiB"),
		"failure: cache":         append(good, "--cache", "-1"),
		"failure: parallel":      append(good, "--parallel", "0"),
		"failure: nice":          append(good, "--nice", "20"),
		"failure: no token":      append(good, "--token-file", filepath.Join(dir, "absent")),
		"failure: empty token":   append(good, "--token-file", empty),
		"failure: no authority":  append(good, "--tls-ca", empty),
		"failure: half a pair":   append(good, "--tls-cert", empty),
		"failure: folder":        {"--nats", "nats://127.0.0.1:1", "--dir", empty},
		"failure: argument":      append(good, "more"),
	} {
		t.Run(name, func(t *testing.T) {
			cmd := Command()
			cmd.SetArgs(args)
			cmd.SetOut(io.Discard)
			cmd.SetErr(io.Discard)
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errors.New("it must not run"))
			require.Error(t, cmd.ExecuteContext(ctx))
		})
	}
}

func TestParseBytes(t *testing.T) {
	for s, want := range map[string]int64{"4GiB": 4 << 30, "1.5GiB": 3 << 29, "512MiB": 512 << 20, "7KiB": 7 << 10, "12B": 12, "12": 12, "0": 0} {
		got, err := parseBytes(s)
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "B", "4GB", "-1", "NaN", "1e30GiB", "Inf", "4 GiB", "4gib"} {
		_, err := parseBytes(s)
		require.Error(t, err, s)
	}
}
