package types

import "context"

// AttestationHooks is told of attestations. It is called in the transaction that makes one, after all is written, so its
// error refuses the proof. What it does has to be the same wherever the proof was verified: it is not told.
type AttestationHooks interface {
	// AfterAttestation is called with an attestation that was just recorded.
	AfterAttestation(ctx context.Context, attestation Attestation) error
}

// MultiAttestationHooks tells several, in order. The first error ends it, and refuses the proof.
type MultiAttestationHooks []AttestationHooks

// AfterAttestation implements AttestationHooks.
func (m MultiAttestationHooks) AfterAttestation(ctx context.Context, attestation Attestation) error {
	for _, h := range m {
		if err := h.AfterAttestation(ctx, attestation); err != nil {
			return err
		}
	}
	return nil
}
