package sidecar

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool/embedded"
)

// awaitAttested waits until a receipt has the id of its attestation.
func (r *device) awaitAttested(id string) {
	r.w.t.Helper()
	r.await("attested", func() bool { s, err := r.receipt(id); return err == nil && s.Attestation > 0 })
	s, err := r.receipt(id)
	require.NoError(r.w.t, err)
	require.Equal(r.w.t, "submitted", s.State)
}

// childOf is the process id of this process's prover; 0 while there is none.
func proverChild(t *testing.T) int {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, path := range found {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && strings.Contains(string(command), "prove-worker") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			require.NoError(t, err)
			return pid
		}
	}
	return 0
}

// A receipt can be asked for until it has its attestation. Then the prover is killed in the middle of a proof: the next one
// makes it.
func TestFaultProverKilled(t *testing.T) {
	w := newWorld(t)
	w.config.Proving.Mode, w.config.Proving.Memory.Bytes = config.ProvingLocal, 2<<30
	w.config.Models[0].Prove.Share, w.config.Models[0].Prove.First = 0, 0
	first := provableRelease(t)
	d := w.serving(first)
	asks := d.ask(first)
	d.awaitAttested(d.promise(first))

	child := proverChild(t)
	require.NotZero(t, child)
	require.NoError(t, syscall.Kill(child, syscall.SIGSTOP)) // a proof takes as long as the test likes
	id := d.promise(first)
	d.await("it is being proved", func() bool { s, err := d.receipt(id); return err == nil && s.State == "proving" })
	require.NoError(t, syscall.Kill(child, syscall.SIGKILL))
	d.awaitMetric(`assay_sidecar_proof_events_total{event="retry",version="` + first.id + `"}`)
	d.kept(id)
	d.awaitAttested(id)
	require.NotEqual(t, child, proverChild(t))
	require.EqualValues(t, 2, d.Status().Proving.Submitted)
	asks.end(t)
}

// storeOf is where a worker finds artifacts: on the shelf.
type storeOf struct {
	dir   string
	shelf *shelf
}

func (s storeOf) Fetch(_ context.Context, a artifacts.Artifact) (string, error) {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	path := filepath.Join(s.dir, a.Name)
	return path, os.WriteFile(path, s.shelf.files["/1.0.0/"+a.Name], 0o600)
}

// NATS is down, in the mode that has it, and comes back.
func TestFaultNATSDown(t *testing.T) {
	w := newWorld(t)
	address := freeAddress(t)
	w.config.Proving.NATS.URL = "nats://" + address
	w.config.Models[0].Prove.Share, w.config.Models[0].Prove.First = 0, 0
	first := provableRelease(t)
	options := embedded.Options{StoreDir: t.TempDir(), Listen: address}
	server, err := embedded.Start(options)
	require.NoError(t, err)
	defer func() { server.Close() }()
	w.startWorker(t)

	d := w.serving(first)
	asks := d.ask(first)
	d.awaitAttested(d.promise(first))

	server.Close()
	id := d.promise(first)
	d.awaitMetric(`assay_sidecar_proof_events_total{event="unavailable",version=""}`)
	d.await("the cause is in the status", func() bool { return strings.Contains(d.Status().Proving.Error, "nats") })
	d.kept(id)
	asks.end(t)

	server, err = embedded.Start(options)
	require.NoError(t, err)
	asks = d.ask(first)
	d.awaitAttested(id)
	d.await("it is well", func() bool { return d.Status().Proving.Error == "" })
	asks.end(t)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// startWorker runs a prover of the pool until the test ends.
func (w *world) startWorker(t *testing.T) {
	t.Helper()
	local, err := proving.NewLocal(storeOf{t.TempDir(), w.shelf}, proving.LocalOptions{Memory: 2 << 30})
	require.NoError(t, err)
	worker, err := pool.NewWorker(local, pool.WorkerOptions{Connection: pool.Connection{URL: w.config.Proving.NATS.URL, Logger: slog.New(slog.DiscardHandler)}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { worker.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
		require.NoError(t, local.Close())
	})
}

// The port of the embedded NATS server is taken: nothing is proved, everything is served, and what is promised is kept for a
// start that has a prover.
func TestFaultNATSPortTaken(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	w.config.Proving.NATS.URL, w.config.Proving.NATS.Listen = "", l.Addr().String()
	first := releaseOf(t, 1)
	d := w.serving(first)
	require.NotEmpty(t, d.Status().Proving.Error)
	id := d.promise(first)
	d.kept(id)
	require.NoError(t, d.stop())
	w.config.Proving.NATS.URL = "nats://127.0.0.1:1"
	d = w.start()
	require.Empty(t, d.Status().Proving.Error)
	d.kept(id)
}
