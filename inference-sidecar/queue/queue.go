package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The defaults of Options.
const (
	DefaultParallel       = 2
	DefaultCapacity       = 64
	DefaultStreamDeadline = 150 * time.Millisecond
	DefaultBatchEvery     = 8
)

// The bounds of a retry hint: below, a caller would only spin; above, it would miss better times. With
// nothing measured yet the hint is firstRetry.
const (
	minRetry   = time.Millisecond
	maxRetry   = 30 * time.Second
	firstRetry = 100 * time.Millisecond
)

// maxSpare bounds the waiters that are kept; each is some hundred bytes.
const maxSpare = 1024

// Options of a queue. Zero values are the defaults; a negative value is the least that makes sense.
type Options struct {
	Parallel       int           // functions at a time
	Capacity       int           // requests that wait; negative is none
	StreamDeadline time.Duration // of a frame of a stream whose request names no deadline; negative is none
	BatchEvery     int           // while batch requests wait, one turn in so many is theirs; 1 puts batch first
	// Now is the clock of deadlines and times of service; nil is time.Now. A wait is ended by a timer
	// of the runtime, which another clock does not move: there a request leaves late, at its turn.
	Now func() time.Time
}

func orDefault[T int | time.Duration](v, fallback, least T) T {
	if v == 0 {
		return fallback
	}
	return max(v, least)
}

func (o Options) withDefaults() Options {
	o.Parallel = orDefault(o.Parallel, DefaultParallel, 1)
	o.Capacity = orDefault(o.Capacity, DefaultCapacity, 0)
	o.StreamDeadline = orDefault(o.StreamDeadline, DefaultStreamDeadline, 0)
	o.BatchEvery = orDefault(o.BatchEvery, DefaultBatchEvery, 1)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Queue hands out turns. It is safe for use by many goroutines.
type Queue struct {
	opts Options

	mu      sync.Mutex
	waiting [priorities]list
	streams [priorities]map[string]*waiter // the one frame of each stream that waits
	spare   []*waiter                      // used again, so that waiting allocates nothing
	passed  int                            // turns given to interactive requests while batch ones wait
	stats   Stats
	closed  bool
	drained chan struct{} // closed when the queue is closed and empty
}

// New makes a queue. It needs no Close where nothing waits for it to drain.
func New(o Options) *Queue {
	q := &Queue{opts: o.withDefaults(), drained: make(chan struct{})}
	q.spare = make([]*waiter, 0, min(q.opts.Capacity, maxSpare))
	for i := range q.waiting {
		q.waiting[i].init()
		q.streams[i] = map[string]*waiter{}
	}
	return q
}

// Do waits for a turn and calls run in this goroutine. It returns what run returns; or, without having
// called it, an error that is ErrOverload, ErrDeadline, ErrStale, ErrClosed, ErrRequest or the
// context's. A panic of run gives the turn back and goes on.
func (q *Queue) Do(ctx context.Context, r Request, run func() error) error {
	if r.Priority < 0 || r.Priority >= priorities {
		return fmt.Errorf("%w: expected priority 0 to %d, got %d", ErrRequest, priorities-1, r.Priority)
	}
	now := q.opts.Now()
	if r.Stream != "" && r.Deadline.IsZero() && q.opts.StreamDeadline > 0 {
		r.Deadline = now.Add(q.opts.StreamDeadline)
	}
	w, err := q.enter(ctx, r, now)
	if err != nil {
		return err
	}
	if w != nil {
		if err := q.wait(ctx, w, now); err != nil {
			return err
		}
	}
	return q.execute(ctx, r, run)
}

// enter takes a turn (no waiter, no error), a place in the queue, or drops the request.
func (q *Queue) enter(ctx context.Context, r Request, now time.Time) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	counts := &q.stats.ByPriority[r.Priority]
	counts.Received++
	if q.closed {
		return nil, q.drop(r.Priority, CauseClosed, ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, q.dropEnded(r.Priority, err)
	}
	if past(r.Deadline, now) {
		return nil, q.drop(r.Priority, CauseDeadline, ErrDeadline)
	}
	if q.stats.Running() < q.opts.Parallel {
		counts.Running++
		return nil, nil
	}
	if old := q.streams[r.Priority][r.Stream]; old != nil {
		return q.supersede(old, r), nil
	}
	if q.full(r.Priority) {
		if q.expire(now); q.full(r.Priority) {
			return nil, q.drop(r.Priority, CauseOverload, &OverloadError{q.retryAfter()})
		}
	}
	w := q.waiter(r)
	q.waiting[r.Priority].push(w)
	q.enlist(w)
	return w, nil
}

func (q *Queue) waiter(r Request) *waiter {
	var w *waiter
	if last := len(q.spare) - 1; last >= 0 {
		w, q.spare = q.spare[last], q.spare[:last]
	} else {
		w = newWaiter()
	}
	w.request = r
	return w
}

func (q *Queue) recycle(w *waiter) {
	w.timer.Stop()
	w.request = Request{}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.spare) < cap(q.spare) {
		q.spare = append(q.spare, w)
	}
}

