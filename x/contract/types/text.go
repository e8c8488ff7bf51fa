package types

import (
	"encoding/hex"
	"unicode/utf8"

	errorsmod "cosmossdk.io/errors"
)

// clipBytes is the most of a text of somebody else's that an error quotes.
const clipBytes = 80

// ValidateText checks a line of free text: at most most bytes of UTF-8 without control characters. It may be empty.
func ValidateText(what, text string, most uint32) error {
	if uint64(len(text)) > uint64(most) {
		return errorsmod.Wrapf(ErrLimit, "%s: expected at most %d bytes, got %d", what, most, len(text))
	}
	if !utf8.ValidString(text) {
		return errorsmod.Wrapf(ErrInvalidRequest, "%s: not UTF-8", what)
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == 0x7f {
			return errorsmod.Wrapf(ErrInvalidRequest, "%s: control character at byte %d", what, i)
		}
	}
	return nil
}

// ValidateLabel checks a contract's label: text that is not empty.
func ValidateLabel(label string, most uint32) error {
	if label == "" {
		return errorsmod.Wrap(ErrInvalidRequest, "label: empty")
	}
	return ValidateText("label", label, most)
}

// ParseDigest decodes 64 hexadecimal digits.
func ParseDigest(digits string) ([]byte, error) {
	digest, err := hex.DecodeString(digits)
	if err != nil || len(digest) != DigestBytes {
		return nil, errorsmod.Wrapf(ErrInvalidRequest, "digest %q: expected %d hexadecimal digits", clip(digits), 2*DigestBytes)
	}
	return digest, nil
}

// FormatDigest is the inverse of ParseDigest.
func FormatDigest(digest []byte) string { return hex.EncodeToString(digest) }

func clip(s string) string {
	if len(s) <= clipBytes {
		return s
	}
	return s[:clipBytes] + "…"
}
