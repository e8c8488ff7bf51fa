package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// VersionID names a version: publisher/model@number.
type VersionID struct {
	Publisher string
	Model     string
	Number    string
}

// ParseVersionID parses publisher/model@number and checks each part.
func ParseVersionID(id string) (VersionID, error) {
	publisher, rest, ok := strings.Cut(id, "/")
	model, number, ok2 := strings.Cut(rest, "@")
	if !ok || !ok2 {
		return VersionID{}, errorsmod.Wrapf(ErrInvalidVersionID, "%q: expected publisher/model@number", clip(id))
	}
	v := VersionID{Publisher: publisher, Model: model, Number: number}
	return v, v.Validate()
}

// String is publisher/model@number.
func (v VersionID) String() string { return v.Publisher + "/" + v.Model + "@" + v.Number }

// Validate checks each part.
func (v VersionID) Validate() error {
	if err := ValidateName("publisher", v.Publisher); err != nil {
		return err
	}
	if err := ValidateName("model", v.Model); err != nil {
		return err
	}
	return ValidateNumber(v.Number)
}
