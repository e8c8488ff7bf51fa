// Package types holds what x/proof exchanges and stores: messages, records, events, parameters with
// the gas formula, the keys of its store, its error codes, and the interfaces of the keepers and the
// verifier that it needs.
//
// It trusts nothing: every Validate checks lengths and encodings before anything is computed, and no
// function panics on input. It verifies no proof and reads no state.
package types
