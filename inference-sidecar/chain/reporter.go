package chain

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/slots"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

const (
	// maxReports bounds the rollouts with a report under way: one per model, and some of the past.
	maxReports              = 256
	retryLeast, retryMost   = time.Second, 5 * time.Minute
	rateLimitPause          = 10 * time.Second
	reportGaveUp, reportTry = "report refused for good", "report not taken, trying again"
)

var phases = map[slots.Phase]rollouttypes.DevicePhase{
	slots.PhaseSeen: rollouttypes.DevicePhaseSeen, slots.PhaseFetched: rollouttypes.DevicePhaseFetched,
	slots.PhaseChecked: rollouttypes.DevicePhaseChecked, slots.PhaseReady: rollouttypes.DevicePhaseReady,
	slots.PhaseServing: rollouttypes.DevicePhaseServing, slots.PhaseFailed: rollouttypes.DevicePhaseFailed,
}

var codes = map[slots.Code]rollouttypes.FailureCode{
	slots.CodeFetch: rollouttypes.FailureFetch, slots.CodeDigest: rollouttypes.FailureDigest, slots.CodeForm: rollouttypes.FailureForm,
	slots.CodeSelfTest: rollouttypes.FailureSelfTest, slots.CodeLoad: rollouttypes.FailureLoad, slots.CodeWarmUp: rollouttypes.FailureWarmUp,
	slots.CodeServe: rollouttypes.FailureServe, slots.CodeResources: rollouttypes.FailureResources, slots.CodeOther: rollouttypes.FailureOther,
}

// report is the latest that a device has to say about a rollout.
type report struct {
	progress slots.Progress
	retries  int
	due      time.Time
}

// Reporter tells the chain how far the device is. Of several phases that wait only the latest is sent; what cannot
// be sent is tried again with back-off until it is, or the chain refuses it for good, or a later one takes its place.
type Reporter struct {
	sender *Sender
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	waiting map[uint64]*report // by the rollout's number
	wake    chan struct{}
	onDone  func(slots.Progress, error)
}

// NewReporter reports through the sender. onDone, which may be nil, hears of each report that was taken or given up.
func NewReporter(sender *Sender, now func() time.Time, log *slog.Logger, onDone func(slots.Progress, error)) *Reporter {
	if onDone == nil {
		onDone = func(slots.Progress, error) {}
	}
	return &Reporter{sender: sender, now: now, log: log, waiting: map[uint64]*report{}, wake: make(chan struct{}, 1), onDone: onDone}
}

// Report queues a report and returns at once. Progress without a rollout is nothing to the chain.
func (r *Reporter) Report(p slots.Progress) {
	if p.Number == 0 {
		return
	}
	r.mu.Lock()
	if len(r.waiting) >= maxReports && r.waiting[p.Number] == nil {
		delete(r.waiting, r.oldest())
	}
	r.waiting[p.Number] = &report{progress: p, due: r.now()}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Reporter) oldest() uint64 {
	var number uint64
	for n := range r.waiting {
		if number == 0 || n < number {
			number = n
		}
	}
	return number
}

// Waiting is how many reports are to be sent.
func (r *Reporter) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// Run sends reports until the context ends.
func (r *Reporter) Run(ctx context.Context) {
	for {
		next, wait := r.next()
		if next != nil {
			r.send(ctx, next)
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-r.wake:
		case <-t.C:
		}
		t.Stop()
	}
}

// next is the report that is due the longest, or how long until one is.
func (r *Reporter) next() (*report, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first *report
	for _, w := range r.waiting {
		if first == nil || w.due.Before(first.due) {
			first = w
		}
	}
	if first == nil {
		return nil, time.Hour
	}
	wait := first.due.Sub(r.now())
	if wait > 0 && wait <= retryMost { // else it is due, or the clock was set back
		return nil, wait
	}
	return first, 0
}

func (r *Reporter) send(ctx context.Context, w *report) {
	p := w.progress
	_, err := r.sender.Send(ctx, &rollouttypes.MsgReportPhase{
		Device: r.sender.o.Key.String(), Number: p.Number, Phase: phases[p.Phase], Code: codes[p.Code],
	})
	if errors.Is(err, rollouttypes.ErrPhaseOrder) { // on record already
		err = nil
	}
	log := r.log.With("rollout", p.Number, "version", p.Version, "phase", string(p.Phase), "code", string(p.Code))
	final := err == nil || refusedForGood(err)
	r.mu.Lock()
	if final && r.waiting[p.Number] == w {
		delete(r.waiting, p.Number)
	}
	if !final {
		w.retries++
		w.due = r.now().Add(backOff(err, w.retries))
	}
	r.mu.Unlock()
	switch {
	case err == nil:
		log.Info("reported")
	case final:
		log.Warn(reportGaveUp, "error", err)
	case ctx.Err() == nil:
		log.Info(reportTry, "error", err)
	}
	if final {
		r.onDone(p, err)
	}
}

// refusedForGood says whether the same report would be refused again. A device that is not confirmed yet, or suspect,
// may be later; too many reports are a matter of blocks.
func refusedForGood(err error) bool {
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Codespace != rollouttypes.ModuleName {
		return false
	}
	return !errors.Is(err, rollouttypes.ErrDevice) && !errors.Is(err, rollouttypes.ErrRateLimit)
}

func backOff(err error, retries int) time.Duration {
	if errors.Is(err, rollouttypes.ErrRateLimit) {
		return rateLimitPause
	}
	return min(retryLeast<<min(retries-1, 20), retryMost)
}
