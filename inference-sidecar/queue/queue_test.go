package queue

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func succeed() error { return nil }

func fail(t *testing.T) func() error {
	return func() error {
		t.Error("the function was called")
		return nil
	}
}

// hold takes a turn in a goroutine of its own; the turn ends when the result is sent.
func hold(q *Queue) (end chan<- error) {
	c, started := make(chan error), make(chan struct{})
	go func() {
		_ = q.Do(context.Background(), Request{}, func() error {
			close(started)
			return <-c
		})
	}()
	<-started
	return c
}

// later calls Do in a goroutine of its own, in a bubble, and waits until it waits.
func later(q *Queue, ctx context.Context, r Request, run func() error) <-chan error {
	c := make(chan error, 1)
	go func() { c <- q.Do(ctx, r, run) }()
	synctest.Wait()
	return c
}

func TestDo(t *testing.T) {
	q := New(Options{})
	if err := q.Do(t.Context(), Request{}, succeed); err != nil {
		t.Errorf("success: expected no error, got %v", err)
	}
	if err := q.Do(t.Context(), Request{}, func() error { return errFunction }); err != errFunction { //nolint:errorlint // the very error
		t.Errorf("failure: expected the function's own error, got %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		request Request
		want    error
	}{
		{"failure: deadline passed", t.Context(), Request{Deadline: time.Now()}, ErrDeadline},
		{"failure: canceled", canceled, Request{}, context.Canceled},
		{"failure: deadline of the context", late, Request{}, ErrDeadline},
		{"failure: negative priority", t.Context(), Request{Priority: -1}, ErrRequest},
		{"failure: unknown priority", t.Context(), Request{Priority: 2}, ErrRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := q.Do(tt.ctx, tt.request, fail(t)); !errors.Is(err, tt.want) {
				t.Errorf("expected %v, got %v", tt.want, err)
			}
		})
	}
	want := Counts{Received: 5, Done: 1, Failed: 1}
	want.Dropped[CauseDeadline], want.Dropped[CauseCanceled] = 2, 1
	if got := q.Stats().ByPriority[Interactive]; got != want {
		t.Errorf("expected %+v, got %+v", want, got)
	}
}

func TestPanicGivesTurnBack(t *testing.T) {
	q := New(Options{Parallel: 1})
	func() {
		defer func() {
			if recover() != errPanic { //nolint:errorlint // the very value
				t.Error("expected the panic to reach the caller")
			}
		}()
		_ = q.Do(t.Context(), Request{}, func() error { panic(errPanic) })
	}()
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = q.Do(t.Context(), Request{}, func() error {
			runtime.Goexit()
			return nil
		})
	})
	wg.Wait()
	if err := q.Do(t.Context(), Request{}, succeed); err != nil {
		t.Error(err)
	}
	if got := q.Stats().ByPriority[Interactive]; got.Failed != 2 || got.Done != 1 || got.Running != 0 {
		t.Errorf("expected 2 failed and 1 done, got %+v", got)
	}
}

