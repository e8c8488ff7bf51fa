package sidecar

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/journal"
)

// The journal has what was promised, to the byte, and the order that was followed.
func TestRecordRequested(t *testing.T) {
	w := newWorld(t)
	w.config.Models[0].Prove.First, w.config.Models[0].Prove.Share = 0, 0
	first := releaseOf(t, 1)
	d := w.serving(first)
	a, err := d.infer(first, request{parameters: map[string]any{"assay_prove": true, "assay_receipt": true}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.status, a.Error)
	id := a.Parameters[parameterReceipt].(string)
	raw, err := hex.DecodeString(id)
	require.NoError(t, err)
	r, err := d.journal.Find(journal.ID(raw))
	require.NoError(t, err)
	require.Equal(t, first.input, r.Input)
	require.Equal(t, first.output, r.Output)
	require.Equal(t, first.id, r.Version)
	require.True(t, r.Requested)
	require.EqualValues(t, a.Parameters[parameterHeight], r.Order.Height)
	require.EqualValues(t, a.Parameters[parameterGeneration], r.Order.Generation)
	require.WithinDuration(t, time.Now(), r.Time, time.Minute)

	body, status, err := d.get("/v2/assay/receipts/" + id)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	var receipt map[string]any
	require.NoError(t, json.Unmarshal(body, &receipt))
	require.Equal(t, w.key.String(), receipt["device"])
	require.Equal(t, w.chain.ID(), receipt["chain_id"])
	require.Equal(t, first.id, receipt["version"])
}

// The first results of a version are sampled without being asked for; one that is not has no receipt that can be asked for.
func TestRecordSampled(t *testing.T) {
	w := newWorld(t)
	w.config.Models[0].Prove.First, w.config.Models[0].Prove.Share, w.config.Models[0].Prove.MinInterval.Duration = 2, 0, 0
	first := releaseOf(t, 1)
	d := w.serving(first)
	for range 2 {
		a, err := d.infer(first, request{})
		require.NoError(t, err)
		id, _ := a.Parameters[parameterReceipt].(string)
		require.NotEmpty(t, id)
		d.await("it is in the journal", func() bool { _, err := d.receipt(id); return err == nil })
	}
	a, err := d.infer(first, request{parameters: map[string]any{"assay_receipt": true}})
	require.NoError(t, err)
	require.NotContains(t, a.Parameters, parameterReceipt)
	require.Equal(t, 2, d.Status().Proving.Entries)
}

// A journal that is full of promises takes no more, and says so; the inference stands.
func TestRecordFull(t *testing.T) {
	w := newWorld(t)
	w.config.Proving.JournalEntries = 3
	w.config.Models[0].Prove.First, w.config.Models[0].Prove.Share = 0, 0
	first := releaseOf(t, 1)
	d := w.serving(first)
	var promised []string
	for range 3 {
		promised = append(promised, d.promise(first))
	}
	a, err := d.infer(first, request{parameters: map[string]any{"assay_prove": true}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, first.output, a.output())
	require.Contains(t, a.Parameters[parameterNoProof], journal.ErrFull.Error())
	require.NotContains(t, a.Parameters, parameterReceipt)
	require.Contains(t, d.Status().Proving.Error, journal.ErrFull.Error())
	d.awaitMetric(`assay_sidecar_journal_dropped_total{cause="write"}`)
	for _, id := range promised {
		d.kept(id)
	}
}
