package types

import "errors"

// Add counts one more accepted proof.
func (c Counter) Add(height int64, suspect bool) Counter {
	if c.Accepted == 0 {
		c.FirstHeight = height
	}
	c.Accepted++
	if suspect {
		c.Suspect++
	}
	c.LastHeight = height
	return c
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
