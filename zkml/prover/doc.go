// Package prover makes Groth16 keys over BN254 for circuits of package circuit, proves runs of a
// model with them, and verifies such proofs.
//
// Proofs, keys and public inputs are gnark's own in gnark's standard serialization (compressed
// points) with default options, so gnark's groth16.Verify accepts them as it is.
//
// # Trust
//
// Setup runs on one machine, which could keep its randomness and then forge proofs; a ceremony of
// several parties is another package's matter. A proving key is not secret, but whoever made it has
// to be trusted, or compared by digest, for the privacy of the input: proofs of a key that was made to
// that end can give it away. Verify trusts the verifying key and nothing else.
//
// # What a proof hides
//
// With an honest key a proof tells nothing about the input beyond its public inputs. Those include
// the input's digest, which is a plain hash of the bytes: it says whether two proofs had the same input,
// and whoever can list all likely inputs, as of a door sensor, finds the one by hashing them.
// The output is as public, and can tell much about the input by itself.
package prover
