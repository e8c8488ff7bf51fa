package types

import (
	"bytes"
	"crypto/sha256"

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
	return VersionID{Publisher: v.Publisher, Model: v.Model, Number: v.Number}
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
	if err := firstError(ValidateAddress("registrant", k.Registrant), ValidateKeySize(k.Key, limits)); err != nil {
		return err
	}
	if digest := sha256.Sum256(k.Key); !bytes.Equal(k.Digest, digest[:]) {
		return errorsmod.Wrapf(ErrInvalidVerifyingKey, "digest: expected %x, got %x", digest, k.Digest)
	}
	return nil
}
