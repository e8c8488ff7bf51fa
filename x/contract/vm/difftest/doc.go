// Package difftest holds the virtual machine of contracts to a second implementation.
//
// It makes valid modules of the profile out of arbitrary bytes, runs them with package vm and with wazero's interpreter
// and compiler, and compares results, traps, what host functions saw, globals and the whole memory after every call. It does
// the same with what real compilers made, and compares a digest of all of it, gas included, with a committed one, so that
// every machine that runs the tests is held to the same bits.
//
// wazero is trusted to be right where the two agree; the official tests, in package spectest, are the judge of both. The
// generator never makes an invalid module, so nothing here says that invalid ones are refused. Gas has no second
// implementation: it is held to its own rules only.
package difftest
