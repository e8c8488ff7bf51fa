package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/verifier"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

// What the module reads of others. Only this file names their packages.
type (
	// Device is a machine of a fleet.
	Device = fleettypes.Device
	// Version is an immutable release of a model.
	Version = registrytypes.Version
	// VerifyingKey is a key that the registry has checked.
	VerifyingKey = registrytypes.VerifyingKey
)

// Standings of a device.
const (
	StandingActive  = fleettypes.StandingActive
	StandingSuspect = fleettypes.StandingSuspect
)

// RegistryKeeper is what x/proof needs of x/registry.
type RegistryKeeper interface {
	// Version returns a version by its id; any error means that there is none.
	Version(ctx context.Context, id string) (Version, error)
	// VerifyingKey returns a checked key by its digest; any error means that there is none.
	VerifyingKey(ctx context.Context, digest []byte) (VerifyingKey, error)
}

// FleetKeeper is what x/proof needs of x/fleet.
type FleetKeeper interface {
	// Device returns the device that signs with the address now; any error means that there is none.
	Device(ctx context.Context, address sdk.AccAddress) (Device, error)
	// FleetAllows says whether the fleet's operator accepts the model.
	FleetAllows(ctx context.Context, fleetID uint64, publisher, model string) (bool, error)
}

// Verifier answers whether proofs are valid; *verifier.Engine is one. It is the part of the module that CheckTx, queries
// and block execution share, so it is safe for concurrent use, and its answer is a function of the request alone: what
// it remembers and what it verifies together change when the work is done, never what the answer is.
type Verifier interface {
	// Verify returns nil for a valid proof, or an error that wraps a sentinel of package verifier. With a
	// context that never ends it always gives a verdict.
	Verify(ctx context.Context, r verifier.Request) error
	// Prepare verifies requests together, so that Verify finds their answers.
	Prepare(ctx context.Context, requests []verifier.Request) (verifier.Prepared, error)
	// Stats returns how answers were found since the start of the node.
	Stats() verifier.Stats
}

var _ Verifier = (*verifier.Engine)(nil)
