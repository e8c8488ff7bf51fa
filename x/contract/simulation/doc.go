// Package simulation makes random codes, contracts and calls for simulations. The codes are all the same contract, told apart
// by a custom section of random bytes, so that each has a digest of its own. It exports every entry point: hooks run and fail,
// rollouts ask it for votes, and the first one guards what is published, and allows it.
package simulation