func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Parallel: 2, Capacity: 4})
		serve := func(d time.Duration) {
			if err := q.Do(t.Context(), Request{}, func() error { time.Sleep(d); return nil }); err != nil {
				t.Error(err)
			}
		}
		overload := func(p Priority) time.Duration {
			t.Helper()
			err := q.Do(t.Context(), Request{Priority: p}, fail(t))
			var full *OverloadError
			if !errors.As(err, &full) || !errors.Is(err, ErrOverload) {
				t.Fatalf("expected %v, got %v", ErrOverload, err)
			}
			return full.RetryAfter
		}
		first := []chan<- error{hold(q), hold(q)}
		var waits []<-chan error
		for range 3 {
			waits = append(waits, later(q, t.Context(), Request{Priority: Batch}, succeed))
		}
		if got := overload(Batch); got != firstRetry {
			t.Errorf("nothing measured: expected %v, got %v", firstRetry, got)
		}
		waits = append(waits, later(q, t.Context(), Request{}, succeed)) // the place that batch cannot have
		overload(Interactive)
		for _, end := range first {
			end <- errFunction // not measured
		}
		for _, w := range waits {
			if err := <-w; err != nil {
				t.Error(err)
			}
		}

		q = New(Options{Parallel: 2, Capacity: 4})
		serve(80 * time.Millisecond)
		if got := q.Stats().Service; got != 80*time.Millisecond {
			t.Errorf("first sample: expected it in full, got %v", got)
		}
		serve(160 * time.Millisecond)
		if got := q.Stats().Service; got != 90*time.Millisecond {
			t.Errorf("second sample: expected 90ms, got %v", got)
		}
		first = []chan<- error{hold(q), hold(q)}
		waits = nil
		for range 4 {
			waits = append(waits, later(q, t.Context(), Request{}, succeed))
		}
		if got := overload(Interactive); got != 270*time.Millisecond { // three rounds of two
			t.Errorf("expected 270ms, got %v", got)
		}
		for _, end := range first {
			end <- nil
		}
		for _, w := range waits {
			if err := <-w; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRetryAfterIsBounded(t *testing.T) {
	for service, want := range map[time.Duration]time.Duration{
		1:                minRetry,
		1 << 62:          maxRetry,
		29 * time.Second: maxRetry, // two rounds
		time.Second:      2 * time.Second,
	} {
		q := New(Options{Parallel: 1, Capacity: 1})
		q.stats.Service = service
		q.stats.ByPriority[Interactive].Queued = 1
		if got := q.retryAfter(); got != want {
			t.Errorf("service of %v: expected %v, got %v", service, want, got)
		}
	}
}

func TestBatchIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Parallel: 1, Capacity: 100, BatchEvery: 4})
		end := hold(q)
		var order []Priority // written by one turn after another
		record := func(p Priority) func() error {
			return func() error { order = append(order, p); return nil }
		}
		var waits []<-chan error
		for range 12 {
			waits = append(waits, later(q, t.Context(), Request{}, record(Interactive)))
		}
		for range 2 {
			waits = append(waits, later(q, t.Context(), Request{Priority: Batch}, record(Batch)))
		}
		end <- nil
		for _, w := range waits {
			if err := <-w; err != nil {
				t.Error(err)
			}
		}
		for i, p := range order {
			if want := map[bool]Priority{true: Batch}[i == 3 || i == 7]; p != want {
				t.Errorf("turn %d: expected %v, got %v", i, want, p)
			}
		}
	})
}

func TestStreamKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Parallel: 1})
		end := hold(q)
		var order []string
		record := func(s string) func() error {
			return func() error { order = append(order, s); return nil }
		}
		old := later(q, t.Context(), Request{Stream: "camera"}, fail(t))
		other := later(q, t.Context(), Request{}, record("other"))
		fresh := later(q, t.Context(), Request{Stream: "camera"}, record("fresh"))
		if err := <-old; !errors.Is(err, ErrStale) {
			t.Errorf("expected %v, got %v", ErrStale, err)
		}
		end <- nil
		if err := errors.Join(<-other, <-fresh); err != nil {
			t.Error(err)
		}
		if len(order) != 2 || order[0] != "fresh" {
			t.Errorf("expected the fresh frame in the old one's place, got %v", order)
		}
	})
}

