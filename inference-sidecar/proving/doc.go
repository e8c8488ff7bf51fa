// Package proving proves a device's results in the background and puts the proofs on record.
//
// Service takes entries from the journal, has each proved by a Prover, checks what comes back, and submits proofs in
// batches through a Submitter, until each entry is attested or has failed for good. It goes on where it stopped after
// a restart, and waits out everything that can pass: no network, no prover, a full mempool. Local proves in a child
// process of low priority and bounded memory; package pool hands jobs to workers elsewhere.
//
// # Trust
//
// A prover is trusted with the input, which it sees, and with nothing else. What it returns counts only after this
// package has verified it against the verifying key of the version, for the input digest and the output that the device
// itself knows. A proof that holds for another output than the device computed is a finding (ErrMismatch): the runtime and the
// circuit disagree. It is recorded and never submitted.
//
// Versions (artifacts, digests, keys) come from verified chain state; files are compared with their digests before they
// are read. The package decides nothing about which version runs, and signs nothing.
package proving
