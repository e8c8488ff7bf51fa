// Package simulation makes random codes, contracts and calls for simulations. The codes are all the same counter, told apart
// by a custom section of random bytes, so that each has a digest of its own.
package simulation
