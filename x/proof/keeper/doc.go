// Package keeper judges proofs and keeps the attestations of those that hold.
//
// A claim goes through the same steps wherever it comes from: checks without state, admission (who may claim what,
// once), the price, verification, the record. Blocks take all of them; CheckTx, the start of a block and the
// VerifyProof query take the same code up to where they stop.
//
// It trusts the registry to hold only checked verifying keys, the fleet to know its devices, and the verifier to
// answer by its arguments alone. It takes no public input from a sender: it rebuilds them with package statement.
// What it cannot tell is whether a device's input was honest; a proof says what a model made of it, no more.
package keeper
