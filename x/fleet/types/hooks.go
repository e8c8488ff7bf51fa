package types

import "context"

// FleetHooks is told what happened to devices. It is called in the transaction that does it, after all is written, so
// its error refuses the message.
type FleetHooks interface {
	// AfterDeviceStanding is called with a device whose standing has just become another, confirmed or not.
	AfterDeviceStanding(ctx context.Context, device Device) error
	// AfterDeviceRemoved is called with a confirmed device as it was before it was removed.
	AfterDeviceRemoved(ctx context.Context, device Device) error
}
