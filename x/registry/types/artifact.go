package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"
)

const (
	maxArtifactNameBytes = 64
	// maxRestrictedName is RFC 6838's bound on each half of a media type.
	maxRestrictedName = 127
)

// Validate checks the artifact against the limits.
func (a Artifact) Validate(p Params) error {
	if !isFileName(a.Name) {
		return errorsmod.Wrapf(ErrInvalidArtifact, "name %q: expected [A-Za-z0-9][A-Za-z0-9._-]{0,63}", clip(a.Name))
	}
	if !isMediaType(a.MediaType) {
		return errorsmod.Wrapf(ErrInvalidArtifact, "%s: media type %q: expected type/subtype in lower case", a.Name, clip(a.MediaType))
	}
	if err := ValidateDigest("artifact "+a.Name, a.Digest); err != nil {
		return err
	}
	if a.Size_ == 0 {
		return errorsmod.Wrapf(ErrInvalidArtifact, "%s: size: expected at least 1 byte", a.Name)
	}
	if a.Size_ > p.MaxArtifactBytes {
		return errorsmod.Wrapf(ErrLimit, "artifact %s: expected at most %d bytes, got %d", a.Name, p.MaxArtifactBytes, a.Size_)
	}
	return a.validateURIs(p)
}

func (a Artifact) validateURIs(p Params) error {
	if uint64(len(a.Uris)) > uint64(p.MaxUris) {
		return errorsmod.Wrapf(ErrLimit, "artifact %s: expected at most %d uris, got %d", a.Name, p.MaxUris, len(a.Uris))
	}
	for i, uri := range a.Uris {
		if uint64(len(uri)) > uint64(p.MaxUriBytes) {
			return errorsmod.Wrapf(ErrLimit, "artifact %s: uri %d: expected at most %d bytes, got %d", a.Name, i, p.MaxUriBytes, len(uri))
		}
		if !isURI(uri) {
			return errorsmod.Wrapf(ErrInvalidArtifact, "%s: uri %q: expected scheme:rest of visible ASCII", a.Name, clip(uri))
		}
	}
	return nil
}

// isFileName admits what is a plain file name on every system: no separator, no leading dot or hyphen.
func isFileName(s string) bool {
	if s == "" || len(s) > maxArtifactNameBytes {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := isLower(c) || isUpper(c) || isDigit(c)
		if !alnum && (i == 0 || !strings.ContainsRune("._-", rune(c))) {
			return false
		}
	}
	return true
}

func isMediaType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	return ok && isRestrictedName(kind) && isRestrictedName(sub)
}

// isRestrictedName is RFC 6838, section 4.2, in lower case.
func isRestrictedName(s string) bool {
	if s == "" || len(s) > maxRestrictedName {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isLower(c) && !isDigit(c) && (i == 0 || !strings.ContainsRune("!#$&-^_.+", rune(c))) {
			return false
		}
	}
	return true
}

// isURI checks the scheme (RFC 3986, section 3.1, in lower case) and that the rest is visible ASCII.
// It does not parse: net/url changes between Go releases, and this is consensus.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || rest == "" || !isLower(scheme[0]) || !isVisible(rest) {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i]
		if !isLower(c) && !isDigit(c) && !strings.ContainsRune("+.-", rune(c)) {
			return false
		}
	}
	return true
}
