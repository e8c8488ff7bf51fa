//go:build race

package slots

// raceEnabled: a pool forgets at random under the race detector.
const raceEnabled = true
