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
// randomness, no configuration and no dependence on scheduling, so nodes of a chain agree. Equations are
// merged with coefficients that are a hash of what is verified (see transcript). So a verdict
// can be wrong, and depend on the batch, only for a proof that was found by computing about 2^128 hashes.
//
// # How it is fast
//
// Against gnark's verifier, one proof alone takes about 0.6 of the time and a proof in a batch of 100 an
// eighth (BenchmarkVerify). A batch shares the final exponentiation, the squarings of the
// Miller loop and, for each key, all pairings with fixed points, whose lines are precomputed.
// What is left for each proof is decoding, a multiplication of A with a 128-bit coefficient by the
// endomorphism, its part of three bucketed sums, and one Miller loop; these run in affine
// coordinates with shared inversions, and the Miller loop checks the subgroup of B on its way.
//
// # What it is not
//
// It does not know what the public inputs mean (see package statement), does not protect against
// replay (Groth16 proofs can be re-randomized, so a proof's bytes identify nothing), and charges no
// gas.
package verifier
