//go:build !sim

package app_test

// A short simulation, for every run of the tests. `make sim` runs the long one.
const (
	simBlocks    = 8
	simBlockSize = 25
)

var simSeeds = []int64{1}
