package lightclient

import "fmt"

// guarded turns a panic of another library into an error: CometBFT's store panics on errors of the disk, and its validator
// sets and ics23 on input that checks elsewhere should have kept out. It does not see panics of other goroutines.
func guarded(sentinel error, do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic: %v", sentinel, r)
		}
	}()
	return do()
}
