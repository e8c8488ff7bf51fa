// Package sidecar is the daemon of a device. It serves models to local programs over the Open Inference Protocol,
// follows the orders that verified state of its zone gives, reports how far it is, and proves results.
//
// It is wiring: what it wires is in the packages below it, each with a job and trust assumptions of its own. What is
// decided here is what depends on what. Serving depends on nothing but the disk: models are loaded from the last good
// state before anything else is tried, and no failure of the network, the chain, the prover, the journal or telemetry
// stops an inference.
//
// # Trust
//
// The machine's owner and its disk are trusted. Endpoints, artifact servers, provers and the programs that ask for
// inference are not: the first is checked by proof, the second by digest, the third by verifying their proofs, and the
// last by bounds on everything that they send.
package sidecar
