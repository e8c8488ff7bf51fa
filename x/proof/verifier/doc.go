// Package verifier verifies Groth16 proofs over BN254, with gnark's commitment extension: one
// proof alone, many in a batch, and either through a bounded cache of verdicts.
//
// # Job
//
// It reads gnark's standard (compressed) serialization of verifying keys and proofs, so the key of
// any gnark circuit can be used, and answers as gnark's groth16.Verify with its default options
// does. ParseKey and ParseProof check everything that verification relies on, once. Verify takes
// one proof; VerifyBatch takes many proofs under many keys for a fraction of the cost of each, and
// gives every proof the answer that Verify gives. Engine joins parsing, batching, worker
// goroutines and caches for a node.
//
// # Trust
//
// Key bytes, proof bytes and public inputs are hostile. What is trusted is the arithmetic of
// gnark-crypto and, for each key, whoever ran its setup: a verifier cannot tell a sound setup from
// one whose secrets were kept.
//
// Every verdict is a function of the key, the public inputs and the proof: there is no clock, no
// randomness, no configuration and no dependence on scheduling, so nodes of a chain agree.
// The coefficients of a batch come from a hash of the batch (see transcript); a batch that holds a
// bad proof passes with a probability of about 2^-128 for each batch an attacker tries by computing
// the hash.
//
// # What it is not
//
// It does not know what the public inputs mean (see package statement), does not protect against
// replay (Groth16 proofs can be re-randomized, so a proof's bytes identify nothing), and charges no
// gas.
package verifier
