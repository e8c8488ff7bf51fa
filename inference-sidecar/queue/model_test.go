package queue

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// The model is the queue in words that have no lock, no channel and no list: requests in slices, and
// everything that an operation leads to done before the next one.
type model struct {
	opts    Options
	waiting [priorities][]*request
	running []*request
	passed  int
	closed  bool
	counts  [priorities]Counts
}

// request is one request on both sides: what the model expects, and what Do did.
type request struct {
	Request
	cancel context.CancelFunc
	ended  bool // its context
	finish chan error

	want    error // what Do must return, once the model is through with it
	through bool
	started bool

	mu       sync.Mutex // of what Do did
	calls    int
	got      error
	returned bool
}

var (
	errFunction = errors.New("function")
	errPanic    = errors.New("panic")
)

func (m *model) end(r *request, err error) { r.want, r.through = err, true }

func (m *model) drop(r *request, c Cause, err error) {
	m.counts[r.Priority].Dropped[c]++
	m.end(r, err)
}

func (m *model) late(r *request, now time.Time) bool {
	return !r.Deadline.IsZero() && !r.Deadline.After(now)
}

func (m *model) submit(r *request, now time.Time) {
	if r.Stream != "" && r.Deadline.IsZero() {
		r.Deadline = now.Add(m.opts.StreamDeadline)
	}
	m.counts[r.Priority].Received++
	queue := &m.waiting[r.Priority]
	same := func(old *request) bool { return r.Stream != "" && old.Stream == r.Stream }
	switch i := slices.IndexFunc(*queue, same); {
	case m.closed:
		m.drop(r, CauseClosed, ErrClosed)
	case r.ended:
		m.drop(r, CauseCanceled, context.Canceled)
	case m.late(r, now):
		m.drop(r, CauseDeadline, ErrDeadline)
	case len(m.running) < m.opts.Parallel:
		m.start(r)
	case i >= 0:
		m.drop((*queue)[i], CauseStale, ErrStale)
		(*queue)[i] = r
	case len(m.waiting[0])+len(m.waiting[1]) >= m.opts.Capacity,
		r.Priority == Batch && len(*queue) >= m.opts.Capacity-m.opts.Capacity/4:
		m.drop(r, CauseOverload, ErrOverload)
	default:
		*queue = append(*queue, r)
	}
}

func (m *model) start(r *request) {
	r.started = true
	m.running = append(m.running, r)
}

func (m *model) finish(r *request, err error) {
	m.running = slices.DeleteFunc(m.running, func(o *request) bool { return o == r })
	if err == nil {
		m.counts[r.Priority].Done++
	} else {
		m.counts[r.Priority].Failed++
	}
	m.end(r, err)
	p := Interactive
	if len(m.waiting[Interactive]) == 0 || len(m.waiting[Batch]) > 0 && m.passed == m.opts.BatchEvery-1 {
		p = Batch
	}
	if len(m.waiting[p]) == 0 {
		return
	}
	next := m.waiting[p][0]
	m.waiting[p] = m.waiting[p][1:]
	m.start(next)
	if m.passed++; p == Batch || len(m.waiting[Batch]) == 0 {
		m.passed = 0
	}
}

func (m *model) leave(now time.Time) {
	for p := range m.waiting {
		m.waiting[p] = slices.DeleteFunc(m.waiting[p], func(r *request) bool {
			switch {
			case r.ended:
				m.drop(r, CauseCanceled, context.Canceled)
			case m.late(r, now):
				m.drop(r, CauseDeadline, ErrDeadline)
			}
			return r.through
		})
	}
}

func (m *model) stats() [priorities]Counts {
	counts := m.counts
	for p := range counts {
		counts[p].Queued = len(m.waiting[p])
	}
	for _, r := range m.running {
		counts[r.Priority].Running++
	}
	return counts
}

// machine drives both, and compares them after each operation.
type machine struct {
	model
	queue *Queue
	all   []*request
}

