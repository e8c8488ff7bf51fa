package queue

import "time"

// verdict is how a wait ends.
type verdict int

const (
	verdictRun verdict = iota
	verdictDeadline
	verdictStale
	verdictClosed
)

// waiter is a queued request. It is in exactly one list until a verdict is sent or its own goroutine
// takes it out; both happen under the queue's lock.
type waiter struct {
	request    Request
	verdict    chan verdict // holds one, so that the sender never waits
	timer      *time.Timer
	queued     bool
	prev, next *waiter
}

// newWaiter makes one with a channel and a timer, which are used again with it.
func newWaiter() *waiter {
	w := &waiter{verdict: make(chan verdict, 1), timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}

// expired is the channel that fires at the deadline, or nil.
func (w *waiter) expired(now time.Time) <-chan time.Time {
	if w.request.Deadline.IsZero() {
		return nil
	}
	w.timer.Reset(w.request.Deadline.Sub(now))
	return w.timer.C
}

// list is a ring of waiters in order of arrival.
type list struct {
	root waiter // root.next is first, root.prev is last
}

func (l *list) init() { l.root.next, l.root.prev = &l.root, &l.root }

func (l *list) first() *waiter {
	if l.root.next == &l.root {
		return nil
	}
	return l.root.next
}

func (l *list) push(w *waiter) { w.insert(l.root.prev, &l.root) }

// replace puts w where old is, and takes old out.
func (w *waiter) replace(old *waiter) {
	prev, next := old.prev, old.next
	old.prev, old.next, old.queued = nil, nil, false
	w.insert(prev, next)
}

func (w *waiter) insert(prev, next *waiter) {
	w.prev, w.next, w.queued = prev, next, true
	prev.next, next.prev = w, w
}

func (w *waiter) remove() {
	w.prev.next, w.next.prev = w.next, w.prev
	w.prev, w.next, w.queued = nil, nil, false
}
