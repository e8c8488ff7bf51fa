package relay

import (
	"context"
	"math/rand/v2"
	"time"
)

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// jitter is a duration between half of d and one and a half of it.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1)
}

// backoff counts errors in a row and says how long to wait after them.
type backoff struct {
	first, longest time.Duration
	errors         int
}

func (b *backoff) succeed() { b.errors = 0 }

// fail returns the next wait: twice the one before up to the longest, with jitter.
func (b *backoff) fail() time.Duration {
	wait := b.longest
	if b.errors < 16 { // 2^16 times anything sensible is above the longest
		wait = min(b.longest, b.first<<b.errors)
		b.errors++
	}
	return jitter(wait)
}
