package sidecar

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The port of the metrics is taken: whoever wants to know is no reason not to serve.
func TestFaultMetricsPortTaken(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	w.config.Telemetry.Metrics = l.Addr().String()
	first := releaseOf(t, 1)
	d := w.serving(first)
	asks := d.ask(first)
	d.kept(d.promise(first))
	asks.end(t)
}

// The journal's file is damaged: it is moved aside, the status says where, and the device serves and promises.
func TestFaultJournalCorrupted(t *testing.T) {
	w := newWorld(t)
	first := releaseOf(t, 1)
	d := w.serving(first)
	d.promise(first)
	require.NoError(t, d.stop())
	info, err := os.Stat(w.config.Proving.Journal)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.config.Proving.Journal, []byte(strings.Repeat("damaged ", int(info.Size())/8)), 0o600))

	d = w.start()
	require.NoError(t, d.askOnce([]*release{first}), "at once")
	require.Contains(t, d.Status().Proving.Error, w.config.Proving.Journal)
	require.Contains(t, d.metricsText(), "assay_sidecar_journal_damaged 1")
	d.kept(d.promise(first))
}

// The journal cannot be opened at all.
func TestFaultJournalNotOpen(t *testing.T) {
	w := newWorld(t)
	first := releaseOf(t, 1)
	require.NoError(t, os.MkdirAll(filepath.Join(w.config.Proving.Journal, "in the way"), 0o700))
	d := w.serving(first)
	asks := d.ask(first)
	require.Contains(t, d.Status().Proving.Error, "journal")
	a, err := d.infer(first, request{parameters: map[string]any{"assay_prove": true}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.Parameters[parameterNoProof], "does not prove")
	require.NotContains(t, a.Parameters, parameterReceipt)
	asks.end(t)
}

// A key file that is gone keeps the device from proving, not from serving.
func TestFaultJournalKeyGone(t *testing.T) {
	w := newWorld(t)
	w.config.Proving.JournalKeyFile = filepath.Join(w.config.Home, "none.key")
	first := releaseOf(t, 1)
	d := w.serving(first)
	asks := d.ask(first)
	require.Contains(t, d.Status().Proving.Error, "none.key")
	asks.end(t)
}

// The state of the slots is damaged. The copy from before serves at once; without it the device serves once it hears the zone.
func TestFaultStateCorrupted(t *testing.T) {
	w := newWorld(t)
	first := releaseOf(t, 1)
	d := w.serving(first)
	promised := d.promise(first)
	w.roll(releaseOf(t, 2))
	d.await("the candidate is ready", func() bool { return d.Status().Models[0].Phase == "ready" })
	require.NoError(t, d.stop())
	files, err := filepath.Glob(filepath.Join(w.config.Home, "slots", "*"))
	require.NoError(t, err)
	require.Greater(t, len(files), 1, "the file and the copy from before")
	damage := func(path string) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		data[len(data)/2] ^= 1
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	for _, path := range files {
		if filepath.Ext(path) == ".json" {
			damage(path)
		}
	}
	w.down(true)
	d = w.start()
	require.NoError(t, d.askOnce([]*release{first}), "from the copy, at once")
	require.NoError(t, d.stop())

	files, err = filepath.Glob(filepath.Join(w.config.Home, "slots", "*"))
	require.NoError(t, err)
	for _, path := range files {
		damage(path)
	}
	d = w.start()
	require.False(t, d.Status().Ready)
	require.Contains(t, d.metricsText(), "assay_sidecar_model_ready{model=\""+worldModel+"\"} 0")
	w.down(false)
	d.awaitServing(first)
	d.kept(promised)
}
