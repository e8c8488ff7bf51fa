package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// VersionID names a version: publisher/model@number, or source:publisher/model@number for a mirror.
type VersionID struct {
	// Source is the IBC channel or client that a mirror came through; empty for a version of this chain.
	Source string
	// Publisher is the publisher's name without the source.
	Publisher string
	Model     string
	Number    string
}

// ParseVersionID parses publisher/model@number or source:publisher/model@number and checks each part.
func ParseVersionID(id string) (VersionID, error) {
	publisher, rest, ok := strings.Cut(id, "/")
	model, number, ok2 := strings.Cut(rest, "@")
	if !ok || !ok2 {
		return VersionID{}, errorsmod.Wrapf(ErrInvalidVersionID, "%q: expected publisher/model@number", clip(id))
	}
	source, name := SplitPublisher(publisher)
	v := VersionID{Source: source, Publisher: name, Model: model, Number: number}
	if err := ValidatePublisher(publisher); err != nil { // an empty source is not the same as none
		return v, err
	}
	return v, v.Validate()
}

// String is publisher/model@number, or source:publisher/model@number for a mirror.
func (v VersionID) String() string { return v.QualifiedPublisher() + "/" + v.Model + "@" + v.Number }

// Validate checks each part.
func (v VersionID) Validate() error {
	if v.Source != "" {
		if err := ValidateSource(v.Source); err != nil {
			return err
		}
	}
	if err := ValidateName("publisher", v.Publisher); err != nil {
		return err
	}
	if err := ValidateName("model", v.Model); err != nil {
		return err
	}
	return ValidateNumber(v.Number)
}

// IsMirror says whether the version came from another chain.
func (v VersionID) IsMirror() bool { return v.Source != "" }

// QualifiedPublisher is the publisher as this chain names it: "acme", or "channel-7:acme" for a mirror.
// Records, allow-lists and queries have it in this form.
func (v VersionID) QualifiedPublisher() string { return QualifyPublisher(v.Source, v.Publisher) }

// Qualify returns the id under which this chain mirrors the version that the chain behind the source
// names so. A source that the id has already is replaced. The result is not checked; see Validate.
func (v VersionID) Qualify(source string) VersionID {
	v.Source = source
	return v
}

// Unqualified returns the id without its source: as the chain that published the version names it.
func (v VersionID) Unqualified() VersionID { return v.Qualify("") }
