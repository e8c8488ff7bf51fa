package journal

import (
	"container/list"
	"time"
	"unique"
)

// item is what memory knows of an entry.
type item struct {
	id        ID
	seq       uint64
	size      int64 // with overhead
	version   unique.Handle[string]
	state     State // never Proving
	requested bool
	leased    bool // handed out by Next
	attempts  uint32
	time      int64     // of the result, Unix nanoseconds
	settled   int64     // Unix nanoseconds
	due       time.Time // not handed out before
	element   *list.Element
}

// promised entries are never evicted.
func (it *item) promised() bool { return it.requested && !it.state.settled() }

func (it *item) evictable() bool { return !it.promised() && !it.leased }

// index holds all items in the order of their arrival. Only the writer adds, removes and changes states.
type index struct {
	order    *list.List // of *item
	byID     map[ID]*item
	bytes    int64
	promised int
	states   [Failed + 1]int
	leased   int
	holds    map[unique.Handle[string]]time.Time // of versions, and of all under the empty one
}

// everything is the version under which all are held.
var everything = unique.Make("")

func newIndex() index {
	return index{order: list.New(), byID: map[ID]*item{}, holds: map[unique.Handle[string]]time.Time{}}
}

func (x *index) find(id ID) *item { return x.byID[id] }

func (x *index) add(it *item) {
	it.element = x.order.PushBack(it)
	x.byID[it.id] = it
	x.bytes += it.size
	x.states[it.state]++
	if it.promised() {
		x.promised++
	}
}

func (x *index) remove(it *item) {
	x.release(it, time.Time{})
	x.order.Remove(it.element)
	delete(x.byID, it.id)
	x.bytes -= it.size
	x.states[it.state]--
	if it.promised() {
		x.promised--
	}
}

// become follows a transition that is on disk.
func (x *index) become(it *item, s *standing) {
	was := it.promised()
	x.states[it.state]--
	it.state, it.attempts, it.settled = s.state, s.attempts, s.settled
	x.states[it.state]++
	if was && !it.promised() {
		x.promised--
	}
}

func (x *index) lease(it *item) {
	it.leased = true
	x.leased++
}

func (x *index) release(it *item, due time.Time) {
	if it.leased {
		x.leased--
	}
	it.leased, it.due = false, due
}

// pick returns the entry to prove next: the oldest that somebody was promised, else the oldest. If there is none that
// is due, it says how long until one is, 0 for never.
func (x *index) pick(now time.Time) (next *item, wait time.Duration) {
	if x.states[Pending] == x.leased {
		return nil, 0
	}
	if wait := x.holds[everything].Sub(now); wait > 0 {
		return nil, wait
	}
	for e := x.order.Front(); e != nil; e = e.Next() {
		it := e.Value.(*item)
		if it.state != Pending || it.leased {
			continue
		}
		if until := max(it.due.Sub(now), x.holds[it.version].Sub(now)); until > 0 {
			if wait == 0 || until < wait {
				wait = until
			}
			continue
		}
		if it.requested || x.promised == 0 {
			return it, 0
		}
		if next == nil {
			next = it
		}
	}
	return next, wait
}
