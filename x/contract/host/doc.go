// Package host is what a contract sees of its surroundings: the functions that it imports from module "assay", ABI version 1,
// what each costs, and how an entry point is called. docs/host-functions.md is the reference for authors.
//
// Contracts are hostile. Every pointer and length that one passes is checked against its memory, every call is paid for before
// it is done, and nothing is allocated from a size that a contract only claims. The order is the same everywhere: the flat
// cost, what is charged for the lengths that were passed, the checks, the work, what is charged for the size of what was found.
//
// What lies behind the functions (storage, coins, records, other contracts) is an Env: of the chain, or of a command line that
// runs contracts without one. The Env is trusted. Its effects are its own to undo when a call fails; this package keeps no state
// between calls.
//
// It is neither the interpreter (package vm) nor the module (package keeper), and knows no SDK.
package host
