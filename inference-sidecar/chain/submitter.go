package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/proving"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

// attestedPause is how often verified state is asked for an attestation that a transaction made.
const attestedPause = time.Second

// Attested finds, in verified state, the attestation of this device's claim for a version and a nonce.
type Attested func(ctx context.Context, version string, nonce []byte) (id uint64, found bool, err error)

// Submitter puts claims on record: a proving.Submitter and proving.Finder. What an endpoint says about a transaction is
// not believed: an attestation counts once it was read by proof.
type Submitter struct {
	sender   *Sender
	attested Attested
	timeout  time.Duration
}

// NewSubmitter submits through the sender. It waits for verified state to show an attestation for at most timeout.
func NewSubmitter(sender *Sender, attested Attested, timeout time.Duration) *Submitter {
	return &Submitter{sender: sender, attested: attested, timeout: timeout}
}

// refusals are the chain's codes in the prover's words. What is not here may pass by itself: a device that is not
// confirmed yet, a version that the zone has not got yet, a fee.
var refusals = []struct{ code, cause error }{
	{prooftypes.ErrNonceUsed, proving.ErrNonceUsed},
	{prooftypes.ErrVersionYanked, proving.ErrYanked},
	{prooftypes.ErrDeviceRevoked, proving.ErrRevoked},
	{prooftypes.ErrNotAllowed, proving.ErrNotAllowed},
	{prooftypes.ErrOutputMismatch, proving.ErrRefused},
	{prooftypes.ErrOutputSize, proving.ErrRefused},
	{prooftypes.ErrInvalidNonce, proving.ErrRefused},
	{prooftypes.ErrInvalidInputDigest, proving.ErrRefused},
	{prooftypes.ErrInvalidVersion, proving.ErrRefused},
	{prooftypes.ErrProofSize, proving.ErrRefused},
	{prooftypes.ErrPublicInputs, proving.ErrRefused},
	{prooftypes.ErrProofMalformed, proving.ErrRefused},
	{prooftypes.ErrProofCommitments, proving.ErrRefused},
	{prooftypes.ErrProofInvalid, proving.ErrRefused},
}

// Submit sends the claims in one transaction. Where the chain refuses several together, the one that it would refuse
// alone is looked for.
func (s *Submitter) Submit(ctx context.Context, claims []proving.Claim) ([]uint64, error) {
	if err := s.send(ctx, claims); err != nil {
		return nil, err
	}
	ids := make([]uint64, len(claims))
	for i, c := range claims {
		var err error
		if ids[i], err = s.await(ctx, c); err != nil {
			return nil, fmt.Errorf("claim %d: %w", i, err)
		}
	}
	return ids, nil
}

func (s *Submitter) send(ctx context.Context, claims []proving.Claim) error {
	_, err := s.sender.Send(ctx, s.message(claims))
	refusal := refusalOf(err)
	if refusal == nil || len(claims) == 1 {
		if refusal != nil {
			return &proving.RefusalError{Index: 0, Err: refusal}
		}
		return err
	}
	for i := range claims {
		if refusal := refusalOf(s.sender.Simulate(ctx, s.message(claims[i:i+1]))); refusal != nil {
			return &proving.RefusalError{Index: i, Err: refusal}
		}
	}
	return fmt.Errorf("%w: refused together, and none alone: %w", ErrSend, err)
}

func (s *Submitter) message(claims []proving.Claim) *prooftypes.MsgSubmitProofs {
	msg := &prooftypes.MsgSubmitProofs{Device: s.sender.o.Key.String()}
	for _, c := range claims {
		msg.Entries = append(msg.Entries, prooftypes.ProofEntry{
			Version: c.Version, Nonce: c.Nonce, InputDigest: c.InputDigest, Output: c.Output, Proof: c.Proof,
		})
	}
	return msg
}

// refusalOf is the refusal for good in an error, or nil.
func refusalOf(err error) error {
	var refused *RefusedError
	if !errors.As(err, &refused) {
		return nil
	}
	for _, r := range refusals {
		if errors.Is(err, r.code) {
			return fmt.Errorf("%w: %w", r.cause, err)
		}
	}
	return nil
}

// await waits until verified state has the attestation.
func (s *Submitter) await(ctx context.Context, c proving.Claim) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	for {
		id, err := s.Find(ctx, c)
		if err == nil || !errors.Is(err, proving.ErrNotAttested) {
			return id, err
		}
		if sleep(ctx, attestedPause) != nil {
			return 0, fmt.Errorf("%w: the transaction was in a block, as an endpoint said, and verified state does not show it after %s", ErrSend, s.timeout)
		}
	}
}

// Find returns the attestation of a claim from verified state, or proving.ErrNotAttested.
func (s *Submitter) Find(ctx context.Context, c proving.Claim) (uint64, error) {
	id, found, err := s.attested(ctx, c.Version, c.Nonce)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, fmt.Errorf("%w: nonce %x of %s", proving.ErrNotAttested, c.Nonce, c.Version)
	}
	return id, nil
}
