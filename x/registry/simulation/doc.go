// Package simulation makes random genesis states and messages of the registry for simulations of a
// whole chain. It is for tests only.
//
// Its verifying keys are well-formed, with points of known discrete logarithm: whoever has the
// random seed can forge proofs under them.
package simulation
