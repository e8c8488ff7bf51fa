package sidecar

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/slots"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
	"github.com/assay-chain/assay/zkml/model"
)

// The artifact server does what servers do. The candidate fails with the code that says it, the zone hears of it, and the
// release on record goes on.
func TestFaultArtifactServer(t *testing.T) {
	const path = "/2.0.0/" + model.CanonicalFile
	good := releaseOf(t, 2).files[model.CanonicalFile]
	send := func(data []byte, claim int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(claim))
			_, _ = w.Write(data)
		}
	}
	other := append([]byte(nil), good...)
	other[len(other)/2] ^= 1
	for _, tc := range []struct {
		name  string
		serve http.HandlerFunc
		code  slots.Code
	}{
		{"failure: gone", http.NotFound, slots.CodeFetch},
		{"failure: stalled", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(good)))
			_, _ = w.Write(good[:100])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, slots.CodeFetch},
		{"failure: slow", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(good)))
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for i := 0; i < 100 && r.Context().Err() == nil; i++ {
				_, _ = w.Write(good[i : i+1])
				_ = http.NewResponseController(w).Flush()
				<-tick.C
			}
		}, slots.CodeFetch},
		{"failure: truncated", send(good[:len(good)/2], len(good)), slots.CodeFetch},
		{"failure: wrong bytes", send(other, len(other)), slots.CodeDigest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			first, second := releaseOf(t, 1), releaseOf(t, 2)
			d := w.serving(first)
			promised := d.promise(first)
			asks := d.ask(first)
			w.shelf.breakFile(path, tc.serve)
			w.roll(second)
			w.turn(second, rollouttypes.PhaseCanary, 2) // all requests are the candidate's, once it is there
			d.failed(second, tc.code)
			d.kept(promised)
			asks.end(t)

			// The zone rolls back, the server is mended, and the next rollout of the same release goes through.
			w.shelf.breakFile(path, nil)
			w.turn(second, rollouttypes.PhaseRolledBack, 2)
			w.roll(second)
			w.promote(second)
			d.awaitServing(second)
		})
	}
}

// failed waits until the failure of a candidate is in the status, in the metrics and on its way to the zone.
func (r *device) failed(v *release, code slots.Code) {
	r.w.t.Helper()
	r.await("the candidate failed", func() bool {
		m := r.Status().Models[0]
		return m.Candidate == v.id && m.Phase == string(slots.PhaseFailed) && m.Code == string(code) && m.LastFailure != ""
	})
	r.awaitMetric(`assay_sidecar_model_progress_total{code="` + string(code) + `",model="` + worldModel + `",phase="failed"}`)
	on := map[slots.Code]rollouttypes.FailureCode{
		slots.CodeFetch: rollouttypes.FailureFetch, slots.CodeDigest: rollouttypes.FailureDigest, slots.CodeResources: rollouttypes.FailureResources,
		slots.CodeSelfTest: rollouttypes.FailureSelfTest,
	}[code]
	r.await("the report went out", func() bool { return r.w.ledger.reported(r.w.number, on) })
	require.NotContains(r.w.t, []string{v.id}, r.Status().Models[0].Serving)
}

// tmpfs mounts a file system of its own.
func tmpfs(t *testing.T, dir, size string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a tmpfs")
	}
	require.NoError(t, os.MkdirAll(dir, 0o700))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("needs to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// fill writes a file until the disk has as little left as there are bytes to leave.
func fill(t *testing.T, dir string, leave int64) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	var s syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &s))
	block := make([]byte, 4096)
	for left := int64(s.Bavail)*s.Bsize - leave; left > 0; left -= int64(len(block)) { //nolint:unconvert // its type differs by architecture
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	return func() { require.NoError(t, os.Remove(path)) }
}

// The disk of artifacts is full.
func TestFaultArtifactDiskFull(t *testing.T) {
	w := newWorld(t)
	tmpfs(t, w.config.Artifacts.Dir, "48m")
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	promised := d.promise(first)
	asks := d.ask(first)
	free := fill(t, w.config.Artifacts.Dir, 0)
	w.roll(second)
	d.failed(second, slots.CodeResources)
	d.kept(promised)
	asks.end(t)
	free()
	w.turn(second, rollouttypes.PhaseRolledBack, 0)
	w.roll(second)
	w.promote(second)
	d.awaitServing(second)
}

// The disk of the journal is full: a proof that cannot be promised is refused in words, and what was promised stays.
func TestFaultJournalDiskFull(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Join(w.config.Home, "disk")
	tmpfs(t, dir, "2m")
	w.config.Proving.Journal = filepath.Join(dir, "journal")
	w.config.Proving.JournalLimit.Bytes = 64 << 20
	first := releaseOf(t, 1)
	d := w.serving(first)
	promised := d.promise(first)
	asks := d.ask(first)
	free := fill(t, dir, 0)
	var refused any
	for i := 0; i < 5000 && refused == nil; i++ {
		a, err := d.infer(first, request{parameters: map[string]any{"assay_prove": true}})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, a.status, a.Error)
		require.Equal(t, first.output, a.output())
		if refused = a.Parameters[parameterNoProof]; refused == "too many proofs are asked for; try again later" {
			w.clock.move(time.Minute)
			refused = nil
		}
	}
	require.Contains(t, refused, "no space left", "why there is no proof")
	d.kept(promised)
	require.Equal(t, first.id, d.Status().Models[0].Serving)
	require.Contains(t, d.Status().Proving.Error, "no space left")
	d.awaitMetric(`assay_sidecar_journal_dropped_total{cause="write"}`)
	asks.end(t)

	free()
	again := d.promise(first)
	require.NoError(t, d.stop())
	d = w.start() // from the disk
	d.kept(promised)
	d.kept(again)
}

// The disk of the slots' state is full: what is ordered is in force, and the status says that a restart knows less.
func TestFaultStateDiskFull(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Join(w.config.Home, "slots")
	tmpfs(t, dir, "1m")
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	asks := d.ask(first, second)
	free := fill(t, dir, 0)
	w.roll(second)
	w.promote(second)
	d.awaitServing(second)
	d.await("the cause is in the status", func() bool { return d.Status().Models[0].StateError != "" })
	require.Contains(t, d.Status().Models[0].StateError, "no space left")
	free()
	w.chain.Advance(3)
	d.await("the state is saved", func() bool { return d.Status().Models[0].StateError == "" })
	asks.end(t)
	require.NoError(t, d.stop())
	w.down(true)
	d = w.start()
	require.NoError(t, d.askOnce([]*release{second}))
}
