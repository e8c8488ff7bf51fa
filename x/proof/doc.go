// Package proof is the module that turns Groth16 proofs into attestations: this device, running this model version on a
// private input, computed this output.
//
// A device's account submits the output, a nonce, the digest of its input and a proof. The module rebuilds the public
// inputs from what it knows itself (package statement), verifies the proof with the version's key (package verifier)
// and records an attestation. A (device, version, nonce) is accepted once, for ever.
//
// It trusts x/registry for versions and checked keys, and x/fleet for who is a device and what its fleet allows. It does
// not know whether an input was honest, does not choose nonces, and does not judge what an attestation is worth.
package proof
