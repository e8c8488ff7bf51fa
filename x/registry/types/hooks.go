package types

import "context"

// RegistryHooks is told what happened in the registry. It is called in the transaction that does it, after all is
// written, so its error refuses the message.
type RegistryHooks interface {
	// AfterVersionYanked is called with the id of a version that was just marked as yanked.
	AfterVersionYanked(ctx context.Context, versionID string) error
}
