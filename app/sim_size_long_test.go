//go:build sim

package app_test

const (
	simBlocks    = 60
	simBlockSize = 60
)

var simSeeds = []int64{1, 2, 4, 7, 32}