func past(deadline, now time.Time) bool { return !deadline.IsZero() && !now.Before(deadline) }

// full leaves a quarter of the places to interactive requests.
func (q *Queue) full(p Priority) bool {
	if q.stats.Queued() >= q.opts.Capacity {
		return true
	}
	return p == Batch && q.stats.ByPriority[Batch].Queued >= q.opts.Capacity-q.opts.Capacity/4
}

func (q *Queue) enlist(w *waiter) {
	q.stats.ByPriority[w.request.Priority].Queued++
	if w.request.Stream != "" {
		q.streams[w.request.Priority][w.request.Stream] = w
	}
}

// supersede drops the older frame. The newer one takes its place, so that a fast stream does not go
// to the end of the line for ever.
func (q *Queue) supersede(old *waiter, r Request) *waiter {
	w := q.waiter(r)
	q.delist(old)
	w.replace(old)
	q.enlist(w)
	q.count(r.Priority, CauseStale)
	old.verdict <- verdictStale
	return w
}

// take takes a waiter out of the queue.
func (q *Queue) take(w *waiter) {
	w.remove()
	q.delist(w)
}

func (q *Queue) delist(w *waiter) {
	q.stats.ByPriority[w.request.Priority].Queued--
	if w.request.Stream != "" {
		delete(q.streams[w.request.Priority], w.request.Stream)
	}
}

// expire drops every waiter past its deadline.
func (q *Queue) expire(now time.Time) {
	for i := range q.waiting {
		for w := q.waiting[i].root.next; w != &q.waiting[i].root; {
			next := w.next
			if past(w.request.Deadline, now) {
				q.take(w)
				q.count(w.request.Priority, CauseDeadline)
				w.verdict <- verdictDeadline
			}
			w = next
		}
	}
}

func (q *Queue) count(p Priority, c Cause) { q.stats.ByPriority[p].Dropped[c]++ }

func (q *Queue) drop(p Priority, c Cause, err error) error {
	q.count(p, c)
	return err
}

// dropEnded is for a context that has ended: by its own deadline, which is a deadline, or cancelled.
func (q *Queue) dropEnded(p Priority, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return q.drop(p, CauseDeadline, fmt.Errorf("%w: %w", ErrDeadline, err))
	}
	return q.drop(p, CauseCanceled, fmt.Errorf("wait for a turn: %w", err))
}

// retryAfter is the time that what waits and runs now takes, by the average.
func (q *Queue) retryAfter() time.Duration {
	if q.stats.Service == 0 {
		return firstRetry
	}
	rounds := (q.stats.Queued() + q.opts.Parallel) / q.opts.Parallel
	if q.stats.Service > maxRetry/time.Duration(rounds) {
		return maxRetry
	}
	return max(q.stats.Service*time.Duration(rounds), minRetry)
}

