package slots

import "sync"

// maxNotes bounds the progress that waits for a slow listener; a candidate has six phases.
const maxNotes = 64

// notes hands progress to a listener, one call at a time and in order, without keeping the teller waiting.
type notes struct {
	tell func(Progress)
	done chan struct{}

	mu      sync.Mutex
	waiting []Progress
	wake    *sync.Cond
	closed  bool
}

func newNotes(tell func(Progress)) *notes {
	n := &notes{tell: tell, done: make(chan struct{})}
	n.wake = sync.NewCond(&n.mu)
	go n.run()
	return n
}

func (n *notes) add(p Progress) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if len(n.waiting) == maxNotes {
		n.waiting = append(n.waiting[:0], n.waiting[1:]...)
	}
	n.waiting = append(n.waiting, p)
	n.wake.Signal()
}

func (n *notes) run() {
	defer close(n.done)
	for {
		p, ok := n.next()
		if !ok {
			return
		}
		n.tell(p)
	}
}

func (n *notes) next() (Progress, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.waiting) == 0 {
		if n.closed {
			return Progress{}, false
		}
		n.wake.Wait()
	}
	p := n.waiting[0]
	n.waiting = append(n.waiting[:0], n.waiting[1:]...)
	return p, true
}

// close lets what waits be told, and waits for that.
func (n *notes) close() {
	n.mu.Lock()
	n.closed = true
	n.wake.Signal()
	n.mu.Unlock()
	<-n.done
}
