package types

import (
	"slices"
	"strings"
)

// AllowAll is the entry of an allow-list that allows every model. It stands alone.
const AllowAll = "*"

// NormalizeAllow returns the entries of an allow-list sorted, as they are stored. The argument is not changed.
// Errors: ErrInvalidPolicy for an entry that is not "publisher", "publisher/model" or AllowAll, for one that is
// repeated, for AllowAll beside others, and for too many.
func NormalizeAllow(entries []string, limits Params) ([]string, error) {
	if uint64(len(entries)) > uint64(limits.MaxAllowEntries) {
		return nil, ErrInvalidPolicy.Wrapf("expected at most %d entries, got %d", limits.MaxAllowEntries, len(entries))
	}
	for _, e := range entries {
		if err := validateAllowEntry(e, len(entries)); err != nil {
			return nil, err
		}
	}
	sorted := slices.Sorted(slices.Values(entries))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return nil, ErrInvalidPolicy.Wrapf("entry %q: repeated", sorted[i])
		}
	}
	return sorted, nil
}

func validateAllowEntry(entry string, count int) error {
	if entry == AllowAll {
		if count > 1 {
			return ErrInvalidPolicy.Wrapf("entry %q: expected it alone, got %d entries", AllowAll, count)
		}
		return nil
	}
	if len(entry) > maxAllowEntryBytes {
		return ErrInvalidPolicy.Wrapf("entry: expected at most %d bytes, got %d", maxAllowEntryBytes, len(entry))
	}
	publisher, model, hasModel := strings.Cut(entry, "/")
	if !isName(publisher) || hasModel && !isName(model) {
		return ErrInvalidPolicy.Wrapf("entry %q: expected publisher, publisher/model or %s", entry, AllowAll)
	}
	return nil
}

// Allows says whether the fleet's allow-list has the publisher or the model.
// Errors: ErrInvalidModel for a name that is none; "acme/pump" is not a publisher.
func (f Fleet) Allows(publisher, model string) (bool, error) {
	for _, name := range []string{publisher, model} {
		if !isName(name) {
			return false, ErrInvalidModel.Wrapf("name %q: expected 3 to %d of a-z, 0-9 and -, a letter first, no - last",
				name[:min(len(name), maxNameBytes)], maxNameBytes)
		}
	}
	for _, e := range f.Allow {
		if e == AllowAll || e == publisher || e == publisher+"/"+model {
			return true, nil
		}
	}
	return false, nil
}

// isName says whether s matches [a-z][a-z0-9-]{1,38}[a-z0-9], the registry's rule for publishers and models.
func isName(s string) bool {
	if len(s) < 3 || len(s) > maxNameBytes || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !isLowerAlnum(r) && r != '-' })
}
