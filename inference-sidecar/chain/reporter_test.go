package chain

import (
	"context"
	"log/slog"
	"testing"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/inference-sidecar/slots"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// reports is a reporter with a clock of its own, and what it said that became of reports.
type reports struct {
	*Reporter
	rpc  *rpc
	now  time.Time
	done []error
}

func newReports(t *testing.T) *reports {
	r := &reports{rpc: newRPC(t), now: time.Unix(1_800_000_000, 0)}
	r.Reporter = NewReporter(sender(t, nil, r.rpc), func() time.Time { return r.now }, slog.New(slog.DiscardHandler),
		func(_ slots.Progress, err error) { r.done = append(r.done, err) })
	return r
}

// sendDue sends what is due, and returns how long it is until something is.
func (r *reports) sendDue(ctx context.Context) time.Duration {
	for {
		next, wait := r.next()
		if next == nil {
			return wait
		}
		r.send(ctx, next)
	}
}

func (r *reports) phases() (out []rollouttypes.DevicePhase) {
	for _, s := range r.rpc.sent {
		out = append(out, s.msgs[0].(*rollouttypes.MsgReportPhase).Phase)
	}
	return out
}

func progress(number uint64, p slots.Phase, c slots.Code) slots.Progress {
	return slots.Progress{Model: vibration, Number: number, Version: vibration + "@1.0.0", Phase: p, Code: c}
}

func refuse(err *errorsmod.Error) func(*sent) (*coretypes.ResultBroadcastTx, error) {
	return func(*sent) (*coretypes.ResultBroadcastTx, error) {
		return &coretypes.ResultBroadcastTx{Codespace: err.Codespace(), Code: err.ABCICode()}, nil
	}
}

func TestReport(t *testing.T) {
	r := newReports(t)
	r.Report(progress(0, slots.PhaseSeen, ""))
	require.Zero(t, r.Waiting(), "progress without a rollout")
	r.Report(progress(4, slots.PhaseSeen, ""))
	r.Report(progress(4, slots.PhaseFetched, ""))
	r.Report(progress(4, slots.PhaseFailed, slots.CodeDigest))
	require.Equal(t, 1, r.Waiting(), "the latest alone")
	require.Equal(t, time.Hour, r.sendDue(t.Context()))
	require.Zero(t, r.Waiting())
	require.Equal(t, []error{nil}, r.done)
	m := r.rpc.sent[0].msgs[0].(*rollouttypes.MsgReportPhase)
	require.Equal(t, rollouttypes.MsgReportPhase{
		Device: r.sender.o.Key.String(), Number: 4, Phase: rollouttypes.DevicePhaseFailed, Code: rollouttypes.FailureDigest,
	}, *m)
}

// Each phase and each code has its word on the chain.
func TestReportWords(t *testing.T) {
	for _, p := range []slots.Phase{slots.PhaseSeen, slots.PhaseFetched, slots.PhaseChecked, slots.PhaseReady, slots.PhaseServing, slots.PhaseFailed} {
		require.NotZero(t, phases[p], p)
	}
	for _, c := range []slots.Code{
		slots.CodeFetch, slots.CodeDigest, slots.CodeForm, slots.CodeSelfTest, slots.CodeLoad, slots.CodeWarmUp, slots.CodeServe,
		slots.CodeResources, slots.CodeOther,
	} {
		require.NotZero(t, codes[c], c)
	}
}

// No endpoint for hours: the report waits with growing pauses, at most five minutes, and goes out when one is back.
func TestReportWithoutEndpoint(t *testing.T) {
	r := newReports(t)
	r.rpc.down = true
	r.Report(progress(4, slots.PhaseReady, ""))
	var waits []time.Duration
	for range 12 {
		wait := r.sendDue(t.Context())
		waits = append(waits, wait)
		r.now = r.now.Add(wait)
	}
	require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, waits[:4])
	require.Equal(t, retryMost, waits[11])
	require.Equal(t, 1, r.Waiting())
	require.Empty(t, r.done)
	r.rpc.with(func() { r.rpc.down = false })
	r.sendDue(t.Context())
	require.Zero(t, r.Waiting())
	require.Equal(t, []rollouttypes.DevicePhase{rollouttypes.DevicePhaseReady}, r.phases())
}

func TestReportRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   *errorsmod.Error
		waits time.Duration // until it is tried again; an hour: never
		done  int
	}{
		{"success: on record already", rollouttypes.ErrPhaseOrder, time.Hour, 1},
		{"failure: the rollout ended", rollouttypes.ErrEnded, time.Hour, 1},
		{"failure: not confirmed yet", rollouttypes.ErrDevice, retryLeast, 0},
		{"failure: too many reports", rollouttypes.ErrRateLimit, rateLimitPause, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newReports(t)
			r.rpc.broadcast = refuse(tc.err)
			r.Report(progress(4, slots.PhaseReady, ""))
			require.Equal(t, tc.waits, r.sendDue(t.Context()))
			require.Len(t, r.done, tc.done)
			require.Equal(t, 1-tc.done, r.Waiting())
			require.Equal(t, 1, r.rpc.count())
			if tc.done == 1 {
				if tc.err == rollouttypes.ErrPhaseOrder {
					require.NoError(t, r.done[0])
				} else {
					require.ErrorIs(t, r.done[0], tc.err)
				}
			}
		})
	}
}

// What the device comes to while a report is under way is reported next, whatever became of the first.
func TestReportDuringReport(t *testing.T) {
	for _, refused := range []bool{false, true} {
		r := newReports(t)
		r.Report(progress(4, slots.PhaseSeen, ""))
		news := true
		r.rpc.broadcast = func(s *sent) (*coretypes.ResultBroadcastTx, error) {
			if !news {
				return nil, nil
			}
			news = false
			r.Report(progress(4, slots.PhaseServing, ""))
			if refused {
				return refuse(rollouttypes.ErrDevice)(s)
			}
			return nil, nil
		}
		r.sendDue(t.Context())
		require.Zero(t, r.Waiting())
		require.Equal(t, []rollouttypes.DevicePhase{rollouttypes.DevicePhaseSeen, rollouttypes.DevicePhaseServing}, r.phases())
	}
}

// Reports are bounded: those of the oldest rollouts give way.
func TestReportsBounded(t *testing.T) {
	r := newReports(t)
	for n := range uint64(maxReports + 10) {
		r.Report(progress(n+1, slots.PhaseSeen, ""))
	}
	require.Equal(t, maxReports, r.Waiting())
	require.Nil(t, r.waiting[10])
	require.NotNil(t, r.waiting[11])
}

// A clock that is set back does not make a report wait longer than any pause.
func TestReportAfterClockBackward(t *testing.T) {
	r := newReports(t)
	r.rpc.down = true
	r.Report(progress(4, slots.PhaseReady, ""))
	r.sendDue(t.Context())
	r.now = r.now.Add(-24 * time.Hour)
	r.rpc.with(func() { r.rpc.down = false })
	r.sendDue(t.Context())
	require.Equal(t, []rollouttypes.DevicePhase{rollouttypes.DevicePhaseReady}, r.phases())
}

func TestReporterRun(t *testing.T) {
	e := newRPC(t)
	done := make(chan error)
	r := NewReporter(sender(t, nil, e), time.Now, slog.New(slog.DiscardHandler), func(_ slots.Progress, err error) { done <- err })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	for i := range 3 {
		r.Report(progress(uint64(i+1), slots.PhaseSeen, ""))
		require.NoError(t, <-done)
	}
	cancel()
	<-ended
}
