// Package chaintest makes chains for tests of what follows one: headers, commits and validators of any height from the height
// alone, so that two weeks of blocks cost only those that are looked at, and values with the proofs that a node would give.
// Nodes serve a chain in memory or over HTTP, honestly or with lies that tests put in.
//
// It runs no consensus: whatever is to be signed, it signs, which is what attacks are made of. Headers do not link to the
// header before them, so nothing can be verified backwards.
package chaintest
