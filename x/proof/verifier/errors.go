package verifier

import "errors"

// Errors of ParseKey, ParseProof and ParseElement. They are wrapped with the place where they
// arose; compare with errors.Is.
var (
	// ErrSize is returned for an encoding above its size cap.
	ErrSize = errors.New("verifier: encoding too large")
	// ErrTruncated is returned for an encoding that ends before its last field.
	ErrTruncated = errors.New("verifier: truncated encoding")
	// ErrTrailing is returned for bytes after the last field.
	ErrTrailing = errors.New("verifier: trailing bytes")
	// ErrPointEncoding is returned for a point that is not in the one compressed form.
	ErrPointEncoding = errors.New("verifier: point is not in canonical compressed form")
	// ErrFieldElement is returned for a field element that is not below its modulus.
	ErrFieldElement = errors.New("verifier: non-canonical field element")
	// ErrOffCurve is returned for a coordinate that no point of the curve has.
	ErrOffCurve = errors.New("verifier: point off the curve")
	// ErrSubgroup is returned for a point outside the subgroup of prime order.
	ErrSubgroup = errors.New("verifier: point outside the subgroup")
	// ErrInfinity is returned for a point of a key at infinity where that would make proofs forgeable.
	ErrInfinity = errors.New("verifier: point at infinity")
	// ErrCommitmentLayout is returned for a key whose commitment metadata contradicts itself.
	ErrCommitmentLayout = errors.New("verifier: inconsistent commitment metadata")
	// ErrKeyMismatch is returned for a key whose points in G1 and G2 have different discrete logarithms.
	ErrKeyMismatch = errors.New("verifier: inconsistent key")
)

// Errors of verification. Every way to verify gives the same one for the same proof.
var (
	// ErrInputCount is returned for a number of public inputs other than the key's.
	ErrInputCount = errors.New("verifier: wrong number of public inputs")
	// ErrCommitmentCount is returned for a number of commitments other than the key's.
	ErrCommitmentCount = errors.New("verifier: wrong number of commitments")
	// ErrRejected is returned for a well-formed proof that does not prove the statement.
	ErrRejected = errors.New("verifier: proof rejected")
)
