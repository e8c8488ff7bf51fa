package types_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

// FuzzNormalizeAllow holds the rule of an allow-list's entries against the registry's rules of names and sources, which
// this module cannot import: an entry is everything, a publisher, or a publisher and a model. An entry allows what it
// names, and nothing of the same name from another source.
func FuzzNormalizeAllow(f *testing.F) {
	for _, entry := range []string{
		"*", "acme", "acme/wear", "channel-7:acme", "channel-7:acme/wear", "07-tendermint-3:acme", "channel-07:acme", ":acme", "acme:acme",
		"channel-7:channel-8:acme", "channel-7:*", "acme/", "channel-18446744073709551616:acme", "----------0:acme",
	} {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		publisher, model, hasModel := strings.Cut(entry, "/")
		want := registrytypes.ValidatePublisher(publisher) == nil && (!hasModel || registrytypes.ValidateName("model", model) == nil)
		list, err := types.NormalizeAllow([]string{entry}, types.DefaultParams())
		if got := err == nil; got != (want || entry == types.AllowAll) {
			t.Fatalf("%q: %v", entry, err)
		}
		if err != nil || entry == types.AllowAll {
			return
		}
		if !slices.Equal(list, []string{entry}) {
			t.Fatalf("%q became %q", entry, list)
		}
		if !hasModel {
			model = "wear"
		}
		fleet := types.Fleet{Allow: list}
		if ok, err := fleet.Allows(publisher, model); !ok || err != nil {
			t.Fatalf("%q does not allow %s/%s: %v", entry, publisher, model, err)
		}
		source, name := registrytypes.SplitPublisher(publisher)
		if ok, err := fleet.Allows(name, model); ok != (source == "") || err != nil {
			t.Fatalf("%q, asked about %s/%s: %v, %v", entry, name, model, ok, err)
		}
		if ok, err := fleet.Allows(registrytypes.QualifyPublisher("channel-99", name), model); ok != (source == "channel-99") || err != nil {
			t.Fatalf("%q, asked about channel-99: %v, %v", entry, ok, err)
		}
	})
}
