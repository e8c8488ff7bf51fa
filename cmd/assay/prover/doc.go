// Package prover is `assay prover`: a worker that proves results for devices that are too small to, over NATS.
//
// Whoever runs it sees the inputs of the devices that it works for. The devices do not trust it with anything else: they
// verify every proof. It does not trust jobs either: artifacts are compared with their digests, no files of this machine
// are read for them, and each proof is made in a child process with bounded memory.
package prover
