package types

import (
	"bytes"
	"encoding/hex"

	errorsmod "cosmossdk.io/errors"
)

// ValidateDigest checks that a digest has 32 bytes and is not all zeros, which no content is known
// to have and a forgotten field often is. what says in the error whose digest it is.
func ValidateDigest(what string, digest []byte) error {
	if len(digest) != DigestBytes {
		return errorsmod.Wrapf(ErrInvalidDigest, "%s: expected %d bytes, got %d", what, DigestBytes, len(digest))
	}
	if bytes.Equal(digest, make([]byte, DigestBytes)) {
		return errorsmod.Wrapf(ErrInvalidDigest, "%s: all zeros", what)
	}
	return nil
}

// ParseDigest decodes 64 hexadecimal digits.
func ParseDigest(what, digits string) ([]byte, error) {
	digest, err := hex.DecodeString(digits)
	if err != nil {
		return nil, errorsmod.Wrapf(WithReason(ErrInvalidDigest, err), "%s %q: expected 64 hexadecimal digits", what, clip(digits))
	}
	return digest, ValidateDigest(what, digest)
}

// FormatDigest is the inverse of ParseDigest.
func FormatDigest(digest []byte) string { return hex.EncodeToString(digest) }
