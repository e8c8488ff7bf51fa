package lightclient

import (
	"context"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	"github.com/cometbft/cometbft/types"
)

// Remote is a node that is asked for headers and values. Nothing that it returns is trusted. Methods end with the context,
// and are safe for concurrent use. Errors: ErrNotFound for what the node says it does not have (yet, or any more), ErrResponse
// for what no honest node would answer, any other for a node that did not answer.
type Remote interface {
	// Tip is the height that the node says it is at.
	Tip(ctx context.Context) (int64, error)
	// LightBlock is the header, commit and validators of a height above 0. None of it is nil, and nothing is checked.
	LightBlock(ctx context.Context, height int64) (*types.LightBlock, error)
	// Query returns what the store holds under a key after the block of a height, with its proof.
	Query(ctx context.Context, store string, key []byte, height int64) (*Answer, error)
	// ReportEvidence gives the node evidence of misbehaviour.
	ReportEvidence(ctx context.Context, evidence types.Evidence) error
}

// Answer is what a remote says about a key. It is not verified.
type Answer struct {
	Value []byte
	Proof *cmtcrypto.ProofOps
}
