// Package vm compiles and runs contracts: WebAssembly modules of the profile in docs/wasm-profile.md.
//
// Compile takes bytes from anyone. It decodes, validates, links and lowers them, each in a package of its own
// (binary, validate, compile), and gives a Module, which is immutable and may be shared. Instantiate makes an
// Instance of it: memory, globals and table of its own, and an amount of gas. Call runs an exported function
// until it returns or traps. Everything is metered, and the gas depends on the binary and its input alone: not
// on the machine, the cache, or whether an instance was used before.
//
// An instance sees its memory and the host functions that the module imports, nothing else. Host functions are
// trusted: they are given the instance, read and write its memory, and charge for what they do. A panic, of the
// interpreter or of a host function, is a bug; it ends Compile or the call with TrapInternal and is counted by Panics.
//
// The package knows nothing of the chain. What functions there are to import, and what a contract must export,
// is for package host.
package vm