// wait returns nil with a turn in hand, or the error that the waiter was dropped with.
func (q *Queue) wait(ctx context.Context, w *waiter, now time.Time) error {
	defer q.recycle(w)
	select {
	case v := <-w.verdict:
		return v.err()
	case <-ctx.Done():
		return q.leave(w, ctx.Err())
	case <-w.expired(now):
		return q.leave(w, nil)
	}
}

// leave ends a wait from the waiter's side: the context ended with err, or the deadline passed. Where
// a verdict was sent in the meantime it holds; a turn that is worth nothing any more is given back by
// execute.
func (q *Queue) leave(w *waiter, err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !w.queued {
		return (<-w.verdict).err()
	}
	q.take(w)
	if err != nil {
		return q.dropEnded(w.request.Priority, err)
	}
	return q.drop(w.request.Priority, CauseDeadline, ErrDeadline)
}

func (v verdict) err() error {
	switch v {
	case verdictDeadline:
		return ErrDeadline
	case verdictStale:
		return ErrStale
	case verdictClosed:
		return ErrClosed
	default:
		return nil
	}
}

// execute runs the function in the turn that this goroutine holds, and passes the turn on.
func (q *Queue) execute(ctx context.Context, r Request, run func() error) error {
	start := q.opts.Now()
	if err := ctx.Err(); err != nil || past(r.Deadline, start) {
		return q.forgo(r.Priority, start, err)
	}
	done := false
	defer func() { q.finish(r.Priority, start, done) }()
	err := run()
	done = err == nil
	return err
}

// forgo gives back a turn that came too late.
func (q *Queue) forgo(p Priority, now time.Time, err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.ByPriority[p].Running--
	defer q.next(now)
	if err != nil {
		return q.dropEnded(p, err)
	}
	return q.drop(p, CauseDeadline, ErrDeadline)
}

func (q *Queue) finish(p Priority, start time.Time, done bool) {
	now := q.opts.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	counts := &q.stats.ByPriority[p]
	counts.Running--
	if done {
		counts.Done++
		q.stats.observe(now.Sub(start))
	} else {
		counts.Failed++
	}
	q.next(now)
}

// next hands free turns to those who wait.
func (q *Queue) next(now time.Time) {
	for q.stats.Running() < q.opts.Parallel {
		w := q.pick()
		if w == nil {
			break
		}
		q.take(w)
		if past(w.request.Deadline, now) {
			q.count(w.request.Priority, CauseDeadline)
			w.verdict <- verdictDeadline
			continue
		}
		q.pass(w.request.Priority)
		q.stats.ByPriority[w.request.Priority].Running++
		w.verdict <- verdictRun
	}
	q.settle()
}

// pick is who is next, or nil.
func (q *Queue) pick() *waiter {
	interactive, batch := q.waiting[Interactive].first(), q.waiting[Batch].first()
	if interactive == nil || batch != nil && q.passed >= q.opts.BatchEvery-1 {
		return batch
	}
	return interactive
}

// pass keeps count of the turns for which batch requests stood back.
func (q *Queue) pass(p Priority) {
	if p == Batch || q.waiting[Batch].first() == nil {
		q.passed = 0
		return
	}
	q.passed++
}

// settle tells Close when the last turn was given back: nobody waits where a turn is free.
func (q *Queue) settle() {
	if !q.closed || q.stats.Running() > 0 {
		return
	}
	select {
	case <-q.drained:
	default:
		close(q.drained)
	}
}

// Close takes no new requests, and waits until those that wait and run are through. When the context
// ends first, those that wait are dropped with ErrClosed, and what still runs is left to itself: the
// error says how many. It may be called again, to wait longer.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.settle()
	q.mu.Unlock()
	select {
	case <-q.drained:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.abandon()
	if running := q.stats.Running(); running > 0 {
		return fmt.Errorf("close the queue: %d still running: %w", running, ctx.Err())
	}
	return nil
}

func (q *Queue) abandon() {
	for i := range q.waiting {
		for w := q.waiting[i].first(); w != nil; w = q.waiting[i].first() {
			q.take(w)
			q.count(w.request.Priority, CauseClosed)
			w.verdict <- verdictClosed
		}
	}
}
