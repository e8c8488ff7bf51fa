package queue

import (
	"sync"
	"testing"
	"time"
)

// BenchmarkDo is what a turn costs: a free one, and one that was waited for and handed over by another
// caller, with a deadline and without.
func BenchmarkDo(b *testing.B) {
	for name, callers := range map[string]int{"free": 1, "waiting": 8} {
		for deadline, timeout := range map[string]time.Duration{"": 0, ",deadline": time.Minute} {
			b.Run(name+deadline, func(b *testing.B) {
				q := New(Options{Parallel: 1})
				b.ReportAllocs()
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() {
						for range b.N / callers {
							var r Request
							if timeout > 0 {
								r.Deadline = time.Now().Add(timeout)
							}
							if err := q.Do(b.Context(), r, succeed); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}
