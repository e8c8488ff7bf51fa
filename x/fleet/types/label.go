package types

import (
	"slices"
	"strings"
)

// ParseLabel splits a label "key=value". A key is 1 or more of a-z, 0-9 and the marks . _ - / and starts and ends
// with a letter or digit; a value is any number of A-Z, a-z, 0-9 and the marks . _ - / : @ +.
// Errors: ErrInvalidLabels.
func ParseLabel(label string) (key, value string, err error) {
	key, value, found := strings.Cut(label, "=")
	switch {
	case !found:
		return "", "", ErrInvalidLabels.Wrapf("label %q: expected key=value", label)
	case !isLabelKey(key):
		return "", "", ErrInvalidLabels.Wrapf("label %q: key: expected a-z, 0-9 and . _ - / between letters or digits", label)
	case strings.ContainsFunc(value, func(r rune) bool { return !isLabelValueRune(r) }):
		return "", "", ErrInvalidLabels.Wrapf("label %q: value: expected A-Z, a-z, 0-9 and . _ - / : @ +", label)
	}
	return key, value, nil
}

// NormalizeLabels returns the labels sorted by key, as they are stored. The argument is not changed.
// Errors: ErrInvalidLabels for one that does not parse or is too long, for two with one key, and for too many.
func NormalizeLabels(labels []string, limits Params) ([]string, error) {
	if uint64(len(labels)) > uint64(limits.MaxLabels) {
		return nil, ErrInvalidLabels.Wrapf("expected at most %d labels, got %d", limits.MaxLabels, len(labels))
	}
	for _, l := range labels {
		if uint64(len(l)) > uint64(limits.MaxLabelBytes) {
			return nil, ErrInvalidLabels.Wrapf("label: expected at most %d bytes, got %d", limits.MaxLabelBytes, len(l))
		}
		if _, _, err := ParseLabel(l); err != nil {
			return nil, err
		}
	}
	sorted := slices.SortedFunc(slices.Values(labels), func(a, b string) int { return strings.Compare(labelKey(a), labelKey(b)) })
	for i := 1; i < len(sorted); i++ {
		if key := labelKey(sorted[i]); key == labelKey(sorted[i-1]) {
			return nil, ErrInvalidLabels.Wrapf("key %q: expected one value, got more", key)
		}
	}
	return sorted, nil
}

func labelKey(label string) string {
	key, _, _ := strings.Cut(label, "=")
	return key
}

func isLabelKey(key string) bool {
	if key == "" || !isLowerAlnum(rune(key[0])) || !isLowerAlnum(rune(key[len(key)-1])) {
		return false
	}
	return !strings.ContainsFunc(key, func(r rune) bool { return !isLowerAlnum(r) && !strings.ContainsRune("._-/", r) })
}

func isLabelValueRune(r rune) bool {
	return isLowerAlnum(r) || r >= 'A' && r <= 'Z' || strings.ContainsRune("._-/:@+", r)
}

func isLowerAlnum(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
