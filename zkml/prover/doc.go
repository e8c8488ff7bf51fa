// Package prover makes Groth16 keys over BN254 for circuits of package circuit, proves runs of a
// model with them, and verifies such proofs.
//
// Proofs, keys and public inputs are gnark's own in gnark's standard serialization (compressed
// points) with default options, so gnark's groth16.Verify accepts them as it is.
//
// # Trust
//
// Setup runs on one machine, which could keep its randomness and then forge proofs; a ceremony of
// several parties is another package's matter. A proving key is not secret, but a prover who uses a
// wrong one makes proofs that fail. Verify trusts the verifying key and nothing else.
package prover
