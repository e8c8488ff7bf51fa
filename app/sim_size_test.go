//go:build !sim

package app_test

// A short simulation, for every run of the tests. `make sim` runs the long one.
const (
	simBlocks    = 15
	simBlockSize = 30
)

var simSeeds = []int64{1}
