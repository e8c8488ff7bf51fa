package types

import (
	"context"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	sdk "github.com/cosmos/cosmos-sdk/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

// RegistryKeeper is what x/proof needs of x/registry.
type RegistryKeeper interface {
	// Version returns a version by its id; any error means that there is none.
	Version(ctx context.Context, id string) (registrytypes.Version, error)
	// VerifyingKey returns a checked key by its digest; any error means that there is none.
	VerifyingKey(ctx context.Context, digest []byte) (registrytypes.VerifyingKey, error)
}

// FleetKeeper is what x/proof needs of x/fleet.
type FleetKeeper interface {
	// Device returns the device that signs with the address now; any error means that there is none.
	Device(ctx context.Context, address sdk.AccAddress) (fleettypes.Device, error)
	// FleetAllows says whether the fleet's operator accepts the model.
	FleetAllows(ctx context.Context, fleetID uint64, publisher, model string) (bool, error)
}

// Verifier answers whether proofs are valid. It is the one part of the module that is shared between
// CheckTx, queries and block execution, so it is safe for concurrent use, and its answer is a function of the
// arguments alone: caches and batches change when the work is done, never what the answer is.
type Verifier interface {
	// Verify returns nil for a valid proof, or an error that wraps a sentinel of package verifier. The
	// answer may come from a cache and be put into it.
	Verify(ctx context.Context, key []byte, publicInputs []fr.Element, proof []byte) error
	// Prepare verifies items together so that Verify finds their answers later.
	Prepare(ctx context.Context, items []VerifierItem)
}

// VerifierItem is a proof to verify. Its slices are not changed by anyone.
type VerifierItem struct {
	Key          []byte
	PublicInputs []fr.Element
	Proof        []byte
}
