// Package chain is the sidecar's way to its zone: what verified state orders a device to run, and the transactions by
// which the device confirms its enrolment, reports how far it is, and submits proofs.
//
// # Trust
//
// What a device runs comes from a light client's verified reads alone (Watcher). Transactions go to any of the same
// endpoints (Sender): an endpoint can withhold or misreport them, which costs time and at most the gas limit, but a
// proof counts as attested only once the attestation was read from verified state, and a refusal only if no other endpoint
// would take the transaction. With one endpoint, or where all lie together, a refusal is believed. The device's key is a file that
// only the daemon's user may read; whoever has it can speak for the device until its operator rotates or revokes it.
package chain
