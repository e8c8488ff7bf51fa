package types

import "errors"

// Add counts one more accepted proof. The heights of a chain that started from another's export may be below those
// that it took over, so the first and the last height are the lowest and the highest.
func (c Counter) Add(height int64, suspect bool) Counter {
	one := Counter{Accepted: 1, FirstHeight: height, LastHeight: height}
	if suspect {
		one.Suspect = 1
	}
	return c.plus(one)
}

// plus returns the total of two counters over different proofs.
func (c Counter) plus(other Counter) Counter {
	if c.Accepted == 0 {
		return other
	}
	return Counter{
		Accepted:    c.Accepted + other.Accepted,
		Suspect:     c.Suspect + other.Suspect,
		FirstHeight: min(c.FirstHeight, other.FirstHeight),
		LastHeight:  max(c.LastHeight, other.LastHeight),
	}
}

// Validate checks that the numbers of a stored counter fit each other.
func (c Counter) Validate() error {
	switch {
	case c.Accepted == 0:
		return errors.New("accepted: expected at least 1, got 0")
	case c.Suspect > c.Accepted:
		return errors.New("suspect exceeds accepted")
	case c.FirstHeight < 0 || c.FirstHeight > c.LastHeight:
		return errors.New("heights are out of order")
	}
	return nil
}
