package types

import (
	"bytes"
	"crypto/sha256"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// Validate checks the record against the limits.
func (p Publisher) Validate(limits Params) error {
	err := firstError(
		ValidateName("publisher", p.Name),
		ValidateAddress("owner", p.Owner),
		validateProfile(p.Description, p.Website, limits),
	)
	if err != nil || p.PendingOwner == "" {
		return err
	}
	if p.PendingOwner == p.Owner {
		return errorsmod.Wrapf(ErrInvalidTransfer, "publisher %q: the pending owner is the owner", p.Name)
	}
	return ValidateAddress("pending owner", p.PendingOwner)
}

// Validate checks the record against the limits.
func (m Model) Validate(limits Params) error {
	return firstError(
		ValidateName("publisher", m.Publisher),
		ValidateName("model", m.Name),
		ValidateText("description", m.Description, limits.MaxDescriptionBytes),
	)
}

// Validate checks the record against the limits.
func (v Version) Validate(limits Params) error {
	id := v.VersionID()
	if err := id.Validate(); err != nil {
		return err
	}
	if v.Id != id.String() {
		return errorsmod.Wrapf(ErrInvalidVersionID, "%q: expected %q", clip(v.Id), id)
	}
	if want := id.QualifiedPublisher(); v.Publisher != want {
		return errorsmod.Wrapf(ErrInvalidVersionID, "version %q: publisher: expected %q, got %q", v.Id, want, clip(v.Publisher))
	}
	if v.Yanked == (v.YankReason == "") || !v.Yanked && v.YankedHeight != 0 {
		return errorsmod.Wrapf(ErrInvalidText, "version %q: a yank and its reason go together", v.Id)
	}
	return firstError(
		ValidateText("yank reason", v.YankReason, limits.MaxReasonBytes),
		v.VersionSpec.Validate(limits),
	)
}

// VersionID names the version.
func (v Version) VersionID() VersionID {
	id := VersionID{Source: v.Source, Publisher: v.Publisher, Model: v.Model, Number: v.Number}
	if v.Source != "" {
		id.Publisher = strings.TrimPrefix(v.Publisher, v.Source+SourceSeparator)
	}
	return id
}

// NewVersion returns the record of a version that is published or mirrored at a height.
func NewVersion(id VersionID, spec VersionSpec, height int64) Version {
	return Version{
		Id:              id.String(),
		Publisher:       id.QualifiedPublisher(),
		Model:           id.Model,
		Number:          id.Number,
		VersionSpec:     spec,
		PublishedHeight: height,
		Source:          id.Source,
	}
}

// Validate checks the record.
func (a Alias) Validate() error {
	return firstError(a.VersionID().Validate(), ValidateName("alias", a.Name))
}

// VersionID names the version that the alias stands for.
func (a Alias) VersionID() VersionID {
	return VersionID{Publisher: a.Publisher, Model: a.Model, Number: a.Number}
}

// Validate checks the record against the limits, but not the key itself: see KeyChecker.
func (k VerifyingKey) Validate(limits Params) error {
	if err := firstError(k.validateOrigin(), ValidateKeySize(k.Key, limits)); err != nil {
		return err
	}
	if digest := sha256.Sum256(k.Key); !bytes.Equal(k.Digest, digest[:]) {
		return errorsmod.Wrapf(ErrInvalidVerifyingKey, "digest: expected %x, got %x", digest, k.Digest)
	}
	return nil
}

// validateOrigin checks that either an account registered the key or a mirror brought it.
func (k VerifyingKey) validateOrigin() error {
	if k.Source == "" {
		return ValidateAddress("registrant", k.Registrant)
	}
	if k.Registrant != "" {
		return errorsmod.Wrapf(ErrInvalidAddress, "registrant %q: expected none beside source %q", clip(k.Registrant), clip(k.Source))
	}
	return ValidateSource(k.Source)
}
