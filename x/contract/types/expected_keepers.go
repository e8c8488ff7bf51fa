package types

import (
	"context"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// What the module reads of others. Only this file names their packages.
type (
	// Publisher owns a namespace of models.
	Publisher = registrytypes.Publisher
	// Model is publisher/name.
	Model = registrytypes.Model
	// Version is an immutable release of a model.
	Version = registrytypes.Version
	// Attestation is a verified proof on record.
	Attestation = prooftypes.Attestation
	// Device is a machine of a fleet.
	Device = fleettypes.Device
	// Rollout brings one version to a set of fleets.
	Rollout = rollouttypes.Rollout
	// Vote is a decider's word on leaving a step of a rollout.
	Vote = rollouttypes.Vote
)

// Votes.
const (
	VoteWait = rollouttypes.VoteWait
	VoteYes  = rollouttypes.VoteYes
	VoteNo   = rollouttypes.VoteNo
)

// What the module fills the seams of other modules with.
type (
	// AttestationHooks is told of attestations.
	AttestationHooks = prooftypes.AttestationHooks
	// Decider votes on steps of rollouts.
	Decider = rollouttypes.Decider
	// PublishGuard is asked before something is published.
	PublishGuard = registrytypes.PublishGuard
)

// What the keepers below return for a record that is not there.
var (
	ErrPublisherNotFound   = registrytypes.ErrPublisherNotFound
	ErrModelNotFound       = registrytypes.ErrModelNotFound
	ErrVersionNotFound     = registrytypes.ErrVersionNotFound
	ErrAttestationNotFound = prooftypes.ErrAttestationUnknown
	ErrDeviceNotFound      = fleettypes.ErrDeviceNotFound
	ErrAddressRetired      = fleettypes.ErrAddressRetired
	ErrRolloutNotFound     = rollouttypes.ErrRolloutNotFound
)

// RegistryKeeper is what x/contract needs of x/registry.
type RegistryKeeper interface {
	// Publisher returns a publisher of this chain, or ErrPublisherNotFound.
	Publisher(ctx context.Context, name string) (Publisher, error)
	// Model returns a model of this chain, or ErrModelNotFound.
	Model(ctx context.Context, publisher, name string) (Model, error)
	// Version returns a version of this chain or a mirror, or ErrVersionNotFound.
	Version(ctx context.Context, id string) (Version, error)
	// CheckModelOwner returns nil if the address owns the publisher of a model that exists.
	CheckModelOwner(ctx context.Context, publisher, model, address string) error
}

// FleetKeeper is what x/contract needs of x/fleet.
type FleetKeeper interface {
	// Device returns the device that signs with the address now, confirmed or not, or ErrDeviceNotFound or
	// ErrAddressRetired.
	Device(ctx context.Context, address sdk.AccAddress) (Device, error)
}

// ProofKeeper is what x/contract needs of x/proof.
type ProofKeeper interface {
	// Attestation returns an attestation, or ErrAttestationNotFound, also where it was pruned.
	Attestation(ctx context.Context, id uint64) (Attestation, error)
}

// RolloutKeeper is what x/contract needs of x/rollout.
type RolloutKeeper interface {
	// Rollout returns a rollout that was started on this chain, or ErrRolloutNotFound.
	Rollout(ctx context.Context, id uint64) (Rollout, error)
}

// SplitModel takes the name of a model apart, publisher/model or, of a mirror, source:publisher/model, and checks each
// part. The publisher is returned with its source. Errors: ErrInvalidRequest.
func SplitModel(name string) (publisher, model string, err error) {
	publisher, model, _ = strings.Cut(name, "/")
	err = firstError(registrytypes.ValidatePublisher(publisher), registrytypes.ValidateName("model", model))
	if err != nil {
		return "", "", WithReason(ErrInvalidRequest, err)
	}
	return publisher, model, nil
}

// IsMirror says whether a publisher's name has a source, so that its models came from another chain.
func IsMirror(publisher string) bool {
	source, _ := registrytypes.SplitPublisher(publisher)
	return source != ""
}

// ModelOfVersion is the model of a version's id, with the source of a mirror.
func ModelOfVersion(id string) (string, error) {
	v, err := registrytypes.ParseVersionID(id)
	if err != nil {
		return "", err
	}
	return rollouttypes.ModelOf(v), nil
}

// ValidateVersionID checks publisher/model@number or, for a mirror, source:publisher/model@number.
func ValidateVersionID(id string) error {
	_, err := registrytypes.ParseVersionID(id)
	return err
}

// StandingWord is a device's standing as contracts read it: active, suspect or revoked.
func StandingWord(d Device) string { return word(d.Standing.String(), "STANDING_") }

// PhaseWord is a rollout's phase as contracts read it: pending, canary, promoted, rolled-back, paused or aborted.
func PhaseWord(r Rollout) string { return word(r.Phase.String(), "PHASE_") }

func word(name, prefix string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, prefix)), "_", "-")
}
