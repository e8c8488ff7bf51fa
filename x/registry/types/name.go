package types

import (
	errorsmod "cosmossdk.io/errors"
)

const (
	minNameBytes = 3
	maxNameBytes = 40
)

// ValidateName checks the name of a publisher, a model or an alias: [a-z][a-z0-9-]{1,38}[a-z0-9].
// what says in the error which one it is.
func ValidateName(what, name string) error {
	if !isName(name) {
		return errorsmod.Wrapf(ErrInvalidName, "%s %q: expected [a-z][a-z0-9-]{1,38}[a-z0-9]", what, clip(name))
	}
	return nil
}

func isName(s string) bool {
	if len(s) < minNameBytes || len(s) > maxNameBytes {
		return false
	}
	for i := range len(s) {
		if !isLower(s[i]) && !isDigit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return isLower(s[0]) && s[len(s)-1] != '-'
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// clip shortens what a sender wrote, so that an error cannot be made large.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
