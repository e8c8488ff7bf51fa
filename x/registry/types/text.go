package types

import (
	"strings"
	"unicode/utf8"

	errorsmod "cosmossdk.io/errors"
)

// ValidateText checks free text: at most most bytes of UTF-8 without control characters other than
// newline and tab. It may be empty.
func ValidateText(what, text string, most uint32) error {
	if uint64(len(text)) > uint64(most) {
		return errorsmod.Wrapf(ErrLimit, "%s: expected at most %d bytes, got %d", what, most, len(text))
	}
	if !utf8.ValidString(text) {
		return errorsmod.Wrapf(ErrInvalidText, "%s: not UTF-8", what)
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return errorsmod.Wrapf(ErrInvalidText, "%s: control character at byte %d", what, i)
		}
	}
	return nil
}

// ValidateWebsite checks an https URL of at most most bytes; it may be empty.
func ValidateWebsite(website string, most uint32) error {
	const scheme = "https://"
	if website == "" {
		return nil
	}
	if uint64(len(website)) > uint64(most) {
		return errorsmod.Wrapf(ErrLimit, "website: expected at most %d bytes, got %d", most, len(website))
	}
	if !strings.HasPrefix(website, scheme) || len(website) == len(scheme) || !isVisible(website) {
		return errorsmod.Wrapf(ErrInvalidText, "website %q: expected an https:// URL of visible ASCII", clip(website))
	}
	return nil
}

// isVisible says whether s is ASCII without space and control characters.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
