// Package slots holds the versions of one model that a device runs: the version on record, and beside it the candidate
// of a rollout. It brings each from its artifacts to warm sessions, sends requests to them as verified state orders,
// and keeps on disk what to serve after a restart.
//
// # Trust
//
// Orders must come from verified chain state; the package believes them, and exactly them. What a version's artifacts
// hold is not believed: digests are compared again when a file is read, the canonical form, signature and session
// options are compared with the order, and the self-test must give the same bytes in the very sessions that will
// serve. A self-test is evidence against a broken machine, not against a publisher.
//
// # What may answer
//
// A Lease is a request's hold on a version. The candidate is leased only while the latest order names it with a
// weight, and it is ready; from the return of an Apply that drops it, never. The version on record is leased once it is
// ready; until then the one before it goes on, because a device that cannot do better serves what it last verified,
// and Status says that it does.
//
// It does not schedule: leases are not bounded here. It does not talk to the chain: Progress is a callback.
package slots
