package types

import (
	"strconv"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

const (
	// SourceSeparator stands between a source and a publisher's name. No name has it.
	SourceSeparator = ":"
	// minSourceBytes and maxSourceBytes are IBC's bounds of a client's identifier.
	minSourceBytes = 9
	maxSourceBytes = 64
)

// ValidateSource checks the source of a mirror: the identifier of an IBC channel or client of this
// chain, such as "channel-7" or "07-tendermint-3". That is a kind, of lower case letters, digits and
// inner hyphens; a hyphen; and a number of 64 bits without leading zeros: 9 to 64 bytes in all. Whether
// there is such a channel or client is not checked.
//
// The rule is narrower than IBC's, which knows upper case, dots and more: a chain makes the identifiers
// on its side itself, in this form.
func ValidateSource(source string) error {
	if !isSource(source) {
		return errorsmod.Wrapf(ErrInvalidName, "source %q: expected an IBC channel or client such as channel-7 or 07-tendermint-3", clip(source))
	}
	return nil
}

func isSource(s string) bool {
	if len(s) < minSourceBytes || len(s) > maxSourceBytes {
		return false
	}
	i := strings.LastIndexByte(s, '-')
	return i > 0 && isSourceKind(s[:i]) && isSequence(s[i+1:])
}

func isSourceKind(s string) bool {
	for i := range len(s) {
		if !isLower(s[i]) && !isDigit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s[0] != '-' && s[len(s)-1] != '-'
}

// isSequence says whether s is the one decimal form of a number of 64 bits.
func isSequence(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && strconv.FormatUint(n, 10) == s
}

// SplitPublisher takes a publisher apart: "channel-7:acme" is "channel-7" and "acme", "acme" is "" and
// "acme". It checks nothing; see ValidatePublisher.
func SplitPublisher(publisher string) (source, name string) {
	source, name, qualified := strings.Cut(publisher, SourceSeparator)
	if !qualified {
		return "", publisher
	}
	return source, name
}

// QualifyPublisher is the inverse of SplitPublisher: the publisher as this chain names it.
func QualifyPublisher(source, name string) string {
	if source == "" {
		return name
	}
	return source + SourceSeparator + name
}

// ValidatePublisher checks a publisher that may be qualified: "acme" or "channel-7:acme".
func ValidatePublisher(publisher string) error {
	source, name := SplitPublisher(publisher)
	if err := ValidateName("publisher", name); err != nil {
		return err
	}
	if publisher == name {
		return nil
	}
	return ValidateSource(source)
}
