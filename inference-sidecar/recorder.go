package sidecar

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/inference-sidecar/oip"
	"github.com/assay-chain/assay/inference-sidecar/proving"
)

// recorder puts results that are to be proved into the journal, and gives receipts.
type recorder struct {
	chainID, device string
	journal         *journal.Journal
	sampler         *proving.Sampler
	now             func() time.Time
	log             *slog.Logger

	unwritten atomic.Uint64          // results that somebody asked to be proved, and that the journal did not take
	problem   atomic.Pointer[string] // why it did not take the latest one; nil: it did
}

// record keeps the result of a call where it was asked for or is sampled. A receipt of a result that was asked to be
// proved is given once the result is on disk; one that is sampled makes no promise. What goes wrong here is said in
// the response and the log; the inference stands.
func (r *recorder) record(ctx context.Context, c *call, p []oip.Parameter) (*oip.Receipt, []oip.Parameter) {
	version := c.lease.Spec().ID
	requested := c.target.Prove
	var refusal error
	if requested && !r.sampler.Request() {
		requested, refusal = false, fmt.Errorf("too many proofs are asked for; try again later")
	}
	sampled := !requested && r.sampler.Sample(version)
	if !requested && !sampled && !c.target.Receipt {
		return nil, noProof(p, refusal)
	}
	e := r.entry(c, version, requested)
	state := "none"
	switch {
	case requested:
		if err := r.journal.Append(ctx, e); err != nil {
			refusal = err
			r.complain(ctx, err)
			break
		}
		r.problem.Store(nil)
		state = journal.Pending.String()
	case sampled:
		if err := r.journal.Offer(e); err != nil {
			r.log.Debug("sampled result not kept", "version", version, "error", err)
			break
		}
		state = journal.Pending.String()
	}
	if refusal != nil {
		r.log.Warn("result will not be proved", "version", version, "error", refusal)
	}
	p = noProof(p, refusal)
	if state != "none" {
		p = append(p, oip.Text(parameterReceipt, e.ID.String()))
	}
	if !c.target.Receipt && !c.target.Prove {
		return nil, p
	}
	receipt, err := r.receipt(&e, state, 0)
	if err != nil {
		r.log.Error("receipt not made", "version", version, "error", err)
		return nil, p
	}
	return &receipt, p
}

// complain notes what the journal did not take, for those who ask how the device stands.
func (r *recorder) complain(ctx context.Context, err error) {
	if ctx.Err() != nil { // the caller went away
		return
	}
	r.unwritten.Add(1)
	text := "a result that is to be proved was not kept: " + err.Error()
	r.problem.Store(&text)
}

func noProof(p []oip.Parameter, refusal error) []oip.Parameter {
	if refusal == nil {
		return p
	}
	return append(p, oip.Text(parameterNoProof, refusal.Error()))
}

func (r *recorder) entry(c *call, version string, requested bool) journal.Entry {
	rollout, generation, height, _ := c.lease.Order()
	return journal.Entry{
		ID: proving.NewID(), Model: c.service.chainName, Version: version, Input: c.frame.In, Output: c.frame.Out,
		Time: r.now(), Requested: requested, Order: journal.Order{Number: rollout, Generation: generation, Height: height},
	}
}

func (r *recorder) receipt(e *journal.Entry, state string, attestation uint64) (oip.Receipt, error) {
	made, err := proving.NewReceipt(r.chainID, r.device, e)
	if err != nil {
		return oip.Receipt{}, err
	}
	return oip.Receipt{
		ID: e.ID.String(), ChainID: made.ChainID, Device: made.Device, Version: made.Version, Nonce: made.Nonce,
		InputDigest: made.InputDigest, Output: append([]byte(nil), e.Output...), Time: made.Time, State: state, Attestation: attestation,
	}, nil
}

// find returns the receipt of a result that the journal has.
func (r *recorder) find(id string) (oip.Receipt, error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != len(journal.ID{}) {
		return oip.Receipt{}, fmt.Errorf("%w: receipt id: expected %d hex digits", oip.ErrInvalid, 2*len(journal.ID{}))
	}
	found, err := r.journal.Find(journal.ID(raw))
	if err != nil {
		return oip.Receipt{}, fmt.Errorf("%w: receipt %s: %w", oip.ErrNotFound, id, err)
	}
	return r.receipt(&found.Entry, found.State.String(), found.Attestation)
}

// receipts is a backend that keeps receipts.
type receipts struct {
	*backend
	recorder *recorder
}

// Receipt returns the receipt of a result that is in the journal.
func (r receipts) Receipt(_ context.Context, id string) (oip.Receipt, error) {
	return r.recorder.find(id)
}
