package proving

import "time"

// Backoff is how long to wait after failures in a row: Min, doubled with each one up to Max, of which a random half.
type Backoff struct {
	Min, Max time.Duration
}

// Delay returns the wait after n failures in a row, n from 1. random returns numbers in [0, 1).
func (b Backoff) Delay(n int, random func() float64) time.Duration {
	d := b.Min
	for ; n > 1 && d < b.Max; n-- {
		d *= 2
	}
	d = min(d, b.Max)
	return d/2 + time.Duration(random()*float64(d)/2)
}
