package proving

import (
	"context"
	"errors"
	"fmt"
)

// Why the chain refuses a claim for good.
var (
	// ErrNonceUsed: a proof for this device, version and nonce is on record. It is looked for.
	ErrNonceUsed = errors.New("nonce is used")
	// ErrYanked: the version is yanked.
	ErrYanked = errors.New("version is yanked")
	// ErrRevoked: the device is revoked.
	ErrRevoked = errors.New("device is revoked")
	// ErrNotAllowed: the fleet does not allow the model.
	ErrNotAllowed = errors.New("fleet does not allow the model")
	// ErrRefused: any other reason that another attempt would meet again.
	ErrRefused = errors.New("chain refuses the claim")
)

// RefusalError says that the chain refused a batch for good, and which claim it was about. Any other error of a
// Submitter means that the same batch may be tried again.
type RefusalError struct {
	Index int   // of the claim; -1 if it is about all of them
	Err   error // wraps one of the sentinels above
}

func (e *RefusalError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("claims: %v", e.Err)
	}
	return fmt.Sprintf("claim %d: %v", e.Index, e.Err)
}

func (e *RefusalError) Unwrap() error { return e.Err }

// Submitter puts claims of this device on record: all of them, or none.
type Submitter interface {
	// Submit returns the attestation ids in the order of the claims, when they are on record.
	Submit(ctx context.Context, claims []Claim) ([]uint64, error)
}

// ErrNotAttested is returned by a Finder for a claim that is not on record.
var ErrNotAttested = errors.New("claim is not attested")

// Finder is what a Submitter may offer besides: it finds the attestation of a claim whose nonce is used, such as one whose
// transaction was included while nobody was told.
type Finder interface {
	Find(ctx context.Context, c Claim) (uint64, error)
}
