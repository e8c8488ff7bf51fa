package types

import "context"

// AttestationHooks is told of attestations. It is called in the transaction that makes one, after all is written, so its
// error refuses the proof. What it does has to be the same wherever the proof was verified: it is not told.
type AttestationHooks interface {
	// AfterAttestation is called with an attestation that was just recorded.
	AfterAttestation(ctx context.Context, attestation Attestation) error
}