func (m *machine) do(ctx context.Context, r *request, given Request) {
	var got error
	defer func() {
		if recover() != nil {
			got = errPanic
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.returned = got, true
	}()
	got = m.queue.Do(ctx, given, func() error {
		r.mu.Lock()
		r.calls++
		r.mu.Unlock()
		err := <-r.finish
		if errors.Is(err, errPanic) {
			panic(err)
		}
		return err
	})
}

// Submit sends a burst, one after another, so that queues fill.
func (m *machine) Submit(t *rapid.T) {
	for range rapid.IntRange(1, 5).Draw(t, "burst") {
		m.submitOne(t)
		synctest.Wait()
	}
}

func (m *machine) submitOne(t *rapid.T) {
	r := &request{finish: make(chan error)}
	r.Priority = rapid.SampledFrom(Priorities[:]).Draw(t, "priority")
	r.Stream = rapid.SampledFrom([]string{"", "a", "b", ""}).Draw(t, "stream")
	if d := rapid.IntRange(0, 9).Draw(t, "deadline"); d > 6 {
		r.Deadline = time.Now().Add(time.Duration(d-7) * 40 * time.Millisecond)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	if rapid.IntRange(0, 9).Draw(t, "canceled") == 9 {
		cancel()
		r.ended = true
	}
	m.all = append(m.all, r)
	given := r.Request // without the stream's deadline, which is the queue's to set
	m.submit(r, time.Now())
	go m.do(ctx, r, given)
}

func (m *machine) Finish(t *rapid.T) {
	if len(m.running) == 0 {
		t.Skip("nothing runs")
	}
	r := rapid.SampledFrom(m.running).Draw(t, "request")
	err := rapid.SampledFrom([]error{nil, nil, errFunction, errPanic}).Draw(t, "result")
	m.finish(r, err)
	r.finish <- err
}

func (m *machine) Cancel(t *rapid.T) {
	if len(m.all) == 0 {
		t.Skip("no request")
	}
	r := rapid.SampledFrom(m.all).Draw(t, "request")
	r.ended = true
	r.cancel()
	m.leave(time.Now())
}

func (m *machine) Advance(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 20).Draw(t, "ms")) * time.Millisecond)
	m.leave(time.Now())
}

func (m *machine) Check(t *rapid.T) {
	synctest.Wait()
	if got, want := m.queue.Stats().ByPriority, m.stats(); !reflect.DeepEqual(got, want) {
		t.Fatalf("stats: expected %+v, got %+v", want, got)
	}
	for i, r := range m.all {
		r.check(t, i)
	}
}

func (r *request) check(t *rapid.T, i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.returned != r.through || r.returned && !errors.Is(r.got, r.want) {
		t.Fatalf("request %d %+v: expected through %t with %v, got %t with %v", i, r.Request, r.through, r.want, r.returned, r.got)
	}
	if want := map[bool]int{true: 1}[r.started]; r.calls != want {
		t.Fatalf("request %d %+v: expected %d calls, got %d", i, r.Request, want, r.calls)
	}
}

// drain finishes what is under way and closes the queue.
func (m *machine) drain(t *rapid.T) {
	closed := make(chan error, 1)
	go func() { closed <- m.queue.Close(context.Background()) }()
	synctest.Wait()
	m.closed = true
	for len(m.running) > 0 {
		if len(closed) > 0 {
			t.Fatalf("close: expected to wait for %d running, got %v", len(m.running), <-closed)
		}
		r := m.running[0]
		m.finish(r, nil)
		r.finish <- nil
		m.Check(t)
	}
	if err := <-closed; err != nil {
		t.Fatalf("close: %v", err)
	}
}

// stop lets every goroutine end, whatever state a failure left them in.
func (m *machine) stop() {
	for _, r := range m.all {
		r.cancel()
		close(r.finish)
	}
	synctest.Wait()
}

// The clock is that of a synctest bubble, so deadlines pass exactly when the test says so.
func TestQueueAgainstModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A bubble's T panics when asked for its deadline, so rapid sees a TB, which has none.
		rapid.Check(struct{ rapid.TB }{t}, func(t *rapid.T) {
			o := Options{
				Parallel:   rapid.SampledFrom([]int{1, 2, 3}).Draw(t, "parallel"),
				Capacity:   rapid.SampledFrom([]int{6, 5, 4, 2, 1}).Draw(t, "capacity"),
				BatchEvery: rapid.SampledFrom([]int{2, 3, 1}).Draw(t, "batch every"),
			}.withDefaults()
			m := &machine{model: model{opts: o}, queue: New(o)}
			defer m.stop()
			m.Check(t)
			t.Repeat(map[string]func(*rapid.T){
				"submit":  m.Submit,
				"finish":  m.Finish,
				"finish2": m.Finish,
				"finish3": m.Finish,
				"cancel":  m.Cancel,
				"advance": m.Advance,
				"":        m.Check,
			})
			m.drain(t)
		})
	})
}
