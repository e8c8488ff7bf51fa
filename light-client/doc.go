// Package lightclient gives a device verified headers of one chain, and values of its state by proof.
//
// Trust: one header that an operator vouches for (Trust), the clock within MaxClockDrift, and that less than a third of the
// voting power of a set of validators lies within the trust period. Endpoints are trusted with nothing: what they send is
// bounded in size and time, headers are verified by CometBFT's light client against the last verified one, and values by
// ICS-23 proof against the app hash of a verified header. That validators with a third of the power or more sign two chains
// is noticed only while one endpoint is honest; then the evidence goes to both sides, and the client stays halted, over
// restarts, until an operator decides.
//
// State and headers: the header of height h commits to the state after block h-1. A Snapshot of the head at h therefore reads
// the state at h-1, and needs no later block.
//
// The package is not an RPC proxy and no indexer: it reads single keys, and ranges neighbour by neighbour. It never decides
// what to do about a value, never deletes what it trusts, and makes no requests of its own; its caller sets the pace.
package lightclient
