package types

import (
	"slices"
	"strconv"
	"strings"
)

// AllowAll is the entry of an allow-list that allows every model. It stands alone.
const AllowAll = "*"

// NormalizeAllow returns the entries of an allow-list sorted, as they are stored. The argument is not changed.
// The publisher of a mirror is qualified with its source, as in "channel-7:acme" and "channel-7:acme/vibration".
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
	if !isPublisher(publisher) || hasModel && !isName(model) {
		return ErrInvalidPolicy.Wrapf("entry %q: expected publisher, publisher/model or %s, where publisher is name or source:name", entry, AllowAll)
	}
	return nil
}

// Allows says whether the fleet's allow-list has the publisher or the model. The publisher of a mirror is qualified,
// as in "channel-7:acme", and only an entry with the same source, or AllowAll, allows it.
// Errors: ErrInvalidModel for a name that is none; "acme/pump" is not a publisher.
func (f Fleet) Allows(publisher, model string) (bool, error) {
	if !isPublisher(publisher) {
		return false, ErrInvalidModel.Wrapf("publisher %q: expected a name, or source:name", publisher[:min(len(publisher), maxPublisherBytes)])
	}
	if !isName(model) {
		return false, ErrInvalidModel.Wrapf("model %q: expected 3 to %d of a-z, 0-9 and -, a letter first, no - last",
			model[:min(len(model), maxNameBytes)], maxNameBytes)
	}
	for _, e := range f.Allow {
		if e == AllowAll || e == publisher || e == publisher+"/"+model {
			return true, nil
		}
	}
	return false, nil
}

// isPublisher says whether s is a publisher of this chain, "acme", or of a mirror, "channel-7:acme".
func isPublisher(s string) bool {
	source, name, qualified := strings.Cut(s, ":")
	if !qualified {
		return isName(s)
	}
	return isSource(source) && isName(name)
}

// isName says whether s matches [a-z][a-z0-9-]{1,38}[a-z0-9], the registry's rule for publishers and models.
func isName(s string) bool {
	if len(s) < 3 || len(s) > maxNameBytes || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '-' {
		return false
	}
	return isLowerAlnumHyphen(s)
}

// isSource says whether s is an IBC channel or client of this chain, such as "channel-7" or "07-tendermint-3": the
// registry's rule for the source of a mirror.
func isSource(s string) bool {
	i := strings.LastIndexByte(s, '-')
	if len(s) < minSourceBytes || len(s) > maxSourceBytes || i < 1 {
		return false
	}
	kind, sequence := s[:i], s[i+1:]
	n, err := strconv.ParseUint(sequence, 10, 64)
	return err == nil && strconv.FormatUint(n, 10) == sequence &&
		kind[0] != '-' && kind[len(kind)-1] != '-' && isLowerAlnumHyphen(kind)
}

func isLowerAlnumHyphen(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !isLowerAlnum(r) && r != '-' })
}
