package types

// KeyInfo is what a checked verifying key says about the proofs under it.
type KeyInfo struct {
	// PublicInputs is the number of public inputs, without the constant one and without commitments.
	PublicInputs int
	// Commitments is the number of commitments.
	Commitments int
}

// KeyChecker decodes and checks a Groth16 verifying key over BN254 in gnark's serialization with
// compressed points.
//
// It must accept exactly one encoding of a key, refuse trailing bytes, check that every point is on
// the curve and in the subgroup of prime order, take time and memory that are bounded by the length
// of the key, never panic, and be deterministic.
type KeyChecker interface {
	CheckVerifyingKey(key []byte) (KeyInfo, error)
}
