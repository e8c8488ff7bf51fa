package types

import "context"

// PublishGuard is asked before a publisher is created or a version published, in the transaction that does it, when every
// check of the registry is passed and nothing is written yet. So it sees the state before, its error refuses the message,
// and what it does costs the signer. Mirrors come by a zone's policy: it is not asked about them.
//
// It must be deterministic and bounded. Where it returns an error it must have left the state as it was.
type PublishGuard interface {
	// AllowPublish returns nil if the owner may publish the version publisher/model@number or, with an empty model and
	// number, may create the publisher.
	AllowPublish(ctx context.Context, publisher, model, number, owner string) error
}