func TestStreamDeadline(t *testing.T) {
	tests := []struct {
		name    string
		opts    Options
		request Request
		want    time.Duration // 0: never
	}{
		{"success: default", Options{}, Request{Stream: "s"}, DefaultStreamDeadline},
		{"success: configured", Options{StreamDeadline: time.Second}, Request{Stream: "s"}, time.Second},
		{"success: switched off", Options{StreamDeadline: -1}, Request{Stream: "s"}, 0},
		{"success: no stream", Options{}, Request{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.opts.Parallel = 1
				q := New(tt.opts)
				end := hold(q)
				start := time.Now()
				result := later(q, t.Context(), tt.request, succeed)
				time.AfterFunc(time.Hour, func() { end <- nil })
				err := <-result
				if waited := time.Since(start); tt.want != 0 && (!errors.Is(err, ErrDeadline) || waited != tt.want) {
					t.Errorf("expected %v after %v, got %v after %v", ErrDeadline, tt.want, err, waited)
				} else if tt.want == 0 && (err != nil || waited != time.Hour) {
					t.Errorf("expected a turn after an hour, got %v after %v", err, waited)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A clock that moves at each look shows that the deadline is looked at again between the moment the
// turn is given and the call.
func TestDeadlineRightBeforeRunning(t *testing.T) {
	var ticks atomic.Int64
	epoch := time.Unix(1e9, 0)
	q := New(Options{Parallel: 1, Now: func() time.Time { return epoch.Add(time.Duration(ticks.Add(1)) * time.Second) }})
	deadline := epoch.Add(2 * time.Second) // the first look is at admission, the second before the call
	if err := q.Do(t.Context(), Request{Deadline: deadline}, fail(t)); !errors.Is(err, ErrDeadline) {
		t.Errorf("expected %v, got %v", ErrDeadline, err)
	}
	if err := q.Do(t.Context(), Request{}, succeed); err != nil {
		t.Errorf("expected the turn to be free again, got %v", err)
	}
	if got := q.Stats().Dropped(CauseDeadline); got != 1 {
		t.Errorf("expected 1 drop, got %d", got)
	}
}

// A clock that the runtime's timers do not follow: the dead leave at the next turn, or when the living
// need their place.
func TestDeadlineByAnotherClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Unix(1e9, 0)
		q := New(Options{Parallel: 1, Capacity: 1, Now: func() time.Time { return now }})
		end := hold(q)
		dead := later(q, t.Context(), Request{Deadline: now.Add(time.Hour)}, fail(t))
		now = now.Add(2 * time.Hour)
		alive := later(q, t.Context(), Request{}, succeed)
		if err := <-dead; !errors.Is(err, ErrDeadline) {
			t.Errorf("expected %v, got %v", ErrDeadline, err)
		}
		end <- nil
		if err := <-alive; err != nil {
			t.Error(err)
		}
		end = hold(q)
		dead = later(q, t.Context(), Request{Deadline: now.Add(time.Hour)}, fail(t))
		now = now.Add(2 * time.Hour)
		end <- nil
		if err := <-dead; !errors.Is(err, ErrDeadline) {
			t.Errorf("expected %v, got %v", ErrDeadline, err)
		}
	})
}

func TestClose(t *testing.T) {
	t.Run("success: drains", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := New(Options{Parallel: 1})
			end := hold(q)
			wait := later(q, t.Context(), Request{}, succeed)
			closed := make(chan error, 1)
			go func() { closed <- q.Close(t.Context()) }()
			synctest.Wait()
			if err := q.Do(t.Context(), Request{}, fail(t)); !errors.Is(err, ErrClosed) {
				t.Errorf("expected %v, got %v", ErrClosed, err)
			}
			if len(closed) > 0 {
				t.Error("closed before it was empty")
			}
			end <- nil
			if err := errors.Join(<-wait, <-closed, q.Close(t.Context())); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("failure: out of time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := New(Options{Parallel: 1})
			end := hold(q)
			waits := []<-chan error{
				later(q, t.Context(), Request{}, fail(t)),
				later(q, t.Context(), Request{Priority: Batch, Stream: "s"}, fail(t)),
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if err := q.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("expected %v, got %v", context.DeadlineExceeded, err)
			}
			for _, w := range waits {
				if err := <-w; !errors.Is(err, ErrClosed) {
					t.Errorf("expected %v, got %v", ErrClosed, err)
				}
			}
			end <- nil
			if err := q.Close(t.Context()); err != nil {
				t.Errorf("expected to wait longer and end well, got %v", err)
			}
		})
	})
	t.Run("success: last one leaves on its own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			q := New(Options{Parallel: 1})
			ctx, cancel := context.WithCancel(t.Context())
			end := hold(q)
			wait := later(q, ctx, Request{}, fail(t))
			closed := make(chan error, 1)
			go func() { closed <- q.Close(t.Context()) }()
			synctest.Wait()
			cancel()
			end <- nil
			if err := <-wait; !errors.Is(err, context.Canceled) && err != nil {
				t.Error(err)
			}
			if err := <-closed; err != nil {
				t.Error(err)
			}
		})
	})
}

