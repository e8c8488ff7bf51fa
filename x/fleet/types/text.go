package types

import (
	"unicode"
	"unicode/utf8"
)

// ValidateText checks that s has least to most bytes of UTF-8 without control characters other than a line feed,
// so that printing it cannot drive a terminal. what names s in the error.
// Errors: ErrInvalidText.
func ValidateText(what, s string, least, most uint32) error {
	if n := uint64(len(s)); n < uint64(least) || n > uint64(most) {
		return ErrInvalidText.Wrapf("%s: expected %d to %d bytes, got %d", what, least, most, n)
	}
	if !utf8.ValidString(s) {
		return ErrInvalidText.Wrapf("%s: expected UTF-8", what)
	}
	for i, r := range s {
		if unicode.IsControl(r) && r != '\n' {
			return ErrInvalidText.Wrapf("%s: control character %U at byte %d", what, r, i)
		}
	}
	return nil
}
