package types

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidateReason checks an actor's reason: at most limit bytes of printable UTF-8. Errors: ErrInvalidText.
func ValidateReason(reason string, limit uint32) error {
	switch {
	case uint64(len(reason)) > uint64(limit):
		return ErrInvalidText.Wrapf("reason: expected at most %d bytes, got %d", limit, len(reason))
	case !utf8.ValidString(reason):
		return ErrInvalidText.Wrap("reason: expected UTF-8")
	case strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsPrint(r) }):
		return ErrInvalidText.Wrap("reason: expected printable characters")
	}
	return nil
}
