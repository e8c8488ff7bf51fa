package queue

import "time"

// Counts are the requests of one priority. Received is always the sum of all the others.
type Counts struct {
	Received uint64
	Queued   int
	Running  int
	Done     uint64         // the function returned nil
	Failed   uint64         // it returned an error or panicked
	Dropped  [causes]uint64 // by Cause; the function was not called
}

// Stats are the queue's counters at one moment.
type Stats struct {
	ByPriority [priorities]Counts // by Priority
	Service    time.Duration      // moving average of the time of functions that returned nil; 0 before the first
}

// Queued is the number of requests that wait.
func (s Stats) Queued() int { return s.ByPriority[Interactive].Queued + s.ByPriority[Batch].Queued }

// Running is the number of functions under way.
func (s Stats) Running() int { return s.ByPriority[Interactive].Running + s.ByPriority[Batch].Running }

// Dropped is the number of requests of both priorities that were dropped for a cause.
func (s Stats) Dropped(c Cause) uint64 {
	return s.ByPriority[Interactive].Dropped[c] + s.ByPriority[Batch].Dropped[c]
}

// Stats returns the counters.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stats
}

// The moving average gives the newest sample the weight of one in averageOver. The first sample counts
// in full.
const averageOver = 8

func (s *Stats) observe(d time.Duration) {
	d = max(d, 1)
	if s.Service == 0 {
		s.Service = d
		return
	}
	s.Service = max(s.Service+(d-s.Service)/averageOver, 1)
}