// A second caller holds the turn until the measured one waits, so that what is measured is the wait.
func TestDoAllocatesNothing(t *testing.T) {
	q := New(Options{Parallel: 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	until := func(f func(Stats) bool) {
		for !f(q.Stats()) {
			runtime.Gosched()
		}
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		run := func() error {
			until(func(s Stats) bool { return s.Queued() > 0 || stop.Load() })
			return nil
		}
		for !stop.Load() {
			if err := q.Do(ctx, Request{}, run); err != nil {
				t.Error(err)
			}
		}
	})
	deadline := time.Now().Add(time.Hour)
	for _, r := range []Request{{}, {Priority: Batch, Deadline: deadline}, {Stream: "s", Deadline: deadline}} {
		if n := testing.AllocsPerRun(200, func() {
			until(func(s Stats) bool { return s.Running() > 0 })
			if err := q.Do(ctx, r, succeed); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%+v: expected 0 allocations, got %v", r, n)
		}
	}
	stop.Store(true)
	wg.Wait()
}

// Many callers that know nothing of each other, for the race detector and the counters.
func TestHammer(t *testing.T) {
	const parallel, callers, each = 3, 32, 300
	q := New(Options{Parallel: parallel, Capacity: 8})
	var running atomic.Int32
	var calls, returns atomic.Int64
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 1))
			for range each {
				hammer(t, q, rng, &running, parallel, &calls, &returns)
			}
		})
	}
	wg.Wait()
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
	var received, ended uint64
	for _, c := range q.Stats().ByPriority {
		received += c.Received
		ended += c.Done + c.Failed
		for _, n := range c.Dropped {
			ended += n
		}
	}
	if s := q.Stats(); s.Queued() != 0 || s.Running() != 0 || received != callers*each || ended != received {
		t.Errorf("expected %d received and as many ended, got %d and %d: %+v", callers*each, received, ended, s)
	}
	if calls.Load() != returns.Load() {
		t.Errorf("expected as many calls as results, got %d and %d", calls.Load(), returns.Load())
	}
}

func hammer(t *testing.T, q *Queue, rng *rand.Rand, running *atomic.Int32, parallel int32, calls, returns *atomic.Int64) {
	r := Request{Priority: Priorities[rng.IntN(2)], Stream: []string{"", "a", "b"}[rng.IntN(3)]}
	if rng.IntN(2) == 0 {
		r.Deadline = time.Now().Add(time.Duration(rng.IntN(200)) * time.Microsecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(400))*time.Microsecond)
	defer cancel()
	result := []error{nil, errFunction, errPanic}[rng.IntN(3)]
	pause := rng.IntN(100)
	defer func() {
		if recover() != nil {
			returns.Add(1)
		}
	}()
	err := q.Do(ctx, r, func() error {
		calls.Add(1)
		if n := running.Add(1); n > parallel {
			t.Errorf("expected at most %d running, got %d", parallel, n)
		}
		defer running.Add(-1)
		for range pause {
			runtime.Gosched()
		}
		if errors.Is(result, errPanic) {
			panic(result)
		}
		return result
	})
	switch {
	case err == nil, errors.Is(err, errFunction):
		returns.Add(1)
	case errors.Is(err, ErrOverload), errors.Is(err, ErrDeadline), errors.Is(err, ErrStale), errors.Is(err, context.Canceled):
	default:
		t.Errorf("unexpected %v", err)
	}
}
