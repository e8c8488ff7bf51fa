package verifier

import (
	"context"
	"sync"
	"sync/atomic"
)

// parallel calls do with 0 to n-1 on up to the given number of goroutines (at least one). All of them have ended
// when it returns. It returns the context's error if the context ends before all calls are made.
//
// A panic in do is raised again here, so that whoever called can recover from it; in a goroutine of its own it
// would end the process.
func parallel(ctx context.Context, workers, n int, do func(int)) error {
	var next, done atomic.Int64
	var caught atomic.Pointer[any]
	var wg sync.WaitGroup
	for range min(max(workers, 1), n) {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					caught.CompareAndSwap(nil, &r)
				}
			}()
			for ctx.Err() == nil && caught.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if r := caught.Load(); r != nil {
		panic(*r)
	}
	if int(done.Load()) < n {
		return ctx.Err()
	}
	return nil
}
