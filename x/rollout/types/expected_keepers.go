package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypesv2 "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

// What the module reads of others. Only this file names their packages.
type (
	// Fleet is a set of devices under one operator.
	Fleet = fleettypes.Fleet
	// Device is a machine of a fleet.
	Device = fleettypes.Device
	// RegistryVersion is an immutable release of a model.
	RegistryVersion = registrytypes.Version
	// VersionSpec is what a publisher decided about a version: the manifest.
	VersionSpec = registrytypes.VersionSpec
	// VersionID names a version.
	VersionID = registrytypes.VersionID
	// VerifyingKey is a key that the registry has checked.
	VerifyingKey = registrytypes.VerifyingKey
	// Attestation is a verified proof on record.
	Attestation = prooftypes.Attestation
)

// DeviceActive is the standing of a device whose results count.
const DeviceActive = fleettypes.StandingActive

const setupCeremony = registrytypes.SETUP_KIND_CEREMONY

// Errors of the registry that have an acknowledgement code of their own.
var (
	ErrVersionConflict     = registrytypes.ErrVersionConflict
	ErrInvalidVerifyingKey = registrytypes.ErrInvalidVerifyingKey
	ErrKeyPublicInputs     = registrytypes.ErrPublicInputs
	ErrRegistryLimit       = registrytypes.ErrLimit
)

// ParseVersionID parses publisher/model@number, or source:publisher/model@number for a mirror.
func ParseVersionID(id string) (VersionID, error) { return registrytypes.ParseVersionID(id) }

// ValidateModelName checks "publisher" or "publisher/model", without a source.
func ValidateModelName(name string) error { return validateModelName(name, registrytypes.ValidateName) }

// ValidateLabel checks "key=value".
func ValidateLabel(label string) error {
	_, _, err := fleettypes.ParseLabel(label)
	return err
}

// RegistryKeeper is what x/rollout needs of x/registry.
type RegistryKeeper interface {
	// Version returns a version by its id; any error means that there is none.
	Version(ctx context.Context, id string) (RegistryVersion, error)
	// VerifyingKey returns a checked key by its digest; any error means that there is none.
	VerifyingKey(ctx context.Context, digest []byte) (VerifyingKey, error)
	// CheckModelOwner says whether the address owns the publisher of a model that exists.
	CheckModelOwner(ctx context.Context, publisher, model, address string) error
	// MirrorVersion stores what was sent over a channel or client, after the checks of a publication.
	MirrorVersion(ctx context.Context, source string, id VersionID, spec VersionSpec, key []byte) (RegistryVersion, error)
}

// FleetKeeper is what x/rollout needs of x/fleet.
type FleetKeeper interface {
	// Device returns the device that signs with the address now; any error means that there is none.
	Device(ctx context.Context, address sdk.AccAddress) (Device, error)
	// Fleet returns a fleet; any error means that there is none.
	Fleet(ctx context.Context, id uint64) (Fleet, error)
	// FleetIDsByOperator returns the fleets of an operator, ascending, at most limit.
	FleetIDsByOperator(ctx context.Context, operator sdk.AccAddress, limit int) ([]uint64, error)
	// FleetAllows says whether the fleet's operator accepts the model.
	FleetAllows(ctx context.Context, fleetID uint64, publisher, model string) (bool, error)
}

// ChannelKeeper is what x/rollout needs of ibc-go's channels.
type ChannelKeeper interface {
	GetChannel(ctx sdk.Context, port, channel string) (channeltypes.Channel, bool)
	GetChannelClientState(ctx sdk.Context, port, channel string) (string, ibcexported.ClientState, error)
}

// ChannelKeeperV2 sends packets over IBC v2.
type ChannelKeeperV2 interface {
	SendPacket(ctx context.Context, msg *channeltypesv2.MsgSendPacket) (*channeltypesv2.MsgSendPacketResponse, error)
}

// ClientKeeper tells whether a client works.
type ClientKeeper interface {
	GetClientStatus(ctx sdk.Context, clientID string) ibcexported.Status
}

// ClientKeeperV2 tells the counterparty of a client.
type ClientKeeperV2 interface {
	GetClientCounterparty(ctx sdk.Context, clientID string) (clienttypesv2.CounterpartyInfo, bool)
}

// Vote is a decider's word on leaving a step.
type Vote uint8

// Votes.
const (
	// VoteWait leaves the step for later.
	VoteWait Vote = iota
	// VoteYes lets the rollout leave the step.
	VoteYes
	// VoteNo rolls it back.
	VoteNo
)

// Decider is the seam where a step's decider, such as a contract, is asked. It is asked when all else in the step is
// met, and again every VoteInterval blocks while it waits. It must be deterministic and bounded; what it writes is
// kept. An error counts as VoteWait.
type Decider interface {
	// Exists says whether the name in a plan is a decider of this chain.
	Exists(ctx context.Context, decider string) bool
	// DecideStep votes on leaving the rollout's present step.
	DecideStep(ctx context.Context, decider string, rollout Rollout) (Vote, error)
}
