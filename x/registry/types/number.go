package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"
)

const (
	maxNumberBytes = 64
	// maxNumericDigits keeps every numeric identifier within 32 bits.
	maxNumericDigits = 9
)

// ValidateNumber checks the number of a version: Semantic Versioning 2.0.0 without build metadata
// and without a leading v, at most 64 bytes, numeric identifiers of at most 9 digits.
//
// Build metadata is refused because two numbers that differ only there have the same precedence.
// The rule is spelled out here, not borrowed, because it is consensus: it must not move with a
// dependency. A test compares it with golang.org/x/mod/semver.
func ValidateNumber(number string) error {
	if _, err := parseNumber(number); err != nil {
		return err
	}
	return nil
}

// semver is a parsed number: the core, and the dot-separated identifiers of the pre-release.
type semver struct {
	core [3]string
	pre  []string
}

func parseNumber(number string) (semver, error) {
	invalid := func(why string) (semver, error) {
		return semver{}, errorsmod.Wrapf(ErrInvalidNumber, "%q: %s", clip(number), why)
	}
	if len(number) > maxNumberBytes {
		return invalid("expected at most 64 bytes")
	}
	core, pre, hasPre := strings.Cut(number, "-")
	parts := strings.Split(core, ".")
	if len(parts) != 3 {
		return invalid("expected major.minor.patch")
	}
	for _, p := range parts {
		if !isNumeric(p) {
			return invalid("expected major.minor.patch, each of 1 to 9 digits without a leading zero")
		}
	}
	v := semver{core: [3]string(parts)}
	if !hasPre {
		return v, nil
	}
	v.pre = strings.Split(pre, ".")
	for _, id := range v.pre {
		if !isPreRelease(id) {
			return invalid("expected pre-release identifiers of letters, digits and hyphens, numeric ones as above")
		}
	}
	return v, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isNumeric(s string) bool {
	return allDigits(s) && len(s) <= maxNumericDigits && (s == "0" || s[0] != '0')
}

func isPreRelease(s string) bool {
	if allDigits(s) {
		return isNumeric(s)
	}
	for i := range len(s) {
		if c := s[i]; !isLower(c) && !isUpper(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return s != ""
}
